"""Graph edit distance of small directed graphs with labels, at unit costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import networkx as nx
import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Match = Callable[[dict[str, Any], dict[str, Any]], bool]


def edit_distance(one: nx.DiGraph, other: nx.DiGraph, node_match: Match, edge_match: Match) -> int:
    """Fewest insertions, deletions and relabellings of nodes and edges that make one graph of the other.

    A binary program (Lerouge et al. 2017, "New binary linear programming formulation to compute the graph edit
    distance", F2): which node becomes which and which edge becomes which, where an edge may only if its ends do. What
    is kept saves a deletion and an insertion, or one of them where the label changes. The optimum is a whole number,
    the same on every machine.
    """
    nodes, edges = list(product(one, other)), list(product(one.edges, other.edges))
    saved = [1 + node_match(one.nodes[left], other.nodes[right]) for left, right in nodes]
    saved += [1 + edge_match(one.edges[left], other.edges[right]) for left, right in edges]
    whole = sum(len(graph) + graph.number_of_edges() for graph in (one, other))
    if not nodes:
        return int(whole)
    found = milp(
        -np.array(saved, dtype=float),
        constraints=_constraints(nodes, edges),
        integrality=np.ones(len(saved)),
        bounds=Bounds(0, 1),
    )
    return int(whole + round(found.fun))


def upper_bound(one: nx.DiGraph, other: nx.DiGraph, node_match: Match, edge_match: Match) -> int:
    """Distance by the first assignment of nodes (Abu-Aisheh et al. 2015): quick, and never below the least one."""
    _, _, cost = next(nx.optimize_edit_paths(one, other, node_match=node_match, edge_match=edge_match))
    return int(cost)


def _constraints(nodes: Sequence[tuple[Any, Any]], edges: Sequence[tuple[Any, Any]]) -> LinearConstraint:
    """Each node becomes one at most, and of the edges at a node only those that go where the node goes are kept."""
    place = {pair: number for number, pair in enumerate(nodes)}
    rows: dict[object, dict[int, float]] = {}
    for (left, right), number in place.items():
        rows.setdefault(("left", left), {})[number] = 1
        rows.setdefault(("right", right), {})[number] = 1
    for number, (left, right) in enumerate(edges, start=len(nodes)):
        for end in (0, 1):
            kept = place[left[end], right[end]]
            for row in (("edge", left, end, right[end]), ("other edge", right, end, left[end])):
                rows.setdefault(row, {kept: -1})[number] = 1
    limits = [1.0 if key[0] in ("left", "right") else 0.0 for key in rows]  # type: ignore[index]
    entries = [(row, column, value) for row, members in enumerate(rows.values()) for column, value in members.items()]
    row_numbers, columns, values = zip(*entries, strict=True)
    matrix = csr_array((values, (row_numbers, columns)), shape=(len(rows), len(nodes) + len(edges)))
    return LinearConstraint(matrix, ub=limits)
