"""The estimate of tokens is that of the regular expression which defines it, in Python and in DuckDB."""

from __future__ import annotations

import re

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.tokens import approx_tokens

TEXTS = st.lists(st.none() | st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
# RE2 has no vertical tab among the blanks
_TOKEN = re.compile(r"[A-Za-z0-9_]+|[^A-Za-z0-9_\t\n\f\r ]")


@pytest.mark.parametrize(("text", "tokens"), [("héllo 你好", 5), ("a_b c-d", 4), ("", 0), ("  \n", 0), (None, None)])
def test_words_and_signs_are_counted(text: str | None, tokens: int | None) -> None:
    assert approx_tokens(pa.array([text], pa.string())).to_pylist() == [tokens]


@given(TEXTS, st.integers(0, 3))
def test_whole_columns_are_counted_like_single_texts(texts: list[str | None], skipped: int) -> None:
    column = pa.array(texts, pa.string())[skipped:]
    expected = [None if text is None else len(_TOKEN.findall(text)) for text in texts[skipped:]]
    assert approx_tokens(column).to_pylist() == expected
    assert approx_tokens(pa.chunked_array([column, column])).to_pylist() == expected * 2


@given(TEXTS)
def test_duckdb_agrees(texts: list[str | None]) -> None:
    texts = [text if text is None else text.replace("\0", "") for text in texts]
    query = r"select len(regexp_extract_all(text, '\w+|[^\w\s]')) from (select unnest($texts::varchar[]) as text)"
    expected = [row[0] for row in duckdb.execute(query, {"texts": texts}).fetchall()]
    assert approx_tokens(pa.array(texts, pa.string())).to_pylist() == expected
