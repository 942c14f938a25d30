"""Conditions and regular expressions in a mapping file."""

from __future__ import annotations

from decimal import Decimal

from ometria_import.mapping.expressions.conditions import Condition
from ometria_import.mapping.expressions.linear import LinearPattern, PatternError
from ometria_import.mapping.file.place import Section


def read_pattern(section: Section, key: str) -> LinearPattern | None:
    """A regular expression, as RE2 has them; None where the key is not there."""
    if key not in section.values:
        return None
    try:
        return LinearPattern(section.text_of(key))
    except PatternError as error:
        raise section.error(f"'{key}' is not a regular expression: {error}", key) from None


def read_condition(section: Section) -> Condition:
    """Read a condition on the cells of a row."""
    tests = ("equals", "equals_column", "not_equals", "above", "above_column", "matches")
    section.only("filled", "blank", "null", "column", "path", "file", *tests)
    said = [test for test in tests if test in section.values]
    filled, blank, null = map(section.texts_of, ("filled", "blank", "null"))
    column = section.text_of("column", "")
    if "path" in section.values:
        # Mappings of JSON said so before they had columns: what it asks of must be there, too.
        column = section.text_of("path")
        filled = (*filled, column)
    if said and not column:
        raise section.error(f"'{said[0]}' needs a 'column'", said[0])
    if column and not said and "path" not in section.values:
        raise section.error(f"'column' needs one of {', '.join(tests)}", "column")
    other = section.text_of("above_column", "")
    if said.count("above") and other:
        raise section.error("'above' and 'above_column' cannot be used together", "above_column")
    if other and other == column:
        raise section.error(f"'{column}' is never above itself", "above_column")
    same = section.text_of("equals_column", "")
    if same and same == column:
        raise section.error(f"'{column}' always equals itself", "equals_column")
    if both := sorted(set(filled) & {*blank, *null}):
        raise section.error(f"'{both[0]}' cannot be filled and blank", near=both[0])
    file = read_patterns(section)
    if not (filled or blank or null or column or file):
        raise section.error("the condition is empty")
    above = section.value("above", int | float) if "above" in section.values else None
    if above is not None and not Decimal(str(above)).is_finite():
        raise section.error("'above' must be a number", "above")
    return Condition(
        filled,
        blank,
        column if said else "",
        _folded(section, "equals"),
        _folded(section, "not_equals"),
        None if above is None else Decimal(str(above)),
        read_pattern(section, "matches"),
        other,
        same,
        file,
        null,
    )


def read_patterns(section: Section, key: str = "file") -> tuple[str, ...]:
    """The patterns of file names under a key: one, or a list of them."""
    said = section.values.get(key, ())
    patterns = (said,) if isinstance(said, str) else section.texts_of(key)
    if not all(each.strip() for each in patterns):
        raise section.error("a blank text fits no file name", key)
    if any("/" in each for each in patterns):
        raise section.error(
            f"'{key}' is a pattern for a file's own name, without folders", key, near="/"
        )
    return patterns


def read_condition_at(section: Section, key: str) -> Condition | None:
    """The condition under a key; None where the key is not there."""
    return read_condition(section.section(key)) if key in section.values else None


def _folded(section: Section, key: str) -> tuple[str, ...] | None:
    if key not in section.values:
        return None
    return tuple(text.strip().casefold() for text in section.texts_of(key))
