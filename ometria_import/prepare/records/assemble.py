"""From field columns to encoded records, with every problem of every record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.cells import Cells, ItemCells, OptionCells, StructureFinding
from ometria_import.prepare.columns import amounts as amount_rules
from ometria_import.prepare.columns.normalise import ColumnNotes, NormalisedColumn, normalise
from ometria_import.prepare.columns.null_words import as_cells, remark_on
from ometria_import.prepare.columns.rules import ColumnRule
from ometria_import.prepare.records import item_rules, json_text
from ometria_import.prepare.records import rules as record_rules
from ometria_import.prepare.records.assembled import (
    Assembled,
    AssembledItems,
    Found,
    Level,
    Mask,
    Rows,
)
from ometria_import.prepare.records.consent_rules import (
    OPTED_OUT,
    refusals,
    refusals_found,
)
from ometria_import.problems import catalogue
from ometria_import.schema import (
    Field,
    Group,
    Items,
    Member,
    ObjectSchema,
    Options,
    Properties,
    kind_of,
)
from ometria_import.schema.field_types import FieldTypeName, JsonKind

_POSTCODE = "postcode"

RuleOf = Callable[[str, Field], ColumnRule]
"""Finds the rule of a column by its full path."""


class Assembler:
    """Normalises and encodes the cells of one source's chunks."""

    def __init__(
        self,
        schema: ObjectSchema,
        rule_of: RuleOf,
        nulls: Mapping[str, Sequence[str]],
        id_prefix: str = "",
    ) -> None:
        """Plan the work.

        Args:
            schema: What the records are.
            rule_of: Finds the rule of a column.
            nulls: By path, words that stand for no value in that field only.
            id_prefix: Stands before the id of each record.
        """
        self._schema = schema
        self._rule_of = rule_of
        self._nulls = {path: as_cells(words) for path, words in nulls.items()}
        self._id_prefix = id_prefix

    def assemble(self, cells: Cells, rows: Rows) -> Assembled:
        """Encode the records of a chunk.

        Args:
            cells: One entry per record.
            rows: The first row of each record.

        Raises:
            UsageError: a column leaves a convention open.
        """
        return _Assembly(self._schema, self._rule_of, self._nulls, self._id_prefix).run(cells, rows)


