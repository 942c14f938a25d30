"""From what a user names on the command line to the paths of the files that are meant."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath, PurePosixPath

from ometria_import.errors import SourceError
from ometria_import.on_disk import is_file
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.problems import shorten
from ometria_import.sources.file.archive import names_of_members
from ometria_import.sources.file.compression import COMPRESSION_SUFFIXES
from ometria_import.sources.file.names import member_on_disk, path_of_member

_PLAIN_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".txt", ".json", ".ndjson", ".jsonl"})
_OTHER_SUFFIXES = frozenset({".xlsx", ".xlsm", ".parquet", ".zip"})
_LOCK_OF_EXCEL = "~$"
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class FoundPaths:
    """What one argument stands for."""

    paths: list[Path]
    """Sorted by name; a file in an archive has a name that `path_of_member` gave it."""
    skipped: list[Path]
    """Files in a folder or an archive whose names are not those of sources; hidden ones are not
    mentioned."""


def find_paths(text: str) -> FoundPaths:
    """The files that an argument stands for: itself, a folder's files, or what a pattern matches.

    A name that is no pattern is given back as it is, whether or not there is such a file.

    Raises:
        SourceError: the folder holds no source, or nothing matches the pattern.
    """
    path = Path(text)
    try:
        if found := member_on_disk(path):
            return _named_in_archives(*found)
        if path.is_dir():
            folder = _files_of(path)
            return _unpacked(folder.paths, folder.skipped)
        is_pattern = glob.has_magic(text) and not path.exists()
    except OSError:
        is_pattern = glob.has_magic(text)  # a name that the system refuses is no file
    return _unpacked(_matches(text) if is_pattern else [path], [])


def files_in(archive: Path, content: Path | None = None) -> FoundPaths:
    """What an archive stands for: itself if it is none or holds a single file, else its files.

    Args:
        archive: Its path.
        content: A copy that is read in its place.

    Raises:
        SourceError: its files cannot be told apart.
    """
    itself = FoundPaths([archive], [])
    if archive.suffix.lower() != ".zip":
        return itself
    try:
        names = names_of_members(content or archive)
    except OSError:
        return itself  # reported where it is opened
    shown = [name for name in names if not PurePosixPath(name).name.startswith(".")]
    sources = [name for name in shown if _is_source(PurePosixPath(name))]
    if len(names) == 1 or not sources:
        return itself
    skipped = [name for name in shown if name not in sources]
    return FoundPaths(
        [path_of_member(archive, name) for name in sources],
        [path_of_member(archive, name) for name in skipped],
    )


def members_of(archive: Path, pattern: str, content: Path | None = None) -> list[Path]:
    """The files of an archive whose own name or whole name fits a pattern.

    Args:
        archive: Its path.
        pattern: A name, or a pattern of names.
        content: A copy that is read in its place.

    Raises:
        SourceError: there is none, or its files cannot be told apart.
    """
    names = names_of_members(content or archive)
    fitting = [name for name in names if fits_member(name, pattern)]
    if not fitting:
        listed = ", ".join(repr(shorten(name)) for name in names[:_SHOWN]) or "none"
        raise SourceError(
            f"{archive} holds no file {shorten(pattern)!r}{did_you_mean(pattern, names)}",
            hint=f"It holds {listed}.",
        )
    return [path_of_member(archive, name) for name in fitting]


def fits_member(name: str, pattern: str) -> bool:
    """Whether the name of a file in an archive is, or ends with, what is named or a pattern."""
    return fnmatchcase(name, pattern) or fnmatchcase(PurePosixPath(name).name, pattern)


def in_folder(folder: Path, names: Iterable[str]) -> FoundPaths:
    """What a folder stands for: its files whose names are those of sources.

    Args:
        folder: Its path.
        names: The names of the files in it.

    Raises:
        SourceError: it holds no source.
    """
    visible = [folder / name for name in sorted(names) if name and not name.startswith(".")]
    paths = [path for path in visible if _is_source(path)]
    if not paths:
        raise SourceError(
            f"{folder} contains no file that can be a source",
            hint="Known formats are .csv, .tsv, .txt, .json, .ndjson, .jsonl (also as .gz, "
            ".zst or .zip), .xlsx and .parquet; subfolders are not searched.",
        )
    known = set(paths)
    return FoundPaths(paths, [path for path in visible if path not in known])


def _unpacked(paths: list[Path], skipped: list[Path]) -> FoundPaths:
    """The same files, with the files of archives in their place."""
    found = [files_in(path) for path in paths]
    return FoundPaths(
        [path for each in found for path in each.paths],
        [*skipped, *(path for each in found for path in each.skipped)],
    )


def _named_in_archives(archive: Path, pattern: str) -> FoundPaths:
    """The files of an archive, or of several, whose own name or whole name fits a pattern."""
    archives = _matches(str(archive)) if glob.has_magic(str(archive)) else [archive]
    found = []
    for each in archives:
        if not each.is_file():
            raise SourceError(f"{each} does not exist", hint="Check the path.")
        found += members_of(each, pattern)
    return FoundPaths(found, [])


def _files_of(folder: Path) -> FoundPaths:
    return in_folder(folder, [each.name for each in _plain_files(str(folder), folder.iterdir)])


def _plain_files(what: str, listed: Callable[[], Iterable[Path]]) -> list[Path]:
    """The files among what is listed, for none of which it may stay open whether it is one."""
    try:
        return [each for each in listed() if is_file(each)]
    except OSError as error:
        raise SourceError(
            f"{what} cannot be listed: {error.strerror or error}",
            hint="Check the folder's permissions.",
        ) from error


def _is_source(path: PurePath) -> bool:
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
    paths = sorted(_plain_files(shorten(pattern), lambda: found))
    if not paths:
        raise SourceError(
            f"{shorten(pattern)} does not exist, and no file matches it as a pattern",
            hint="Check the pattern and the folder in which the command runs.",
        )
    return paths
