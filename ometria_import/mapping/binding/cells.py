"""From the sources of a mapping to the cells of a record or of its items."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Protocol

from ometria_import.mapping.binding.rows import HeaderNames, ItemRows
from ometria_import.mapping.cells import Cells, ItemCells, Place, Texts
from ometria_import.mapping.expressions.cutting import unquoted
from ometria_import.mapping.expressions.model import (
    NUMBER,
    STRUCTURE,
    SourceRows,
    is_blank,
    repeated,
    trimmed,
)
from ometria_import.mapping.expressions.origins import Column
from ometria_import.mapping.model import FieldSource, NamedValues
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.targets import TargetKind
from ometria_import.problems import Located

PROPERTIES = "properties"


class OwnRows(SourceRows, Protocol):
    """Rows that are no items of others: those of a table, or objects."""

    def numbers(self, name: str) -> tuple[str, ...]:
        """The numbers of a family of columns."""
        ...


Rows = OwnRows | ItemRows


@dataclass(slots=True)
class _Named:
    """Values with their names, in the entries that they belong to."""

    entries: Any
    """A numpy array."""
    names: Texts
    ids: Texts
    labels: Texts

    def filter(self, mask: Any) -> _Named:
        """Those of a mask, a `pyarrow.BooleanArray`."""
        kept = mask.to_numpy(zero_copy_only=False)
        return _Named(
            self.entries[kept], *(each.filter(mask) for each in (self.names, self.ids, self.labels))
        )


def cells_of(
    fields: tuple[FieldSource, ...],
    named_values: tuple[NamedValues, ...],
    names: HeaderNames,
    rows: Rows,
    row_of: Any,
) -> Cells:
    """Evaluate the sources of one level.

    Args:
        fields: The fields, properties and options of the level.
        named_values: What has its name in cells or headers.
        names: The file's columns.
        rows: The entries.
        row_of: The source row of each entry, a numpy array.
    """
    cells = Cells(rows.length)
    as_items: dict[str, list[_Named]] = {}
    for each in named_values:
        for named in _named(each, names, rows):
            if each.into == PROPERTIES:
                _add_properties(cells, named)
            else:
                as_items.setdefault(each.into, []).append(named)
    for source in fields:
        if (texts := source.source.texts(rows)) is None:
            continue
        target = source.target
        if target.options and (source.is_list or _has_arrays(texts)):
            whole = _whole(target.name, None, texts, rows.length)
            listed = _exploded(whole, _parts_of_list)
            as_items.setdefault(target.options, []).append(listed)
            continue
        if target.kind is TargetKind.FIELD:
            texts = _formed(source, texts, row_of, cells)
        cells.put(Place(target.kind, target.name, target.options), texts)
    cells.true_wins = frozenset(
        each.target.name for each in fields if each.true_wins and each.target.name in cells.fields
    )
    for options, found in as_items.items():
        # Options stay columns, unless there are others of their kind that cannot.
        of_columns = cells.options.pop(options, [])
        found += [_whole(each.type, each.id, each.label, cells.length) for each in of_columns]
        cells.items[options] = _option_items(found, row_of)
    return cells


def _formed(source: FieldSource, texts: Texts, row_of: Any, cells: Cells) -> Texts:
    """Without the texts that are not written in the form of their field, which are reported."""
    misfits = source.form.misfits(texts) if source.form else []
    if not misfits:
        return texts
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    is_dropped = np.zeros(len(texts), bool)
    for entry, shown, finding in misfits:
        is_dropped[entry] = True
        row = int(row_of[entry])
        cells.findings.append(Located(row, source.target.path, shown, finding))
    return pc.if_else(pa.array(is_dropped), "", texts)


def _named(each: NamedValues, names: HeaderNames, rows: Rows) -> Iterator[_Named]:
    for named in _found(each, names, rows):
        kept = _only(each, named)
        if each.when is not None:
            import pyarrow as pa

            kept = kept.filter(each.when.holds(rows).take(pa.array(kept.entries)))
        yield _exploded(kept, each.cutter.parts) if each.cutter else kept


def _found(each: NamedValues, names: HeaderNames, rows: Rows) -> Iterator[_Named]:
    if each.columns:
        for column, name in names.matching(each.columns):
            texts = rows.column(column)
            if texts is not None and name:
                yield _whole(name, None, texts, rows.length)
    elif each.pair or each.each:
        yield from _in_elements(each, rows) if each.each else _of_sources(each, rows)
    elif each.column:
        for number in _numbers(each.column, rows):
            texts = rows.column(each.column.replace(NUMBER, number) if number else each.column)
            if texts is not None:
                yield _from_pairs(each, texts)
    else:
        for number in _numbers(each.name, rows):
            columns = [
                rows.column(name.replace(NUMBER, number) if number else name)
                for name in (each.name, each.value)
            ]
            if columns[0] is not None and columns[1] is not None:
                yield _Named(_entries(rows.length), columns[0], columns[1], columns[1])


def _in_elements(each: NamedValues, rows: Rows) -> Iterator[_Named]:
    """Names and values that stand in the elements of an array."""
    found = rows.elements(each.each)
    sources = each.pair or (Column(each.name), Column(each.value))
    columns = [source.texts(found) for source in sources] if found else []
    if found is not None and all(texts is not None for texts in columns):
        named = _Named(found.row_of, columns[0], columns[1], columns[1])
        is_listed = each.into != PROPERTIES and _has_arrays(columns[1])
        yield _exploded(named, _parts_of_list) if is_listed else named


def _of_sources(each: NamedValues, rows: Rows) -> Iterator[_Named]:
    """Names and values from any sources."""
    texts = [source.texts(rows) for source in each.pair or ()]
    if all(found is not None for found in texts):
        yield _Named(_entries(rows.length), texts[0], texts[1], texts[1])


def _numbers(name: str, rows: Rows) -> tuple[str, ...]:
    """The numbers of a family; items that have a number of their own fill it in themselves."""
    if NUMBER not in name or (isinstance(rows, ItemRows) and rows.numbers):
        return ("",)
    return (rows.base if isinstance(rows, ItemRows) else rows).numbers(name)


def _entries(length: int) -> Any:
    import numpy as np

    return np.arange(length)


def _whole(name: str, option_id: Texts | None, label: Texts | None, length: int) -> _Named:
    """One name for a whole column; a blank half repeats the other."""
    import pyarrow.compute as pc

    ids = label if option_id is None else option_id
    labels = option_id if label is None else label
    if option_id is not None and label is not None:
        ids = pc.if_else(is_blank(option_id), label, option_id)
        labels = pc.if_else(is_blank(label), option_id, label)
    return _Named(_entries(length), repeated(name, length), ids, labels)


def _has_arrays(texts: Texts) -> bool:
    """Whether some cells are arrays of JSON."""
    import pyarrow.compute as pc

    return bool(pc.any(pc.starts_with(texts, f"{STRUCTURE}[")).as_py())


def _parts_of_list(text: str) -> list[str]:
    if text.startswith(f"{STRUCTURE}["):
        parts = json.loads(text.removeprefix(STRUCTURE))
        plain = (each for each in parts if isinstance(each, str | int | float))
        return [each if isinstance(each, str) else json.dumps(each) for each in plain]
    return [str(part) for part in json.loads(text)] if text.startswith("[") else [text]


def _exploded(named: _Named, parts_of: Callable[[str], list[str]]) -> _Named:
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = named.labels.dictionary_encode()
    lists = pa.array(
        [parts_of(text) for text in encoded.dictionary.to_pylist()], pa.list_(pa.string())
    ).take(encoded.indices)
    owners = pc.list_parent_indices(lists)
    parts = pc.list_flatten(lists)
    return _Named(
        named.entries[owners.to_numpy(zero_copy_only=False)], named.names.take(owners), parts, parts
    )


def _from_pairs(each: NamedValues, texts: Texts) -> _Named:
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = texts.dictionary_encode()
    quote = "" if each.cutter else each.pairs.quote
    cut = [
        [(name, unquoted(value, quote)) for name, value in each.pairs.cut(text)]
        for text in encoded.dictionary.to_pylist()
    ]
    halves = [
        pa.array([[pair[half] for pair in pairs] for pairs in cut], pa.list_(pa.string())).take(
            encoded.indices
        )
        for half in (0, 1)
    ]
    owners = pc.list_parent_indices(halves[0]).to_numpy(zero_copy_only=False)
    names, values = (pc.list_flatten(half) for half in halves)
    return _Named(owners, names, values, values)


def _only(each: NamedValues, named: _Named) -> _Named:
    """Without blanks and secrets, and without the names that are not wanted."""
    import pyarrow as pa
    import pyarrow.compute as pc

    named.names = trimmed(named.names)
    mask = pc.and_(pc.not_equal(named.names, ""), pc.invert(is_blank(named.labels)))
    if patterns := each.leave_out or each.only:
        encoded = pc.utf8_lower(named.names).dictionary_encode()
        listed = [
            any(fnmatchcase(name, pattern) for pattern in patterns)
            for name in encoded.dictionary.to_pylist()
        ]
        is_listed = pa.array(listed, pa.bool_()).take(encoded.indices)
        mask = pc.and_(mask, pc.invert(is_listed) if each.leave_out else is_listed)
    if secret := [name for name in named.names.unique().to_pylist() if is_secret(name)]:
        holds_secret = pc.is_in(named.names, value_set=pa.array(secret, pa.string()))
        mask = pc.and_(mask, pc.invert(holds_secret))
    return named.filter(mask)


def _add_properties(cells: Cells, named: _Named) -> None:
    """One column for each name; of several values of one name in an entry the first counts."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in named.names.unique().to_pylist():
        mine = np.flatnonzero(pc.equal(named.names, name).to_numpy(zero_copy_only=False))[::-1]
        places = np.full(cells.length, -1)
        places[named.entries[mine]] = mine
        texts = pc.fill_null(named.labels.take(pa.array(places, mask=places < 0)), "")
        earlier = cells.properties.get(name)
        cells.properties[name] = (
            texts if earlier is None else pc.if_else(is_blank(earlier), texts, earlier)
        )


def _option_items(found: list[_Named], row_of: Any) -> ItemCells:
    """Options of all kinds as `{type, id, label}` items, in the order of their entries."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    filled = [named.filter(pc.invert(is_blank(named.labels))) for named in found]
    entries = np.concatenate([np.zeros(0, np.int64), *(named.entries for named in filled)])
    order = np.argsort(entries, kind="stable")
    columns = {}
    for part, attribute in (("type", "names"), ("id", "ids"), ("label", "labels")):
        texts = [getattr(named, attribute) for named in filled]
        whole = pa.concat_arrays([pa.array([], pa.string()), *texts])
        columns[part] = whole.take(pa.array(order))
    entries = entries[order]
    return ItemCells(entries, row_of[entries], Cells(len(entries), columns))
