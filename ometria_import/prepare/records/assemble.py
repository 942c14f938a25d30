"""From field columns to encoded records, with every problem of every record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.cells import Cells, ItemCells, OptionCells
from ometria_import.prepare.columns.by_file import FileParts
from ometria_import.prepare.columns.found import Found
from ometria_import.prepare.columns.null_words import as_cells
from ometria_import.prepare.records import json_text, rules
from ometria_import.prepare.records.assembled import Assembled, AssembledItems, Level
from ometria_import.prepare.records.consent_rules import add_missing_states
from ometria_import.prepare.records.consents import PATHS, consent_marks
from ometria_import.prepare.records.field_values import (
    POSTCODE,
    FieldValues,
    RuleOf,
    report_missing,
)
from ometria_import.prepare.records.item_sums import Sums, items_first, sums_in
from ometria_import.problems import Located, Severity, catalogue
from ometria_import.schema import (
    Field,
    Group,
    Items,
    Member,
    ObjectSchema,
    ObjectType,
    Options,
    Properties,
    kind_of,
)
from ometria_import.schema.field_types import JsonKind
from ometria_import.sources.arrays import Rows, Texts, mask_of


class Assembler:
    """Normalises and encodes the cells of one source's chunks."""

    def __init__(
        self,
        schema: ObjectSchema,
        rule_of: RuleOf,
        nulls: Mapping[str, Sequence[str]],
        id_prefix: str = "",
        sums: Mapping[str, str] | None = None,
    ) -> None:
        """Set up the assembler.

        Args:
            schema: The schema of the records.
            rule_of: Returns the rule of a column.
            nulls: The null words that apply to a single field only, by its path.
            id_prefix: The prefix for the id of each record.
            sums: Fields that are sums of a field of the items where they have no value.
        """
        self._schema = schema
        self._rule_of = rule_of
        self._nulls = {path: as_cells(words) for path, words in nulls.items()}
        self._id_prefix = id_prefix
        self._sums = sums or {}

    def assemble(self, cells: Cells, rows: Rows, parts: FileParts | None = None) -> Assembled:
        """Encode the records of a chunk.

        Args:
            cells: The cells by field, with one entry per record.
            rows: The first row of each record.
            parts: The files of the rows, where they are of several that are read alike.

        Raises:
            UsageError: a convention of a column is ambiguous.
        """
        values = FieldValues(
            self._rule_of,
            self._nulls,
            self._id_prefix,
            parts,
            has_consent=self._schema.object_type is ObjectType.CONTACT,
        )
        level = Level(rows, "", np.zeros(len(rows), bool), Found())
        return _Assembly(self._schema, values, self._sums).run(cells, level)


