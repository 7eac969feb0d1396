"""Inspect logs that are torn, damaged or hostile: what is whole is kept, the rest is told."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.inspect_ai import container
from loaders.formats.inspect_ai import log as inspect_log
from loaders.tables import BadRecord, EvalRun, Trial
from tests.python.loaders.formats.damage import DAMAGE, damaged_bytes, retyped, survived
from tests.python.loaders.formats.harbor_inputs import flattened
from tests.python.loaders.formats.inspect_inputs import CLOCKS, HEADER, log, sample, zipped


def test_a_torn_log_keeps_its_whole_samples(tmp_path: Path) -> None:
    data = CLOCKS.read_bytes()
    found, has_directory = container.members(data)
    assert has_directory
    for index, member in list(enumerate(found))[1:6]:
        kept = [other.name for other in found[:index] if other.name.startswith("samples/")]
        rows, bad = flattened(inspect_log, log(tmp_path, data[: member.offset + 40]))  # within its header
        assert [row.place for row in rows if isinstance(row, Trial)] == kept
        assert "/" in bad
        assert [row.model_id for row in rows if isinstance(row, EvalRun)] == ["mockllm/model"]


def test_a_log_of_nothing_is_unreadable(tmp_path: Path) -> None:
    for data in (b"", b"PK\x03\x04", zipped()[:20], CLOCKS.read_bytes()[:60]):
        with pytest.raises(UnreadableArtifactError):
            list(inspect_log.flatten(log(tmp_path, data)))


def test_a_damaged_member_costs_itself_alone(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        whole = zipped(sample(), sample(id="other", uuid="u-2"), b"{torn", method=method)
        damaged = bytearray(whole)
        first = next(member for member in container.members(whole)[0] if member.name.startswith("samples/clock-1"))
        damaged[first.offset + 30 + len(first.name) + 50] ^= 0xFF
        rows, bad = flattened(inspect_log, log(tmp_path, bytes(damaged)))
        assert [row.task_id for row in rows if isinstance(row, Trial)] == ["other"]
        assert bad[first.name] == "the member is damaged"
        assert set(bad) == {first.name, "samples/2_epoch_1.json"}


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "LARGEST_MEMBER_BYTES", 100_000)
    bomb = b'{"id": "' + b"a" * 10_000_000 + b'"}'
    rows, bad = flattened(inspect_log, log(tmp_path, zipped(bomb, sample())))
    assert bad == {"samples/0_epoch_1.json": "the member is larger than any sample"}
    assert len([row for row in rows if isinstance(row, Trial)]) == 1
    monkeypatch.setattr(container, "LARGEST_LOG_BYTES", 1_000)
    rows, bad = flattened(inspect_log, log(tmp_path, zipped(sample(), sample(id="second"), sample(id="third"))))
    assert len([row for row in rows if isinstance(row, Trial)]) + len(bad) == 3
    assert bad


def test_a_replaced_header_counts(tmp_path: Path) -> None:
    stream = io.BytesIO(zipped(sample()))
    edited = HEADER | {"eval": HEADER["eval"] | {"model": "edited"}}
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("header.json", json.dumps(edited))
    rows, bad = flattened(inspect_log, log(tmp_path, stream.getvalue()))
    assert (bad, [row.model_id for row in rows if isinstance(row, EvalRun)]) == ({}, ["edited"])


def test_other_zips_and_documents_are_left_alone(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "no log")
    assert not inspect_log.matches(log(tmp_path, stream.getvalue()))
    for document in ({"eval": {"task": "no run"}}, {"eval": "text", "task_id": "t"}, {"task_id": "t", "task": "x"}):
        assert not inspect_log.matches(log(tmp_path, document))
    (tmp_path / "log.zip").write_bytes(zipped(sample()))
    assert not inspect_log.matches(Artifact(tmp_path / "log.zip", tmp_path))


@DAMAGE
@given(st.data())
def test_damage_is_contained(tmp_path: Path, data: st.DataObject) -> None:
    survived(inspect_log, log(tmp_path, data.draw(damaged_bytes(zipped(sample(), sample(id="b", uuid="u-2"))))))
    document = HEADER | {"samples": [sample()]}
    survived(inspect_log, log(tmp_path, data.draw(retyped(document))))
    rows = survived(inspect_log, log(tmp_path, zipped(data.draw(retyped(sample())), sample(id="kept", uuid="u-2"))))
    assert "kept" in [row.task_id for row in rows if isinstance(row, Trial)]
    assert all(row.reason for row in rows if isinstance(row, BadRecord))
