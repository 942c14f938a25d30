"""Reject files: what did not get in, in its source's own columns, with the reasons."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from ometria_import.config.home import PRIVATE_FOLDER, REFUSED_FILE, private_file
from ometria_import.mapping.targets import REJECT_COLUMNS, REJECT_KEY
from ometria_import.prepare.inputs.opened import Input
from ometria_import.problems import Reject
from ometria_import.problems.model import place_text
from ometria_import.problems.spreadsheet_cells import guarded, guarded_name


class RejectFiles:
    """One reject file for each source that has rejects, made when the first one comes."""

    def __init__(self, folder: Path, run_id: str) -> None:
        """Write to a folder.

        Args:
            folder: Is made when the first reject comes.
            run_id: The run that rejects, which mended rows are linked to.
        """
        self._folder = folder
        self._run_id = run_id
        self._files: dict[int, TextIO] = {}
        self._writers: dict[int, Any] = {}
        self.paths: dict[int, Path] = {}
        self.labels: Mapping[str, Callable[[int], str]] = {}
        """What rows are called beside their number, by source; set before rejects come."""

    def add(self, number: int, each: Input, rows: Iterable[Reject]) -> None:
        """Write rejects of one source; those of JSON become NDJSON.

        Args:
            number: The source's number, which tells sources of one name apart.
            each: The source.
            rows: Its rejects.
        """
        source = each.source.path
        header = each.header
        rows = list(rows)
        label_of = self.labels.get(str(source), _no_label)
        earlier = each.runs.of([row.line for row in rows])
        for row, earlier_runs in zip(rows, earlier, strict=True):
            if number not in self._files:
                self._open(number, source, header)
            runs = f"{earlier_runs} {self._run_id}".lstrip()
            if header:
                cells = row.cells or ("",) * len(header)
                about = (
                    place_text(row.line, label_of(row.line)),
                    row.codes,
                    row.reasons,
                    row.raw,
                    runs,
                )
                self._writers[number].writerow(guarded(cell) for cell in (*cells, *about))
            else:
                self._files[number].write(_ndjson_line(row, runs))

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()

    def _open(self, number: int, source: Path, header: tuple[str, ...]) -> None:
        stem = source.name.split(".")[0] or "source"
        suffix = "csv" if header else "ndjson"
        # Disks that take capital letters for small ones know one file of such a name.
        taken = {path.name.casefold() for path in self.paths.values()}
        name = f"{stem}.{suffix}"
        while name.casefold() in taken or name.casefold().endswith(REFUSED_FILE):
            stem = f"{stem}-{number}"
            name = f"{stem}.{suffix}"
        path = self._folder / name
        self._folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        self.paths[number] = path
        self._files[number] = private_file(path).open("w", encoding="utf-8", newline="")
        if header:
            self._writers[number] = csv.writer(self._files[number])
            names = [guarded_name(name) for name in header]
            self._writers[number].writerow((*names, *REJECT_COLUMNS))


def _no_label(_: int) -> str:
    return ""


def _ndjson_line(row: Reject, runs: str) -> str:
    reject = {"line": row.line, "codes": row.codes, "reasons": row.reasons, "run": runs}
    text = row.cells[0] if row.cells else ""
    if text:
        # The record's own text stays as it was, so that no digit of its numbers changes.
        comma = ", " if text != "{}" else ""
        return f'{text[:-1]}{comma}"{REJECT_KEY}": {json.dumps(reject)}}}\n'
    return json.dumps({REJECT_KEY: {**reject, "raw": row.raw}}) + "\n"
