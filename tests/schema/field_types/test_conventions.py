"""What texts leave open, and what they tell about their column."""

from __future__ import annotations

from typing import Any

import pytest

from ometria_import.errors import UsageError
from ometria_import.schema.field_types import Conventions, DateOrder, DecimalSign, field_type

NEUTRAL = Conventions()


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("money", "1,234", {"decimal_sign"}),
        ("money", "\u20ac 1,234", {"decimal_sign"}),
        ("number", "-1,234", {"decimal_sign"}),
        ("whole_number", "1,234", {"decimal_sign"}),
        ("money", "1.234", {"decimal_sign"}),
        ("money", "1.2345", set()),
        ("money", "1234.567", set()),
        ("whole_number", "1.000", {"decimal_sign"}),
        ("money", "12,50", set()),
        ("money", "0,125", set()),
        ("money", "rubbish", set()),
        ("timestamp", "03/04/2024", {"date_order", "timezone"}),
        ("timestamp", "03/04/2024 10:00 +0100", {"date_order"}),
        ("timestamp", "25/04/2024", {"timezone"}),
        ("timestamp", "05/05/2024", {"timezone"}),
        ("timestamp", "2024-01-31 09:30", {"timezone"}),
        ("timestamp", "2024-01-31", {"timezone"}),
        ("timestamp", "2024-01-31T09:30:00Z", set()),
        ("timestamp", "1706693400", set()),
        ("timestamp", "rubbish", set()),
        ("date", "03.04.1990", {"date_order"}),
        ("date", "1990-04-03", set()),
        ("date", "rubbish", set()),
    ],
)
def test_text_says_which_conventions_it_leaves_open(
    name: str, text: str, expected: set[str]
) -> None:
    open_in = field_type(name, NEUTRAL).open_in

    assert open_in is not None
    assert open_in(text) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("money", "12,50", DecimalSign.COMMA),
        ("money", "1.234,50", DecimalSign.COMMA),
        ("money", "1.234.567", DecimalSign.COMMA),
        ("money", "1,234.50", DecimalSign.POINT),
        ("money", "1,234,567", DecimalSign.POINT),
        ("money", "12.50", DecimalSign.POINT),
        ("money", "1'234.50", DecimalSign.POINT),
        ("money", "1,234", None),
        ("money", "1.234", None),
        ("money", "1 234", None),
        ("money", "12", None),
        ("money", "rubbish", None),
        ("whole_number", "3.0", DecimalSign.POINT),
        ("timestamp", "25/04/2024", DateOrder.DMY),
        ("timestamp", "04/25/2024 10:00", DateOrder.MDY),
        ("timestamp", "04/05/2024", None),
        ("timestamp", "25/26/2024", None),
        ("timestamp", "2024-04-25", None),
        ("timestamp", "rubbish", None),
        ("date", "25.04.90", DateOrder.DMY),
    ],
)
def test_text_is_evidence_for_the_convention_of_its_column(
    name: str, text: str, expected: DateOrder | DecimalSign | None
) -> None:
    evidence = field_type(name, NEUTRAL).evidence

    assert evidence is not None
    assert evidence(text) is expected


@pytest.mark.parametrize("zone", ["Mars/Base", "Europe", "../etc/passwd", "\0"])
def test_unknown_time_zone_is_a_usage_error(zone: str) -> None:
    with pytest.raises(UsageError, match="there is no time zone"):
        field_type("timestamp", Conventions(timezone=zone))


def test_choice_given_as_its_word_is_the_choice() -> None:
    word: Any = "point"
    unknown: Any = "dot"

    assert Conventions(decimal_sign=word).decimal_sign is DecimalSign.POINT
    with pytest.raises(ValueError, match="dot"):
        Conventions(decimal_sign=unknown)
