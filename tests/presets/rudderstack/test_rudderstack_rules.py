"""Each rule of RudderStack's guide to its Ometria destination, one event at a time."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.prepare.outcomes import Outcome
from tests.presets.rudderstack.rudderstack_events import events

RULES = Path(__file__).parents[2] / "exports" / "rudderstack" / "rules.json"
CASES: list[dict[str, Any]] = json.loads(RULES.read_text("utf-8"), parse_float=Decimal)
_MERE_NOTES = {"W050", "W051", "W053", "W072", "W073", "W074", "W076"}
"""Codes that say what became of a value that is as good as before, or what all events together
say of consent."""
_Prepared = dict[str, tuple[Outcome, list[str]]]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> _Prepared:
    """By settings: what became of all events with them, and the rule of each of their lines."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for case in CASES:
        groups.setdefault(_settings(case), []).append(case)
    found: _Prepared = {}
    for said, cases in groups.items():
        folder = tmp_path_factory.mktemp("rules")
        outcome = events(folder, *(case["event"] for case in cases), settings=json.loads(said))
        found[said] = outcome, [case["rule"] for case in cases]
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["rule"] for case in CASES])
def test_event_becomes_what_the_guide_says(case: dict[str, Any], prepared: _Prepared) -> None:
    outcome, rules = prepared[_settings(case)]
    own_line = rules.index(case["rule"]) + 1

    records = [
        record
        for record, (_, line) in zip(outcome.records, outcome.origins, strict=True)
        if line == own_line
    ]
    said = [
        f"{row['code']} {row['field']}"
        for row in outcome.problems
        if int(row["line"]) == own_line and row["code"] not in _MERE_NOTES
    ]

    assert records == ([] if case["record"] is None else [case["record"]])
    assert sorted(said) == sorted(case.get("said", []))


def _settings(case: dict[str, Any]) -> str:
    return json.dumps(case.get("settings", {}))
