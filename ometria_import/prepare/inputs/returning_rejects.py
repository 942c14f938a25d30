"""Recognising resubmitted reject files, and reading them as their source was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from ometria_import.config.home import Home, is_run_id
from ometria_import.errors import OmetriaImportError, UsageError, ignoring
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.mapping.targets import REJECT_COLUMNS, REJECT_KEY
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.prepare.inputs.reading_record import ReadingRecord, load_reading
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.rows.resubmitted import REJECT_RUN
from ometria_import.problems.spreadsheet_cells import unguarded_name
from ometria_import.sources import open_any_source

_LOOKED_AT_BYTES = 1_000_000
"""Enough for a header of 2,000 columns, and for the first reject of most files."""
_WORKBOOK = ".xlsx"
_MAX_WORKBOOK_BYTES = 10_000_000
"""Rejects fixed in Excel are small files; larger workbooks are not opened a second time."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A reject file, and the record of how its rows were read."""

    runs: tuple[str, ...]
    """The last run that rejected each row, without duplicates."""
    record: ReadingRecord | None
    """The reading record; None if this home has none."""


def returned_rejects(
    argument: SourceArgument, reading: ReadingOptions, home: Home
) -> Returned | None:
    """Recognise a reject file; None if the file is not one.

    Records that the push API refused are in Ometria's own form and need no reading record.

    Raises:
        UsageError: its rows were read in different ways, so no single way fits all of them.
    """
    if not _may_be_rejects(argument.path):
        return None
    found: tuple[set[str], tuple[str, ...]] | None = None
    with ignoring(OmetriaImportError):
        # An unreadable file is reported by the code that reads it.
        found = _runs_and_columns(argument.path, reading)
    if found is None or not found[0]:
        return None
    runs, columns = found
    records = [_record_of(run, argument.path, columns, home) for run in sorted(runs)]
    if any(each != records[0] for each in records):
        raise UsageError(
            f"{argument.path} holds rejects of the runs {' and '.join(sorted(runs))}, whose files "
            "were read in different ways",
            hint="Push the rejects of each run in a file of their own.",
        )
    return Returned(tuple(sorted(runs)), records[0])


def _may_be_rejects(path: Path) -> bool:
    """Whether the beginning of a file allows it to be a reject file."""
    try:
        if not path.is_file():
            return False
        if path.suffix.lower() == _WORKBOOK:
            return path.stat().st_size <= _MAX_WORKBOOK_BYTES
        with path.open("rb") as file:
            # UTF-16, which Excel writes as "Unicode text", has the same letters and zeros.
            head = file.read(_LOOKED_AT_BYTES).replace(b"\0", b"")
    except (OSError, ValueError):
        return False
    return REJECT_RUN.encode() in head or f'"{REJECT_KEY}"'.encode() in head


def _runs_and_columns(
    path: Path, reading: ReadingOptions
) -> tuple[set[str], tuple[str, ...]] | None:
    """The last run of each row and the source's columns; None if it is not a reject file."""
    source: Any = open_any_source(path, reading)
    if header := getattr(source, "header", ()):
        if REJECT_RUN not in header:
            return None
        cells = (chunk.table.column(REJECT_RUN) for chunk in source.chunks())
        texts = (text for column in cells for text in pc.unique(column).to_pylist())
        own = tuple(unguarded_name(name) for name in header if name not in REJECT_COLUMNS)
        return _last_runs(texts), own
    told = (record.get(REJECT_KEY) for chunk in source.chunks() for record in chunk.objects)
    # Records that the push API refused have no codes: they are in Ometria's own form.
    runs = (str(each.get("run", "")) for each in told if isinstance(each, dict) and "codes" in each)
    return _last_runs(runs), ()


def _last_runs(texts: Iterator[str]) -> set[str]:
    """The newer run id of `older newer`; anything that is not a run id is ignored."""
    return {text.split()[-1] for text in texts if text.split() and is_run_id(text.split()[-1])}


def _record_of(run: str, path: Path, columns: tuple[str, ...], home: Home) -> ReadingRecord | None:
    """The record of a reject file's source, also if the file was renamed."""
    for kind in ("runs", "checks"):
        records = load_reading(home.root / kind / run)
        if not records:
            continue
        if path.name in records and records[path.name].columns == columns:
            return records[path.name]
        alike = [each for each in records.values() if each.columns == columns]
        return alike[0] if alike and all(each == alike[0] for each in alike) else None
    return None


def with_record(
    argument: SourceArgument, options: PrepareOptions, returned: Returned
) -> tuple[SourceArgument, PrepareOptions]:
    """The argument for a reject file: read like its source, unless the user says otherwise."""
    if returned.record is None:
        return argument, options
    known = returned.record.argument(argument)
    return known, returned.record.under(options, known)
