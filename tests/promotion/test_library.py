"""Promoting from a program."""

from __future__ import annotations

import json

import pytest

from ometria_import import promote, push
from ometria_import.actions.calling.events import GateChecked
from ometria_import.errors import GateShutError, UsageError
from tests.promotion.staging import Staging


def test_a_program_promotes_with_consent_and_is_told_the_gate(staging: Staging) -> None:
    run = push(staging.contacts(120), to="staging").run
    assert run is not None
    events: list[object] = []
    with pytest.raises(UsageError, match="must be confirmed"):
        promote(run)
    with pytest.raises(GateShutError) as shut:
        promote(run, confirm=True, require_verify="1%@95", listener=events.append)
    assert [part.hint != "" for part in shut.value.parts] == [False, True]
    lines = {event.line.name: event.line.mark for event in events if isinstance(event, GateChecked)}
    assert (len(lines), lines["verified"]) == (12, "shut")
    assert staging.bodies("live") == []
    result = promote(run, confirm=lambda live: live.is_accepted_on_staging, attest="a.json")
    assert (result.ok, result.account, result.delivery is not None) == (True, "live", True)
    assert staging.bodies("live") == staging.bodies("staging")
    said = json.loads((staging.folder / "a.json").read_text())
    assert said["predicate"]["live"]["run"] == result.run
    assert promote(run, confirm=True).nothing_to_do
