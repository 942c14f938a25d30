from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ometria_import.verification.sampling.drawing import Lowest, Quota, part_of, quotas, rank_of


@given(st.lists(st.integers(0, 2**64 - 1), unique=True), st.integers(0, 20))
def test_the_lowest_ranks_are_kept_in_whatever_order_they_come(ranks: list[int], most: int) -> None:
    lowest: Lowest[tuple[int]] = Lowest(most)
    for rank in ranks:
        lowest.add(rank, (rank,))

    assert [rank for (rank,) in lowest.in_order()] == sorted(ranks)[:most]


def test_same_seed_draws_the_same_records_and_another_seed_others() -> None:
    keys = [f"contact default C-{number}" for number in range(1_000)]

    def drawn(seed: str) -> list[str]:
        return sorted(keys, key=lambda key: rank_of(seed, key))[:50]

    assert drawn("one") == drawn("one")
    assert len(set(drawn("one")) & set(drawn("two"))) < 15


def test_every_record_is_drawn_about_as_often_over_many_seeds() -> None:
    keys = [f"product {number}" for number in range(100)]
    drawn: Counter[str] = Counter()
    for seed in range(200):
        ranks = {rank_of(str(seed), key): key for key in keys}
        drawn.update(ranks[rank] for rank in sorted(ranks)[:20])

    # 40 times each; seven standard deviations on either side.
    assert len(drawn) == 100
    assert 0 < min(drawn.values()) <= max(drawn.values()) < 40 + 7 * 5.7


def test_records_of_any_key_have_a_rank() -> None:
    assert rank_of("seed", "\udc80 Zoë") != rank_of("seed", "Zoë")


def test_parts_are_about_equal_and_together_everything() -> None:
    counts = Counter(part_of(f"product {number}", 5) for number in range(5_000))

    assert set(counts) == {1, 2, 3, 4, 5}
    assert min(counts.values()) > 850


def test_small_strata_get_more_than_their_part() -> None:
    assert [each.total for each in quotas([900_000, 1_000, 7], [2_970, 4, 1])] == [2_970, 59, 7]
    assert quotas([10], [10]) == [Quota(10, 10)]
