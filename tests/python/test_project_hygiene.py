"""What the project promises of itself: all is described, neither clock nor network is asked, files are short."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.cli.main import dbtRunner
from packaging.requirements import Requirement

from loaders.formats import FORMATS

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("agent_signals", "algorithms", "benchmarks", "docs", "loaders", "macros", "models", "seeds", "tests")
SETTINGS = ("dbt_project.yml", "profiles.yml", "selectors.yml", "Makefile", "requirements.lock", ".ci/run")
MOST_MODEL_LINES = 140
MOST_MODULE_LINES = 350
DECLARATIONS = {"loaders/tables.py"}
"""Modules that declare and do nothing: a list may be long."""
ASKS_WHERE_TOLD_TO = {"agent_signals/judge/client.py"}
"""The model judge's endpoint: nothing is asked unless the environment names one (docs/judge.md)."""

_NOT_REPRODUCIBLE = re.compile(
    r"\b(?:now|today|random|uuid|gen_random_uuid|get_current_timestamp|transaction_timestamp)\s*\("
    r"|\bcurrent_(?:date|time|timestamp)\b|\b(?:time|random|modules\.datetime)\.\w+\(?",
    re.IGNORECASE,
)
_NETWORK = re.compile(
    r"\b(?:https?|s3|gcs?|r2|azure?|hf|md)://|\bhttpfs\b|^\s*(?:extensions|secrets)\s*:|\binstall\s+\w+\s*;"
    r"|^\s*(?:import|from)\s+(?:aiohttp|ftplib|http|httpx2?|openai|requests|socket|urllib3?)\b|--(?:extra-)?index-url|--find-links",
    re.IGNORECASE | re.MULTILINE,
)
_MARKER = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
_COMMENT = re.compile(r"\{#.*?#\}|--[^\n]*|^\s*#[^\n]*", re.DOTALL | re.MULTILINE)
_DESCRIBED_MACRO = re.compile(r"\s*\{%-?\s*(?:macro|test|materialization)\b.*?%\}\s*\{#-?\s*\w", re.DOTALL)

Nodes = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Nodes]:
    """dbt's manifest of the project, parsed without touching its `target/`."""
    target = tmp_path_factory.mktemp("target")
    with chdir(ROOT):
        result = dbtRunner().invoke(
            ["--quiet", "parse", "--target", "check", "--target-path", str(target), "--log-path", str(target)]
        )
    assert result.success, result.exception
    parsed: dict[str, Nodes] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return parsed


def nodes(manifest: dict[str, Nodes], kind: str) -> list[dict[str, Any]]:
    found = [node for node in manifest["nodes"].values() if node["resource_type"] == kind]
    assert found
    return found


def marts(manifest: dict[str, Nodes]) -> list[dict[str, Any]]:
    return [model for model in nodes(manifest, "model") if model["schema"] in ("marts", "meta", "trace")]


def files(*suffixes: str, folders: tuple[str, ...] = FOLDERS) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix in suffixes and "__pycache__" not in path.parts:
                yield path


def matching(pattern: re.Pattern[str], paths: Iterable[Path], ignored: re.Pattern[str] | None = None) -> list[str]:
    """`path: match` for every match of a pattern in files, what `ignored` matches left out."""
    found = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        text = ignored.sub("", text) if ignored else text
        found += [f"{path.relative_to(ROOT)}: {match.group().strip()}" for match in pattern.finditer(text)]
    return found


