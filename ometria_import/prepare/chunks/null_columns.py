"""Which columns of a table are searched for null words, which stand for no value."""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.mapping.binding.joined import item_column
from ometria_import.prepare.columns.null_words import NullWords
from ometria_import.prepare.spill.joining import JoinedSource
from ometria_import.sources import TableSource

ITEM_SEPARATOR = item_column(0, "")[-1]


def words_by_column(
    source: TableSource | JoinedSource, mapping: BoundMapping, nulls: NullWords
) -> dict[str, tuple[str, ...]]:
    """The null words of each mapped column; the columns of item files have their own words.

    Args:
        source: The table, which may be joined with its item tables.
        mapping: The mapping of the table.
        nulls: The null words that the user set for the table of records.
    """
    if not isinstance(source, JoinedSource):
        return dict(_of_table(source.header, mapping, nulls))
    found = dict(_of_table(source.records.header, mapping, nulls))
    for number, each in enumerate(source.items, 1):
        found |= {item_column(number, name): each.nulls.words for name in each.source.header}
    return found


def words_by_field(mapping: BoundMapping, nulls: NullWords) -> dict[str, tuple[str, ...]]:
    """The null words that are looked for after mapping: those limited to single fields.

    Where several items are packed into one cell, all words are looked for in the unpacked items.
    """
    found = dict(nulls.of_fields)
    packed = (item for file in mapping.files for item in file.items if item.packing)
    for path in (each.target.path for item in packed for each in item.fields):
        found[path] = (*found.get(path, ()), *nulls.words)
    return found


def _of_table(
    header: tuple[str, ...], mapping: BoundMapping, nulls: NullWords
) -> Iterator[tuple[str, tuple[str, ...]]]:
    unused = set() if mapping.keeps_unmapped else set(mapping.unmapped)
    for pattern in mapping.file.columns.drop:
        unused.update(column for column, _ in mapping.names.matching(pattern))
    kept_in: dict[str, frozenset[str]] = {}
    for path, words in nulls.kept.items():
        for column in mapping.columns_of(path):
            kept_in[column] = kept_in.get(column, frozenset()) | words
    for name in header:
        if name not in unused:
            kept = kept_in.get(name, frozenset())
            yield name, tuple(word for word in nulls.words if word not in kept)
