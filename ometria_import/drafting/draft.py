"""Drafting a mapping for a file that no preset knows, from its columns' names and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ometria_import.drafting.objects import Json, arrays_of, columns_of
from ometria_import.drafting.profile import Column
from ometria_import.drafting.reading import read_table
from ometria_import.drafting.tables import Reading, Table
from ometria_import.drafting.writing import write_mapping

Samples = Mapping[str, Sequence[str]]
"""The first texts of each column, by its name; as many of every column."""


def draft(file_name: str, samples: Samples, kind: str = "") -> tuple[Reading, str]:
    """Find out what a file is, and write a mapping for it.

    Args:
        file_name: The source's name, without its folder.
        samples: Texts of every column, a few hundred at most.
        kind: An object type, or `lineitem`, if somebody said it.

    Returns:
        What the rows are, and the mapping file's text; empty where they are nothing of Ometria's.
    """
    return _drafted(
        Table(file_name, [Column(name, texts) for name, texts in samples.items()]), kind
    )


def draft_objects(
    file_name: str, objects: Sequence[dict[str, Json]], kind: str = ""
) -> tuple[Reading, str]:
    """The same for the objects of a JSON file."""
    return _drafted(Table(file_name, columns_of(objects), arrays_of(objects)), kind)


def _drafted(table: Table, kind: str) -> tuple[Reading, str]:
    reading = read_table(table, kind)
    return reading, write_mapping(table, reading) if reading.kind else ""
