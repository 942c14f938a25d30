"""The steps of a mapping file's right-hand sides: what changes or cuts the texts of an origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import msgspec

from ometria_import.mapping.expressions import steps
from ometria_import.mapping.expressions.cutting import Cutter, Pairs
from ometria_import.mapping.expressions.linear import LinearPattern
from ometria_import.mapping.expressions.model import Expression
from ometria_import.mapping.expressions.moments import Moment, is_whole_date
from ometria_import.mapping.expressions.origins import Word
from ometria_import.mapping.file.conditions import read_pattern
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.file.source_parts.keys import declared

_TAKE = Literal["first", "last"] | Annotated[int, msgspec.Meta(ge=1)]

_PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "ten",
        "ter",
        "zu",
        "zum",
        "zur",
        "af",
        "av",
        "bin",
        "al",
        "el",
        "st.",
        "y",
    ]
)


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


def first_name(text: str) -> str:
    """All before the last name; a single word is a first name."""
    return _cut(text)[0]


def last_name(text: str) -> str:
    """The last word with the particles before it, or what stands before a comma."""
    return _cut(text)[1]


def _cut(text: str) -> tuple[str, str]:
    if "," in text:
        last, first = text.split(",", 1)
        if last.strip() and first.strip():
            return " ".join(first.split()), " ".join(last.split())
        text = text.replace(",", " ")
    words = text.split()
    if len(words) < 2:  # noqa: PLR2004 -- nothing to cut
        return " ".join(words), ""
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def word_origin(source: Section) -> Callable[[str], Expression]:
    """What takes one word of a column."""
    words, number = source.values["words"], source.values.get("word")
    if not (type(words) is type(number) is int and 1 <= number <= words):
        raise source.error("'word' must be a number from 1 to 'words'", "words")
    or_more = source.flag("or_more")
    if or_more and words < 2:  # noqa: PLR2004 -- the only word has all that follows it anyway
        raise source.error("'or_more' needs 'words' of 2 or more", "or_more")
    return lambda name: Word(name, words, number, or_more)


def text_steps(source: Section, expression: Expression) -> tuple[Expression, bool]:
    """The steps that cut and change a text, and whether they make a list of it."""
    is_list = False
    if "nulls" in source.values:
        expression = steps.PerText(expression, steps.nulls_step(source.texts_of("nulls")))
    if match := _match(source, "match"):
        expression = steps.Matched(expression, match)
    if "key" in source.values:
        change = steps.key_step(source.text_of("key"), read_pairs(source))
        expression = steps.PerText(expression, change)
    if "split" in source.values:
        take = source.value("take", _TAKE) if "take" in source.values else None
        is_list = take is None
        pattern = _match(source, "match_each")
        change = steps.split_step(read_cutter(source), take, pattern)
        expression = steps.PerText(expression, change)
    if "part" in source.values:
        cut = {"first_name": first_name, "last_name": last_name}
        if is_list:
            raise source.error("'part' cannot cut a list; add 'take'", "part")
        part = source.chosen("part", cut, "first_name")
        expression = steps.PerText(expression, cut[part])
    if source.chosen("case", ("lower",), ""):
        expression = steps.PerText(expression, steps.lower_step)
    return expression, is_list


def _match(source: Section, key: str) -> LinearPattern | None:
    pattern = read_pattern(source, key)
    if pattern and not pattern.has_one_group():
        raise source.error(f"'{key}' needs exactly one group in round brackets", key)
    return pattern


def translated(
    source: Section, expression: Expression, tables: Mapping[str, steps.Words]
) -> Expression:
    """The step that gives words other words: those that it names, or those of a table."""
    otherwise = source.text_of("otherwise", steps.KEEP)
    said = source.values["translate"]
    if not isinstance(said, str):
        words = read_words(source.section("translate"))
        return steps.Translated(expression, lambda _: words, otherwise)
    return steps.Translated(
        expression, tables[declared(source, "translate", tables, "tables")], otherwise
    )


def read_words(section: Section) -> dict[str, str]:
    """Words and what they stand for, as a table of TOML."""
    words = {key.strip().casefold(): plain_text(section, key) for key in section.values}
    if len(words) < len(section.values):
        raise section.error(f"'{section.keys[-1]}' has the same word twice")
    return words


def dated(source: Section, expression: Expression) -> Expression:
    """The step that reads dates of one format."""
    date_format = source.text_of("date_format")
    if not is_whole_date(date_format):
        raise source.error(
            f"'{date_format}' does not contain year, month and day",
            "date_format",
            hint="%d/%m/%Y %H:%M reads 25/04/2024 09:30.",
        )
    if "date_order" in source.values:
        raise source.error("'date_format' already gives the order of day and month", "date_order")
    return Moment(expression, date_format)


def plain_text(section: Section, key: str) -> str:
    """A text, or a plain value as a cell would have it."""
    value = section.values.get(key)
    if isinstance(value, list | dict):
        raise section.error(f"'{key}' must be one plain value", key)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else section.text_of(key)
