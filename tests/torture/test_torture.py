"""Trials of the harness: a quick series that must not break, and bugs that it must see."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.thoroughness import IS_THOROUGH
from tests.torture.faults import catalogue, verifying
from tests.torture.mutants import MUTANTS
from tests.torture.report import sums, table
from tests.torture.series import Players, Series
from tests.torture.trial import Verdict

SEED = "ci"
TRIALS = 110 if IS_THOROUGH else 25
"""In 110 every fault has its turn; of kills, which have four turns of eleven, a few are enough."""
KILLS = 14 if IS_THOROUGH else 6
TRIALS_S = 120.0
"""On a slow or busy machine, fewer trials are started."""
MUTANT_TRIALS = 24
FAULT_OF = {
    "checkpoint_before_send": "SIGKILL at",
    "reset_is_success": "reset before",
    "short_count_is_success": "99 of 100",
    "any_answer_is_ours": "a second answer",
    "earlier_ids_are_forgotten": "earlier request again",
    "types_in_any_order": "none",
    "retry_after_ignored": "Retry-After",
    "refusals_not_written": "poisonous",
    "doubtful_batches_skipped": "SIGKILL at",
    "differences_forgiven": "shorter than asked for",
}
"""A fault under which each bug shows itself."""
A_FEW_MUTANTS = ("doubtful_batches_skipped", "short_count_is_success")
"""One that only a killed process shows, and one that only a wrong answer shows."""


@pytest.fixture(scope="module")
def players() -> Iterator[Players]:
    with pytest.MonkeyPatch.context() as patch:
        # Lines that thousands of processes run are measured by other tests already.
        for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
            patch.delenv(name)
        with Players(jobs=2) as players:
            yield players


@pytest.mark.timeout(600)
def test_nothing_breaks_whatever_goes_wrong(players: Players) -> None:
    numbers = range(1, TRIALS + 1)
    kills = [number for number in numbers if catalogue.is_kill(number)]
    left_out = set(kills[KILLS:])
    trials = [(Series(SEED), number) for number in numbers if number not in left_out]
    verdicts = [verdict for _, verdict in players.play(trials, TRIALS_S)]

    broken = [(each.number, each.faults, each.broken) for each in verdicts if each.broken]
    assert broken == []
    assert len(verdicts) > 5, "no machine is that slow"
    assert "| **all** |" in table(verdicts)
    assert "trials in" in sums(verdicts, TRIALS_S)


@pytest.mark.timeout(600)
def test_harness_sees_every_bug_that_is_put_into_the_program(players: Players) -> None:
    unseen = set(MUTANTS if IS_THOROUGH else A_FEW_MUTANTS)
    for number in range(1, MUTANT_TRIALS + 1):
        series = [Series(SEED, fault=FAULT_OF[mutant], mutant=mutant) for mutant in sorted(unseen)]
        for played, verdict in players.play([(each, number) for each in series]):
            if _is_rule_broken(verdict):
                unseen.discard(played.mutant)

    assert unseen == set()


def test_page_tells_of_every_fault() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text()
    matrix = page.partition("## The faults")[2]
    makers = (
        *(*catalogue.KILLS, *catalogue.NETWORK, *catalogue.MACHINE, *catalogue.SLOW),
        *verifying.VERIFYING,
    )
    names = {make().name for make in makers} - {"none"}

    assert [name for name in sorted(names) if name not in matrix] == []


def _is_rule_broken(verdict: Verdict) -> bool:
    """Whether one of the numbered rules broke, and not the harness itself."""
    return any(each[:1].isdigit() for each in verdict.broken)
