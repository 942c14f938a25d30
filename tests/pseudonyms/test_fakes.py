"""Laws of the fakes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.pseudonyms import Fakes, Secret

FAKES, OTHERS = Fakes(Secret(b"a" * 32)), Fakes(Secret(b"b" * 32))
TEXTS = st.text(min_size=1)


@given(st.lists(TEXTS.map(lambda text: text.strip().lower()), unique=True))
def test_different_people_have_different_fakes(emails: list[str]) -> None:
    assert len({FAKES.email(each) for each in emails}) == len(emails)


@given(st.lists(TEXTS, unique=True))
def test_different_ids_stay_different(ids: list[str]) -> None:
    assert len({FAKES.id(each) for each in ids}) == len(ids)


@given(TEXTS)
def test_another_secret_makes_other_fakes(text: str) -> None:
    assert FAKES.email(text) != OTHERS.email(text)
    assert FAKES.anew(text) != OTHERS.anew(text)
    assert FAKES.email(text) == Fakes(Secret(b"a" * 32)).email(f" {text}\n")


@given(TEXTS)
def test_no_name_is_longer_than_five_letters(text: str) -> None:
    assert 2 < len(FAKES.firstname(text)) <= 5
    assert 2 < len(FAKES.lastname(text)) <= 5


@given(st.dates())
def test_a_birthday_stays_in_its_year(day: object) -> None:
    fake = FAKES.birthday(str(day))
    assert fake is not None
    assert fake[:4] == str(day)[:4]
    assert fake[:4] < "2015" or fake <= str(day)


@pytest.mark.parametrize(
    ("postcode", "area"),
    [("SW1A 2AA", "SW"), ("m1 1ae", "M"), ("10115", "10"), ("5211 AA", "52"), ("-", None)],
)
def test_a_postcode_is_cut_to_its_area(postcode: str, area: str | None) -> None:
    assert FAKES.area(postcode) == area
