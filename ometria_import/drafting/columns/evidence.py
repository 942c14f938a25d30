"""What the values of a column say of the field that its name speaks for: they may deny it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise

from ometria_import.drafting.columns.names import words_in, words_of
from ometria_import.drafting.columns.profile import NEARLY_ALL, Column
from ometria_import.schema.field_types import FieldTypeName

_LEAST_SHARE = {
    **dict.fromkeys(
        (
            *(FieldTypeName.EMAIL, FieldTypeName.CURRENCY, FieldTypeName.URL),
            *(FieldTypeName.TIMEZONE, FieldTypeName.DATE),
        ),
        NEARLY_ALL,
    ),
    # Many of these may be unknown, or not said.
    FieldTypeName.COUNTRY: 0.7,
    FieldTypeName.GENDER: 0.5,
}
"""Types whose rule refuses most texts that are something else, and how many values must fit."""
_ONE_OF_SEVERAL = frozenset(
    {FieldTypeName.MONEY, FieldTypeName.NUMBER, FieldTypeName.ID, FieldTypeName.TIMESTAMP}
)
"""Of these the first of an array says little: one of several amounts is not their sum."""
_TITLES = frozenset(
    "mr mrs ms miss dr prof sir herr frau fraulein hr fr mme mlle m madame monsieur sr sra srta "  # noqa: SIM905
    "don dona signor signora signorina sig sig.ra dhr mevr mw mevrouw heer de".split()
)
_STATUS = re.compile(
    r"(un)?paid|pending|open|completed?|shipped|delivered|closed|processing|refunded|failed|ready|"
    r"cancel+ed|new|balance ?due|credit ?owed|partial|delayed|bezahlt|offen|betaald|verzonden",
    re.IGNORECASE,
)
_CODE = re.compile(r"#?(?=.*\d)[\w./-]+")
_RATE = re.compile(r"\d{1,2}([.,]0+)?")
_MOST_RATES = 4
_HIGHEST_RATE = 28
_MOST_WORDS = 6
_PHONE_DIGITS = 6
_LONGEST_POSITION = 2
_LONGEST_FLAG = 2
_MANY_ROWS = 10
_DIGITS_OF_CENTS = 3
_OF_ONE_CUSTOMER = frozenset(
    {"customer.id", "customer.email", "customer.firstname", "customer.lastname", "customer.name"}
)


_AT = frozenset({"at", "on", "am", "le", "el", "il", "op"})
"""Words at the end of a name that say it is a time."""
_KEYS = frozenset({"id", "number", "code", "reference"})
_PRIVATE = frozenset({"cost", "purchasing", "margin"})
_PAID_BY_THE_SHOP = frozenset({"price", "placed"})
"""`Prix d'achat`, `purchase price`."""


def can_be(kind: str, path: str, column: Column, type_name: FieldTypeName | None) -> bool:
    """Whether the values of a column do not deny that they are of a field.

    Args:
        kind: An object type, or `lineitem`.
        path: The field.
        column: The column.
        type_name: The field's type; None where it is no field of the schema.
    """
    if column.is_blank:
        return "[]." not in column.name and not (path == "payment_method" and says_when(column))
    if _misleads(path, column, type_name):
        return False
    name = path.rpartition(".")[2]
    if name in _BY_NAME:
        return _BY_NAME[name](column)
    if type_name in _LEAST_SHARE:
        return column.share(type_name) >= _least_share(column, type_name)
    if type_name is FieldTypeName.ID:
        return _can_be_id(kind, name, column)
    test = _BY_TYPE.get(type_name) if type_name else None
    return test is None or test(column)


def _least_share(column: Column, type_name: FieldTypeName) -> float:
    """How many values must fit; a name that says nothing but `E-Mail` decides by itself."""
    is_only_email = "email" in column.words and column.words <= {"email", "address"}
    return sys.float_info.min if is_only_email else _LEAST_SHARE[type_name]


def says_when(column: Column) -> bool:
    """Whether a name ends as those of times do: `Paid on`, `Betaald op`."""
    return words_of(column.name)[-1:][0] in _AT


def is_private(column: Column) -> bool:
    """Whether a column says what the shop paid or earned, which is nobody else's business."""
    words = words_in(column.name)
    return bool(words & _PRIVATE or words >= _PAID_BY_THE_SHOP) and "ship" not in words


def _misleads(path: str, column: Column, type_name: FieldTypeName | None) -> bool:
    """Whether values that look like a field's say something else."""
    is_one_of_several = "[]." in column.name and type_name in _ONE_OF_SEVERAL
    if path == "customer.id" and _names_an_order(column):
        return True
    is_of_shop = path in _OF_ONE_CUSTOMER and _is_the_same_everywhere(column)
    return (
        is_one_of_several
        or is_of_shop
        or (type_name is FieldTypeName.MONEY and may_be_minor(column))
    )


