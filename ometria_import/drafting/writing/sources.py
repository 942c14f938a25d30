"""The right-hand sides of a draft: a column, with the steps that its values need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ometria_import.drafting.columns.profile import NEARLY_ALL, Column
from ometria_import.drafting.writing.toml_text import inline, listed, quoted
from ometria_import.schema.field_types import FieldTypeName
from ometria_import.schema.field_types.words import parse_boolean

_AMOUNTS = (FieldTypeName.MONEY, FieldTypeName.NUMBER)
_OUT_OF_STOCK = re.compile(
    r"(out|out_?of_?stock|sold|no|not|nicht|rupture|agotado|esaurito|uitverkocht|0)\b.*",
    re.IGNORECASE,
)
_CANCELLED = re.compile(
    r"cancel+ed|void(ed)?|storniert|annul\w*|anulad[oa]|cancelad[oa]|annullato|geannuleerd|refunded|"
    r"anulowan\w*|stornov\w*|zru[sš]en\w*|makulera[dt]\w*|avbruten|avbrutet|kansellert|avbestilt|"
    r"peru(utet)?tu|[i\u0130]ptal( edildi)?|отмен\w*|скасован\w*|キャンセル\w*|取消\w*|已取消|"
    r"erstattet|rembours\w*|reembolsado|rimborsato|terugbetaald|failed",
    re.IGNORECASE,
)
_GUESTS = ("0", "-1")
_PARENT_ID = 2
"""The words of a column such as `parent_id`."""


def source_of(path: str, column: Column, type_name: FieldTypeName | None, array: str = "") -> str:
    """What feeds a field, as TOML.

    Args:
        path: The field.
        column: The column.
        type_name: The field's type.
        array: The array that the column is an element of, where its items are drafted.
    """
    if path == "is_in_stock" and not column.are_yes_or_no:
        return _stock(column)
    steps = list(_steps(path, column, type_name, array))
    return (
        f"{{ {', '.join([f'column = {quoted(column.name)}', *steps])} }}"
        if steps
        else quoted(column.name)
    )


def _steps(path: str, column: Column, type_name: FieldTypeName | None, array: str) -> Iterator[str]:
    if "[]." in column.name.removeprefix(f"{array}[]."):
        yield 'at = "first"'
    if type_name in _AMOUNTS and "minor" in column.words:
        yield "scale = 0.01"
    if path.endswith("discount") and any(
        text.lstrip("$£€ ").startswith("-") for text in column.distinct
    ):
        yield "absolute = true"
    guests = [text for text in _GUESTS if text in column.distinct]
    if guests and path in {"customer_id", "customer.id"}:
        yield f"nulls = {listed(guests)}"
    if path == "gender" and (words := _genders(column)):
        yield f"translate = {inline(words)}"


def _genders(column: Column) -> dict[str, str]:
    """In a column with `H` (hombre), `M` is a woman (mujer)."""
    letters = {text.upper() for text in column.distinct}
    return {"H": "m", "M": "f"} if letters <= {"H", "M"} and "H" in letters else {}


def _stock(column: Column) -> str:
    name = quoted(column.name)
    if not column.are_numbers:
        said = {text: _yes(not _OUT_OF_STOCK.fullmatch(text)) for text in column.distinct}
        return f"{{ column = {name}, translate = {inline(said)} }}"
    return (
        f'{{ first = [{{ constant = "true", when = {{ column = {name}, above = 0 }} }}, '
        f'{{ constant = "false", when = {{ filled = [{name}] }} }}] }}'
    )


def flag(column: Column, yes: str) -> str:
    """A flag whose yes a person named; a word alone says no by its absence."""
    others = [text for text in column.distinct if text != yes]
    if others:
        said = {yes: "true", **dict.fromkeys(others, "false")}
        return f"{{ column = {quoted(column.name)}, translate = {inline(said)} }}"
    condition = f"column = {quoted(column.name)}, equals = [{quoted(yes)}]"
    return (
        f'{{ first = [{{ constant = "true", when = {{ {condition} }} }}, '
        '{ constant = "false" }] }'
    )


def split_name(column: Column) -> Iterator[tuple[str, str]]:
    """`first` and `last` with the source of each, where the values are two words or more."""
    two = sum(len(text.split()) > 1 for text in column.distinct)
    if column.distinct and two >= NEARLY_ALL * len(column.distinct):
        for part in ("first", "last"):
            yield part, f'{{ column = {quoted(column.name)}, part = "{part}_name" }}'


def date_and_time(day: Column, clock: Column) -> str:
    """A time that stands in two columns."""
    pairs = zip(day.texts, clock.texts, strict=True)
    joined = Column("", [f"{a.strip()} {b.strip()}" for a, b in pairs if a.strip() and b.strip()])
    is_plain = "{" not in day.name + clock.name
    if is_plain and joined.share(FieldTypeName.TIMESTAMP) >= NEARLY_ALL:
        return f"{{ template = {quoted(f'{{{day.name}}} {{{clock.name}}}')} }}"
    return f"{{ date = {quoted(day.name)}, time = {quoted(clock.name)} }}"


def yes_words(column: Column) -> list[str]:
    """The words of a column that mean yes."""
    return [text for text in column.distinct if parse_boolean(text) == "true"]


def valid_unless(column: Column, yes: Sequence[str]) -> str:
    """`is_valid` of a column whose yes says that an order was cancelled."""
    words = dict.fromkeys([*yes, "yes", "true", "1"], "false")
    return f'{{ column = {quoted(column.name)}, translate = {inline(words)}, otherwise = "true" }}'


def valid_by_status(column: Column) -> str:
    """`is_valid` of a status, or nothing where none of its words says that an order is void."""
    words = {text: "false" for text in column.distinct if _CANCELLED.fullmatch(text)}
    if not words:
        return ""
    return f'{{ column = {quoted(column.name)}, translate = {inline(words)}, otherwise = "true" }}'


def names_parent(column: Column) -> bool:
    """Whether a column names the product that a variant belongs to."""
    words = [each for each in column.meanings if not each & {"product", "item"}]
    is_pair = len(words) == _PARENT_ID
    return is_pair and "parent" in words[0] and bool(words[1] & {"id", "sku", "code"})


def variant_of(column: Column) -> str:
    """`is_variant` of a column that names the parent."""
    has_parent = f'{{ constant = "true", when = {{ filled = [{quoted(column.name)}] }} }}'
    return f'{{ first = [{has_parent}, {{ constant = "false" }}] }}'


def turned(column: Column, yes: Sequence[str]) -> str:
    """A column whose yes is a no to the field."""
    said = {text: _yes(text not in yes) for text in column.distinct}
    return f"{{ column = {quoted(column.name)}, translate = {inline(said)} }}"


def _yes(is_so: object) -> str:
    return "true" if is_so else "false"
