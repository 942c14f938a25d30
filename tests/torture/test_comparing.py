"""A few comparisons under kills and faults: `python -m tests.torture.comparing` plays many."""

from __future__ import annotations

import os

import pytest

from tests.thoroughness import IS_THOROUGH
from tests.torture.comparing import play_comparing
from tests.torture.launching import Launcher

TRIALS = 5 if IS_THOROUGH else 3


@pytest.mark.timeout(300)
def test_what_is_kept_of_comparisons_is_whole_and_right_whatever_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)
    launcher = Launcher()
    played = [play_comparing(number, "suite", launcher) for number in range(1, TRIALS + 1)]

    assert [broken for broken, _ in played if broken] == []
    assert sum(killed for _, killed in played) >= TRIALS
