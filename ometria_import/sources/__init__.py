"""Reading export files: what a file is, and its rows as text cells with their origin."""

from ometria_import.sources.csv.source import CsvSource
from ometria_import.sources.file.source_file import ObjectFile
from ometria_import.sources.finding import FoundPaths, files_in, find_paths, fits_member, members_of
from ometria_import.sources.json.source import JsonSource
from ometria_import.sources.model import (
    Format,
    ObjectChunk,
    RowChunk,
    SourceKind,
    TableSource,
)
from ometria_import.sources.opening import open_any_source

__all__ = [
    "CsvSource",
    "Format",
    "FoundPaths",
    "JsonSource",
    "ObjectChunk",
    "ObjectFile",
    "RowChunk",
    "SourceKind",
    "TableSource",
    "files_in",
    "find_paths",
    "fits_member",
    "members_of",
    "open_any_source",
]
