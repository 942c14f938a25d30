from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.verification.sampling.bounds import (
    Drawn,
    in_proportion,
    records_to_draw,
    upper_bound,
)

TABLE = {
    # share: records to draw of 1,000, 10,000, 100,000 and 1,000,000
    0.05: (57, 59, 59, 59),
    0.01: (258, 294, 298, 299),
    0.005: (450, 581, 596, 598),
    0.001: (950, 2_588, 2_950, 2_990),
}
POPULATIONS = (1_000, 10_000, 100_000, 1_000_000)


@pytest.mark.parametrize("share", TABLE)
def test_sample_sizes_are_those_that_are_published(share: float) -> None:
    assert tuple(records_to_draw([each], share, 95) for each in POPULATIONS) == TABLE[share]


@pytest.mark.parametrize(
    ("population", "share", "records"),
    [
        (1_000_000, 0.0001, 29_512),
        (10_000_000, 0.01, 459),
        (10_000_000, 0.001, 4_602),
    ],
)
def test_rarer_faults_and_more_confidence_take_more_records(
    population: int, share: float, records: int
) -> None:
    confidence = 95 if share == 0.0001 else 99

    assert records_to_draw([population], share, confidence) == pytest.approx(records, abs=5)


@pytest.mark.parametrize(
    ("read", "wrong", "percent"),
    [
        (300, 0, 1.0),
        (300, 1, 1.6),
        (300, 2, 2.1),
        (300, 5, 3.5),
        (3_000, 0, 0.10),
        (3_000, 1, 0.16),
        (3_000, 2, 0.21),
        (3_000, 5, 0.35),
    ],
)
def test_bounds_of_large_populations_are_those_of_clopper_and_pearson(
    read: int, wrong: int, percent: float
) -> None:
    found = upper_bound([Drawn(50_000_000, read, wrong)], 95)

    assert found * 100 == pytest.approx(percent, abs=0.06 if percent >= 1 else 0.006)


def test_where_everything_was_read_the_bound_is_what_was_found() -> None:
    assert upper_bound([Drawn(100, 100)], 95) == 0
    assert upper_bound([Drawn(100, 100, 5), Drawn(100, 100)], 95) == 0.025
    assert upper_bound([], 95) == 0
    assert upper_bound([Drawn(10, 0)], 95) == 1
    assert upper_bound([Drawn(10, 0), Drawn(10, 10)], 95) == 11 / 20
    assert upper_bound([Drawn(10, 9, 9)], 95) == 1


@given(st.lists(st.integers(1, 5_000_000), min_size=1, max_size=12), st.data())
def test_claim_holds_for_the_sample_that_it_takes(
    populations: list[int], data: st.DataObject
) -> None:
    share = data.draw(st.sampled_from([0.05, 0.01, 0.001]))
    confidence = data.draw(st.sampled_from([90.0, 95.0, 99.0]))

    records = records_to_draw(populations, share, confidence)
    drawn = in_proportion(records, populations)

    assert all(0 <= read <= most for read, most in zip(drawn, populations, strict=True))
    assert sum(drawn) <= records + len(populations)
    strata = [Drawn(*each) for each in zip(populations, drawn, strict=True)]
    assert upper_bound(strata, confidence) <= share * (1 + 1e-6)


@given(st.integers(1, 2_000), st.data())
def test_bound_falls_with_what_is_read_and_grows_with_what_is_wrong(
    population: int, data: st.DataObject
) -> None:
    read = data.draw(st.integers(1, population))
    wrong = data.draw(st.integers(0, read - 1))

    bound = upper_bound([Drawn(population, read, wrong)], 95)

    assert bound > wrong / population or read == population
    assert bound <= upper_bound([Drawn(population, read, wrong + 1)], 95)
    assert bound <= upper_bound([Drawn(population, read - 1, wrong)], 95)


@pytest.mark.parametrize(("confidence", "share"), [(95, 0.05), (95, 0.01), (99, 0.05), (90, 0.02)])
@pytest.mark.parametrize(
    ("sizes", "wrong"),
    [
        ((2_000,), (20,)),
        ((2_000,), (40,)),
        ((1_500, 400, 100), (30, 8, 2)),
        ((1_500, 400, 100), (0, 0, 40)),
        ((1_500, 400, 100), (40, 0, 0)),
        ((500, 500, 500, 500), (10, 10, 10, 10)),
        ((1_990, 10), (0, 10)),
    ],
)
def test_stated_confidence_is_exact_wherever_the_wrong_records_are(
    sizes: tuple[int, ...], wrong: tuple[int, ...], confidence: float, share: float
) -> None:
    reads = in_proportion(records_to_draw(sizes, share, confidence), sizes)
    chances = [1.0]
    for each in zip(sizes, wrong, reads, strict=True):
        chances = both(chances, chances_of(*each))

    holds = sum(
        chance
        for found, chance in enumerate(chances)
        if upper_bound(with_wrong(sizes, reads, found), confidence) > sum(wrong) / sum(sizes)
    )

    assert holds >= confidence / 100


def chances_of(size: int, wrong: int, read: int) -> list[float]:
    """How likely it is to draw none, one, two … of the wrong ones."""
    whole = math.comb(size, read)
    return [
        math.comb(wrong, found) * math.comb(size - wrong, read - found) / whole
        for found in range(min(wrong, read) + 1)
    ]


def both(first: list[float], second: list[float]) -> list[float]:
    sums = [0.0] * (len(first) + len(second) - 1)
    for place, chance in enumerate(first):
        for other, factor in enumerate(second):
            sums[place + other] += chance * factor
    return sums


def with_wrong(sizes: tuple[int, ...], reads: list[int], found: int) -> list[Drawn]:
    strata = []
    for size, read in zip(sizes, reads, strict=True):
        own = min(found, read)
        found -= own
        strata.append(Drawn(size, read, own))
    return strata
