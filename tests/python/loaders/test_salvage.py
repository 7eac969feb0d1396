"""Typed decoding that loses one bad element and not the document. All inputs are synthetic."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.artifact import UnreadableArtifactError
from loaders.salvage import Integer, read_document, read_element, read_whole


class Leaf(msgspec.Struct):
    number: Integer | None = None
    text: str | None = None


class Tree(msgspec.Struct):
    leaf: Leaf | None = None
    leaves: list[Leaf] | None = None
    by_name: dict[str, float] | None = None


SOUND: dict[str, Any] = {
    "leaf": {"number": 1, "text": "a"},
    "leaves": [{"number": 2}],
    "by_name": {"x": 1.5},
    "other": 0,
}


def test_whole_or_not_at_all() -> None:
    assert read_whole(json.dumps(SOUND).encode(), Tree) == read_document(json.dumps(SOUND).encode(), Tree)[0]
    for broken in (
        b'{"leaf": 1}',
        b'{"leaves": [{"number": 1}, {"number": "2"}]}',
        b'{"leaf": {"text": "\xff"}}',
        b"{",
    ):
        assert read_whole(broken, Tree) is None


def test_sound_document() -> None:
    tree, bad = read_document(json.dumps(SOUND).encode(), Tree)
    assert tree == Tree(leaf=Leaf(number=1, text="a"), leaves=[Leaf(number=2)], by_name={"x": 1.5})
    assert bad == []


@pytest.mark.parametrize(
    ("changes", "place", "tree"),
    [
        ({"leaf": {"number": "1", "text": "a"}}, "/leaf/number", Tree(leaf=Leaf(text="a"))),
        ({"leaf": {"number": 2**63}}, "/leaf/number", Tree(leaf=Leaf())),
        ({"leaf": 5}, "/leaf", Tree()),
        ({"leaves": [{"number": 1}, 5, {"text": "b"}]}, "/leaves/1", Tree(leaves=[Leaf(number=1), Leaf(text="b")])),
        ({"leaves": [{"number": 1}, {"number": []}]}, "/leaves/1/number", Tree(leaves=[Leaf(number=1), Leaf()])),
        ({"by_name": {"a/b~": "x", "c": 2}}, "/by_name/a~1b~0", Tree(by_name={"c": 2.0})),
        ({"by_name": {"x": float("nan"), "y": 1}}, "/by_name/x", Tree(by_name={"y": 1.0})),
        ({"by_name": {"x": float("-inf")}}, "/by_name/x", Tree(by_name={})),
    ],
)
def test_the_smallest_bad_element_is_lost(changes: dict[str, Any], place: str, tree: Tree) -> None:
    read, bad = read_document(json.dumps(changes).encode(), Tree)
    assert read == tree
    assert [record.place for record in bad] == [place]


def test_bytes_that_are_not_text_cost_their_own_field() -> None:
    read, bad = read_document(b'{"leaf": {"number": 3, "text": "\xff"}}', Tree)
    assert read == Tree(leaf=Leaf(number=3))
    assert [(record.place, record.reason) for record in bad] == [("/leaf/text", "not UTF-8 at byte 0")]


def test_the_words_nan_and_infinity_inside_texts_are_texts() -> None:
    data = json.dumps({"leaf": {"text": "NaN, Infinity"}, "by_name": {"x": float("nan")}}).encode()
    read, bad = read_document(data, Tree)
    assert read == Tree(leaf=Leaf(text="NaN, Infinity"), by_name={})
    assert [record.place for record in bad] == ["/by_name/x"]


@pytest.mark.parametrize("data", [b"", b" ", b"null", b"[]", b"{", b'{"leaf": {}', b'{"a": NaN', b"[" * 100_000])
def test_no_document(data: bytes) -> None:
    with pytest.raises(UnreadableArtifactError):
        read_document(data, Tree)


def test_element() -> None:
    bad: list[Any] = []
    assert read_element(b"3", Integer, "/x", bad) == 3
    assert read_element(b"null", str | None, "/x", bad) is None
    assert bad == []
    assert read_element(b"[]", str | None, "/x", bad) is None
    assert [record.place for record in bad] == ["/x"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text('aé\n"', max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abx"), inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional={"leaf": JSON, "leaves": JSON, "by_name": JSON, "other": JSON}))
def test_any_object_is_read(document: dict[str, Any]) -> None:
    read, bad = read_document(json.dumps(document).encode(), Tree)
    assert isinstance(read, Tree)
    assert all(record.place and record.reason for record in bad)
