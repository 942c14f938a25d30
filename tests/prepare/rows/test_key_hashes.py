from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.prepare.rows.key_hashes import hash_pairs, hash_texts

Pair = tuple[int, int]

texts_of_any_length = st.text(max_size=20) | st.text("ab\0", max_size=300)


def pairs(texts: list[str]) -> list[Pair]:
    first, second = hash_pairs(pa.array(texts, pa.string()))
    return list(zip(first.tolist(), second.tolist(), strict=True))


@given(st.lists(texts_of_any_length, max_size=30))
def test_texts_have_one_hash_exactly_when_they_are_the_same(texts: list[str]) -> None:
    """Law, but for a chance of one in 2^120."""
    by_text = dict(zip(texts, pairs(texts), strict=True))

    assert len(set(by_text.values())) == len(by_text)


@given(st.lists(texts_of_any_length, min_size=1, max_size=30), st.data())
def test_hash_does_not_depend_on_the_texts_around(texts: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(texts) - 1))
    among = pairs(texts)[number]

    assert pairs([texts[number]]) == [among]
    cut = pa.array(texts, pa.string()).slice(number)
    assert hash_texts(cut)[0] == among[0]


def test_keys_that_count_up_are_spread_evenly() -> None:
    keys = pa.array([f"customers\x1f{number}" for number in range(64_000)])

    for hashes in hash_pairs(keys):
        counts = [0] * 64
        for each in hashes.tolist():
            counts[each >> 58] += 1
        assert 850 < min(counts) <= max(counts) < 1_150


def test_hashes_stay_the_same_from_run_to_run() -> None:
    assert pairs(["", "P1", "x" * 300]) == [
        (0x6D66C51B932BBEE4, 0x300BA334F85E2A03),
        (0x1AFAA1EF2C724FB0, 0x5230587ADB3D6AA4),
        (0x12E47918E493F0C2, 0xE43365EDC0FC0B28),
    ]
