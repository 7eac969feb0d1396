"""How far two plans of a session lie apart: plans as graphs, compared by graph edit distance (signals.md 5.6)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx

from algorithms.graph_distance import edit_distance, upper_bound

MOST_ITEMS = 30
"""Items of a plan that are compared."""

EXACT_NODES = 12
"""Items of a nested plan up to which the distance is exact: it is NP-hard. Flat lists stay in reach at any length."""

SAME_LABEL_F1 = 0.5
"""Token F1 from which on two labels name the same step (BERTScore with exact matches and no IDF is token F1)."""

SHARED_ITEMS = 2
"""Items that a list at the close of a session shares with the first plan, if it is a plan and not a report."""

_FUNCTION_WORDS = (
    "a an and are as at be been but by can for from has have i if in into is it its let me my of on or our so that the "
    "then there these this those to us was we were which will with you your"
)
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
"""Function words of English: the articles, pronouns, prepositions, conjunctions and auxiliaries of Fox (1989), "A stop
list for general text", that occur in imperative sentences. Verbs stay: they name what a step does."""

_TOKEN = re.compile(r"\w+(?:[./-]\w+)*")


@dataclass(frozen=True)
class Plan:
    """One plan: items as (indentation in columns, label) in order.

    is_marked: it calls itself a plan or a to-do list; is_closing: it stands in the last agent turn.
    """

    items: tuple[tuple[int, str], ...]
    is_marked: bool = False
    is_closing: bool = False


@dataclass(frozen=True)
class PlanDistance:
    """distance: edits of nodes and edges, an upper bound where it is not exact; norm: per node and edge of both."""

    distance: float
    norm: float
    is_exact: bool


def label_tokens(label: str) -> Counter[str]:
    """Words of a label in lower case without stop words; a path is one word."""
    words = _TOKEN.findall(label.lower())
    # a label of stop words alone is compared as it is
    return Counter([word for word in words if word not in STOP_WORDS] or words)


def token_f1(one: Counter[str], other: Counter[str]) -> float:
    """Harmonic mean of the shares of tokens that two labels share, 0 to 1; 1 for two labels without words."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


def is_same_label(one: Counter[str], other: Counter[str]) -> bool:
    """Whether two labels name the same step."""
    return token_f1(one, other) >= SAME_LABEL_F1


def plan_graph(items: Sequence[tuple[int, str]]) -> nx.DiGraph:
    """Node per item; edges `then` to the next sibling and `contains` from an item to those indented below it."""
    graph = nx.DiGraph()
    open_items: list[tuple[int, int]] = []
    previous_sibling: dict[int | None, int] = {}
    for number, (indentation, label) in enumerate(items[:MOST_ITEMS]):
        graph.add_node(number, tokens=label_tokens(label))
        while open_items and open_items[-1][0] >= indentation:
            open_items.pop()
        parent = open_items[-1][1] if open_items else None
        if parent is not None:
            graph.add_edge(parent, number, kind="contains")
        if parent in previous_sibling:
            graph.add_edge(previous_sibling[parent], number, kind="then")
        previous_sibling[parent] = number
        open_items.append((indentation, number))
    return graph


def is_chain(graph: nx.DiGraph) -> bool:
    """Whether a graph is a flat list: each node but the last one is followed by one other."""
    return all(kind == "then" for _, _, kind in graph.edges(data="kind"))


def is_computed_exactly(one: nx.DiGraph, other: nx.DiGraph) -> bool:
    """Whether the exact distance is in reach: by shape and size, for what a clock decides differs between machines."""
    return (is_chain(one) and is_chain(other)) or max(len(one), len(other)) <= EXACT_NODES


def plan_distance(one: Plan, other: Plan) -> PlanDistance:
    """Graph edit distance of two plans at unit costs; a step that keeps its label costs nothing."""
    first, second = plan_graph(one.items), plan_graph(other.items)
    is_exact = is_computed_exactly(first, second)
    distance = (edit_distance if is_exact else upper_bound)(
        first,
        second,
        node_match=lambda a, b: is_same_label(a["tokens"], b["tokens"]),
        edge_match=lambda a, b: a["kind"] == b["kind"],
    )
    size = sum(len(graph) + graph.number_of_edges() for graph in (first, second))
    return PlanDistance(float(distance), distance / size if size else 0.0, is_exact)


def shared_items(one: Plan, other: Plan) -> int:
    """Items of `one` that some item of `other` has the label of."""
    others = [label_tokens(label) for _, label in other.items]
    return sum(any(is_same_label(label_tokens(label), each) for each in others) for _, label in one.items)


def accepted_plans(plans: Sequence[Plan]) -> list[Plan]:
    """Plans without a closing list that only reports what was done: unmarked, and unlike the first plan."""
    return [
        plan
        for number, plan in enumerate(plans)
        if number == 0 or not plan.is_closing or plan.is_marked or shared_items(plan, plans[0]) >= SHARED_ITEMS
    ]