class _Assembly:
    """One chunk on its way through an assembler."""

    def __init__(self, schema: ObjectSchema, values: FieldValues, sums: Mapping[str, str]) -> None:
        self._schema = schema
        self._sums = sums
        self._values = values
        self._property_kinds: dict[str, str] = {}
        self._items: dict[str, AssembledItems] = {}

    def run(self, cells: Cells, level: Level) -> Assembled:
        values = self._values
        for found in cells.findings:
            self._report_structure(level, found)
        if self._schema.object_type is ObjectType.CONTACT:
            add_missing_states(cells)
        values.cells = cells.fields
        self._encode_members(cells, level, items_first(self._schema.members, self._sums), "")
        if names := self._schema.one_of:
            is_lacking = ~values.has_one_of(level, names)
            message = f"none of {', '.join(names)} is given"
            level.report(is_lacking, catalogue.NO_IDENTITY, names[0], message, is_error=True)
        if (ids := values.of(level, "id")) is not None:
            rules.warn_of_personal_ids(level, ids)
        if (types := values.of(level, "event_type")) is not None:
            rules.note_long_event_types(level, types, values.notes["event_type"])
        head = f'{{"@type":"{self._schema.object_type}"'
        pieces = [head, *level.pieces, "},"]
        sizes = json_text.sizes_of(pieces, cells.length) - 1
        rules.refuse_large_records(level, sizes, pieces)
        return Assembled(
            level,
            pieces,
            sizes,
            self._keys(cells),
            values.notes,
            values.columns,
            self._items,
            np.zeros(cells.length, bool),
            self._property_kinds or cells.raw_property_kinds,
            consent_marks(cells, values.unread),
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
                case Options() if member.name in cells.items:
                    self._encode_option_items(cells, level, member)
                case Options():
                    self._encode_option_columns(cells, level, member)
                case Properties():
                    self._encode_properties(cells, level, member)
                case _:
                    assert_never(member)

    def _encode_field(self, cells: Cells, level: Level, member: Field, path: str) -> None:
        texts = cells.fields.get(path)
        if texts is not None:
            sums = self._summed(level, path, texts)
            values, kind = self._values.read(level, member, path, sums.texts if sums else texts)
            if sums:
                sums.note(self._values.notes[path], level)
            level.pieces.append(json_text.fragment(member.name, values, kind))
        elif member.required:
            report_missing(level, np.ones(cells.length, bool), f"{level.prefix}{path}")

    def _summed(self, level: Level, path: str, texts: Texts) -> Sums | None:
        """The cells of a field, with sums of the items in those that are blank."""
        of = "" if level.is_item else self._sums.get(path, "")
        items = self._items.get(of.partition(".")[0])
        amounts = self._values.columns.get(of)
        if amounts is None or items is None:
            return None
        return sums_in(texts, of, amounts, items)

    def _encode_group(self, cells: Cells, level: Level, member: Group, path: str) -> None:
        if not any(name.startswith(f"{path}.") for name in cells.fields):
            return
        outer, level.pieces = level.pieces, []
        self._encode_members(cells, level, member.members, f"{path}.")
        postcodes = self._values.of(level, f"{path}.{POSTCODE}")
        countries = self._values.of(level, f"{path}.country_code")
        if postcodes is not None and countries is not None:
            full = f"{level.prefix}{path}.{POSTCODE}"
            rules.warn_of_lost_zeros(level, postcodes, countries, full)
        inner = json_text.object_pieces(member.name, level.pieces, cells.length)
        level.pieces = [*outer, *inner]

    def _encode_items(self, cells: Cells, level: Level, member: Items) -> None:
        items = cells.items.get(member.name)
        if items is None or not items.cells.length:
            return
        inner = level.of_items(member.name, items.rows, items.parents)
        self._encode_members(items.cells, inner, member.members, "")
        if member.one_of:
            inner.is_bad |= ~self._values.has_one_of(inner, member.one_of)
        rules.tell_of_incomplete_items(inner, member, self._values.columns)
        flags = self._values.of(level, member.not_if)
        if flags is not None:
            is_silent = items.cells.may_be_out_of_place
            rules.drop_out_of_place_items(inner, member, flags, items.parents, is_silent=is_silent)
        self._items[f"{level.prefix}{member.name}"] = AssembledItems(items.parents, inner.is_bad)
        _append_list(level, member.name, items, inner)

    def _encode_option_columns(self, cells: Cells, level: Level, member: Options) -> None:
        """Options where each option type has one or two columns."""
        pieces = [
            self._option_piece(level, f"{level.prefix}{member.name}", option)
            for option in cells.options.get(member.name, [])
        ]
        if pieces:
            inner = json_text.joined(pieces, cells.length)
            level.pieces.append(json_text.list_fragment(member.name, inner))

    def _option_piece(self, level: Level, path: str, option: OptionCells) -> json_text.Piece:
        halves = [
            self._values.read_plain(level, half, f"{path}.{option.type}").values
            for half in (option.id, option.label)
            if half is not None
        ]
        option_id = pc.coalesce(halves[0], halves[-1])
        label = pc.coalesce(halves[-1], halves[0])
        texts = pc.binary_join_element_wise(
            json_text.quoted(option_id), ',"label":', json_text.quoted(label), ""
        )
        name = json_text.quoted(pa.array([option.type], pa.string()))[0].as_py()
        return json_text.Piece(f',{{"type":{name},"id":', texts, "}")

    def _encode_option_items(self, cells: Cells, level: Level, member: Options) -> None:
        """Options that were mapped as a list."""
        items = cells.items[member.name]
        inner = level.of_items(member.name, items.rows, items.parents)
        for part in ("type", "id", "label"):
            texts = items.cells.fields.get(part)
            if texts is None:
                inner.is_bad[:] = True
                continue
            values = self._values.read_plain(inner, texts, f"{inner.prefix}{part}").values
            inner.is_bad |= mask_of(values.is_null())
            inner.pieces.append(json_text.fragment(part, values, JsonKind.STRING))
        message = f"the {member.singular} needs type, id and label; it was dropped"
        path = inner.prefix.removesuffix(".")
        inner.report(inner.is_bad, catalogue.PART_DROPPED, path, message)
        _append_list(level, member.name, items, inner)

    def _encode_properties(self, cells: Cells, level: Level, member: Properties) -> None:
        if cells.raw_properties is not None:
            is_blank = pc.equal(cells.raw_properties, "")
            values = pc.if_else(is_blank, pa.scalar(None, pa.string()), cells.raw_properties)
            own = json_text.fragment(member.name, values, JsonKind.JSON)
        elif cells.properties:
            pieces = []
            for name, texts in cells.properties.items():
                path = f"{level.prefix}{member.name}.{name}"
                column = self._values.read_plain(level, texts, path)
                self._note_kind(level, name, column.values)
                pieces.append(json_text.fragment(name, column.shortest, JsonKind.STRING))
            own = json_text.object_fragment(member.name, json_text.joined(pieces, cells.length))
        else:
            return
        level.pieces.append(own)
        if not level.is_item:
            rules.refuse_long_properties(level, member.name, own)

    def _note_kind(self, level: Level, name: str, values: Texts) -> None:
        """Record the type of a custom field, given by its first value."""
        if level.is_item or name in self._property_kinds:
            return
        first = pc.index(values.is_valid(), value=True).as_py()
        if first >= 0:
            self._property_kinds[name] = kind_of(values[first].as_py())

    def _report_structure(self, level: Level, found: Located) -> None:
        """Report a JSON value of the wrong shape, as an error if the field needs one."""
        severity = Severity.WARNING
        if "W" not in catalogue.CAUSES[found.finding.cause].letters:
            severity = Severity.ERROR
            level.is_bad[np.searchsorted(level.rows, found.row)] = True
        if found.path in PATHS:
            unread = self._values.unread.setdefault(found.path, np.zeros(len(level.rows), bool))
            unread[np.searchsorted(level.rows, found.row)] = True
        level.found.add(found._replace(severity=severity))

    def _keys(self, cells: Cells) -> Texts:
        blank = pa.repeat(pa.scalar("", pa.string()), cells.length)
        columns = self._values.columns
        parts = [
            pc.fill_null(columns[name], "") if name in columns else blank
            for name in self._schema.key
        ]
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "\x1f")


def _append_list(level: Level, name: str, items: ItemCells, inner: Level) -> None:
    """Add the valid items to the records that they belong to, as a JSON list."""
    texts = json_text.elements(inner.pieces, items.cells.length)
    kept = np.flatnonzero(~inner.is_bad & mask_of(texts.is_valid()))
    if len(kept):
        if len(kept) < len(texts):
            texts = texts.take(pa.array(kept))
        gathered = json_text.gathered(texts, items.parents[kept], len(level.rows))
        level.pieces.append(json_text.list_fragment(name, gathered))
