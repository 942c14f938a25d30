"""The fields of a chunk's records and items, one column each, brought into normal form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.columns.by_country import countries_in, normalise_by_country
from ometria_import.prepare.columns.by_file import FileParts, normalise_by_file
from ometria_import.prepare.columns.computing import without_marks
from ometria_import.prepare.columns.few_words import note_few_words, note_unread_words
from ometria_import.prepare.columns.normalise import NormalisedColumn, normalise
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.null_words import note_words
from ometria_import.prepare.columns.rules import ColumnRule
from ometria_import.prepare.records import amounts, rules
from ometria_import.prepare.records.assembled import Level
from ometria_import.prepare.records.consent_rules import (
    note_left_later,
    note_left_without_state,
    note_refusals,
)
from ometria_import.prepare.records.consents import OPTED_OUT, without_suppressed
from ometria_import.problems import Severity, catalogue
from ometria_import.schema import Field
from ometria_import.schema.contact import REFUSALS
from ometria_import.schema.field_types import FieldTypeName, JsonKind
from ometria_import.sources.arrays import Column, Mask, Texts, mask_of

POSTCODE = "postcode"
_PROPERTIES = "properties."

RuleOf = Callable[[str, Field], ColumnRule]
"""Returns the rule of a column, given its full path."""

_ABSENT = pa.scalar(None, pa.string())


class FieldValues:
    """The normalised columns of one chunk, by full path; each problem is reported to its level."""

    def __init__(
        self,
        rule_of: RuleOf,
        nulls: Mapping[str, Texts],
        id_prefix: str,
        parts: FileParts | None = None,
        *,
        has_consent: bool = False,
    ) -> None:
        """Start without columns.

        Args:
            rule_of: Returns the rule of a column.
            nulls: The null words that apply to a single field only, by its path.
            id_prefix: The prefix for the id of each record.
            parts: The files of the rows, where they are of several that are read alike.
            has_consent: Whether custom fields may say something about consent.
        """
        self._rule_of = rule_of
        self._parts = parts
        self._nulls = nulls
        self._id_prefix = id_prefix
        self._has_consent = has_consent
        self.columns: dict[str, Texts] = {}
        """The normalised columns, null for missing values; item columns have one entry per item."""
        self.unread: dict[str, Mask] = {}
        """The entries whose cell could not be read, by the path of a column that has some."""
        self.notes: dict[str, ColumnNotes] = {}
        self.cells: Mapping[str, Texts] = {}
        """The cells of the records by path, for fields that are read by what another one says."""
        self._currencies = amounts.Currencies(self.columns)

    def of(self, level: Level, path: str | None) -> Texts | None:
        """A column that was normalised earlier; `path` is relative to the level."""
        return self.columns.get(f"{level.prefix}{path}") if path else None

    def has_one_of(self, level: Level, names: Iterable[str]) -> Mask:
        """A mask of the entries that have at least one of some fields."""
        has = np.zeros(len(level.rows), bool)
        for name in names:
            if (values := self.of(level, name)) is not None:
                has |= mask_of(values.is_valid())
        return has

    def read(self, level: Level, member: Field, path: str, texts: Texts) -> tuple[Column, JsonKind]:
        """Read the cells of a field.

        Args:
            level: The level that the field belongs to; entries that lack a mandatory field are
                marked bad.
            member: The field.
            path: The path of the field, relative to the level.
            texts: The cells, one for each entry.

        Returns:
            The values, as a `pyarrow.DictionaryArray` if they repeat, and their form in JSON.
        """
        full = f"{level.prefix}{path}"
        rule = self._rule_of(full, member)
        own = without_suppressed(full, texts)
        column = self._normalised(level, own, rule, full, self._countries(level, member))
        is_error = member.required and not level.is_item
        _report(level, full, column, Severity.ERROR if is_error else Severity.WARNING)
        unread = np.zeros(len(texts), bool)
        if column.findings:
            unread[column.findings.rows] = True
            if full in REFUSALS:
                note_unread_words(column.notes, column.findings)
            self.unread[full] = self.unread.get(full, False) | unread
        refused = self._refused(level, member, path, texts, column)
        _replace(column, refused, _ABSENT)
        if member.type is FieldTypeName.OPTIN:
            left, joined = (self.of(level, f"timestamp_{each}subscribed") for each in ("un", ""))
            if left is not None:
                out, times = pa.scalar(OPTED_OUT), (joined, left)
                _replace(column, note_refusals(level, full, texts, left), out)
                forced = self.cells.get("@force_optin")
                has_left = note_left_later(level, full, column.values, times, forced)
                _replace(column, has_left, out)
                lone = note_left_without_state(level, full, column.values, times, unread)
                _replace(column, lone, out)
        self._note_oddities(level, member, path, texts, column, rule)
        self.notes[full] = column.notes.on_rows(level.rows)
        if member.required:
            absent = mask_of(column.values.is_null())
            report_missing(level, absent & ~(unread | refused), full)
            level.is_bad |= unread | refused
        dropped = unread | refused
        if member.only_with:
            lone = self._lone(level, member, full, column.values)
            _replace(column, lone, _ABSENT)
            dropped |= lone
        self._count(self.notes[full], level, column.values, dropped)
        if self._id_prefix and full == "id":
            column.values = pc.binary_join_element_wise(self._id_prefix, column.values, "")
            column.encoded = None
        self.columns[full] = column.values
        return column.shortest, rule.type.json

    def read_plain(self, level: Level, texts: Texts, path: str) -> NormalisedColumn:
        """Read cells of plain text that no schema field describes; `path` is the full path."""
        rule = self._rule_of(path, Field(path, FieldTypeName.TEXT, ""))
        column = self._normalised(level, texts, rule, path)
        # The id and the label of an option share the same path.
        dropped = np.zeros(len(texts), bool)
        dropped[column.findings.rows] = True
        if self._has_consent and path.startswith(_PROPERTIES):
            files = None if self._parts is None else self._parts.files[level.rows]
            note_few_words(column.notes, column.values, files)
        self._count(column.notes, level, column.values, dropped)
        self.notes.setdefault(path, ColumnNotes()).merge(column.notes.on_rows(level.rows))
        _report(level, path, column, Severity.WARNING)
        return column

    def _count(self, notes: ColumnNotes, level: Level, values: Texts, dropped: Mask) -> None:
        """Count the cells of a column, in each file if there are several."""
        notes.count(len(values), values.null_count, int(dropped.sum()))
        if self._parts is not None:
            self._parts.count(notes, level.rows, mask_of(values.is_null()), dropped)

    def _countries(self, level: Level, member: Field) -> Texts | None:
        """The country of each record; None where that makes no difference to a field."""
        texts = (
            None if level.is_item or not member.of_country else self.cells.get(member.of_country)
        )
        return None if texts is None else countries_in(texts, self._nulls.get(member.of_country))

    def _normalised(
        self,
        level: Level,
        texts: Texts,
        rule: ColumnRule,
        path: str,
        countries: Texts | None = None,
    ) -> NormalisedColumn:
        """Normalise a column, by the rules of each file if there are several."""
        parts = self._parts
        if parts is None:
            return self._of_one_file(texts, rule, path, countries)

        def read(file: int, begin: int, end: int) -> NormalisedColumn:
            own = texts.slice(begin, end - begin)
            of_own = None if countries is None else countries.slice(begin, end - begin)
            return self._of_one_file(own, parts.rule_of(file, path, rule.field), path, of_own)

        return normalise_by_file(texts, parts.files[level.rows], rule, self._nulls.get(path), read)

    def _of_one_file(
        self, texts: Texts, rule: ColumnRule, path: str, countries: Texts | None
    ) -> NormalisedColumn:
        """Normalise a column after blanking the null words of its field."""

        def read(cells: Texts) -> NormalisedColumn:
            if countries is None:
                return normalise(cells, rule)
            return normalise_by_country(cells, countries, rule)

        words = self._nulls.get(path)
        is_null = pc.is_in(texts, value_set=words) if words is not None else None
        if is_null is None or not pc.any(is_null).as_py():
            return read(texts)
        column = read(pc.if_else(is_null, "", texts))
        first = pc.index(is_null, value=True).as_py()
        count = pc.sum(is_null).as_py()
        note_words(column.notes, count, first, texts[first].as_py().strip())
        return column

    def _refused(
        self, level: Level, member: Field, path: str, texts: Texts, column: NormalisedColumn
    ) -> Mask:
        """Report values that contradict the rest of their record, and return their mask."""
        full, values = f"{level.prefix}{path}", column.values
        is_error = member.required and not level.is_item
        # Only the record's own currency is compared with its time, not that of its items.
        if member.type is FieldTypeName.CURRENCY and not (level.is_item and member.dated_by):
            moments = self.columns.get(member.dated_by) if member.dated_by else None
            return rules.refuse_withdrawn_currencies(
                level, values, moments, full, is_error=is_error
            )
        if member.since:
            return rules.refuse_impossible_times(
                level, values, member.since, full, is_error=is_error
            )
        if member.name == POSTCODE:
            return rules.refuse_ruined_postcodes(level, values, full)
        is_dressed = column.is_computed or column.notes.counts[catalogue.REWRITTEN]
        if member.type is FieldTypeName.MONEY and is_dressed:
            codes = self._currencies.of(level, path).codes
            if codes is not None:
                cells = without_marks(texts) if column.is_computed else texts
                suspects = amounts.with_odd_marks(cells, codes)
                return amounts.in_other_currencies(
                    level, texts, suspects, codes, full, is_error=is_error
                )
        return np.zeros(len(texts), bool)

    def _note_oddities(
        self,
        level: Level,
        member: Field,
        path: str,
        texts: Texts,
        column: NormalisedColumn,
        rule: ColumnRule,
    ) -> None:
        """Note values that look odd beside others, and round away floating-point noise."""
        if member.type is FieldTypeName.MONEY:
            currencies = self._currencies.of(level, path)
            rounded = amounts.with_digits_of(column.values, currencies, column.notes)
            if rounded is not column.values:
                column.values, column.encoded = rounded, None
        if member.type is FieldTypeName.ID or member.name == POSTCODE:
            rules.note_number_cells(column.values, column.notes)
        if rule.may_mix_decimal_signs:
            amounts.note_decimal_signs(texts, column)

    def _lone(self, level: Level, member: Field, path: str, values: Texts) -> Mask:
        """Report values whose companion field is missing, and return their mask."""
        lone = mask_of(values.is_valid())
        if (companion := self.of(level, member.only_with)) is not None:
            lone &= mask_of(companion.is_null())
        message = f"{member.only_with} is blank, so it was dropped"
        level.report(lone, catalogue.NOT_ALONE, path, message, values)
        return lone


def report_missing(level: Level, absent: Mask, path: str) -> None:
    """Report entries without a mandatory field; items are reported when they are dropped."""
    if level.is_item:
        level.is_bad |= absent
    else:
        level.report(absent, catalogue.MISSING, path, "it is missing", is_error=True)


def _report(level: Level, path: str, column: NormalisedColumn, severity: Severity) -> None:
    """Report the cells of a column that could not be parsed."""
    if found := column.findings:
        level.found.add(replace(found, rows=level.rows[found.rows], path=path, severity=severity))


def _replace(column: NormalisedColumn, where: Mask, value: pa.StringScalar) -> None:
    """Replace some entries of a column."""
    if where.any():
        column.values = pc.if_else(pa.array(where), value, column.values)
        column.encoded = None
