"""The files of a verification: every difference, and every missing or extra record."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ometria_import.config.home import RunId
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.problems import Origin
from ometria_import.problems.spreadsheet_cells import ENCODING, guarded
from ometria_import.verification.folders import VerificationFolder
from ometria_import.verification.records.sent import SentRecords
from ometria_import.verification.records.state import State

_RECORD = ("object_type", "collection", "id")
_PLACE = ("source", "line")
DIFFERS_COLUMNS = (*_RECORD, "field", "sent", "found", "rule", *_PLACE)
MISSING_COLUMNS = (*_RECORD, *_PLACE)
EXTRA_COLUMNS = _RECORD


def write_files(
    folder: VerificationFolder, state: State, sent: SentRecords, run_id: RunId
) -> dict[str, str]:
    """Write the files; one that would be empty is removed, as what it said is not so any more.

    Returns:
        The path of each file that there is, by name.

    Raises:
        PackageError: the package or the database is damaged.
        TemporaryFailureError: the disk has no room.
    """
    written = _Written(state, sent)
    tables: dict[str, tuple[Path, Sequence[str], Iterable[Sequence[object]]]] = {
        "differs": (folder.differs, DIFFERS_COLUMNS, written.differences()),
        "missing": (folder.missing, MISSING_COLUMNS, written.missing()),
        "extra": (folder.extra, EXTRA_COLUMNS, written.extra()),
    }
    files: dict[str, str] = {}
    for name, (path, columns, rows) in tables.items():
        if _write_table(path, columns, rows):
            files[name] = str(path)
    if _write_records(folder.missing_records, written.records(run_id)):
        files["missing_records"] = str(folder.missing_records)
    return files


class _Written:
    """What the files hold, row by row."""

    def __init__(self, state: State, sent: SentRecords) -> None:
        self._state = state
        self._sent = sent
        self._lists = {
            each.number: (each.object_type.value, each.collection) for each in state.lists()
        }

    def differences(self) -> Iterator[Sequence[object]]:
        """A row for each difference."""
        for number, record_id, batch, position, *texts in self._state.each_difference():
            origin = self._sent.origin(batch, position)
            yield (*self._lists[number], record_id, *texts, *_place(origin))

    def missing(self) -> Iterator[Sequence[object]]:
        """A row for each record that the account does not have."""
        for number, record_id, batch, position in self._state.each_missing():
            yield (*self._lists[number], record_id, *_place(self._sent.origin(batch, position)))

    def extra(self) -> Iterator[Sequence[object]]:
        """A row for each record that only the account has."""
        for number, record_id in self._state.each_extra():
            yield (*self._lists[number], record_id)

    def records(self, run_id: RunId) -> Iterator[bytes]:
        """Each record that the account does not have, as reject files have them."""
        for _, _, batch, position in self._state.each_missing():
            origin = self._sent.origin(batch, position)
            why = {
                "source": origin.source,
                "line": origin.line,
                "reasons": "it was accepted, and is not in the account",
                "run": run_id,
            }
            body = self._sent.body(batch, position)
            yield body[:-1] + b', "reject": ' + json.dumps(why).encode() + b"}\n"


def _place(origin: Origin) -> tuple[str, int]:
    return origin.source, origin.line


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    count = 0
    with storage_errors(path):
        private_file(path)
        with path.open("w", encoding=ENCODING, errors="backslashreplace", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            for row in rows:
                writer.writerow([guarded(each) if isinstance(each, str) else each for each in row])
                count += 1
        if not count:
            path.unlink()
    return count


def _write_records(path: Path, records: Iterable[bytes]) -> int:
    count = 0
    with storage_errors(path):
        with private_file(path).open("wb") as file:
            for record in records:
                file.write(record)
                count += 1
        if not count:
            path.unlink()
    return count
