"""The files that somebody wants to import, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.remote import remote_sources
from ometria_import.drafting.draft import Draft
from ometria_import.drafting.tables.reading import Join
from ometria_import.errors import SourceError
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.on_disk import is_file, is_folder
from ometria_import.options.remote_path import RemotePath
from ometria_import.sources import find_paths
from ometria_import.sources.file.names import file_on_disk, own_name
from ometria_import.sources.remote import RemoteSource

_OURS = frozenset({"mappings", "rejects", "__MACOSX", "node_modules"})
"""Folders that hold no exports."""
_NO_EXPORTS = frozenset(
    ".toml .md .txt .log .py .sh .sql .pdf .png .jpg .jpeg .gif .doc .docx .html .htm .ini .cfg "  # noqa: SIM905
    ".yml .yaml .lock .db .sqlite .env .key .pem".split()
)
MOST_FILES = 200


@dataclass
class FoundSource:
    """One file, and what is known of it."""

    path: Path
    given: RemoteSource | None = field(default=None, compare=False)
    """What it is read from, where it is on another machine."""
    kind: str = ""
    """An object type or `lineitem`; empty where the file is nothing of Ometria's."""
    what: str = ""
    """In words: `order, Shopify orders (preset shopify-orders)`."""
    mapping: str = ""
    """A preset's name, or the path of a mapping file from the project's folder."""
    draft: Draft | None = None
    rows: int = 0
    unused: Sequence[str] = ()
    """Columns that feed no field."""
    settings: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    """Answers that hold for this source, such as `timezone`."""
    reason: str = ""
    """Why it cannot be imported; empty if it can."""
    hint: str = ""
    is_listed: bool = False
    """Whether the settings file lists it already."""

    @property
    def name(self) -> str:
        """The file's name without its folder or archive."""
        return own_name(self.path)

    @property
    def argument(self) -> SourceArgument:
        """The file as a command would name it."""
        return SourceArgument(self.path, None, given=self.given)

    @property
    def on_disk(self) -> Path:
        """The file itself or its copy, or the archive that it is in."""
        return file_on_disk(self.path) if self.given is None else self.given.content

    @property
    def is_usable(self) -> bool:
        """Whether it can be imported as soon as what is open is answered."""
        return bool(self.kind) and not self.reason


def candidates(paths: Sequence[Path], context: Context) -> Iterator[FoundSource]:
    """The files that may be exports, in folders and by themselves, by name.

    Raises:
        SourceError: a path does not exist, there is no such file, there are far too many, or one
            of another machine cannot be copied.
    """
    found: list[Path] = []
    given: dict[Path, RemoteSource] = {}
    for path in paths:
        if isinstance(path, RemotePath):
            given.update(remote_sources(path, context))
            continue
        if not path.exists():
            raise SourceError(
                f"{path} does not exist", hint="Name a folder with exports, or files."
            )
        near = _from_here(path)
        files = _in_folder(near) if near.is_dir() else [near]
        # An archive stands for the exports in it.
        found += (member for file in files for member in find_paths(str(file)).paths)
    found += given
    if not found:
        names = ", ".join(map(str, paths))
        raise SourceError(
            f"{names}: there is no file that could be an export",
            hint="Exports are CSV, JSON, NDJSON, Excel or Parquet files, packed or not.",
        )
    if len(found) > MOST_FILES:
        raise SourceError(
            f"there are {len(found):,} files, and at most {MOST_FILES} are looked at together",
            hint="Name the files or the folder that belong to one import.",
        )
    # A link to a folder or file that is here already brings nothing.
    seen: dict[Path, Path] = {}
    for each in sorted(found, key=lambda each: (each.parent, each.name.lower())):
        seen.setdefault(each.resolve(), each)
    for source in given.values():
        # Settings for some of the files would be worse than none.
        source.fetch()
    yield from (FoundSource(each, given.get(each)) for each in seen.values())


def newest_last(sources: Sequence[FoundSource], twins: Sequence[Join]) -> list[FoundSource]:
    """Sources in the order in which they are read: of files with the same records, the older first.

    Of one record in two files the later one counts, and it must not be that of last year.
    """
    ordered = list(sources)
    by_path = {str(each.path): each for each in sources}
    for twin in twins:
        pair = [by_path[twin.of_table], by_path[twin.table]]
        older, newer = sorted(pair, key=lambda each: each.on_disk.stat().st_mtime)
        if ordered.index(older) > ordered.index(newer):
            ordered.remove(older)
            ordered.insert(ordered.index(newer), older)
    return ordered


def _from_here(path: Path) -> Path:
    """A path from the working folder if it is in there: what is short can be read in a table."""
    here, there = Path.cwd(), path.absolute()
    return there.relative_to(here) if there.is_relative_to(here) else path


def _in_folder(folder: Path) -> list[Path]:
    """The files of a folder and of the folders in it."""
    try:
        inner = (
            each
            for each in folder.iterdir()
            if is_folder(each) and not each.name.startswith(".") and each.name not in _OURS
        )
        return [
            file for near in (folder, *inner) for file in near.iterdir() if _may_be_export(file)
        ]
    except OSError as error:
        raise SourceError(
            f"{error.filename or folder} cannot be looked into: {error.strerror or error}",
            hint="Check its permissions, or name the files or folders to look at.",
        ) from error


def _may_be_export(path: Path) -> bool:
    is_plain = is_file(path) and not path.name.startswith((".", "~$"))
    return is_plain and path.suffix.lower() not in _NO_EXPORTS
