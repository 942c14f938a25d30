"""A few trials in which nobody who is out may be in after a push: `trials.py` plays many."""

from __future__ import annotations

import pytest

from tests.consent.trials import Trial, a_running_emulator, play, settle
from tests.thoroughness import IS_THOROUGH

TRIALS = 16 if IS_THOROUGH else 8


@pytest.mark.timeout(300)
def test_nobody_whom_an_account_has_as_out_is_in_after_a_push(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with a_running_emulator() as emulator:
        settle(emulator)
        for number in range(TRIALS):
            play(f"suite {number}", emulator)
        # What is compared is worth something: without the rule, people are opted in again.
        own = Trial.push
        monkeypatch.setattr(Trial, "push", lambda self, path, _: own(self, path, "file"))
        broken = 0
        for number in range(TRIALS // 2):
            try:
                play(f"unkept {number}", emulator)
            except AssertionError:
                broken += 1
        assert broken
