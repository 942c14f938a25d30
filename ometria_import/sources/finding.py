"""From what a user names on the command line to the paths of the files that are meant."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path

from ometria_import.errors import SourceError
from ometria_import.problems import shorten
from ometria_import.sources.file.compression import COMPRESSION_SUFFIXES

_PLAIN_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".txt", ".json", ".ndjson", ".jsonl"})
_OTHER_SUFFIXES = frozenset({".xlsx", ".xlsm", ".parquet", ".zip"})
_LOCK_OF_EXCEL = "~$"


@dataclass(frozen=True, slots=True)
class FoundPaths:
    """What one argument stands for."""

    paths: list[Path]
    """Sorted by name."""
    skipped: list[Path]
    """Files in a folder whose names are not those of sources; hidden ones are not mentioned."""


def find_paths(text: str) -> FoundPaths:
    """The files that an argument stands for: itself, a folder's files, or what a pattern matches.

    A name that is no pattern is given back as it is, whether or not there is such a file.

    Raises:
        SourceError: the folder holds no source, or nothing matches the pattern.
    """
    path = Path(text)
    try:
        if path.is_dir():
            return _files_of(path)
        is_pattern = glob.has_magic(text) and not path.exists()
    except OSError:
        is_pattern = glob.has_magic(text)  # a name that the system refuses is no file
    return FoundPaths(_matches(text) if is_pattern else [path], [])


def _files_of(folder: Path) -> FoundPaths:
    try:
        names = sorted(each.name for each in folder.iterdir() if each.is_file())
    except OSError as error:
        raise SourceError(
            f"{folder} cannot be listed: {error.strerror or error}",
            hint="Check the folder's permissions.",
        ) from error
    visible = [folder / name for name in names if not name.startswith(".")]
    paths = [path for path in visible if _is_source(path)]
    if not paths:
        raise SourceError(
            f"{folder} contains no file that can be a source",
            hint="Known formats are .csv, .tsv, .txt, .json, .ndjson, .jsonl (also as .gz, "
            ".zst or .zip), .xlsx and .parquet; subfolders are not searched.",
        )
    return FoundPaths(paths, [path for path in visible if path not in paths])


def _is_source(path: Path) -> bool:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if path.name.startswith(_LOCK_OF_EXCEL) or not suffixes:
        return False
    if suffixes[-1] in _OTHER_SUFFIXES:
        return True
    if suffixes[-1] in COMPRESSION_SUFFIXES:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in _PLAIN_SUFFIXES


def _matches(pattern: str) -> list[Path]:
    # Not Path.glob, which takes no absolute pattern and counts hidden files in.
    found = [Path(name) for name in glob.glob(pattern, recursive=True)]  # noqa: PTH207 - see above
    paths = sorted(path for path in found if path.is_file())
    if not paths:
        raise SourceError(
            f"{shorten(pattern)} does not exist, and no file matches it as a pattern",
            hint="Check the pattern and the folder in which the command runs.",
        )
    return paths
