"""Grouping rows: adjacent rows with the same id are one record with several items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.binding.merging import merged_cells
from ometria_import.mapping.cells import Cells, ItemCells, is_filled
from ometria_import.mapping.record_keys import as_key
from ometria_import.prepare.records.assembled import Assembled
from ometria_import.prepare.records.consents import TIMES, Weight
from ometria_import.problems import catalogue
from ometria_import.schema import ObjectSchema, Options
from ometria_import.sources.arrays import Mask, Rows, Texts, mask_of

_TRUE = "true"


@dataclass(frozen=True, slots=True)
class Difference:
    """A row's value that differs from the value its record has already taken."""

    row: int
    taken_row: int
    path: str
    value: str
    taken: str
    is_unclear: bool = False
    """Whether the value taken is a word about consent that is not understood."""


@dataclass(slots=True)
class Grouped:
    """Rows grouped into records."""

    cells: Cells
    """The cells of the records, with one entry per record."""
    starts: Rows
    """The first row of each record."""
    record_of_row: Rows
    differences: list[Difference] = field(default_factory=list)
    group_of: Rows | None = None
    """The group of each record, where the members of groups are records, too."""

    @property
    def row_counts(self) -> Rows:
        """The rows in each record; 0 for members, whose rows are counted with their group."""
        return np.bincount(self.record_of_row, minlength=len(self.starts))


def group_starts(ids: Texts) -> Rows:
    """The rows at which a new record starts: those whose id differs from the row above.

    Args:
        ids: The ids as a `pyarrow.StringArray`; each row with a blank id is its own record.
    """
    if len(ids) < 2:  # noqa: PLR2004 -- one row has no row above
        return np.arange(len(ids))
    trimmed = pc.utf8_trim_whitespace(ids)
    below, above = trimmed.slice(1), trimmed.slice(0, len(trimmed) - 1)
    is_new = pc.or_(pc.not_equal(below, above), pc.equal(below, ""))
    return np.concatenate(([0], np.flatnonzero(is_new.to_numpy(zero_copy_only=False)) + 1))


def group_rows(
    record: Cells,
    items: Mapping[str, ItemCells],
    starts: Rows,
    *,
    last_wins: bool = False,
    weights: Mapping[str, Callable[[str], int]] = MappingProxyType({}),
) -> Grouped:
    """Make one record of each group of rows, taking the first value that is not blank.

    Args:
        record: The cells of the record's own fields, with one entry per row.
        items: The items of each kind; their parents are rows.
        starts: The first row of each group, from `group_starts`.
        last_wins: Whether to take the last value that is not blank instead of the first.
        weights: By path of a consent, how strongly a text speaks against an opt-in: the strongest
            text of a group counts, and the times beside it.
    """
    record_of_row = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, record.length)))
    grouped = Grouped(Cells(len(starts)), starts, record_of_row)
    first = _FirstValues(starts, record_of_row, grouped.differences, last_wins, weights)

    def taken(path: str, texts: Texts) -> Texts:
        is_true = path in record.true_wins and path not in weights
        return first.take_true(texts) if is_true else first.take(texts, path)

    for path in weights.keys() & record.fields.keys():
        first.weigh(path, record.fields[path])
    own = grouped.cells = record.changed(len(starts), taken)
    own.findings = record.findings
    for name, each in items.items():
        own.items[name] = ItemCells(record_of_row[each.parents], each.rows, each.cells)
    return grouped


