"""Plans as graphs, against the test vectors of signals.md (TV-21) and against the properties of a distance."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.graph_distance import edit_distance, upper_bound
from algorithms.plan_graph import (
    EXACT_NODES,
    MOST_ITEMS,
    Plan,
    PlanDistance,
    accepted_plans,
    is_chain,
    is_computed_exactly,
    is_same_label,
    label_tokens,
    plan_distance,
    plan_graph,
    token_f1,
)

MATCHES = (lambda a, b: is_same_label(a["tokens"], b["tokens"]), lambda a, b: a["kind"] == b["kind"])
FIRST = ["Read parser.py", "Fix the tokenizer bug", "Add a unit test", "Run the test suite"]


def flat(*labels: str, is_marked: bool = False, is_closing: bool = False) -> Plan:
    return Plan(tuple((0, label) for label in labels), is_marked, is_closing)


def edges(*items: tuple[int, str]) -> set[tuple[int, int, str]]:
    return set(plan_graph(items).edges(data="kind"))


@pytest.mark.parametrize(
    ("other", "distance", "norm"),
    [
        (FIRST, 0, 0),
        ([FIRST[0], "Write documentation page", *FIRST[2:]], 1, 1 / 14),
        ([*FIRST[:2], "Update changelog entry", *FIRST[2:]], 4, 4 / 16),
        (["Deploy service", "Notify customers"], 6, 0.6),
    ],
    ids=["itself", "a step rewritten", "a step inserted in the middle", "an unrelated plan"],
)
def test_tv_21_distance_of_plans(other: list[str], distance: float, norm: float) -> None:
    found = plan_distance(flat(*FIRST), flat(*other))

    assert found == PlanDistance(distance, norm, is_exact=True)
    assert plan_distance(flat(*other), flat(*FIRST)) == found


def test_tv_21_an_empty_plan_is_as_far_as_all_nodes_and_edges() -> None:
    assert plan_distance(flat(), flat(*FIRST)).distance == 7
    assert plan_distance(flat(), flat()).norm == 0


def test_tv_21_labels_are_compared_by_their_tokens() -> None:
    one, other = label_tokens("Fix the tokenizer bug"), label_tokens("Fix tokenizer bug in parser.py")

    assert round(token_f1(one, other), 3) == 0.857
    assert token_f1(one, label_tokens("Deploy service")) == 0


def test_a_path_is_one_token_and_stop_words_alone_are_a_label() -> None:
    assert set(label_tokens("Look at src/a-b/parser.py.")) == {"look", "src/a-b/parser.py"}
    assert set(label_tokens("this and that")) == {"this", "and", "that"}
    assert token_f1(label_tokens("…"), label_tokens("—")) == 1


def test_a_flat_list_is_a_chain() -> None:
    assert edges((0, "a"), (0, "b"), (0, "c")) == {(0, 1, "then"), (1, 2, "then")}
    assert is_chain(plan_graph([(0, "a"), (0, "b")]))


def test_indented_items_are_contained() -> None:
    found = edges((0, "a"), (2, "a1"), (2, "a2"), (4, "a2x"), (0, "b"), (2, "b1"))

    assert found == {
        (0, 1, "contains"),
        (0, 2, "contains"),
        (1, 2, "then"),
        (2, 3, "contains"),
        (0, 4, "then"),
        (4, 5, "contains"),
    }
    assert not is_chain(plan_graph([(0, "a"), (2, "a1")]))


def test_an_item_that_moves_under_another_changes_edges_only() -> None:
    nested = Plan(((0, FIRST[0]), (2, FIRST[1]), (0, FIRST[2]), (0, FIRST[3])))

    # one edge changes its kind, one goes, one comes
    assert plan_distance(flat(*FIRST), nested).distance == 3


def test_flat_lists_are_always_exact() -> None:
    chain = plan_graph([(0, f"step{number}") for number in range(MOST_ITEMS)])

    assert is_computed_exactly(chain, chain)


def test_nested_lists_are_exact_up_to_a_length() -> None:
    def nested(count: int) -> list[tuple[int, str]]:
        return [(0, "top")] + [(2, f"step{number}") for number in range(count - 1)]

    small, large = plan_graph(nested(EXACT_NODES)), plan_graph(nested(EXACT_NODES + 1))
    assert is_computed_exactly(small, small)
    assert not is_computed_exactly(small, large)


def test_shuffled_plans_are_compared_exactly() -> None:
    """Fifteen steps backwards: each label but one has moved, and no two steps that follow each other did so before."""
    labels = [f"step{number}" for number in range(15)]

    found = plan_distance(flat(*labels), flat(*reversed(labels)))

    # every edge is kept and every label but the middle one is changed, or half as many edges go and come
    assert found == PlanDistance(14, 14 / 58, is_exact=True)


def test_a_large_graph_has_an_upper_bound_that_is_marked_as_such() -> None:
    items = tuple((2 * (number % 3), f"step{number}") for number in range(20))
    other = Plan((*items[:10], (0, "something else"), *items[12:]))

    graphs = plan_graph(items[:20]), plan_graph(other.items)

    found = plan_distance(Plan(items), other)

    assert not found.is_exact
    assert found.distance >= edit_distance(*graphs, *MATCHES)
    assert plan_distance(Plan(items), other) == found


def test_plans_are_cut_after_their_first_items() -> None:
    labels = [f"step{number}" for number in range(MOST_ITEMS)]

    assert len(plan_graph([(0, label) for label in [*labels, "one more"]])) == MOST_ITEMS
    assert plan_distance(flat(*labels, "x"), flat(*labels, "y")).distance == 0


def test_a_closing_list_is_a_plan_where_it_repeats_the_first_one_or_says_so() -> None:
    first, later = flat(*FIRST), flat("Look at logs", "Restart worker")
    report = flat("Changed timeout default", "All tests pass", is_closing=True)
    marked = flat("Changed timeout default", "All tests pass", is_marked=True, is_closing=True)
    checklist = flat("Fixed tokenizer bug", "Added unit test", "Cleaned up", is_closing=True)

    assert accepted_plans([first, later, report]) == [first, later]
    assert accepted_plans([first, later, marked]) == [first, later, marked]
    assert accepted_plans([first, checklist]) == [first, checklist]
    assert accepted_plans([report]) == [report]


labels = st.lists(st.sampled_from(["read code", "fix bug", "add test", "run suite", "write docs"]), max_size=5)


@settings(max_examples=60, deadline=None)
@given(labels, labels)
def test_the_distance_is_symmetric_and_within_its_bounds(one: list[str], other: list[str]) -> None:
    found = plan_distance(flat(*one), flat(*other))

    assert found.distance == plan_distance(flat(*other), flat(*one)).distance
    assert found.norm is not None and 0 <= found.norm <= 1
    assert (found.distance == 0) == (one == other)


items = st.lists(
    st.tuples(st.sampled_from([0, 2, 4]), st.sampled_from(["read code", "fix bug", "add test"])), max_size=4
)


@settings(max_examples=60, deadline=None)
@given(items, items)
def test_the_distance_is_that_of_an_exhaustive_search(one: list[tuple[int, str]], other: list[tuple[int, str]]) -> None:
    graphs = plan_graph(one), plan_graph(other)

    found = edit_distance(*graphs, *MATCHES)

    assert found == nx.graph_edit_distance(*graphs, node_match=MATCHES[0], edge_match=MATCHES[1])
    assert found <= upper_bound(*graphs, *MATCHES)
