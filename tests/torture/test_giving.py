"""A few trials of `push --changed`: `python -m tests.torture.giving` plays many."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.thoroughness import IS_THOROUGH
from tests.torture.giving import play_giving
from tests.torture.launching import Launcher
from tests.torture.mutants import GIVING_MUTANTS

TRIALS = 5 if IS_THOROUGH else 2
MUTANT_TRIALS = range(1, 30)
"""The first of them sees each bug, if kills fall where they usually do."""


@pytest.fixture(scope="module")
def launcher() -> Launcher:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
            patch.delenv(name)
        return Launcher()


@pytest.mark.timeout(300)
def test_what_changed_leaves_the_account_as_everything_would_whatever_is_killed(
    launcher: Launcher,
) -> None:
    met: Counter[str] = Counter()
    for number in range(1, TRIALS + 1):
        broken, happened = play_giving(number, "suite", launcher)
        assert broken == []
        met += happened
    assert met["commands"] > TRIALS
    if IS_THOROUGH:
        assert met["processes killed"] > 0


@pytest.mark.skipif(not IS_THOROUGH, reason="each takes half a minute")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", sorted(GIVING_MUTANTS))
def test_trials_see_every_bug_that_is_put_into_the_program(mutant: str, launcher: Launcher) -> None:
    seen = (play_giving(number, "ci", launcher, mutant)[0] for number in MUTANT_TRIALS)
    assert any(seen)
