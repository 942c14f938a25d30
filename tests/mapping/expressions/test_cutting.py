"""Cells with several values, some of which hold what separates them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.mapping.expressions.cutting import Cutter, Pairs, unquoted
from ometria_import.mapping.expressions.linear import LinearPattern

VALUES = st.lists(st.text(alphabet='ab ,\\"=|').map(str.strip).filter(bool))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (r"Books > Maps\, Atlases, Sale", ["Books > Maps, Atlases", "Sale"]),
        (r"50%\, off", ["50%, off"]),
        (r"A\,B\,C", ["A,B,C"]),
        (r"AC\DC, a\\b", [r"AC\DC", r"a\b"]),
        (r"ends\\, next", ["ends\\", "next"]),
        ("x, ,y,", ["x", "y"]),
        ("\\", ["\\"]),
        ("", []),
    ],
)
def test_an_escaped_separator_belongs_to_its_value(text: str, parts: list[str]) -> None:
    assert Cutter(",", escape="\\").parts(text) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('"Gear, small","Sale"', ["Gear, small", "Sale"]),
        ('"a ""b""", c', ['a "b"', "c"]),
        ('a, b"c', ["a", 'b"c']),
        ('"a"b,c', ['"a"b', "c"]),
        ('"open, b', ['"open', "b"]),
        ('""', []),
    ],
)
def test_a_separator_in_quotes_belongs_to_its_value(text: str, parts: list[str]) -> None:
    assert Cutter(",", quote='"').parts(text) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Gear,Sale, 50% off,Bags", ["Gear", "Sale, 50% off", "Bags"]),
        ("Gear, Shop/Bags, Shop/Sale, 50% off", ["Gear", "Shop/Bags", "Shop/Sale, 50% off"]),
        (" Gear", ["Gear"]),
        ("", []),
    ],
)
def test_a_part_that_begins_no_value_belongs_to_the_one_before(text: str, parts: list[str]) -> None:
    assert Cutter(",", begins=LinearPattern(r"\S.*|.*/.*")).parts(text) == parts


@given(VALUES)
def test_what_was_escaped_is_read_back(values: list[str]) -> None:
    text = ", ".join(each.replace("\\", "\\\\").replace(",", "\\,") for each in values)

    assert Cutter(",", escape="\\").parts(text) == values


@given(VALUES)
def test_what_was_quoted_is_read_back(values: list[str]) -> None:
    text = ",".join('"' + each.replace('"', '""') + '"' for each in values)

    assert Cutter(",", quote='"').parts(text) == values


@given(st.dictionaries(st.text("abc", min_size=1), st.text('ab,="| ').map(str.strip)))
def test_quoted_pairs_are_read_back(pairs: dict[str, str]) -> None:
    doubled = {name: value.replace('"', '""') for name, value in pairs.items()}
    text = ",".join(f'{name}="{value}"' for name, value in doubled.items())

    cut = Pairs(quote='"').cut(text)

    assert {name: unquoted(value, '"') for name, value in cut} == pairs


def test_a_value_without_quotes_stays_what_it_was() -> None:
    assert Pairs(quote='"').cut('size=24",note=a "b", c,last="x') == [
        ("size", '24"'),
        ("note", 'a "b", c'),
        ("last", '"x'),
    ]
