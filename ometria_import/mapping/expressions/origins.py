"""Where the texts of a field come from: a column, a constant, several columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.model import (
    Expression,
    Has,
    Origin,
    SourceRows,
    Step,
    is_blank,
    per_distinct,
    plain_boolean,
    repeated,
    trimmed,
)

TRUE = "true"

_BRACES = re.compile(r"\{\{|\}\}|\{((?:[^{}]|\{n\})+)\}")


@dataclass(frozen=True, slots=True)
class Braced:
    """A text with names in braces, cut into its parts."""

    parts: tuple[tuple[str, bool], ...]
    """Each with whether it is a name."""

    @property
    def names(self) -> tuple[str, ...]:
        """What stands in the braces."""
        return tuple(part for part, is_name in self.parts if is_name)

    def filled(self, settings: Mapping[str, str]) -> str:
        """The text with settings in place of their names; blank where one of them is."""
        if not all(settings.get(name, "") for name in self.names):
            return ""
        return "".join(settings[part] if is_name else part for part, is_name in self.parts)


def cut_braces(text: str) -> Braced:
    """Find the names in braces; a brace written twice is one brace."""
    parts: list[tuple[str, bool]] = []
    end = 0
    for found in _BRACES.finditer(text):
        if found.start() > end:
            parts.append((text[end : found.start()], False))
        name = found.group(1)
        parts.append((name, True) if name else (found.group(0)[0], False))
        end = found.end()
    if end < len(text):
        parts.append((text[end:], False))
    return Braced(tuple(parts))


@dataclass(frozen=True, slots=True)
class Column(Origin):
    """A column as it is."""

    name: str

    def texts(self, rows: SourceRows) -> Texts | None:
        """The column's cells."""
        return rows.column(self.name)

    def columns(self) -> Iterator[str]:
        """This one."""
        yield self.name


