"""Whether a verification finds every change that was planted in an account, and no other."""

from __future__ import annotations

from pathlib import Path

from tests.thoroughness import IS_THOROUGH
from tests.verification.planted.trial import planting

TRIALS = 8 if IS_THOROUGH else 4
"""For more: `python -m tests.verification.planted 1000`."""


def test_every_planted_change_is_found_and_nothing_else(tmp_path: Path) -> None:
    with planting(tmp_path) as planter:
        assert len(planter.stored) == 90
        wrong = {
            number: found
            for number in range(1, TRIALS + 1)
            if (found := planter.trial("ci", number))
        }

    assert wrong == {}
