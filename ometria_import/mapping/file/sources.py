"""The right-hand sides of a mapping file: the origins of texts, and the steps from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from ometria_import.mapping.expressions import steps
from ometria_import.mapping.expressions.computing.arithmetic import SumOf, is_computed, sum_of
from ometria_import.mapping.expressions.computing.clocks import DateAndTime, InZone
from ometria_import.mapping.expressions.forms import FORMS, Form
from ometria_import.mapping.expressions.model import Expression, plain_boolean
from ometria_import.mapping.expressions.origins import (
    AnyTrue,
    Braced,
    Column,
    Constant,
    First,
    Lookup,
    cut_braces,
)
from ometria_import.mapping.expressions.steps import Words
from ometria_import.mapping.file.arrays import (
    all_elements,
    names_elements,
    one_element,
    sum_of_elements,
)
from ometria_import.mapping.file.conditions import read_condition
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.file.source_parts.keys import (
    ARITHMETIC,
    CONVENTIONS,
    check_keys,
    declared,
    refuse_steps,
)
from ometria_import.mapping.file.source_parts.names import fitting_origin, template_origin
from ometria_import.mapping.file.source_parts.numbers import computed, number_steps
from ometria_import.mapping.file.source_parts.rates import RatesFile, rate_origin
from ometria_import.mapping.file.source_parts.steps import (
    dated,
    plain_text,
    text_steps,
    translated,
    word_origin,
)
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.schema.field_types import DateOrder, DecimalSign

_CHOICES = {"date_order": tuple(DateOrder), "decimal_sign": tuple(DecimalSign)}


@dataclass(frozen=True, slots=True)
class ReadSource:
    """A source with what it says about reading its texts."""

    expression: Expression
    conventions: dict[str, str]
    is_list: bool
    """Whether its texts are JSON lists of the parts of a cell."""
    true_wins: bool = False
    """Whether of several columns or rows one that says true counts, and not the first."""
    form: Form | None = None
    """The one way in which its texts may be written, if there is only one."""

    @property
    def is_computed(self) -> bool:
        """Whether it is a number that is computed, which only a field for numbers can take."""
        return is_computed(self.expression)


@dataclass(frozen=True, slots=True)
class SourceReader:
    """Reads sources of one mapping file."""

    settings: frozenset[str]
    lookups: frozenset[str]
    places: Mapping[str, tuple[str, ...]]
    """Names that stand for what comes before the first dot of several columns."""
    tables: Mapping[str, Words] = field(default_factory=dict)
    """What words stand for, by the names of the tables that say it."""
    rates: Mapping[str, RatesFile] = field(default_factory=dict)
    rank: int | None = None
    """Which of a place's meanings counts; None where all do, one after the other."""
    prefix: str = ""
    """Stands before every name of a column."""

    def read(self, section: Section, key: str) -> ReadSource:
        """Read the source of a field.

        Raises:
            MappingError: it is not a source, or contradicts itself.
        """
        value = section.values[key]
        if isinstance(value, str):
            return ReadSource(self._column(section, key, value), {}, is_list=False)
        if not isinstance(value, dict):
            raise section.error(f"'{key}' must be a column's name or a table", key)
        return self.read_table(section.section(key))

    def read_table(self, source: Section) -> ReadSource:
        """Read a source that is written as a table."""
        origin = check_keys(source)
        expression = self._origin(source, origin)
        expression, is_list = text_steps(source, expression)
        if "translate" in source.values:
            if is_list:
                raise source.error("'translate' cannot read a list; add 'take'", "translate")
            expression = translated(source, expression, self.tables)
        expression = number_steps(source, expression, self.operand, is_list=is_list)
        if "date_format" in source.values:
            expression = dated(source, expression)
        if "all" in source.values:
            names = self.names(source.text_of(origin))
            expression, is_list = all_elements(source, names, expression, is_list=is_list), True
        if "zone" in source.values:
            expression = InZone(expression, self.plain(source, "zone"))
        if "default" in source.values:
            if origin == "constant":
                raise source.error("a constant is never blank, so its 'default' has no effect")
            expression = steps.Default(expression, self.braced(source, "default"))
        if "when" in source.values:
            expression = steps.When(expression, read_condition(source.section("when")))
        true_wins = source.flag("true_wins")
        if true_wins:
            expression = steps.PerText(expression, plain_boolean)
        form = FORMS[source.chosen("form", FORMS, "")] if "form" in source.values else None
        return ReadSource(expression, self.conventions(source), is_list, true_wins, form)

    def plain(self, section: Section, key: str) -> Expression:
        """Read a source whose texts are taken as they are, by something that is no number.

        Raises:
            MappingError: it is not a source, it makes a list, or it computes a number.
        """
        read = self.read_text(section, key)
        if read.is_list or read.conventions:
            words = "a list" if read.is_list else f"'{next(iter(read.conventions))}'"
            raise section.error(f"'{key}' cannot be or have {words}", key)
        return read.expression

    def read_text(self, section: Section, key: str) -> ReadSource:
        """Read the source of something that is no number of a record.

        Raises:
            MappingError: it is not a source, or it computes a number.
        """
        read = self.read(section, key)
        if read.is_computed:
            raise section.error(f"a number is computed here, and '{key}' is not a number", key)
        return read

    def operand(self, section: Section, key: str) -> Expression:
        """Read a source of numbers with which something is computed."""
        return self._alternative(section, key, 0, section.values[key])

    def braced(self, section: Section, key: str) -> Braced:
        """A text whose braces hold settings only; true, false and numbers may go without quotes."""
        text = cut_braces(plain_text(section, key))
        for name in text.names:
            if name not in self.settings:
                raise section.error(
                    f"'{{{name}}}' is not a setting{did_you_mean(name, self.settings)}",
                    key,
                    near=f"{{{name}}}",
                    hint=f"Declare it: [settings.{name}].",
                )
        return text

    def conventions(self, section: Section) -> dict[str, str]:
        """How the texts are to be read."""
        said = {}
        for key in CONVENTIONS:
            if key in section.values:
                text = self.braced(section, key)
                if not text.names and key in _CHOICES:
                    section.chosen(key, _CHOICES[key], "")
                said[key] = section.text_of(key)
        return said

    def names(self, name: str) -> tuple[str, ...]:
        """The columns that a name stands for: one, unless it begins with the name of a place."""
        first, dot, rest = name.partition(".")
        meanings = self.places.get(first, (first,))
        return tuple(f"{self.prefix}{each}{dot}{rest}" for each in meanings)

    def _column(
        self,
        section: Section,
        key: str,
        name: str,
        origin: Callable[[str], Expression] = Column,
    ) -> Expression:
        if not name.strip():
            raise section.error(f"'{key}' names no column", key)
        names = self.names(name)
        if len(names) > 1 and self.rank is None:
            return First(tuple(map(origin, names)))
        return origin(names[self.rank or 0 if len(names) > 1 else 0])

    def _origin(self, source: Section, origin: str) -> Expression:
        match origin:
            case "column" | "path" | "sum":
                return self._column(source, origin, source.text_of(origin), _taken(source, origin))
            case "constant" | "any_true":
                text = self.braced(source, origin)
                return Constant(text) if origin == "constant" else fitting_origin(source, text)
            case "template":
                return template_origin(source, self.settings, self.plain)
            case "hash":
                return steps.PerText(self.plain(source, origin), steps.hash_step)
            case "lookup":
                name = declared(source, origin, self.lookups, "lookups")
                if "of" not in source.values:
                    raise source.error("'lookup' needs 'of'", origin)
                return Lookup(name, self.plain(source, "of"))
            case _:
                return self._combined(source, origin)

    def _combined(self, source: Section, origin: str) -> Expression:
        """An origin that is made of other sources."""
        if origin == "date":
            date = self.plain(source, "date")
            has_time = "time" in source.values
            return DateAndTime((date, self.plain(source, "time"))) if has_time else date
        if origin == "rate":
            return rate_origin(source, self.rates, self.plain)
        if origin == "sum_of":
            return SumOf(source.text_of(origin))
        alternatives = self._alternatives(source, origin)
        if any(map(sum_of, alternatives[:-1])) or (
            origin in ARITHMETIC and sum_of(alternatives[-1])
        ):
            raise source.error("'sum_of' must be the last entry of 'first'", origin)
        if sum_of(alternatives[-1]):
            refuse_steps(source, origin, *CONVENTIONS)
        if origin in ARITHMETIC:
            return computed(source, origin, alternatives)
        return AnyTrue(alternatives) if source.flag("true_wins") else First(alternatives)

    def _alternatives(self, source: Section, key: str) -> tuple[Expression, ...]:
        entries = source.values[key]
        if not isinstance(entries, list) or not entries:
            raise source.error(f"'{key}' must be a list of sources", key)
        # Neighbours of one place are looked for in its first meaning, all of them, before its
        # second is looked at: the newest traits of a person win, however their keys are written.
        alternatives: list[Expression] = []
        for place, neighbours in groupby(enumerate(entries), lambda each: self._place_of(each[1])):
            own = list(neighbours)
            for rank in range(len(self.places[place])) if place else (self.rank,):
                reader = replace(self, rank=rank)
                alternatives += [
                    reader._alternative(source, key, number, entry)  # noqa: SLF001 -- its own class
                    for number, entry in own
                ]
        return tuple(alternatives)

    def _place_of(self, entry: Any) -> str:
        """The place with whose name a column begins, or nothing."""
        name = entry.get("column", entry.get("path")) if isinstance(entry, dict) else entry
        first = name.partition(".")[0] if isinstance(name, str) else ""
        return first if first in self.places else ""

    def _alternative(self, source: Section, key: str, number: int, entry: Any) -> Expression:
        """One source within another."""
        if isinstance(entry, str):
            return self._column(source, key, entry)
        if key != "first" and type(entry) in {int, float}:
            entry = {"constant": entry}
        if not isinstance(entry, dict):
            raise source.error(f"'{key}' must be a list of sources", key)
        keys = (*source.keys, key, str(number))
        read = self.read_table(Section(source.place, source.text, entry, keys))
        if read.is_list:
            raise source.error(f"a source in '{key}' cannot be a list; add 'take'", key)
        said = () if "rate" in entry else read.conventions
        own = [*said, *(step for step in ("true_wins", "form") if getattr(read, step))]
        if own:
            raise source.error(
                f"'{', '.join(own)}' belongs to the whole source, not to one of '{key}'", key
            )
        return read.expression


def _taken(source: Section, origin: str) -> Callable[[str], Expression]:
    """What a source takes of the column that it names."""
    if origin == "sum":
        return sum_of_elements(source)
    if "all" not in source.values and names_elements(source):
        return one_element(source)
    return word_origin(source) if "words" in source.values else Column
