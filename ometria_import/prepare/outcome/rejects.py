"""Reject files: the rows that did not get in, in their source's own columns, with reasons."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from ometria_import.config.home import (
    MASKED_SUFFIX,
    PRIVATE_FOLDER,
    REFUSED_FILE,
    private_file,
)
from ometria_import.mapping.targets import REJECT_COLUMNS, REJECT_KEY
from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.same_keys.outcomes import SharedKeys
from ometria_import.prepare.spill.spool import Spool
from ometria_import.problems import Finding, Located, Reject, Severity
from ometria_import.problems.catalogue import CAUSES
from ometria_import.problems.log import MASKED
from ometria_import.problems.model import place_text
from ometria_import.problems.spreadsheet_cells import guarded, guarded_name
from ometria_import.sources.file.names import own_name

_MASKED_COLUMNS = ("line", "codes", "reasons", "row")
_MAX_STEM_BYTES = 200
_SHORT_STEM = 50


class RejectFiles:
    """One reject file for each source with rejects, created with its first reject."""

    def __init__(self, folder: Path, run_id: str, *, is_masked: bool = False) -> None:
        """Write to a folder.

        Args:
            folder: The folder for the files, created with the first reject.
            run_id: The current run, which the rows are linked to when they are resubmitted.
            is_masked: Whether no value of a row may be repeated: only where it is, and why.
        """
        self._folder = folder
        self._run_id = run_id
        self._is_masked = is_masked
        self._files: dict[int, TextIO] = {}
        self._writers: dict[int, Any] = {}
        self.paths: dict[int, Path] = {}
        self.labels: Mapping[str, Callable[[int], str]] = {}
        """What a row's number is called, by source; must be set before the first reject."""

    def add(self, number: int, each: Input, rows: Iterable[Reject]) -> None:
        """Write rejects of one source; rejects of JSON sources are written as NDJSON.

        Args:
            number: The source's number, which tells sources of one name apart.
            each: The source.
            rows: The rejects to write.
        """
        source = each.source.path
        header = each.header
        rows = list(rows)
        label_of = self.labels.get(str(source))
        earlier = each.runs.of([row.line for row in rows])
        for row, earlier_runs in zip(rows, earlier, strict=True):
            if number not in self._files:
                self._open(number, source, header)
            if self._is_masked:
                titles = [CAUSES[code[1:]].title for code in row.codes.split()]
                self._writers[number].writerow((row.line, row.codes, "; ".join(titles), MASKED))
                continue
            runs = f"{earlier_runs} {self._run_id}".lstrip()
            if header:
                cells = row.cells or ("",) * len(header)
                about = (
                    place_text(row.line, label_of(row.line) if label_of else ""),
                    row.codes,
                    row.reasons,
                    row.raw,
                    runs,
                )
                self._writers[number].writerow(guarded(cell) for cell in (*cells, *about))
            else:
                self._files[number].write(_ndjson_line(row, runs))

    def remove(self) -> None:
        """Close and remove the files."""
        self.close()
        for path in self.paths.values():
            path.unlink()
        if self.paths:
            self._folder.rmdir()

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()

    def _open(self, number: int, source: Path, header: tuple[str, ...]) -> None:
        stem = own_name(source).split(".")[0] or "source"
        if len(stem.encode("utf-8", "surrogateescape")) > _MAX_STEM_BYTES:
            stem = stem[:_SHORT_STEM]  # a name in an archive may be longer than any on a disk
        suffix = "csv" if header else "ndjson"
        suffix = MASKED_SUFFIX if self._is_masked else suffix
        # On a case-insensitive disk, names that differ only in case are one file.
        taken = {path.name.casefold() for path in self.paths.values()}
        name = f"{stem}.{suffix}"
        while name.casefold() in taken or name.casefold().endswith(REFUSED_FILE):
            stem = f"{stem}-{number}"
            name = f"{stem}.{suffix}"
        path = self._folder / name
        self._folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        self.paths[number] = path
        self._files[number] = private_file(path).open("w", encoding="utf-8", newline="")
        if self._is_masked:
            self._writers[number] = csv.writer(self._files[number])
            self._writers[number].writerow(_MASKED_COLUMNS)
        elif header:
            self._writers[number] = csv.writer(self._files[number])
            names = [guarded_name(name) for name in header]
            self._writers[number].writerow((*names, *REJECT_COLUMNS))


def _ndjson_line(row: Reject, runs: str) -> str:
    reject = {"line": row.line, "codes": row.codes, "reasons": row.reasons, "run": runs}
    text = row.cells[0] if row.cells else ""
    if text:
        # The record's own text is copied unchanged, so that no digit of its numbers changes.
        comma = ", " if text != "{}" else ""
        return f'{text[:-1]}{comma}"{REJECT_KEY}": {json.dumps(reject)}}}\n'
    return json.dumps({REJECT_KEY: {**reject, "raw": row.raw}}) + "\n"


def reasons_of(found: SharedKeys, spool: Spool) -> Iterator[tuple[int, Located]]:
    """The source and the reason of each row of records that are rejected, by line.

    Args:
        found: The outcome for the records that share their key.
        spool: All records.
    """
    indexes = sorted(found.reasons, key=lambda index: int(found.records["number"][index]))
    rejected = found.records[indexes]
    for index, record, rows in zip(indexes, rejected, spool.rows(rejected["number"]), strict=True):
        problem = found.reasons[index]
        source, first, cause = int(record["source"]), int(record["line"]), problem.code[1:]
        reason = Located(first, problem.field, "", Finding(cause, problem.message), Severity.ERROR)
        belongs = Finding(cause, f"belongs to the {problem.object_type} of line {first}")
        for line, file in rows:
            other = Located(line, "", "", belongs, Severity.ERROR, file=file)
            yield source, reason if (line, file) == (first, 0) else other


def rejected_again(each: Input, reasons: Mapping[int, Located]) -> Iterator[list[Reject]]:
    """The rejected rows of a source, by line, with their cells as in the file."""
    lines = np.array(sorted(reasons), np.int64)
    for own_lines, cells in each.rows_on(lines):
        yield [
            Reject(line, "", (reasons[line],), own)
            for line, own in zip(own_lines, cells, strict=True)
        ]