def assert_none(offenders: Iterable[str]) -> None:
    found = sorted(offenders)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (_NOT_REPRODUCIBLE, "select now() as built_at"),
        (_NOT_REPRODUCIBLE, "where started_at > current_date - 1"),
        (_NOT_REPRODUCIBLE, "order by random()"),
        (_NOT_REPRODUCIBLE, "started = time.monotonic()"),
        (_NETWORK, "      extensions: [httpfs]"),
        (_NETWORK, "from urllib.request import urlopen"),
        (_NETWORK, "        import openai"),
        (_NETWORK, "read_parquet('s3://bucket/a.parquet')"),
        (_MARKER, "# TO" + "DO: later"),
    ],
)
def test_offences_are_found(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(_COMMENT.sub("", text) if pattern is _NOT_REPRODUCIBLE else text)


def test_every_model_says_what_it_is(manifest: dict[str, Nodes]) -> None:
    assert_none(model["name"] for model in nodes(manifest, "model") if not model["description"].strip())


def test_every_mart_says_what_a_row_is(manifest: dict[str, Nodes]) -> None:
    assert_none(mart["name"] for mart in marts(manifest) if "one row" not in mart["description"].lower())


def test_every_mart_has_a_contract(manifest: dict[str, Nodes]) -> None:
    assert_none(mart["name"] for mart in marts(manifest) if not mart["config"]["contract"]["enforced"])
    assert_none(mart["name"] for mart in marts(manifest) if mart["access"] != "public")


def test_every_mart_is_published(manifest: dict[str, Nodes]) -> None:
    """Its tests come before the publication only where the publication depends on it."""
    published = manifest["nodes"]["model.agent_signals.published_mart"]["depends_on"]["nodes"]
    assert_none(mart["name"] for mart in marts(manifest) if mart["unique_id"] not in published)


def test_every_published_mart_of_features_is_searched_for_text(manifest: dict[str, Nodes]) -> None:
    searched = manifest["nodes"]["test.agent_signals.no_text_in_the_marts"]["depends_on"]["nodes"]
    features = [mart for mart in marts(manifest) if mart["schema"] == "marts"]
    assert_none(mart["name"] for mart in features if mart["unique_id"] not in searched)


def test_every_mart_column_is_described_and_typed(manifest: dict[str, Nodes]) -> None:
    undescribed = [
        f"{mart['name']}.{column['name']}"
        for mart in marts(manifest)
        for column in mart["columns"].values()
        if not (column["description"].strip() and column["data_type"])
    ]
    assert_none(undescribed)


def test_every_seed_and_its_columns_are_described(manifest: dict[str, Nodes]) -> None:
    undescribed = []
    for seed in nodes(manifest, "seed"):
        with (ROOT / seed["original_file_path"]).open(newline="", encoding="utf-8") as stream:
            header = next(csv.reader(stream))
        described = {name for name, column in seed["columns"].items() if column["description"].strip()}
        undescribed += [seed["name"]] if not seed["description"].strip() else []
        undescribed += [f"{seed['name']}.{column}" for column in header if column not in described]
    assert_none(undescribed)


def test_every_source_is_described(manifest: dict[str, Nodes]) -> None:
    assert_none(each["name"] for each in manifest["sources"].values() if not each["description"].strip())


def test_every_macro_says_what_it_is_for(manifest: dict[str, Nodes]) -> None:
    own = [macro for macro in manifest["macros"].values() if macro["package_name"] == "agent_signals"]
    undescribed = [
        macro["name"]
        for macro in own
        if not macro["description"].strip() and not _DESCRIBED_MACRO.match(macro["macro_sql"])
    ]
    assert own
    assert_none(undescribed)


def test_every_variable_is_commented() -> None:
    lines = (ROOT / "dbt_project.yml").read_text(encoding="utf-8").splitlines()
    variables = yaml.safe_load("\n".join(lines))["vars"]
    uncommented = [
        name
        for name in variables
        for number, line in enumerate(lines)
        if line.startswith(f"  {name}:") and not lines[number - 1].startswith("  #")
    ]
    assert_none(uncommented)


def test_no_model_depends_on_the_clock_or_on_chance() -> None:
    assert_none(matching(_NOT_REPRODUCIBLE, files(".sql", ".py", folders=("models", "macros")), _COMMENT))


def test_nothing_asks_for_the_network() -> None:
    code = files(".py", ".sql", ".yml", folders=("agent_signals", "algorithms", "loaders", "macros", "models"))
    found = matching(_NETWORK, code)
    assert_none(offence for offence in found if offence.partition(":")[0] not in ASKS_WHERE_TOLD_TO)
    assert {offence.partition(":")[0] for offence in found} >= ASKS_WHERE_TOLD_TO, "an exception that nothing needs"
    assert_none(matching(_NETWORK, (ROOT / name for name in SETTINGS)))


def test_no_work_is_left_in_markers() -> None:
    texts = (".py", ".sql", ".yml", ".md", ".csv", ".toml")
    assert_none(matching(_MARKER, files(*texts)))
    assert_none(matching(_MARKER, (path for path in sorted(ROOT.iterdir()) if path.suffix in texts)))


@pytest.mark.parametrize("module", FORMATS, ids=lambda module: module.NAME)
def test_every_format_has_a_page_and_a_test(module: Any) -> None:
    """Of its own, or shared with its family."""
    pages = [path.read_text(encoding="utf-8") for path in files(".md", folders=("docs/formats",))]
    assert any(re.search(rf"\b{module.NAME}\b", page) for page in pages), f"no page in docs/formats names {module.NAME}"
    family, _, name = module.__name__.rpartition(".")
    imported = re.compile(
        rf"^from {module.__name__} import |^from {family} import (?:.*\b|\((?:\n    .*)*\n    ){name}\b", re.MULTILINE
    )
    tests = [path.read_text(encoding="utf-8") for path in files(".py", folders=("tests/python/loaders/formats",))]
    assert any(imported.search(test) for test in tests), f"no test imports {module.__name__}"


@pytest.mark.parametrize(
    ("suffix", "folders", "most"),
    [
        (".sql", ("models",), MOST_MODEL_LINES),
        (".py", ("agent_signals", "algorithms", "loaders", "models"), MOST_MODULE_LINES),
    ],
    ids=["models", "modules"],
)
def test_every_file_is_one_thought(suffix: str, folders: tuple[str, ...], most: int) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in files(suffix, folders=folders)
        if str(path.relative_to(ROOT)) not in DECLARATIONS
    }
    assert lengths
    long = [f"{path}: {length} lines" for path, length in lengths.items() if length >= most]
    assert_none(long)


