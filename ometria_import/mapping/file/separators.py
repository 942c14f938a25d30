"""What separates the values of a cell, as a mapping file says it."""

from __future__ import annotations

from ometria_import.mapping.expressions.cutting import Cutter
from ometria_import.mapping.expressions.pairs import Pairs
from ometria_import.mapping.file.conditions import read_pattern
from ometria_import.mapping.file.place import Section


def read_separator(section: Section, key: str) -> str:
    """A text of at least one character."""
    if not (text := section.text_of(key)):
        raise section.error(f"'{key}' must not be empty", key)
    return text


def read_cutter(section: Section) -> Cutter:
    """Where a cell is cut at `split`."""
    marks = [
        read_separator(section, key) if key in section.values else ""
        for key in ("split", "escape", "quote")
    ]
    if marks[1] and marks[2]:
        raise section.error("'escape' and 'quote' cannot be used together", "quote")
    if marks[0] in marks[1:]:
        raise section.error("a separator cannot also be part of the values", "split")
    begins = read_pattern(section, "begins") if "begins" in section.values else None
    return Cutter(marks[0], marks[1], marks[2], begins)


def read_pairs(section: Section) -> Pairs:
    """The separators of a `k=v,k2=v2` cell."""
    between = read_separator(section, "between") if "between" in section.values else ","
    within = read_separator(section, "within") if "within" in section.values else "="
    if between == within:
        raise section.error("'between' and 'within' cannot be the same", "within")
    quote = read_separator(section, "quote") if "quote" in section.values else ""
    return Pairs(between, within, section.text_of("items_between", ""), quote)