@dataclass(slots=True)
class _FirstValues:
    starts: Rows
    record_of_row: Rows
    differences: list[Difference]
    last_wins: bool
    weights: Mapping[str, Callable[[str], int]]
    _overruled: dict[str, Mask] = field(default_factory=dict)
    """By path, a mask of the rows whose consent does not count in their record."""
    _continues: Mask = field(init=False)
    """A mask of all rows but the first: whether each belongs to the record of the row above."""

    def __post_init__(self) -> None:
        self._continues = np.diff(self.record_of_row) == 0

    def weigh(self, path: str, texts: Texts) -> None:
        """Find the rows whose consent is overruled by another row, with the times beside it."""
        if len(self.starts) == len(texts):
            return
        encoded = texts.dictionary_encode()
        weight_of = self.weights[path]
        of_words = np.array([weight_of(word.strip()) for word in encoded.dictionary.to_pylist()])
        if not of_words.any():
            return
        of_rows = of_words[encoded.indices.to_numpy()]
        most = np.maximum.reduceat(of_rows, self.starts)[self.record_of_row]
        is_overruled = (of_rows < most) & is_filled(texts)
        for each in (path, *TIMES[path]):
            self._overruled[each] = is_overruled

    def take(self, texts: Texts, path: str) -> Texts:
        """The first (or last) text of each group that is not blank, else blank."""
        if len(self.starts) == len(texts):
            return texts
        taken = texts.take(pa.array(self.starts))
        if path not in self._overruled and self._agree(texts):
            return taken
        filled = usable = np.flatnonzero(is_filled(texts))
        starts = self.starts
        if (is_overruled := self._overruled.get(path)) is not None:
            usable = filled[~is_overruled[filled]]
            starts = self._first_of(np.flatnonzero(~is_overruled), starts)
        sources = self._first_of(usable[::-1] if self.last_wins else usable, starts)
        if (sources != self.starts).any():
            taken = texts.take(pa.array(sources))
        self._compare(texts, sources, filled, path)
        return taken

    def take_true(self, texts: Texts) -> Texts:
        """`true` if any text of the group means true, else the first that is not blank."""
        if len(self.starts) == len(texts):
            return texts
        if self._agree(texts):
            return texts.take(pa.array(self.starts))
        filled = np.flatnonzero(is_filled(texts))
        says_true = np.flatnonzero(pc.equal(texts, _TRUE).to_numpy(zero_copy_only=False))
        sources = self._first_of(says_true, self._first_of(filled, self.starts))
        return texts.take(pa.array(sources))

    def _agree(self, texts: Texts) -> bool:
        """Whether all rows of each record have the same text, as in most exports."""
        is_same = mask_of(pc.equal(texts.slice(1), texts.slice(0, len(texts) - 1)))
        return bool(is_same[self._continues].all())

    def _first_of(self, rows: Rows, sources: Rows) -> Rows:
        """The first of the given rows in each group, or its entry in `sources` if it has none.

        The rows are in the order of the file, or in its reverse.
        """
        records = self.record_of_row[rows]
        is_first = np.diff(records, prepend=-1) != 0
        found = sources.copy()
        found[records[is_first]] = rows[is_first]
        return found

    def _compare(self, texts: Texts, sources: Rows, filled: Rows, path: str) -> None:
        own = texts.take(pa.array(filled))
        of_record = texts.take(pa.array(sources[self.record_of_row[filled]]))
        differs = np.flatnonzero(pc.not_equal(own, of_record).to_numpy(zero_copy_only=False))
        for position in differs.tolist():
            row = int(filled[position])
            taken_row = int(sources[self.record_of_row[row]])
            value, kept = own[position].as_py(), of_record[position].as_py()
            # A time that goes with a consent which does not count has nothing to differ from.
            if kept.strip() and as_key(value.strip()) != as_key(kept.strip()):
                is_unclear = self._gives_way_to_unclear(path, value.strip(), kept.strip())
                self.differences.append(Difference(row, taken_row, path, value, kept, is_unclear))

    def _gives_way_to_unclear(self, path: str, value: str, kept: str) -> bool:
        weight_of = self.weights.get(path)
        return weight_of is not None and weight_of(value) < weight_of(kept) == Weight.UNCLEAR


def ungrouped(cells: Cells) -> Grouped:
    """Make a separate record of every row."""
    rows = np.arange(cells.length)
    return Grouped(cells, rows, rows)


def with_members(grouped: Grouped, members: ItemCells) -> Grouped:
    """Insert member records behind the record of their group, in the order of the rows.

    Members have no rows: every row still counts for the record of its group.
    """
    groups = len(grouped.starts)
    starts = np.concatenate([grouped.starts, members.rows])
    group_of = np.concatenate([np.arange(groups), grouped.record_of_row[members.rows]])
    is_member = np.arange(len(starts)) >= groups
    order = np.lexsort((starts, is_member, group_of))
    place_of = np.empty(len(order), np.int64)
    place_of[order] = np.arange(len(order))
    rows = [grouped.starts, members.rows]
    cells = merged_cells([grouped.cells, members.cells], rows, order)
    cells.findings = grouped.cells.findings
    return Grouped(
        cells,
        starts[order],
        place_of[grouped.record_of_row],
        grouped.differences,
        group_of[order],
    )


def reject_without_own_row(
    assembled: Assembled, grouped: Grouped, is_own: Mask, reason: str
) -> None:
    """Reject records whose rows only add to a record that is missing.

    Args:
        assembled: The records, which are changed in place.
        grouped: Which rows make up each record.
        is_own: A mask of the main rows, of which each record needs at least one.
        reason: The message for a record without such a row.
    """
    of_rows = np.unique(grouped.record_of_row)
    lone = np.setdiff1d(of_rows, grouped.record_of_row[is_own])
    if not len(lone):
        return
    level = assembled.level
    # The fields it lacks are those of the missing row, so the problem is reported only once.
    level.found.drop_errors(catalogue.MISSING, grouped.starts[lone])
    is_lone = np.isin(np.arange(len(level.rows)), lone)
    level.report(is_lone, catalogue.NO_OWN_ROW, "", reason, is_error=True)


def reject_whole_groups(is_rejected: Mask, grouped: Grouped) -> None:
    """Reject all records of a group if one of them is rejected.

    They share the same rows, and can only be fixed and pushed again together.
    """
    if grouped.group_of is not None and is_rejected.any():
        is_rejected |= np.isin(grouped.group_of, grouped.group_of[is_rejected])


def name_options_once(cells: Cells, schema: ObjectSchema) -> None:
    """Remove duplicate options of a record, which come from rows that repeat them."""
    for member in schema.members:
        if isinstance(member, Options) and member.name in cells.items:
            cells.items[member.name] = _once(cells.items[member.name])


def _once(items: ItemCells) -> ItemCells:
    if len(items.parents) < 2:  # noqa: PLR2004 -- one cannot repeat another
        return items
    parts = [pc.utf8_trim_whitespace(texts) for texts in items.cells.fields.values()]
    owners = pa.array(items.parents).cast(pa.string())
    whole = pc.binary_join_element_wise(owners, *parts, "\x1f").dictionary_encode()
    _, first = np.unique(whole.indices.to_numpy(), return_index=True)
    if len(first) == len(items.parents):
        return items
    kept = np.sort(first)
    return ItemCells(items.parents[kept], items.rows[kept], items.cells.take(pa.array(kept)))
