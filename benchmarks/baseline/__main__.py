"""Check a file row by row: `python -m benchmarks.baseline contacts|orders FILE FOLDER`.

`shop ORDERS FOLDER CUSTOMERS` checks both files of the German shop.
Writes FOLDER/problems.csv; with `--bodies` also FOLDER/bodies.ndjson, what a dry run leaves.
Prints one JSON object with the counts.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from benchmarks.baseline.records import Contact, Found, Order, contact_of, order_of
from benchmarks.baseline.rules import DIALECT

MAX_RECORD_BYTES = 60_000
MAX_PROPERTIES_CHARS = 1_000
BATCH_RECORDS = 100
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Outcome = tuple[int, Contact | Order | None, Found, Hashable]
"""First line, record, problems, key."""


@dataclass
class Reader:
    """Rows with the line on which each begins; ragged ones become problems."""

    path: Path
    line: int = 0
    """Of the row that was read last."""
    ragged: list[int] = field(default_factory=list)
    rows_read: int = 0

    def rows(self) -> Iterator[dict[str, str]]:
        """Every row that has as many cells as the header."""
        with self.path.open(encoding="utf-8", newline="") as file:
            delimiter = ";" if DIALECT.is_german else ","
            reader = csv.DictReader(file, strict=True, delimiter=delimiter)
            _ = reader.fieldnames
            start = reader.line_num + 1
            for row in reader:
                self.line, start = start, reader.line_num + 1
                self.rows_read += 1
                if None in row or None in row.values():
                    self.ragged.append(self.line)
                else:
                    yield row


def contacts(reader: Reader) -> Iterator[Outcome]:
    """One record for each row."""
    for row in reader.rows():
        yield reader.line, *contact_of(row)


def orders(reader: Reader) -> Iterator[Outcome]:
    """One record for the adjacent rows with one id, or for a row without one."""
    for _, rows in groupby(reader.rows(), key=lambda row: row["id"] or reader.line):
        line = reader.line
        yield line, *order_of(rows)


@dataclass
class Check:
    """What is known after reading a file to its end."""

    problems: Any
    """A csv.writer."""
    bodies: IO[bytes] | None
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, outcomes: Iterator[Outcome]) -> None:
        """Encode what is sound, note what is not."""
        seen: dict[Hashable, int] = {}
        batch: list[bytes] = []
        for line, record, found, key in outcomes:
            for problem in found:
                self._note(line, *problem)
            if record is None:
                self.counts["rejected"] += 1
                continue
            encoded = record.model_dump_json(by_alias=True, exclude_none=True).encode()
            if _is_too_large(record, len(encoded)):
                self._note(line, "", "", "record or properties too large")
                self.counts["rejected"] += 1
                continue
            if key in seen:
                self._note(seen[key], "id", str(key), f"superseded by line {line}")
                self.counts["superseded"] += 1
            seen[key] = line
            batch.append(encoded)
            if len(batch) == BATCH_RECORDS:
                self._finish(batch)
        self._finish(batch)

    def _note(self, line: int, *problem: str) -> None:
        self.counts["problems"] += 1
        self.problems.writerow((line, *problem))

    def _finish(self, batch: list[bytes]) -> None:
        if batch:
            self.counts["batches"] += 1
            self.counts["records"] += len(batch)
            body = b"[" + b",".join(batch) + b"]"
            if self.bodies is not None:
                self.bodies.write(body + b"\n")
            batch.clear()


def _is_too_large(record: Contact | Order, size: int) -> bool:
    """Properties are only measured where the whole record is long enough for them."""
    if size <= MAX_PROPERTIES_CHARS:
        return False
    properties = record.properties if isinstance(record, Contact) else None
    return size > MAX_RECORD_BYTES or len(_ENCODE(properties or {})) > MAX_PROPERTIES_CHARS


def main(files: Mapping[str, Path], folder: Path, *, with_bodies: bool) -> None:
    """Check files, of which each has its kind."""
    folder.mkdir(parents=True, exist_ok=True)
    readers = {kind: Reader(path) for kind, path in files.items()}
    bodies = (folder / "bodies.ndjson").open("wb") if with_bodies else None
    with (folder / "problems.csv").open("w", encoding="utf-8", newline="") as problems:
        check = Check(csv.writer(problems), bodies)
        for kind, reader in readers.items():
            check.run(contacts(reader) if kind == "contacts" else orders(reader))
            for line in reader.ragged:
                check.problems.writerow((line, "", "", "too many or too few cells"))
    if bodies is not None:
        bodies.close()
    counts = check.counts
    ragged = sum(len(reader.ragged) for reader in readers.values())
    outcome = {
        "rows": sum(reader.rows_read for reader in readers.values()),
        "records": counts["records"] - counts["superseded"],
        "rejected": counts["rejected"] + ragged,
        "superseded": counts["superseded"],
        "problems": counts["problems"] + ragged,
        "batches": counts["batches"],
    }
    print(json.dumps(outcome))


if __name__ == "__main__":
    named, first, into, *others = (each for each in sys.argv[1:] if each != "--bodies")
    DIALECT.is_german = named == "shop"
    given = {"orders": Path(first)} if DIALECT.is_german else {named: Path(first)}
    given |= dict(zip(("contacts",), map(Path, others), strict=False))
    main(given, Path(into), with_bodies="--bodies" in sys.argv)
