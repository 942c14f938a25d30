"""The keys of rows that were rejected while preparing, as far as the reject files still say."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ometria_import.actions.results.records import Numbers, Texts, places_of
from ometria_import.config.home import READING_FILE, RunFolder
from ometria_import.mapping.targets import REJECT_COLUMNS, REJECT_KEY
from ometria_import.problems.spreadsheet_cells import ENCODING, unguarded, unguarded_name

_LINE = REJECT_COLUMNS[0]
_TOGETHER = 20_000
"""How many rows are read as Python objects at a time."""


class RejectedKeys:
    """The keys by place."""

    def __init__(self, folder: RunFolder) -> None:
        """Read the reject files of the run that prepared the rows; what is gone says nothing."""
        places, keys = [np.empty(0, np.int64)], [pa.array([], pa.string())]
        for number, path, names in _files(folder):
            rows = _objects(path, names) if path.suffix == ".ndjson" else _rows(path, names)
            known = ((line, key) for line, key in rows if key)
            while some := list(islice(known, _TOGETHER)):
                lines = np.array([line for line, _ in some], np.int64)
                places.append(places_of(np.full(len(lines), number), lines))
                keys.append(pa.array([key for _, key in some], pa.string()))
        self._keys: Texts = pa.concat_arrays(keys)
        self._places = np.concatenate(places)
        self._order = np.argsort(self._places, kind="stable")

    def keys(self, places: Numbers) -> Texts:
        """The key of the row at each place; empty where it is not known."""
        if not len(self._keys):
            return pa.repeat(pa.scalar("", pa.string()), len(places))
        known = self._places[self._order]
        at = np.minimum(np.searchsorted(known, places), len(known) - 1)
        own = self._keys.take(pa.array(self._order[at], mask=known[at] != places))
        return own.fill_null("")


def _files(folder: RunFolder) -> Iterator[tuple[int, Path, list[str]]]:
    """Source number and path of each reject file, and the names of what its keys stand in."""
    try:
        told = json.loads((folder.path / READING_FILE).read_bytes())["files"]
        for name, each in told.items():
            # Runs of an earlier version do not say it.
            if "number" in each and (path := folder.rejects / name).is_file():
                yield int(each["number"]), path, list(map(str, each["keys"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return


def _rows(path: Path, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    csv.field_size_limit(sys.maxsize)
    # Somebody may be at work on the file: it is theirs to correct.
    with path.open(encoding=ENCODING, errors="replace", newline="") as file:
        rows = csv.reader(file)
        header = [unguarded_name(name) for name in next(rows, [])]
        if _LINE not in header:
            return
        columns = [header.index(name) for name in names if name in header]
        of_line = header.index(_LINE)
        for row in rows:
            if len(row) != len(header):
                continue
            line = row[of_line].partition(" ")[0]
            if line.isdecimal():
                cells = (unguarded(row[column]).strip() for column in columns)
                yield int(line), next(filter(None, cells), "")


def _objects(path: Path, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    names = list(names)
    with path.open("rb") as file:
        for text in file:
            try:
                record = json.loads(text)
                line = int(record[REJECT_KEY]["line"])
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            values = (_value(record, name.split(".")) for name in names)
            yield line, next(filter(None, values), "")


def _value(record: Any, path: list[str]) -> str:
    for name in path:
        record = record.get(name) if isinstance(record, Mapping) else None
    is_key = isinstance(record, str | int) and not isinstance(record, bool)
    return str(record).strip() if is_key else ""
