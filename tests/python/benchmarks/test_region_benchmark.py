"""What the benchmark of regions measures is right: synthetic sessions, compared one by one."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

from click.testing import CliRunner
from duckdb import DuckDBPyConnection
from pytest import fixture

from benchmarks import regions


@fixture(scope="module")
def warehouse() -> DuckDBPyConnection:
    connection = regions.synthetic(3_000)
    regions.compute(connection)
    return connection


def test_earlier_sessions_are_those_that_a_comparison_of_all_regions_finds(warehouse: DuckDBPyConnection) -> None:
    pieces = warehouse.sql(
        """
        select repo_id, path, session_id, started_at, start_line, end_line, content_hashes[-1]
        from int_region_place inner join int_span_region using (span_id, region_number, path, start_line, end_line)
        inner join int_session using (session_id)
        """
    ).fetchall()
    assert len(pieces) > 2_000
    expected: dict[str, set[str]] = defaultdict(set)
    files = defaultdict(list)
    for repo_id, path, *piece in pieces:
        expected[piece[0]] |= set()
        files[repo_id, path].append(piece)
    for members in files.values():
        for one, other in combinations(members, 2):
            earlier, later = sorted((one, other), key=lambda piece: piece[1])
            are_lines = None not in (one[2], other[2])
            is_same = (are_lines and one[2] <= other[3] and other[2] <= one[3]) or one[4] == other[4] is not None
            if is_same and earlier[1] < later[1]:
                expected[later[0]].add(earlier[0])

    found = warehouse.sql("select session_id, prior_sessions_same_region from int_session_region_prior").fetchall()

    assert dict(found) == {session: len(others) for session, others in expected.items()}
    assert max(map(len, expected.values())) > 5


def test_regions_of_a_repository_are_the_overlapping_ones(warehouse: DuckDBPyConnection) -> None:
    rows = warehouse.sql("select repo_id, path, start_line, end_line, region_id from int_region_place").fetchall()
    files = defaultdict(list)
    for repo_id, path, *row in rows:
        files[repo_id, path].append(row)
    chains: set[str] = set()
    for members in files.values():
        end = None
        for start_line, end_line, region_id in sorted(member for member in members if member[0] is not None):
            if end is None or start_line > end:
                assert region_id not in chains
                end = end_line
            else:
                assert region_id in chains
                end = max(end, end_line)
            chains.add(region_id)
        wholes = {region_id for start_line, _, region_id in members if start_line is None}
        assert len(wholes) <= 1 and not wholes & chains
    assert len(chains) > 100


def test_the_benchmark_prints_a_row_for_each_model() -> None:
    result = CliRunner().invoke(regions.main, ["--edits", "2000"])
    assert result.exit_code == 0, result.output
    assert all(model in result.output for model in ("int_span_region", *regions.MODELS_OF_SQL))