def test_the_lock_pins_what_the_project_asks_for() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = dict(line.lower().split("==") for line in lines if line and not line.startswith("#"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [Requirement(line) for line in (*project["dependencies"], *project["optional-dependencies"]["dev"])]
    names = {requirement: re.sub(r"[-_.]+", "-", requirement.name).lower() for requirement in asked}
    locked = {re.sub(r"[-_.]+", "-", name): version for name, version in pins.items()}
    assert_none(str(each) for each in asked if not each.specifier.contains(locked.get(names[each], "0")))


def rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "seeds" / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_what_the_future_can_change_is_marked() -> None:
    """Signals that need an end, other sessions, commits or a judge, and the labels that rest on such signals."""
    later = {"judgement", "session_end", "vcs_evidence", "repository"}
    needed = {
        (row["signal_id"], row["context"])
        for row in rows("reference/signal_requirement.csv")
        if row["required_input"] in later
    }
    needed |= {("changes_reverted", "product"), ("session_failure_mode", "product")}
    marked = {
        (row["signal_id"], row["context"])
        for row in rows("reference/signal_definition.csv")
        if row["is_retrospective"] == "true"
    }
    assert marked == needed


def test_calibrations_name_signals_and_thresholds() -> None:
    named = rows("reference/signal_threshold.csv")
    signals = {row["signal_id"] for row in rows("reference/signal_definition.csv")}
    thresholds = {row["threshold"] for row in rows("rules/threshold.csv")}
    assert_none(str(row) for row in named if row["signal_id"] not in signals or row["threshold"] not in thresholds)
    used = {
        name
        for folder in ("actions", "dynamics", "regions", "sessions", "text")
        for path in files(".sql", folders=(f"models/intermediate/{folder}",))
        for name in re.findall(r"threshold\('(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert_none(used - {row["threshold"] for row in named})
