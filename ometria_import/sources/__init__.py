"""Reading export files: what a file is, and its rows as text cells with their origin."""

from ometria_import.sources.csv_source import CsvSource
from ometria_import.sources.json_source import JsonSource
from ometria_import.sources.model import (
    Format,
    ObjectChunk,
    ReadOptions,
    RowChunk,
    RowReject,
    SourceKind,
)
from ometria_import.sources.opening import open_source

__all__ = [
    "CsvSource",
    "Format",
    "JsonSource",
    "ObjectChunk",
    "ReadOptions",
    "RowChunk",
    "RowReject",
    "SourceKind",
    "open_source",
]
