"""What a trial left behind, read from files and databases and not asked of the program."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from ometria_import.errors import PackageError
from ometria_import.package import Package
from ometria_import.package.bodies import records_of

PUSH = "/v2/push"


class Key(NamedTuple):
    """What tells records apart; a collection is the same for all contacts of a trial."""

    object_type: str
    id: str


class Arrival(NamedTuple):
    """A push that the emulator met."""

    number: int
    arrived_s: float
    status: int
    """0 where no answer was sent."""
    request_id: str | None
    """Of a push whose records were taken in, answered or not."""
    records: int
    object_type: str | None
    bytes: int
    sha256: str
    retry_after: str | None
    retry_after_s: float | None
    reason: str | None
    faults: str | None


class Receipt(NamedTuple):
    """A record that the emulator took in."""

    request: int
    key: Key
    body: bytes
    outcome: str


@dataclass(frozen=True, slots=True)
class Received:
    """All that the emulator knows, in order of arrival."""

    arrivals: list[Arrival]
    receipts: list[Receipt]
    stored: dict[Key, Any]
    """The JSON of what is stored in the end, by key."""


def read_received(database: Path) -> Received:
    """Read the emulator's database."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        names = ", ".join(Arrival._fields)
        arrivals = connection.execute(
            f"SELECT {names} FROM request WHERE path = ? AND method = 'POST' ORDER BY number",
            (PUSH,),
        ).fetchall()
        receipts = connection.execute(
            "SELECT request, object_type, id, body, outcome FROM receipt ORDER BY number"
        ).fetchall()
        stored = connection.execute("SELECT object_type, id, body FROM record").fetchall()
    return Received(
        [Arrival(*row) for row in arrivals],
        [Receipt(row[0], Key(row[1], row[2]), row[3], row[4]) for row in receipts],
        {Key(object_type, id_): read_json(body) for object_type, id_, body in stored},
    )


class Packed(NamedTuple):
    """One record of a package."""

    batch: int
    position: int
    key: Key
    body: bytes


class BatchRow(NamedTuple):
    """What a journal says of a batch."""

    number: int
    object_type: str
    records: int
    state: str
    attempts: int
    accepted: int
    rejected: int
    skipped: int
    unclear: int
    refused: int


class Refused(NamedTuple):
    """A record in a reject file."""

    key: Key
    reasons: str
    value: Any


@dataclass
class RunEvidence:
    """One run: its journal, its package and its files."""

    folder: Path
    package: Path
    records: list[Packed] = field(default_factory=list)
    batches: list[BatchRow] = field(default_factory=list)
    shas: dict[str, int] = field(default_factory=dict)
    """The number of the batch with a body of this hash."""
    rejected_rows: list[dict[str, str]] = field(default_factory=list)
    """Of the CSV reject files."""
    refused: list[Refused] = field(default_factory=list)
    """Of the NDJSON reject files."""
    told: list[dict[str, str]] = field(default_factory=list)
    """Of `api-problems.csv`."""

    def sum_of(self, name: str) -> int:
        """A sum over the journal's batches."""
        return sum(getattr(batch, name) for batch in self.batches)


def read_runs(home: Path, spare: Path) -> list[RunEvidence]:
    """Every run whose journal can be read, oldest first.

    Packages that a trial damaged are read from their copies in `spare`.
    """
    return [
        run
        for folder in sorted((home / "runs").glob("*"))
        if (run := _read_run(folder, spare)) is not None
    ]


def _read_run(folder: Path, spare: Path) -> RunEvidence | None:
    journal = folder / "journal.db"
    if not journal.exists():
        return None
    names = ", ".join(BatchRow._fields)
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
            ((package,),) = connection.execute("SELECT package_path FROM run")
            rows = connection.execute(f"SELECT {names} FROM batch ORDER BY number").fetchall()
            run = RunEvidence(folder, Path(package), batches=[BatchRow(*row) for row in rows])
        try:
            _read_package(run, run.package)
        except PackageError:
            _read_package(run, spare / run.package.name)
    except Exception:  # noqa: BLE001 -- a trial damages files, and what is damaged is no evidence
        return None
    _read_rejects(run)
    return run


def _read_package(run: RunEvidence, path: Path) -> None:
    run.records, run.shas = [], {}
    with Package(path) as package:
        for batch in package.batches():
            run.shas[batch.sha256] = batch.number
            for position, body in enumerate(records_of(batch)):
                record = json.loads(body)
                key = Key(record["@type"], record["id"])
                run.records.append(Packed(batch.number, position, key, body))


def _read_rejects(run: RunEvidence) -> None:
    for path in sorted((run.folder / "rejects").glob("*")):
        if path.suffix == ".csv":
            run.rejected_rows += _csv_rows(path)
        elif path.suffix == ".ndjson":
            for line in path.read_text().splitlines():
                value = read_json(line)
                why = value.pop("reject")
                key = Key(value["@type"], value["id"])
                run.refused.append(Refused(key, why["reasons"], value))
    told = run.folder / "api-problems.csv"
    if told.exists():
        run.told = _csv_rows(told)


def _csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read_json(text: str | bytes) -> Any:
    """JSON with its numbers as they were written."""
    return json.loads(text, parse_float=Decimal)


def holes_in_privacy(root: Path, key: str) -> Iterable[str]:
    """Files that others can read, or that hold the key."""
    for path in sorted(root.rglob("*")):
        mode = path.lstat().st_mode & 0o777
        if mode & 0o077:
            yield f"{path.relative_to(root)} can be read by others: {mode:o}"
        if path.is_file() and key.encode() in path.read_bytes():
            yield f"{path.relative_to(root)} holds the key"
