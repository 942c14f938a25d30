"""Drafting a mapping for a file that no preset knows, from its columns' names and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ometria_import.drafting.columns.names import without_prefix
from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.objects import Json, arrays_of, columns_of
from ometria_import.drafting.tables.reading import Join, read_table, read_tables, same_records
from ometria_import.drafting.tables.tables import Reading, Table
from ometria_import.drafting.writing.writing import write_mapping

Samples = Mapping[str, Sequence[str]]
"""The first texts of each column, by its name; as many of every column."""


class Draft(NamedTuple):
    """What was made of a file."""

    table: Table
    reading: Reading
    text: str
    """The mapping file; empty where the rows are nothing of Ometria's."""


def draft(file_name: str, samples: Samples, kind: str = "") -> Draft:
    """Find out what a file is, and write a mapping for it.

    Args:
        file_name: The source's name, without its folder.
        samples: Texts of every column, a few hundred at most.
        kind: An object type, or `lineitem`, if somebody said it.
    """
    return _drafted(table_of(file_name, samples), kind)


def draft_objects(file_name: str, objects: Sequence[dict[str, Json]], kind: str = "") -> Draft:
    """The same for the objects of a JSON file."""
    return _drafted(Table(file_name, columns_of(objects), arrays_of(objects)), kind)


def draft_all(tables: Sequence[Table]) -> tuple[list[Draft], list[Join], list[Join]]:
    """Drafts for the files of one folder, whose names differ.

    Returns:
        The drafts, how the files hang together, and which of them hold the same records.
    """
    readings, joins = read_tables(tables)
    drafts = [_written(table, readings[table.name]) for table in tables]
    return drafts, joins, same_records(tables, readings)


def table_of(file_name: str, samples: Samples) -> Table:
    """A file as a table."""
    said = without_prefix(samples)
    return Table(file_name, [Column(name, texts, said[name]) for name, texts in samples.items()])


def _drafted(table: Table, kind: str) -> Draft:
    return _written(table, read_table(table, kind))


def _written(table: Table, reading: Reading) -> Draft:
    return Draft(table, reading, write_mapping(table, reading) if reading.kind else "")
