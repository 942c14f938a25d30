"""What happens to the texts of an origin on their way into a field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.conditions import Condition
from ometria_import.mapping.expressions.cutting import Cutter, Pairs, unquoted
from ometria_import.mapping.expressions.linear import LinearPattern
from ometria_import.mapping.expressions.model import (
    Has,
    SourceRows,
    Step,
    is_blank,
    per_distinct,
    repeated,
    trimmed,
)
from ometria_import.mapping.expressions.origins import TRUE, Braced

KEEP, DROP = "keep", "drop"

Words = Callable[[Mapping[str, str]], Mapping[str, str]]
"""Gives, for the user's settings, the words of a table and what each stands for."""


@dataclass(frozen=True, slots=True)
class PerText(Step):
    """A step that looks at nothing but the text."""

    change: Callable[[str], str]

    def texts(self, rows: SourceRows) -> Texts | None:
        """The changed texts."""
        texts = self.source.texts(rows)
        return None if texts is None else per_distinct(texts, self.change)


@dataclass(frozen=True, slots=True)
class Default(Step):
    """A text in place of blanks, and of columns that the file does not have."""

    text: Braced

    def texts(self, rows: SourceRows) -> Texts | None:
        """The source's texts, or the default."""
        import pyarrow.compute as pc

        texts = self.source.texts(rows)
        text = self.text.filled(rows.settings)
        if texts is None:
            return repeated(text, rows.length) if text else None
        return pc.if_else(is_blank(texts), text, texts)


@dataclass(frozen=True, slots=True)
class When(Step):
    """Blank where a condition does not hold."""

    condition: Condition

    def texts(self, rows: SourceRows) -> Texts | None:
        """The source's texts where the condition holds."""
        import pyarrow.compute as pc

        texts = self.source.texts(rows)
        return None if texts is None else pc.if_else(self.condition.holds(rows), texts, "")

    def columns(self) -> Iterator[str]:
        """Those of the source and of the condition."""
        yield from self.source.columns()
        yield from self.condition.columns()

    def lacking(self, has: Has) -> Iterator[str]:
        """What either lacks."""
        yield from self.source.lacking(has)
        yield from self.condition.lacking(has)


@dataclass(frozen=True, slots=True)
class Lacks(Step):
    """A word where the source is blank, and blank where it is not."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """The word `true`."""
        import pyarrow.compute as pc

        texts = self.source.texts(rows)
        return (
            repeated(TRUE, rows.length) if texts is None else pc.if_else(is_blank(texts), TRUE, "")
        )

    def lacking(self, has: Has) -> Iterator[str]:  # noqa: ARG002 -- seam
        """Nothing: what is not there is blank."""
        return iter(())


def lower_step(text: str) -> str:
    """Trim a text and make it small letters."""
    return text.strip().lower()


def hash_step(text: str) -> str:
    """SHA-256 of the trimmed text in small letters, as hexadecimal digits; blank stays blank.

    It is the same for the same value in every file.
    """
    plain = text.strip().lower()
    return hashlib.sha256(plain.encode()).hexdigest() if plain else ""


def nulls_step(words: tuple[str, ...]) -> Callable[[str], str]:
    """Make certain words blank."""
    return lambda text: "" if text.strip() in words else text


@dataclass(frozen=True, slots=True)
class Matched(Step):
    """The first group of an expression that matches the whole value, else blank."""

    pattern: LinearPattern

    def texts(self, rows: SourceRows) -> Texts | None:
        """The groups."""
        texts = self.source.texts(rows)
        if texts is None:
            return None
        encoded = trimmed(texts).dictionary_encode()
        return self.pattern.groups(encoded.dictionary).take(encoded.indices)


def key_step(key: str, pairs: Pairs) -> Callable[[str], str]:
    """Take the value of one key of a `k=v,k2=v2` cell."""
    wanted = key.casefold()

    def change(text: str) -> str:
        found = (value for name, value in pairs.cut(text) if name.casefold() == wanted)
        return unquoted(next(found, ""), pairs.quote)

    return change


def split_step(
    cutter: Cutter, take: str | int | None, pattern: LinearPattern | None = None
) -> Callable[[str], str]:
    """Cut a cell: one of its parts, or all of them as a JSON list.

    With a pattern, the first group of each part that matches it counts; other parts do not.
    """

    def change(text: str) -> str:
        parts = cutter.parts(text)
        if pattern and parts:
            import pyarrow as pa

            found = pattern.groups(pa.array(parts, pa.string())).to_pylist()
            parts = [part for part in found if part.strip()]
        if not parts:
            return ""
        if take is None:
            return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        position = {"first": 0, "last": -1}.get(take, 0) if isinstance(take, str) else take - 1
        return parts[position] if position < len(parts) else ""

    return change


@dataclass(frozen=True, slots=True)
class Translated(Step):
    """Other words in place of those of a table; blanks stay blank."""

    words: Words
    otherwise: str
    """What becomes of words that the table has not: `keep`, `drop`, or another text."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """The translated texts."""
        texts = self.source.texts(rows)
        if texts is None:
            return None
        words = self.words(rows.settings)

        def change(text: str) -> str:
            plain = text.strip()
            translated = words.get(plain.casefold()) if plain else ""
            if translated is not None:
                return translated
            return {KEEP: text, DROP: ""}.get(self.otherwise, self.otherwise)

        return per_distinct(texts, change)
