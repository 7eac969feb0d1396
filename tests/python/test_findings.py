"""The seed of findings and the models of their measures: no rule without its number, no number that is never said."""

from __future__ import annotations

import csv
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODELS = ("int_run_measure", "int_run_behavior", "int_run_comparison_measure")
NAMED = re.compile(r"^ +'(\w+)': \(|'(\w+)' as measure", re.MULTILINE)
VERDICTS = {
    "verdict_better", "verdict_worse", "verdict_no_evidence", "verdict_unfair",
    "verdict_refused", "verdict_refused_run", "verdict_refused_baseline",
}  # fmt: skip
"""What `run_comparison.verdict` and `winner_if_treatment_equal` make; of an unfair pair no winner is told."""


def test_each_finding_has_its_measure_and_each_measure_its_finding() -> None:
    with (ROOT / "seeds/rules/insight_rule.csv").open(newline="", encoding="utf-8") as stream:
        asked = {rule["measure"] for rule in csv.DictReader(stream)}
    sources = (ROOT / f"models/intermediate/analysis/{model}.sql" for model in MODELS)
    made = {name for source in sources for names in NAMED.findall(source.read_text(encoding="utf-8")) for name in names}
    assert asked == (made - {""}) | VERDICTS
