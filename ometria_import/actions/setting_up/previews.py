"""Three rows of each source beside the records that Ometria would get of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ometria_import.actions.setting_up.found import FoundSource
from ometria_import.actions.setting_up.understanding import arguments_of
from ometria_import.errors import InterruptedRunError, OmetriaImportError
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.mapping.secret_names import is_secret
from ometria_import.package.bodies import records_of
from ometria_import.prepare import PrepareOptions, prepare
from ometria_import.sources import ObjectFile, open_any_source
from ometria_import.sources.file.names import member_on_disk, path_of_member

_RECORDS = 3
_MOST_BYTES = 1_000_000
_CUTTABLE = frozenset({".csv", ".tsv", ".ndjson", ".jsonl"})


@dataclass(frozen=True)
class Preview:
    """One row and its record."""

    source: FoundSource
    line: int
    cells: dict[str, str]
    record: dict[str, Any]

    @property
    def left_out(self) -> list[str]:
        """The columns of the row whose value the record has nowhere."""
        kept = self.record.get("properties", {})
        return [name for name in self.source.unused if self.cells.get(name) and name not in kept]


def previews(sources: Sequence[FoundSource], folder: Path) -> tuple[list[Preview], str]:
    """The first records of each source, and why there are none where something prevents them.

    Only the beginnings of large files are read.
    """
    with TemporaryDirectory() as name:
        scratch = Path(name)
        chosen: dict[SourceArgument, PrepareOptions] = {}
        of_path: dict[Path, FoundSource] = {}
        for number, (argument, options) in enumerate(arguments_of(sources, folder).items()):
            source = next(each for each in sources if each.path == argument.path)
            beginning = _beginning(source, scratch / str(number))
            if beginning is not None:
                chosen[replace(argument, path=beginning, given=None)] = options
                of_path[beginning] = source
        if not chosen:
            return [], "the files are too large or too closely packed to show a few of their rows"
        try:
            done = prepare(
                [*chosen],
                PrepareOptions(of_sources=chosen),
                scratch / "run",
                scratch / "packages",
            )
        except InterruptedRunError:
            raise
        except OmetriaImportError as error:
            return [], error.message
        with done.package as package:
            return [*_first_records(package, of_path)], ""


def _beginning(source: FoundSource, folder: Path) -> Path | None:
    """A copy of a file's beginning under the same name; None where it cannot be cut."""
    folder.mkdir()
    path, whole = source.path, source.on_disk
    member = member_on_disk(path)
    copy = folder / (member[0] if member else path).name
    if whole.stat().st_size <= _MOST_BYTES:
        shutil.copyfile(whole, copy)
        return path_of_member(copy, member[1]) if member else copy
    if member or path.suffix.lower() not in _CUTTABLE:
        return None
    with whole.open("rb") as file:
        content = file.read(_MOST_BYTES)
    copy.write_bytes(content[: content.rindex(b"\n") + 1] if b"\n" in content else content)
    return copy


def _first_records(package: Any, of_path: dict[Path, FoundSource]) -> Iterator[Preview]:
    """The records of the first rows: they stand in a package as they became complete."""
    paths = {each.number: Path(each.path) for each in package.sources()}
    first: dict[Path, list[tuple[int, bytes]]] = {path: [] for path in of_path}
    for batch in package.batches():
        origins = package.origins(batch.number)
        for record, (number, line) in zip(records_of(batch), origins, strict=True):
            path = paths[number]
            if path in first:
                records = [*first[path], (line, record)]
                first[path] = sorted(records, key=lambda each: each[0])[:_RECORDS]
    for path, records in first.items():
        cells = _cells_of(path) if records else {}
        for line, record in records:
            yield Preview(of_path[path], line, cells.get(line, {}), json.loads(record))


def _cells_of(path: Path) -> dict[int, dict[str, str]]:
    """The first rows of a file by line, as texts."""
    source = open_any_source(path, PrepareOptions())
    head = source.head()
    if isinstance(source, ObjectFile):
        objects = source.head().objects
        texts = [{key: _text(value) for key, value in each.items()} for each in objects]
    else:
        texts = source.head().table.to_pylist()
    shown = ({name: text for name, text in row.items() if not is_secret(name)} for row in texts)
    return dict(zip((int(line) for line in head.lines), shown, strict=True))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
