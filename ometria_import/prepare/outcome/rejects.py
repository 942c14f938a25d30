"""Reject files: the rows that did not get in, in their source's own columns, with reasons."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from ometria_import.config.home import MASKED_SUFFIX, REFUSED_FILE
from ometria_import.config.storage import PRIVATE_FOLDER, private_file
from ometria_import.mapping.targets import REJECT_COLUMNS, REJECT_KEY
from ometria_import.prepare.chunks.reported import RejectRows
from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.outcome.csv_cells import csv_header, csv_rows, guarded_cells
from ometria_import.problems.catalogue import CAUSES
from ometria_import.problems.log import MASKED
from ometria_import.problems.model import place_text
from ometria_import.problems.spreadsheet_cells import guarded_name
from ometria_import.sources.arrays import Texts, bytes_of
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
        self._files: dict[int, BinaryIO] = {}
        self.paths: dict[int, Path] = {}
        self.labels: Mapping[str, Callable[[int], str]] = {}
        """What a row's number is called, by source; must be set before the first reject."""

    def add(self, number: int, each: Input, parts: Sequence[RejectRows]) -> None:
        """Write rejects of one source; rejects of JSON sources are written as NDJSON.

        Args:
            number: The source's number, which tells sources of one name apart.
            each: The source.
            parts: The rejects to write, which are put into the order of their lines.
        """
        parts = [part for part in parts if len(part)]
        if not parts:
            return
        if number not in self._files:
            self._open(number, each.source.path, each.header)
        write = self._masked if self._is_masked else self._csv if each.header else self._ndjson
        written = pa.concat_arrays([write(each, part) for part in parts])
        order = np.argsort(np.concatenate([part.lines for part in parts]), kind="stable")
        self._files[number].write(bytes_of(written.take(pa.array(order))))

    def _masked(self, each: Input, rows: RejectRows) -> Texts:  # noqa: ARG002
        """Where the rows are and why they are rejected, but not what they contain."""
        titles = {
            codes: "; ".join(CAUSES[code[1:]].title for code in codes.split())
            for codes in rows.codes.unique().to_pylist()
        }
        words = pa.array([titles[codes] for codes in rows.codes.to_pylist()], pa.string())
        lines = pa.array(rows.lines).cast(pa.string())
        return csv_rows((lines, rows.codes, words, pa.repeat(MASKED, len(rows))))

    def _csv(self, each: Input, rows: RejectRows) -> Texts:
        """The rows as they were, and why they are rejected."""
        label_of = self.labels.get(str(each.source.path))
        places = pa.array(rows.lines).cast(pa.string())
        if label_of:
            labelled = [place_text(line, label_of(line)) for line in rows.lines.tolist()]
            places = pa.array(labelled, pa.string())
        blank = pa.repeat("", len(rows))
        cells = rows.cells or [blank] * len(each.header)
        about = (places, rows.codes, rows.reasons, rows.raw, self._runs(each, rows))
        return csv_rows((*cells, *about), guarded_cells)

    def _ndjson(self, each: Input, rows: RejectRows) -> Texts:
        """The objects as they were, and in each why it is rejected."""
        columns = [rows.codes, rows.reasons, self._runs(each, rows), rows.raw, *rows.cells[:1]]
        texts = (column.to_pylist() for column in columns)
        written = map(_ndjson_line, rows.lines.tolist(), *texts)
        return pa.array(written, pa.string())

    def _runs(self, each: Input, rows: RejectRows) -> Texts:
        """The runs that rejected each row, the last of which is this one."""
        earlier = each.runs.of(rows.lines.tolist())
        return pa.array([f"{runs} {self._run_id}".lstrip() for runs in earlier], pa.string())

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
        self._files[number] = private_file(path).open("wb")
        if self._is_masked:
            self._files[number].write(csv_header(_MASKED_COLUMNS))
        elif header:
            names = [guarded_name(name) for name in header]
            self._files[number].write(csv_header((*names, *REJECT_COLUMNS)))


def _ndjson_line(line: int, codes: str, reasons: str, runs: str, raw: str, text: str = "") -> str:
    reject = {"line": line, "codes": codes, "reasons": reasons, "run": runs}
    if text:
        # The record's own text is copied unchanged, so that no digit of its numbers changes.
        comma = ", " if text != "{}" else ""
        return f'{text[:-1]}{comma}"{REJECT_KEY}": {json.dumps(reject)}}}\n'
    return json.dumps({REJECT_KEY: {**reject, "raw": raw}}) + "\n"