def _names_an_order(column: Column) -> bool:
    """Whether a number is the one that the customer gave an order: `Cust. Order No.`."""
    return any(
        ("customer" in first and "order" in second) or ("order" in first and second & _KEYS)
        for first, second in pairwise(column.meanings)
    )


def _is_the_same_everywhere(column: Column) -> bool:
    """Whether many rows have one value: the shop's own address, and not its customers'."""
    return len(column.filled) >= _MANY_ROWS and len(column.distinct) == 1


def may_be_minor(column: Column) -> bool:
    """Whether amounts may well be in cents, though their name does not say so."""
    return (
        not column.words & {"minor", "major"}
        and len(column.distinct) >= _MANY_ROWS
        and column.are_whole
        and all(len(text.lstrip("-")) >= _DIGITS_OF_CENTS for text in column.distinct)
        and sum(text.endswith("0") for text in column.distinct) * 2 < len(column.distinct)
    )


def _are_amounts_of_tax(column: Column) -> bool:
    """Numbers that are not a few whole rates."""
    rates = [text for text in column.distinct if _RATE.fullmatch(text)]
    are_few = len(column.filled) > 2 * _MOST_RATES and len(column.distinct) <= _MOST_RATES
    are_rates = len(rates) == len(column.distinct) and all(
        int(re.split("[.,]", text)[0]) <= _HIGHEST_RATE for text in rates
    )
    is_more_than_nothing = any(text.strip("0.,") for text in rates)
    return column.are_numbers and not (are_few and are_rates and is_more_than_nothing)


def _are_titles(column: Column) -> bool:
    words = {text.rstrip(".").lower() for text in column.distinct}
    return len(words & _TITLES) * 2 >= len(words)


def _are_addresses(column: Column) -> bool:
    are_paths = all(text.startswith("/") for text in column.distinct)
    return are_paths or column.share(FieldTypeName.URL) >= NEARLY_ALL


def _are_regions(column: Column) -> bool:
    """Whether a column called `State` has letters such as `NY`."""
    return all(re.fullmatch("[A-Z]{2,3}", text) for text in column.distinct)


def _are_variants(column: Column) -> bool:
    is_position = column.are_whole and max(map(len, column.distinct)) <= _LONGEST_POSITION
    return column.are_ids and not is_position


def _are_phones(column: Column) -> bool:
    long = sum(sum(c.isdigit() for c in text) >= _PHONE_DIGITS for text in column.distinct)
    return long * 2 > len(column.distinct)


def says_yes_in_doubt(column: Column) -> bool:
    """Whether a column is a flag whose words do not say which of them is the yes: `S` and `N`."""
    are_short = all(len(text) <= _LONGEST_FLAG and not text.isdigit() for text in column.distinct)
    is_flag = 0 < len(column.distinct) <= 2 and are_short  # noqa: PLR2004 -- yes and no
    return is_flag and not column.are_yes_or_no


def _says_stock(column: Column) -> bool:
    if says_yes_in_doubt(column):
        return False
    return column.are_numbers or _says_yes_or_no(column) or len(column.distinct) <= _MOST_WORDS


def _says_yes_or_no(column: Column) -> bool:
    return column.are_yes_or_no


def _are_names(column: Column) -> bool:
    return column.are_names


def _can_be_id(kind: str, name: str, column: Column) -> bool:
    if kind == "order" and column.words <= {"customer", "cost", "user", "name"}:
        return all(_CODE.fullmatch(text) for text in column.distinct)
    if kind in {"contact", "product"} and name == "id":
        return column.are_ids and len(column.distinct) >= len(column.filled) * NEARLY_ALL
    return column.are_ids and not (column.are_dates and not column.are_whole)


_BY_NAME: Mapping[str, Callable[[Column], bool]] = {
    "url": _are_addresses,
    "state": lambda column: not any(_STATUS.fullmatch(text) for text in column.distinct),
    "status": lambda column: not ("region" in column.words and _are_regions(column)),
    "quantity": lambda column: column.are_numbers,
    "variant_id": _are_variants,
    "tax": _are_amounts_of_tax,
    "prefix": _are_titles,
    "firstname": _are_names,
    "lastname": _are_names,
    "name": _are_names,
    "title": lambda column: column.are_texts,
    "event_type": lambda column: column.are_texts,
    "payment_method": lambda column: column.are_texts,
    "is_in_stock": _says_stock,
}
_BY_TYPE: Mapping[FieldTypeName, Callable[[Column], bool]] = {
    FieldTypeName.MONEY: lambda column: column.are_numbers,
    FieldTypeName.NUMBER: lambda column: column.are_numbers,
    FieldTypeName.TIMESTAMP: lambda column: column.are_dates,
    FieldTypeName.PHONE: _are_phones,
    FieldTypeName.BOOLEAN: _says_yes_or_no,
}
