"""Removing people from the text files of a home: tables, lines of JSON, objects and pages.

Each file is written again beside the old one and replaces it when it is complete, so a crash
leaves one or the other.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import SourceError
from ometria_import.forgotten import Addresses, Named
from ometria_import.problems.spreadsheet_cells import ENCODING, unguarded
from ometria_import.sources.file.compression import read_gzip, read_zstd

_BELONGS = re.compile(r"belongs to the \S+ of line (\d+)")
_LINE, _REASONS = "reject_line", "reject_reasons"
_PIECE_BYTES = 1_000_000
_LONGEST = 400
"""No address has as many bytes, whatever its encoding."""


class Sought:
    """What is to be removed from files."""

    def __init__(self, addresses: Addresses, named: Iterable[Named] = ()) -> None:
        """Begin.

        Args:
            addresses: Whoever is on the list.
            named: Records about them that the files may be about.
        """
        self.addresses = addresses
        self._records: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._places: set[tuple[str, str]] = set()
        for each in named:
            self._records[str(each.object_type), each.id].add(each.collection)
            self._places.add((each.source, str(each.line)))

    @property
    def has_records(self) -> bool:
        """Whether more than addresses is known."""
        return bool(self._records)

    def is_record(self, record: Mapping[str, Any]) -> bool:
        """Whether an object is one of the records, by its type, collection and id."""
        object_type = record.get("@type", record.get("object_type", "contact"))
        collection = record.get("@collection", record.get("collection"))
        collections = self._records.get((str(object_type), str(record.get("id"))))
        return collections is not None and (not collection or collection in collections)

    def is_place(self, source: str, line: str) -> bool:
        """Whether a line of a source holds one of the records."""
        return (source, line) in self._places


def remove_rows(path: Path, sought: Sought) -> int:
    """Remove the rows of a table that are about somebody, and those that belong to them.

    Returns:
        How many were removed.
    """
    csv.field_size_limit(sys.maxsize)
    gone = _rows_about(path, sought)
    if gone:

        def write(to: BinaryIO) -> None:
            text = io.TextIOWrapper(to, ENCODING, "surrogateescape", newline="")
            rows = (row for number, row in enumerate(_rows(path)) if number not in gone)
            csv.writer(text).writerows(rows)
            text.flush()
            text.detach()

        _replace(path, write)
    return len(gone)


def _rows(path: Path) -> Iterator[list[str]]:
    with (
        storage_errors(path),
        path.open(encoding=ENCODING, errors="surrogateescape", newline="") as file,
    ):
        yield from csv.reader(file)


def _rows_about(path: Path, sought: Sought) -> set[int]:
    """The numbers of the rows about somebody, and of all other rows of the same records."""
    found: set[int] = set()
    records: dict[int, str] = {}
    header: list[str] = []
    for number, row in enumerate(_rows(path)):
        header = header or row
        cells = dict(zip(header, map(unguarded, row), strict=False))
        line = cells.get(_LINE, cells.get("line", "")).partition(" ")[0]
        if _LINE in cells:
            first = _BELONGS.search(cells.get(_REASONS, ""))
            records[number] = first[1] if first else line
        is_record = not {"object_type", "id"}.isdisjoint(cells) and sought.is_record(cells)
        is_place = "source" in cells and sought.is_place(cells["source"], line)
        if number and (is_record or is_place or any(map(sought.addresses.are_in, row))):
            found.add(number)
    of_them = {records[number] for number in found & records.keys()} - {""}
    return found | {number for number, record in records.items() if record in of_them}


def remove_lines(path: Path, sought: Sought) -> int:
    """Remove the lines that are about somebody, each of which is an object of JSON.

    Returns:
        How many were removed.
    """
    with storage_errors(path), path.open("rb") as file:
        gone = {number for number, line in enumerate(file) if _is_about(line, sought)}
        if gone:

            def write(to: BinaryIO) -> None:
                file.seek(0)
                to.writelines(line for number, line in enumerate(file) if number not in gone)

            _replace(path, write)
    return len(gone)


def _is_about(line: bytes, sought: Sought) -> bool:
    if sought.addresses.are_in(line.decode("utf-8", "replace")):
        return True
    if not (sought.has_records and b'"@type"' in line):
        return False
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict) and sought.is_record(record)


def remove_words(path: Path, sought: Sought) -> int:
    """Replace each address in a file that is one JSON value.

    Returns:
        1 where there was one.
    """
    with storage_errors(path):
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    if not sought.addresses.are_in(text):
        return 0
    try:
        clean = json.dumps(sought.addresses.removed_from_json(json.loads(text)))
    except (ValueError, RecursionError):
        clean = sought.addresses.removed_from(text)
    _replace(path, lambda to: to.write(clean.encode("utf-8", "surrogateescape")))
    return 1


def holds_address(addresses: Addresses, pieces: Iterable[bytes]) -> bool:
    """Whether an address is in bytes that come in pieces, which may cut it in two."""
    rest = b""
    for piece in pieces:
        if addresses.are_in((rest + piece).decode("utf-8", "replace")):
            return True
        rest = piece[-_LONGEST:]
    return False


def pieces_of(path: Path) -> Iterator[Iterator[bytes]]:
    """The bytes of a file as they are and, if it is packed, unpacked."""
    for unpack in (None, read_gzip, read_zstd):
        with storage_errors(path), path.open("rb") as file:
            raw = iter(lambda: file.read(_PIECE_BYTES), b"")
            yield raw if unpack is None else _whole(unpack(raw, path, _PIECE_BYTES))


def _whole(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """As much of a file as can be unpacked."""
    with suppress(SourceError):
        yield from pieces


def _replace(path: Path, write: Callable[[BinaryIO], object]) -> None:
    unfinished = path.with_name(f"{path.name}.unfinished")
    with storage_errors(path):
        with private_file(unfinished).open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


WAYS: Mapping[str, Callable[[Path, Sought], int]] = {
    ".csv": remove_rows,
    ".ndjson": remove_lines,
    ".json": remove_words,
}
"""How a file is unpacked, by the end of its name."""
