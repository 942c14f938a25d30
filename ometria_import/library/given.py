"""Sources that are no paths: DataFrames and open files, as their caller gives them."""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from ometria_import.errors import SourceError, UsageError
from ometria_import.mapping.recognition.recognition import SourceArgument, parse_source_argument
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.options.remote_path import RemotePath, scheme_of
from ometria_import.problems import shorten
from ometria_import.sources import ObjectFile, TableSource, open_any_source

if TYPE_CHECKING:
    import pandas as pd

    Source: TypeAlias = str | Path | IO[bytes] | IO[str] | pd.DataFrame
    Sources: TypeAlias = Source | Sequence[Source] | Mapping[str, Source | Sequence[Source]]

_COPIED = 1024 * 1024


@contextmanager
def given_sources(sources: Sources | None) -> Iterator[list[str | SourceArgument]]:
    """Make sources readable as often as it takes, while the block runs.

    Raises:
        UsageError: one of them is nothing that can be read, or its name is no object type.
        SourceError: an open file cannot be read, or there is no room for a copy of it.
    """
    with TemporaryDirectory(prefix="ometria-import-") as folder:  # with mode 0700
        named = _Named(Path(folder))
        pairs: list[tuple[str, Any]] = [("", [] if sources is None else sources)]
        if isinstance(sources, Mapping):
            pairs = list(sources.items())
        yield [
            named.argument(key, each)
            for key, several in pairs
            for each in (several if isinstance(several, list | tuple) else [several])
        ]


class _Named:
    """Gives each source a unique name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()

    def argument(self, key: str, source: Source) -> str | SourceArgument:
        """One source as an action takes it.

        Args:
            key: Its object type or the name of items, such as `order` or `lineitem`; or empty.
            source: As it was given.
        """
        if isinstance(source, Path) and not isinstance(source, RemotePath) and scheme_of(source):
            raise UsageError(
                f"{scheme_of(source)}:// in a Path is no URL any more, as a Path loses a slash",
                hint="Give URLs as text.",
            )
        if isinstance(source, str | Path):
            return f"{key}={source}" if key else str(source)
        # Whoever has a DataFrame has imported pandas; nobody else needs to.
        pandas = sys.modules.get("pandas")
        if pandas is not None and isinstance(source, pandas.DataFrame):
            return self._of(key, key or "frame", FrameGiven(source))
        if not hasattr(source, "read"):
            raise UsageError(
                f"a {type(source).__name__} is no source",
                hint="Give a path, an open file or a pandas DataFrame.",
            )
        name = getattr(source, "name", "")
        name = Path(name).name if isinstance(name, str) and name else key or "file"
        return self._of(key, name, self._copied(source, name))

    def _of(self, key: str, name: str, given: FrameGiven | FileGiven) -> SourceArgument:
        number, path = 1, Path(name)
        while str(path) in self._taken:
            number += 1
            path = Path(name).with_stem(f"{Path(name).stem}-{number}")
        self._taken.add(str(path))
        argument = parse_source_argument(f"{key}=-") if key else SourceArgument(path, None)
        return replace(argument, path=path, given=given)

    def _copied(self, source: Any, name: str) -> FileGiven:
        copy = self._folder / f"{len(self._taken)}"
        digest, is_text = hashlib.sha256(), isinstance(source, io.TextIOBase)
        try:
            with copy.open("wb") as file:
                while piece := source.read(_COPIED):
                    is_text = is_text or isinstance(piece, str)
                    raw = piece.encode() if isinstance(piece, str) else bytes(piece)
                    digest.update(raw)
                    file.write(raw)
        except (OSError, ValueError) as error:
            raise SourceError(
                f"{name} cannot be read: {error}", hint="Is it open for reading, and is there room?"
            ) from error
        return FileGiven(copy, digest.hexdigest(), is_text)


@dataclass(frozen=True, slots=True)
class FileGiven:
    """A copy of what an open file had to say."""

    copy: Path
    state: str
    """A hash of the content."""
    is_text: bool
    """Whether it was decoded already."""

    @property
    def content(self) -> Path:
        """The copy."""
        return self.copy

    def label_of(self, _: int) -> str:
        """Nothing: a line of a file is found by its number."""
        return ""

    def open(self, path: Path, options: ReadingOptions) -> TableSource | ObjectFile:
        """Find out what it is; see `open_any_source`."""
        if self.is_text:
            options = replace(options, encoding="utf-8")
        return open_any_source(path, options, content=self.copy)


@dataclass(frozen=True, slots=True, eq=False)
class FrameGiven:
    """A DataFrame, which must not change while it is read."""

    frame: pd.DataFrame

    @property
    def content(self) -> None:
        """It is no file."""

    @property
    def state(self) -> str:
        """A hash of the cells; all of them are read for it."""
        source = self.open(Path("frame"), ReadingOptions())
        for _ in source.chunks():
            pass
        return source.sha256

    def label_of(self, line: int) -> str:
        """The index's label of a row, as `loc` takes it."""
        return shorten(str(self.frame.index[line - 1])) if 0 < line <= len(self.frame) else ""

    def open(self, path: Path, _: ReadingOptions) -> TableSource:
        """The frame as a table.

        Raises:
            SourceError: it has no columns, or two of one name.
        """
        from ometria_import.sources.frame import FrameSource

        return FrameSource(self.frame, str(path))