class _Assembly:
    """One chunk on its way through an assembler."""

    def __init__(
        self, schema: ObjectSchema, rule_of: RuleOf, nulls: Mapping[str, Any], id_prefix: str
    ) -> None:
        self._schema = schema
        self._rule_of = rule_of
        self._nulls = nulls
        self._id_prefix = id_prefix
        self._found: list[Found] = []
        self._notes: dict[str, ColumnNotes] = {}
        self._property_kinds: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._items: dict[str, AssembledItems] = {}
        self._currencies = amount_rules.Currencies(self._values)

    def run(self, cells: Cells, rows: Rows) -> Assembled:
        level = Level(rows, "", np.zeros(cells.length, bool), is_item=False)
        for finding in cells.findings:
            self._structure(level, finding)
        self._encode_members(cells, level, self._schema.members, "")
        if names := self._schema.one_of:
            is_lacking = ~self._has_one_of(level, names)
            self._found += record_rules.lacking_identity(level, is_lacking, names)
        if "id" in self._values:
            self._found += record_rules.personal_ids(level, self._values["id"])
        if "event_type" in self._values:
            types, notes = self._values["event_type"], self._notes["event_type"]
            record_rules.long_event_types(level, types, notes)
        head = f'{{"@type":"{self._schema.object_type}"'
        texts = json_text.joined([head, *level.fragments, "},"], cells.length)
        self._found += record_rules.too_large(level, texts)
        return Assembled(
            texts,
            level.is_bad,
            self._keys(cells),
            self._found,
            self._notes,
            self._values,
            self._items,
            np.zeros(cells.length, bool),
            self._property_kinds or cells.raw_property_kinds,
        )

    def _encode_members(
        self, cells: Cells, level: Level, members: Iterable[Member], path: str
    ) -> None:
        for member in members:
            match member:
                case Field():
                    self._encode_field(cells, level, member, f"{path}{member.name}")
                case Group():
                    self._encode_group(cells, level, member, f"{path}{member.name}")
                case Items():
                    self._encode_items(cells, level, member)
                case Options():
                    self._encode_options(cells, level, member)
                case Properties():
                    self._encode_properties(cells, level, member)
                case _:
                    assert_never(member)

    def _encode_field(self, cells: Cells, level: Level, member: Field, path: str) -> None:
        texts = cells.fields.get(path)
        full = f"{level.prefix}{path}"
        if texts is None:
            if member.required:
                self._missing(level, np.arange(cells.length), full)
            return
        rule = self._rule_of(full, member)
        column = self._normalised(texts, rule, full)
        letter = "E" if member.required and not level.is_item else "W"
        for finding in column.findings:
            self._found.append(
                Found(
                    int(level.rows[finding.row]),
                    f"{letter}{finding.finding.cause}",
                    full,
                    finding.text,
                    finding.finding.message,
                )
            )
        unread = np.zeros(cells.length, bool)
        unread[[finding.row for finding in column.findings]] = True
        unread |= self._refused(level, member, path, texts, column)
        if (is_refusal := self._refusals(level, member, full, texts)) is not None:
            column.values = pc.if_else(pa.array(is_refusal), pa.scalar(OPTED_OUT), column.values)
            column.encoded = None
        self._note(level, member, path, column)
        if rule.may_mix_decimal_signs:
            amount_rules.note_decimal_signs(texts, column)
        self._notes[full] = column.notes.on_rows(level.rows)
        values, encoded = column.values, column.encoded
        if member.required:
            absent = pc.is_null(values).to_numpy(zero_copy_only=False)
            self._missing(level, np.flatnonzero(absent & ~unread), full)
            level.is_bad |= unread
        if member.only_with:
            values, encoded = self._only_with(level, member, full, values), None
        if self._id_prefix and full == "id":
            values, encoded = pc.binary_join_element_wise(self._id_prefix, values, ""), None
        self._values[full] = values
        shortest = values if encoded is None else encoded
        level.fragments.append(json_text.fragment(member.name, shortest, rule.type.json))

    def _normalised(self, texts: Any, rule: ColumnRule, path: str) -> NormalisedColumn:
        """Normalise a column, the null words of its own made blank before."""
        words = self._nulls.get(path)
        is_null = pc.is_in(texts, value_set=words) if words is not None else None
        if is_null is None or not pc.any(is_null).as_py():
            return normalise(texts, rule)
        column = normalise(pc.if_else(is_null, "", texts), rule)
        first = pc.index(is_null, value=True).as_py()
        count = pc.sum(is_null).as_py()
        remark = remark_on(count, first, texts[first].as_py().strip())
        column.notes.add_remark(catalogue.NULL_WORD, remark)
        return column

    def _refusals(self, level: Level, member: Field, path: str, texts: Any) -> Mask | None:
        """The entries whose plain no is an opt-out, which are reported; None if there is none."""
        left = self._values.get(f"{level.prefix}timestamp_unsubscribed")
        if member.type is not FieldTypeName.OPTIN or left is None:
            return None
        is_refusal = refusals(texts, left)
        self._found += refusals_found(level, path, texts, is_refusal)
        return is_refusal if is_refusal.any() else None

    def _refused(
        self, level: Level, member: Field, path: str, texts: Any, column: NormalisedColumn
    ) -> Mask:
        """Take out values that contradict the rest of their record; return which entries it is."""
        full = f"{level.prefix}{path}"
        letter = "E" if member.required and not level.is_item else "W"
        found: list[Found] = []
        refused = np.zeros(len(texts), bool)
        # The items of a record are not compared with its time: its own currency is.
        if member.type is FieldTypeName.CURRENCY and not (level.is_item and member.dated_by):
            moments = self._values.get(member.dated_by) if member.dated_by else None
            found, refused = record_rules.withdrawn_currencies(
                level, column.values, moments, full, letter
            )
        elif member.since:
            found, refused = record_rules.impossible_times(
                level, column.values, member.since, full, letter
            )
        elif member.name == _POSTCODE:
            found, refused = record_rules.ruined_postcodes(level, column.values, full)
        elif member.type is FieldTypeName.MONEY and column.notes.rewritten:
            codes = self._currencies.of(level, path).codes
            if codes is not None:
                found, refused = amount_rules.in_other_currencies(level, texts, codes, full, letter)
        self._found += found
        if refused.any():
            blank = pa.scalar(None, pa.string())
            column.values = pc.if_else(pa.array(refused), blank, column.values)
            column.encoded = None
        return refused

    def _note(self, level: Level, member: Field, path: str, column: NormalisedColumn) -> None:
        """Take note of values that are odd beside others, and round those that are noise."""
        if member.type is FieldTypeName.MONEY:
            currencies = self._currencies.of(level, path)
            rounded = amount_rules.with_digits_of(column.values, currencies, column.notes)
            if rounded is not column.values:
                column.values, column.encoded = rounded, None
        if member.type is FieldTypeName.ID or member.name == _POSTCODE:
            record_rules.note_number_cells(column.values, column.notes)

    def _only_with(self, level: Level, member: Field, path: str, values: Any) -> Any:
        """Drop values whose companion is absent."""
        companion = self._values.get(f"{level.prefix}{member.only_with}")
        lone = pc.is_valid(values)
        if companion is not None:
            lone = pc.and_(lone, pc.is_null(companion))
        self._found.extend(
            Found(
                int(level.rows[entry]),
                f"W{catalogue.NOT_ALONE}",
                path,
                values[entry].as_py(),
                f"{member.only_with} is blank, so it was dropped",
            )
            for entry in np.flatnonzero(lone.to_numpy(zero_copy_only=False)).tolist()
        )
        return pc.if_else(lone, pa.scalar(None, pa.string()), values)

    def _missing(self, level: Level, entries: Rows, path: str) -> None:
        """Report entries without a mandatory field; an item's are reported when it is dropped."""
        level.is_bad[entries] = True
        if not level.is_item:
            code = f"E{catalogue.MISSING}"
            self._found.extend(
                Found(int(level.rows[entry]), code, path, "", "it is missing")
                for entry in entries.tolist()
            )

    def _encode_group(self, cells: Cells, level: Level, member: Group, path: str) -> None:
        if not any(name.startswith(f"{path}.") for name in cells.fields):
            return
        outer, level.fragments = level.fragments, []
        self._encode_members(cells, level, member.members, f"{path}.")
        full = f"{level.prefix}{path}"
        postcodes = self._values.get(f"{full}.{_POSTCODE}")
        countries = self._values.get(f"{full}.country_code")
        if postcodes is not None and countries is not None:
            self._found += record_rules.lost_zeros(
                level, postcodes, countries, f"{full}.{_POSTCODE}"
            )
        inner = json_text.joined(level.fragments, cells.length)
        level.fragments = [*outer, json_text.object_fragment(member.name, inner)]

    def _encode_items(self, cells: Cells, level: Level, member: Items) -> None:
        items = cells.items.get(member.name)
        if items is None or not items.cells.length:
            return
        inner = Level(
            items.rows,
            f"{level.prefix}{member.name}.",
            np.zeros(items.cells.length, bool),
            is_item=True,
            parents=items.parents,
        )
        self._encode_members(items.cells, inner, member.members, "")
        if member.one_of:
            inner.is_bad |= ~self._has_one_of(inner, member.one_of)
        self._found += item_rules.incomplete_items(inner, member, self._values)
        flags = self._values.get(f"{level.prefix}{member.not_if}") if member.not_if else None
        if flags is not None:
            is_silent = items.cells.may_be_out_of_place
            self._found += item_rules.out_of_place_items(
                inner, member, flags, items.parents, is_silent=is_silent
            )
        self._items[f"{level.prefix}{member.name}"] = AssembledItems(items.parents, inner.is_bad)
        self._append_list(level, member.name, items, inner, cells.length)

    def _append_list(
        self, level: Level, name: str, items: ItemCells, inner: Level, length: int
    ) -> None:
        members = json_text.without_first(json_text.joined(inner.fragments, items.cells.length))
        has_members = pc.is_valid(members).to_numpy(zero_copy_only=False)
        kept = np.flatnonzero(~inner.is_bad & has_members)
        if not len(kept):
            return
        texts = pc.binary_join_element_wise(",{", members, "}", "").take(pa.array(kept))
        gathered = json_text.gathered(texts, items.parents[kept], length)
        level.fragments.append(json_text.list_fragment(name, gathered))

    def _encode_options(self, cells: Cells, level: Level, member: Options) -> None:
        if member.name in cells.items:
            self._encode_option_items(cells, level, member)
            return
        pieces = [
            self._option_piece(level, member, option)
            for option in cells.options.get(member.name, [])
        ]
        if pieces:
            inner = json_text.joined(pieces, cells.length)
            level.fragments.append(json_text.list_fragment(member.name, inner))

    def _option_piece(self, level: Level, member: Options, option: OptionCells) -> Any:
        path = f"{level.prefix}{member.name}.{option.type}"
        halves = [
            None if half is None else self._plain_texts(level, half, path)
            for half in (option.id, option.label)
        ]
        known = [half for half in halves if half is not None]
        option_id, label = (
            half if half is not None else known[0] for half in (halves[0], halves[1])
        )
        if len(known) == len(halves):
            option_id, label = pc.coalesce(option_id, label), pc.coalesce(label, option_id)
        head = json_text.quoted(pa.array([option.type]))[0].as_py()
        return pc.binary_join_element_wise(
            f',{{"type":{head},"id":',
            json_text.quoted(option_id),
            ',"label":',
            json_text.quoted(label),
            "}",
            "",
        )

    def _encode_option_items(self, cells: Cells, level: Level, member: Options) -> None:
        items = cells.items[member.name]
        inner = Level(
            items.rows,
            f"{level.prefix}{member.name}.",
            np.zeros(items.cells.length, bool),
            is_item=True,
        )
        for part in ("type", "id", "label"):
            texts = items.cells.fields.get(part)
            if texts is None:
                inner.is_bad[:] = True
                continue
            values = self._plain_texts(inner, texts, f"{inner.prefix}{part}")
            inner.is_bad |= pc.is_null(values).to_numpy(zero_copy_only=False)
            inner.fragments.append(json_text.fragment(part, values, JsonKind.STRING))
        self._found.extend(
            Found(
                int(items.rows[entry]),
                f"W{catalogue.PART_DROPPED}",
                inner.prefix.removesuffix("."),
                "",
                f"the {member.singular} needs type, id and label; it was dropped",
            )
            for entry in np.flatnonzero(inner.is_bad).tolist()
        )
        self._append_list(level, member.name, items, inner, cells.length)

    def _plain_texts(self, level: Level, texts: Any, path: str) -> Any:
        """Normalise a column of plain text; null where the cell is blank."""
        return self._plain_column(level, texts, path).values

    def _plain_column(self, level: Level, texts: Any, path: str) -> NormalisedColumn:
        rule = self._rule_of(path, Field(path, FieldTypeName.TEXT, ""))
        column = self._normalised(texts, rule, path)
        # The id and the label of an option share one path.
        self._notes.setdefault(path, ColumnNotes()).merge(column.notes.on_rows(level.rows))
        for finding in column.findings:
            row, cause = int(level.rows[finding.row]), finding.finding.cause
            self._found.append(Found(row, f"W{cause}", path, finding.text, finding.finding.message))
        return column

    def _encode_properties(self, cells: Cells, level: Level, member: Properties) -> None:
        if cells.raw_properties is not None:
            values = _null_if_blank(cells.raw_properties)
            level.fragments.append(json_text.fragment(member.name, values, JsonKind.JSON))
        elif cells.properties:
            pieces = []
            for name, texts in cells.properties.items():
                column = self._plain_column(level, texts, f"{level.prefix}{member.name}.{name}")
                self._note_kind(level, name, column.values)
                values = column.values if column.encoded is None else column.encoded
                pieces.append(json_text.fragment(name, values, JsonKind.STRING))
            inner = json_text.joined(pieces, cells.length)
            level.fragments.append(json_text.object_fragment(member.name, inner))
        else:
            return
        if not level.is_item:
            self._found += record_rules.long_properties(level, member.name)

    def _note_kind(self, level: Level, name: str, values: Any) -> None:
        """Remember the type of a custom field by its first value."""
        if level.is_item or name in self._property_kinds:
            return
        first = pc.index_in(pa.scalar(True), pc.is_valid(values)).as_py()  # noqa: FBT003
        if first is not None:
            self._property_kinds[name] = kind_of(values[first].as_py())

    def _has_one_of(self, level: Level, names: Iterable[str]) -> Mask:
        has = np.zeros(len(level.is_bad), bool)
        for name in names:
            values = self._values.get(f"{level.prefix}{name}")
            if values is not None:
                has |= pc.is_valid(values).to_numpy(zero_copy_only=False)
        return has

    def _structure(self, level: Level, found: StructureFinding) -> None:
        cause = found.finding.cause
        letter = "W" if "W" in catalogue.CAUSES[cause].letters else "E"
        if letter == "E":
            level.is_bad[np.searchsorted(level.rows, found.row)] = True
        self._found.append(
            Found(found.row, f"{letter}{cause}", found.path, found.value, found.finding.message)
        )

    def _keys(self, cells: Cells) -> Any:
        blank = pa.repeat(pa.scalar("", pa.string()), cells.length)
        parts = [
            pc.fill_null(self._values[name], "") if name in self._values else blank
            for name in self._schema.key
        ]
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "\x1f")


def _null_if_blank(values: Any) -> Any:
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
