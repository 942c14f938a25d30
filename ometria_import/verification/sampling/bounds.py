"""How many records can be wrong although the sample looks as it does.

All of it is exact: no normal approximation, and no assumption about which records are wrong. For a
population that is much larger than the sample, the bound is the one-sided one of Clopper and
Pearson.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn from one stratum, without replacement and by chance."""

    population: int
    read: int
    wrong: int = 0


def upper_bound(strata: Sequence[Drawn], confidence: float) -> float:
    """The smallest share of the population that the sample excludes.

    Returns:
        A share from 0 to 1: with this confidence, fewer records than that are wrong. It is above 0
        even if nothing is wrong, unless everything was read.

    Args:
        strata: The sample. Where it draws a larger share from one stratum than from another, the
            smallest share counts, and nothing is assumed about where the wrong records are.
        confidence: In percent, such as 95.
    """
    strata = [each for each in strata if each.population]
    population = sum(each.population for each in strata)
    read, wrong = sum(each.read for each in strata), sum(each.wrong for each in strata)
    if read >= population:
        return wrong / population if population else 0.0
    alpha = 1 - confidence / 100
    tail = _tail(strata, read, wrong)
    # The largest number of wrong records that the sample does not exclude; more is less likely.
    least, most = wrong, population - (read - wrong)
    while least < most:
        middle = (least + most + 1) // 2
        if tail(middle) > alpha * (1 + 1e-9):
            least = middle
        else:
            most = middle - 1
    return min((least + 1) / population, 1.0)


def records_to_draw(populations: Sequence[int], share: float, confidence: float) -> int:
    """How many records must be drawn, so that `share` is excluded if none of them is wrong.

    Args:
        populations: Of the strata, from each of which its share is drawn.
        share: From 0 to 1.
        confidence: In percent.
    """
    population = sum(populations)
    least, most = 0, population
    while least < most:
        middle = (least + most) // 2
        drawn = [
            Drawn(each, read)
            for each, read in zip(populations, in_proportion(middle, populations), strict=True)
        ]
        # Where everything is read, nothing is left to be excluded.
        if upper_bound(drawn, confidence) <= share * (1 + 1e-9):
            most = middle
        else:
            least = middle + 1
    return least


def in_proportion(records: int, populations: Sequence[int]) -> list[int]:
    """Share a sample out over strata, so that each gets at least its part of it."""
    population = sum(populations)
    # Whole numbers: a rounding error would make a part one record too large.
    return [-(-records * each // population) if population else 0 for each in populations]


def _tail(strata: Sequence[Drawn], read: int, wrong: int) -> Callable[[int], float]:
    """The probability of a sample that looks as good or better, by how many records are wrong.

    For several strata it is an upper limit of it, wherever the wrong records are.
    """
    population = sum(each.population for each in strata)
    if len(strata) == 1:
        return lambda all_wrong: _hypergeometric(wrong, population, all_wrong, read)
    share = min(each.read / each.population for each in strata)

    def limit(all_wrong: int) -> float:
        # How many wrong ones are drawn is a sum of independent trials with this mean at least.
        # Hoeffding (1956), theorem 4: below the mean minus one, equal trials are the worst case.
        expected = share * all_wrong
        if wrong > expected - 1:
            return 1.0
        return min(
            _binomial(wrong, read, expected / read) if read else 1.0,
            _binomial(wrong, all_wrong, share),
        )

    return limit


def _hypergeometric(most: int, population: int, wrong: int, read: int) -> float:
    """The probability of at most so many wrong ones among those drawn from a population."""
    whole = _log_choose(population, read)
    first = max(0, read - (population - wrong))
    terms = (
        _log_choose(wrong, each) + _log_choose(population - wrong, read - each) - whole
        for each in range(first, min(most, wrong, read) + 1)
    )
    return math.fsum(map(math.exp, terms))


def _binomial(most: int, trials: int, share: float) -> float:
    """The probability of at most so many successes in independent trials."""
    if share >= 1:
        return 1.0 if most >= trials else 0.0
    success, failure = math.log(share), math.log1p(-share)
    terms = (
        _log_choose(trials, each) + each * success + (trials - each) * failure
        for each in range(min(most, trials) + 1)
    )
    return math.fsum(map(math.exp, terms))


def _log_choose(of: int, some: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(some + 1) - math.lgamma(of - some + 1)
