"""What separates the values of a cell, as a mapping file says it."""

from __future__ import annotations

from ometria_import.mapping.expressions.cutting import Cutter
from ometria_import.mapping.expressions.pairs import Pairs
from ometria_import.mapping.file.conditions import read_pattern
from ometria_import.mapping.file.place import Section


def read_separator(section: Section, key: str, default: str | None = None) -> str:
    """A text of at least one character; without a default it must be there."""
    text = section.text_of(key, default)
    if not text and key in section.values:
        raise section.error(f"'{key}' must not be empty", key)
    return text


def read_cutter(section: Section) -> Cutter:
    """Where a cell is cut at `split`."""
    split, escape, quote = (
        read_separator(section, key, "") for key in ("split", "escape", "quote")
    )
    if escape and quote:
        raise section.error("'escape' and 'quote' cannot be used together", "quote")
    if split in {escape, quote}:
        raise section.error("a separator cannot also be part of the values", "split")
    return Cutter(split, escape, quote, read_pattern(section, "begins"))


def read_pairs(section: Section) -> Pairs:
    """The separators of a `k=v,k2=v2` cell."""
    between = read_separator(section, "between", ",")
    within = read_separator(section, "within", "=")
    if between == within:
        raise section.error("'between' and 'within' cannot be the same", "within")
    quote = read_separator(section, "quote", "")
    return Pairs(between, within, section.text_of("items_between", ""), quote)
