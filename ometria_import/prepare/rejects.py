"""Reject files: what did not get in, in its source's own columns, with the reasons."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from ometria_import.home import PRIVATE_FOLDER, private_file
from ometria_import.prepare.chunks import RejectedRow
from ometria_import.prepare.inputs import Input, TableInput

REJECT_COLUMNS = ("reject_line", "reject_codes", "reject_reasons", "reject_raw")
"""Added behind the source's own columns."""


class RejectFiles:
    """One reject file for each source that has rejects, made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, TextIO] = {}
        self._writers: dict[int, Any] = {}
        self.paths: dict[int, Path] = {}

    def add(self, number: int, each: Input, rows: Iterable[RejectedRow]) -> None:
        """Write rejects of one source; those of JSON become NDJSON.

        Args:
            number: The source's number, which tells sources of one name apart.
            each: The source.
            rows: Its rejects.
        """
        source = each.source.path
        header = each.source.header if isinstance(each, TableInput) else ()
        for row in rows:
            if number not in self._files:
                self._open(number, source, header)
            if header:
                cells = row.cells or ("",) * len(header)
                self._writers[number].writerow((*cells, row.line, row.codes, row.reasons, row.raw))
            else:
                self._files[number].write(_ndjson_line(row))

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()

    def _open(self, number: int, source: Path, header: tuple[str, ...]) -> None:
        stem = source.name.split(".")[0] or "source"
        suffix = "csv" if header else "ndjson"
        taken = {path.name for path in self.paths.values()}
        name = f"{stem}.{suffix}"
        if name in taken:
            name = f"{stem}-{number}.{suffix}"
        path = self._folder / name
        self._folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        self.paths[number] = path
        self._files[number] = private_file(path).open("w", encoding="utf-8", newline="")
        if header:
            self._writers[number] = csv.writer(self._files[number])
            self._writers[number].writerow((*header, *REJECT_COLUMNS))


def _ndjson_line(row: RejectedRow) -> str:
    reject = {"line": row.line, "codes": row.codes, "reasons": row.reasons}
    text = row.cells[0] if row.cells else ""
    if text:
        # The record's own text stays as it was, so that no digit of its numbers changes.
        return f'{text[:-1]}{", " if text != "{}" else ""}"reject": {json.dumps(reject)}}}\n'
    return json.dumps({"reject": {**reject, "raw": row.raw}}) + "\n"
