from __future__ import annotations

import pytest

from ometria_import.errors import UsageError
from ometria_import.verification.sampling.statements import (
    DEFAULT_STATEMENT,
    Claim,
    Count,
    ForTime,
    Part,
    Share,
    Whole,
    evenly_drawn,
    parse_part,
    parse_sample,
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("3000", Count(3000)),
        ("1%", Share(1)),
        (" 0.5 % ", Share(0.5)),
        ("100%", Share(100)),
        ("0.1%@95", Claim(0.1, 95)),
        ("1 % @ 99.9 %", Claim(1, 99.9)),
    ],
)
def test_samples_are_said_as_a_number_a_share_or_a_claim(
    text: str, meant: Count | Share | Claim
) -> None:
    assert parse_sample(text) == meant
    assert parse_sample(str(meant)) == meant


@pytest.mark.parametrize(
    "text", ["", "0", "-3", "0%", "101%", "1%@100", "1%@0", "100%@95", "@95", "3k", "1/3", "٣"]
)
def test_what_is_no_sample_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="is not a sample") as raised:
        parse_sample(text)
    assert "3000" in raised.value.hint
    assert "0.1%@95" in raised.value.hint


def test_parts_are_said_as_one_of_several() -> None:
    assert parse_part("3/30") == Part(3, 30)
    assert str(Part(3, 30)) == "part 3/30"


@pytest.mark.parametrize("text", ["", "3", "0/30", "31/30", "1/0", "a/b", "3/30/1"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a part such as 3/30"):
        parse_part(text)


def test_statements_take_as_many_records_as_they_say() -> None:
    populations = [900_000, 100_000]

    assert evenly_drawn(Count(3_000), populations) == 3_000
    assert evenly_drawn(Count(3_000), [10]) == 10
    assert evenly_drawn(Share(1), populations) == 10_000
    assert evenly_drawn(ForTime(600), populations) == 2_400
    assert evenly_drawn(Whole(), populations) == 1_000_000
    assert 2_990 <= evenly_drawn(DEFAULT_STATEMENT, populations) <= 2_995
