"""Preparing real files to a real package, and reading back all that came out of it."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.package import MAX_BATCH_RECORDS, Package
from ometria_import.prepare import Fate, PrepareOptions, PrepareSummary, prepare
from ometria_import.prepare.outcome.row_ledger import Noted, ReadLedger
from ometria_import.schema import ObjectType
from ometria_import.sources import CsvSource, JsonSource

Row = dict[str, str]
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some sources."""

    summary: PrepareSummary
    package_path: Path
    package_id: str
    texts: list[str] = field(default_factory=list)
    """Each record's JSON, in sending order."""
    types: list[ObjectType] = field(default_factory=list)
    origins: list[tuple[int, int]] = field(default_factory=list)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records with exact numbers; a key that stands twice is an error."""
        return [
            json.loads(text, parse_float=Decimal, object_pairs_hook=_unique_keys)
            for text in self.texts
        ]

    @property
    def problems(self) -> list[Row]:
        """Every line of problems.csv."""
        return read_csv(self.summary.problems_path)

    def places(self, code: str) -> list[tuple[int, str]]:
        """Line and field of each problem with a code."""
        return [(int(row["line"]), row["field"]) for row in self.problems if row["code"] == code]

    def rejects(self, number: int = 0) -> list[Row]:
        """The rows of one reject file."""
        return read_csv(self.summary.reject_paths[number])


def small_blocks(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Read sources in chunks of so many bytes."""
    for method, name in ((CsvSource.chunks, "block_bytes"), (JsonSource.chunks, "chunk_bytes")):
        monkeypatch.setattr(method, "__kwdefaults__", {**(method.__kwdefaults__ or {}), name: size})


def read_csv(path: Path) -> list[Row]:
    """The rows of a file that preparing wrote."""
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


def prepare_files(folder: Path, *sources: Path | str, **options: Any) -> Outcome:
    """Prepare sources into a package of their own and check what holds for every package."""
    out = folder / f"out-{next(_NUMBERS)}"
    arguments = [parse_source_argument(str(source)) for source in sources]
    prepared = prepare(arguments, PrepareOptions(**options), out / "run", out / "packages")
    outcome = Outcome(prepared.summary, prepared.package.path, prepared.package.id)
    with prepared.package as package:
        read_package(package, outcome)
    assert_sums_come_out(outcome)
    assert_every_row_is_noted(outcome, out / "run" / "rows.parquet")
    return outcome


def prepare_text(folder: Path, name: str, content: str | bytes, **options: Any) -> Outcome:
    """Write one source and prepare it."""
    return prepare_files(folder, write(folder / name, content), **options)


def prepare_rows(folder: Path, name: str, rows: Sequence[Sequence[str]], **options: Any) -> Outcome:
    """Write rows, the first of them the header, as CSV and prepare them."""
    return prepare_text(folder, name, csv_text(rows), **options)


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows as RFC 4180 writes them, every cell in quotes."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()


def write(path: Path, content: str | bytes) -> Path:
    """Write a file as it is."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_package(package: Package, outcome: Outcome) -> None:
    """Read every record, checking the laws of batches."""
    for batch in package.batches():
        elements = json.loads(batch.body)
        origins = package.origins(batch.number)
        assert 1 <= batch.records <= MAX_BATCH_RECORDS
        assert len(elements) == len(origins) == batch.records
        assert {element["@type"] for element in elements} == {batch.object_type}
        outcome.texts.extend(_split(batch.body.decode()))
        outcome.types.extend([batch.object_type] * batch.records)
        outcome.origins.extend(origins)
    assert outcome.types == sorted(outcome.types, key=list(ObjectType).index)
    assert package.record_counts() == outcome.summary.records


def assert_sums_come_out(outcome: Outcome) -> None:
    """No row is lost, and none is counted twice."""
    summary = outcome.summary
    rows = summary.rows
    ended = (
        rows.in_records
        + rows.folded
        + rows.rejected
        + rows.left_out
        + rows.held_back
        + rows.headers
    )
    assert rows.read == ended + rows.superseded + rows.merged + rows.repeated
    assert rows.comes_out
    assert rows.in_records + rows.members == len(outcome.texts)
    # A member begins on the same line as its group where it is the first of its rows.
    assert len(set(outcome.origins)) >= len(outcome.origins) - rows.members
    assert sum(source.rows for source in summary.sources) == rows.read
    assert sum(source.rejected for source in summary.sources) == summary.rejected
    counts: dict[str, int] = {}
    for row in outcome.problems:
        counts[row["code"]] = counts.get(row["code"], 0) + int(row["count"])
    assert counts == summary.problems
    for text in outcome.texts:
        assert_tidy(json.loads(text))
        assert text.startswith('{"@type":"')


def assert_every_row_is_noted(outcome: Outcome, path: Path) -> None:
    """What became of each row is noted once, and comes to the sums."""
    ledger = ReadLedger(path)
    late: dict[tuple[int, int], int] = {}
    for place, fate, _ in _entries(ledger.records()):
        late[place] = max(fate, late.get(place, 0))
    found: dict[tuple[int, int], int] = {}
    everything = range(len(outcome.summary.sources) + 1), range(ledger.last_line + 1)
    for place, fate, into in _entries(ledger.rows(*everything)):
        own = late.get(into, fate) if fate == Fate.READY else fate
        found[place] = max(own, found.get(place, 0))
    rows, counts = outcome.summary.rows, Counter(map(Fate, found.values()))
    assert {fate: count for fate, count in counts.items() if count} == {
        fate: count
        for fate, count in {
            Fate.READY: rows.in_records + rows.folded,
            Fate.HEADER: rows.headers,
            Fate.MERGED: rows.merged,
            Fate.REPEATED: rows.repeated,
            Fate.SUPERSEDED: rows.superseded,
            Fate.HELD_BACK: rows.held_back,
            Fate.LEFT_OUT: rows.left_out,
            Fate.REJECTED: rows.rejected,
        }.items()
        if count
    }
    of_sources = Counter(source for source, _ in found)
    assert [of_sources[number] for number, _ in enumerate(outcome.summary.sources, 1)] == [
        source.rows for source in outcome.summary.sources
    ]
    assert set(outcome.origins) <= {place for place, own in found.items() if own == Fate.READY}


def _entries(noted: Noted) -> Iterator[tuple[tuple[int, int], int, tuple[int, int]]]:
    """Place, fate and substitute of everything that was noted."""
    places = zip(noted.sources.tolist(), noted.lines.tolist(), strict=True)
    intos = zip(noted.into_sources.tolist(), noted.into_lines.tolist(), strict=True)
    yield from zip(places, noted.fates.tolist(), intos, strict=True)


def assert_tidy(value: Any) -> None:
    """Nothing blank is ever sent."""
    assert value is not None
    assert value not in ("", {})
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list | str) or inner is None:
            if isinstance(inner, str):
                assert inner.strip()
            else:
                assert_tidy(inner)


def _split(body: str) -> list[str]:
    """The texts of an array's elements."""
    decoder, texts, position = json.JSONDecoder(), [], 1
    while position < len(body):
        _, end = decoder.raw_decode(body, position)
        texts.append(body[position:end])
        assert body[end] in ",]"
        position = end + 1
    return texts


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)
