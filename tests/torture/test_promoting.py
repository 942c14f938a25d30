"""A few promotions under kills and faults: `python -m tests.torture.promoting` plays many."""

from __future__ import annotations

import os

import pytest

from tests.thoroughness import IS_THOROUGH
from tests.torture.launching import Launcher
from tests.torture.promoting import play_promotion

TRIALS = 5 if IS_THOROUGH else 3


@pytest.mark.timeout(300)
def test_live_gets_what_staging_got_and_only_through_an_open_gate_whatever_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)
    launcher = Launcher()
    played = [play_promotion(number, "suite", launcher) for number in range(1, TRIALS + 1)]

    assert [broken for broken, _ in played if broken] == []
    assert sum(killed for _, killed in played) >= TRIALS
