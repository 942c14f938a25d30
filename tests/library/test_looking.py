"""The calls that look at people, pages and steps do what their commands do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import import checklist_steps, consent_diff, forget, push, tracking_check
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import UsageError
from tests.cli.program import stored

CONTACTS = (
    "id,@collection,email,marketing_optin,timestamp_subscribed\n"
    "1,shop,ann@example.com,EXPLICITLY_OPTEDIN,2024-01-01T00:00:00Z\n"
    "2,shop,bob@example.com,,\n"
)


def test_each_call_does_what_its_command_does(work: Path, emulator: RunningEmulator) -> None:
    (work / "contacts.csv").write_text(CONTACTS)
    emulator.unsubscribe("ann@example.com", timestamp="2024-02-01T00:00:00Z")
    assert push("contacts.csv", to="staging").exit_code == 0
    assert len(stored(emulator)) == 2
    found = consent_diff("contacts.csv", to="staging")
    assert found.people == 2
    assert found.channels["email"].danger == 1
    (step, *_) = checklist_steps(to="staging")
    assert step.number == 1
    with pytest.raises(UsageError, match="account_hash"):
        tracking_check(["contacts.csv"])
    done = forget("Ann@Example.com")
    assert (done.new, done.listed, done.removed.left) == (1, 1, {})
    assert sum(done.removed.counts.values()) > 0
    assert forget().removed.counts.total() == 0
    told = push("contacts.csv", to="staging", new=True)
    assert told.run is not None