@dataclass(frozen=True, slots=True)
class Word(Origin):
    """One word of a column's texts that have so many; blank where a cell has another number."""

    name: str
    words: int
    number: int
    """Which of them, from 1."""
    or_more: bool = False
    """Whether longer texts count, too; the last of the words then has all that follows it."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """The word; what is no text, as numbers in JSON, has none."""
        texts = rows.plain_texts(self.name)
        return None if texts is None else per_distinct(texts, self._word)

    def _word(self, text: str) -> str:
        words = text.split(maxsplit=self.words - 1 if self.or_more else -1)
        # The last of several words keeps the blanks behind it.
        return words[self.number - 1] if len(words) == self.words else ""

    def columns(self) -> Iterator[str]:
        """This one."""
        yield self.name


@dataclass(frozen=True, slots=True)
class Constant(Origin):
    """The same text in every row."""

    text: Braced

    def texts(self, rows: SourceRows) -> Texts | None:
        """The text with the settings in their places; nothing where one is not given."""
        text = self.text.filled(rows.settings)
        return repeated(text, rows.length) if text else None


@dataclass(frozen=True, slots=True)
class First:
    """The first of several that is not blank."""

    alternatives: tuple[Expression, ...]

    def texts(self, rows: SourceRows) -> Texts | None:
        """Decided row by row."""
        import pyarrow.compute as pc

        taken = None
        for each in self.alternatives:
            texts = each.texts(rows)
            if texts is None:
                continue
            taken = texts if taken is None else pc.if_else(is_blank(taken), texts, taken)
        return taken

    def columns(self) -> Iterator[str]:
        """Those of all alternatives."""
        for each in self.alternatives:
            yield from each.columns()

    def lacking(self, has: Has) -> Iterator[str]:
        """What every alternative lacks something of."""
        lacking = [list(each.lacking(has)) for each in self.alternatives]
        if all(lacking):
            yield from dict.fromkeys(name for names in lacking for name in names)


@dataclass(frozen=True, slots=True)
class AnyTrue(First):
    """The first of several that means true; where none does, the first that is not blank."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """Decided row by row."""
        import pyarrow.compute as pc

        taken = First.texts(self, rows)
        if taken is None:
            return None
        for each in self.alternatives:
            texts = each.texts(rows)
            if texts is not None:
                says_true = pc.equal(per_distinct(texts, plain_boolean), TRUE)
                taken = pc.if_else(says_true, TRUE, taken)
        return taken


@dataclass(frozen=True, slots=True)
class AnyFitting(Origin):
    """True where a column whose name fits says so; else the first of them that is not blank."""

    pattern: Braced

    def texts(self, rows: SourceRows) -> Texts | None:
        """Decided row by row."""
        return AnyTrue(self.fitting(rows)).texts(rows)

    def fitting(self, rows: SourceRows) -> tuple[Column, ...]:
        """The columns that fit: all of the kind where the word of a setting fits none of them."""
        # A name that no column has must not lose what all the others say.
        chosen = rows.matching(self.pattern.filled(rows.settings))
        return tuple(map(Column, chosen or rows.matching(next(self.columns()))))

    def columns(self) -> Iterator[str]:
        """All that may fit, whatever the settings are."""
        yield "".join("*" if is_name else part for part, is_name in self.pattern.parts)

    def lacking(self, has: Has) -> Iterator[str]:  # noqa: ARG002 -- seam
        """Nothing: a pattern may fit no column."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Template(Origin):
    """A text filled from columns and settings; blank where one of them is."""

    text: Braced
    column_names: tuple[str, ...]
    """The names in it that are neither settings nor sources."""
    sources: tuple[tuple[str, Expression], ...] = ()
    """What other names in it stand for."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """The filled text."""
        import pyarrow as pa
        import pyarrow.compute as pc

        pieces, blank = [], None
        sources = {name: Column(name) for name in self.column_names} | dict(self.sources)
        for part, is_name in self.text.parts:
            if not is_name:
                pieces.append(pa.scalar(part))
                continue
            if part not in sources:
                if not rows.settings.get(part):
                    return None
                pieces.append(pa.scalar(rows.settings[part]))
                continue
            cells = sources[part].texts(rows)
            if cells is None:
                return None
            pieces.append(trimmed(cells))
            empty = pc.equal(pieces[-1], "")
            blank = empty if blank is None else pc.or_(blank, empty)
        if blank is None:
            return repeated("".join(piece.as_py() for piece in pieces), rows.length)
        return pc.if_else(blank, "", pc.binary_join_element_wise(*pieces, ""))

    def columns(self) -> Iterator[str]:
        """Those in braces, and those of what other names stand for."""
        yield from self.column_names
        for _, source in self.sources:
            yield from source.columns()

    def lacking(self, has: Has) -> Iterator[str]:
        """Those in braces that the file does not have, and what the others lack."""
        yield from (name for name in self.column_names if not has(name))
        for _, source in self.sources:
            yield from source.lacking(has)


@dataclass(frozen=True, slots=True)
class Lookup(Origin):
    """What another row of the file says of the row that a source names."""

    name: str
    of: Expression

    def texts(self, rows: SourceRows) -> Texts | None:
        """Blank where no other row names it."""
        names = self.of.texts(rows)
        return None if names is None else rows.looked_up(self.name, names)

    def columns(self) -> Iterator[str]:
        """Those with the names."""
        yield from self.of.columns()


def value_columns(expression: Expression) -> Iterator[str]:
    """The columns whose cells may become the field's value, the first to be tried first.

    Those that conditions only look at are not among them.
    """
    for origin in origins_of(expression):
        yield from origin.value_columns() if isinstance(origin, Origin) else origin.columns()


def origins_of(expression: Expression) -> Iterator[Expression]:
    """Where the texts come from, behind all steps and alternatives."""
    match expression:
        case First(alternatives):
            for each in alternatives:
                yield from origins_of(each)
        case Step(source):
            yield from origins_of(source)
        case _:
            yield expression
