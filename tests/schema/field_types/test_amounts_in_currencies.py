"""Amounts that may be in a currency are told from others by a pattern, which no mark escapes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.schema.field_types import amounts_in, currency_mark, may_mean
from tests.thoroughness import COSTLY

CURRENCIES = ("EUR", "GBP", "USD", "SEK", "PLN", "XAF")
MARKS = (
    "\u20ac",
    "\u00a3",
    "$",
    "US$",
    "kr",
    "kr.",
    "EUR",
    "eur",
    "USD",
    "z\u0142",
    "Rs.",
    "\u00a4",
)
NUMBERS = ("12", "1.234,56", "-5", "(7.50)", " ", "\u00a0", "'", ",5", "")


@pytest.mark.parametrize("currency", CURRENCIES)
@COSTLY
@given(data=st.data())
def test_amounts_of_the_pattern_are_in_the_currency_as_far_as_they_say(
    currency: str, data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(amounts_in(currency), fullmatch=True))
    mark = currency_mark(text)

    assert mark is None or may_mean(mark, currency)


@pytest.mark.parametrize("currency", CURRENCIES)
@COSTLY
@given(parts=st.lists(st.sampled_from(MARKS + NUMBERS), max_size=4))
def test_an_amount_in_another_currency_is_never_of_the_pattern(
    currency: str, parts: list[str]
) -> None:
    text = "".join(parts)
    mark = currency_mark(text)

    if mark is not None and not may_mean(mark, currency):
        assert re.fullmatch(amounts_in(currency), text) is None


def test_the_usual_ways_to_write_an_amount_are_of_the_pattern() -> None:
    for text in ("12,50", "12,50 \u20ac", "\u20ac 1.234,56", "EUR 5", "-5", "(1'234.50)", ""):
        assert re.fullmatch(amounts_in("EUR"), text)
    for text in ("12,50 $", "USD 5", "\u00a35"):
        assert re.fullmatch(amounts_in("EUR"), text) is None
