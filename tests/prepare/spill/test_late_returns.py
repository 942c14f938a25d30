"""A row that belongs to an order which was already prepared: all sources are read once more.

What comes of them is what comes of a look at the whole file beforehand, to the byte.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.package import Package
from ometria_import.prepare import PrepareOptions, prepare
from ometria_import.prepare.events import PrepareEvent, SourceDone, SourceOpened, SourceProgress
from ometria_import.prepare.inputs import opened
from tests.prepare.outcomes import csv_text, small_blocks, write
from tests.prepare.test_laws import ORDER, ORDER_HEAD, UNREADABLE, folder
from tests.thoroughness import COSTLY

PERSON = ["id", "email", "customer_id"]
BLOCK = 120


def everything(
    path: Path,
) -> tuple[dict[str, bytes], list[tuple[bytes, object]], list[PrepareEvent]]:
    """All that comes of the files in a folder: files written, batches sent, events told."""
    sources = [parse_source_argument(str(each)) for each in sorted(path.glob("*.csv"))]
    out = path / "run"
    events: list[PrepareEvent] = []
    prepared = prepare(sources, PrepareOptions(), out, path / "packages", events.append)
    with prepared.package as package:
        batches: list[tuple[bytes, object]] = [
            (each.body, package.origins(each.number)) for each in package.batches()
        ]
    written = {
        str(each.relative_to(out)): each.read_bytes() for each in out.rglob("*") if each.is_file()
    }
    with Package(prepared.package.path) as again:
        assert again.id == prepared.package.id
    return written, batches, events


def late_and_looked(
    path: Path, patch: pytest.MonkeyPatch, *rows: list[str]
) -> tuple[list[PrepareEvent], list[PrepareEvent]]:
    """The events of both ways to read the same files, of which all else must be the same."""
    found = []
    small_blocks(patch, BLOCK)
    for name, beginning in (("late", 1), ("looked", 1_000)):
        home = path / name / "same"
        home.mkdir(parents=True)
        write(home / "1-contacts.csv", csv_text([PERSON, ["1", "jo@example.com", "7"], ["", "x"]]))
        write(home / "2-orders.csv", csv_text([ORDER_HEAD, *rows]))
        patch.setattr(opened, "_BEGINNING", beginning)
        patch.chdir(home)
        found.append(everything(Path()))
    (late, late_batches, late_events), (looked, looked_batches, looked_events) = found
    assert late == looked
    assert late_batches == looked_batches
    return late_events, looked_events


def row(order: str, item: str, status: str = "") -> list[str]:
    """A row of an order."""
    return [order, "2024-01-31T09:30:00Z", "10.00", "EUR", status, item, "1", "4.50", ""]


OTHERS = [row(str(number), "p") for number in range(100, 130)]


@pytest.mark.parametrize(
    "last",
    [
        row("1", "late"),
        row("1", "a"),
        row("1", "late", "new"),
        ["1", "2024-01-31T09:30:00Z", "10.00", "EUR"],
        [*row("1", "late")[:3], "XX", "", "p", "many", "4.50", ""],
    ],
    ids=["a new item", "an item again", "another state", "unreadable", "wrong"],
)
def test_a_late_row_leaves_no_trace_of_what_was_prepared_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: list[str]
) -> None:
    rows = [row("1", "a"), ["short"], row("2", "b", "soon"), *OTHERS, last]

    late, looked = late_and_looked(tmp_path, monkeypatch, *rows)

    for kind in (SourceOpened, SourceDone):
        assert [e for e in late if isinstance(e, kind)] == [
            e for e in looked if isinstance(e, kind)
        ]
    read = [e.rows for e in late if isinstance(e, SourceProgress) and e.number == 2]
    assert read != sorted(read)  # the orders were read again


@COSTLY
@given(rows=st.lists(ORDER | UNREADABLE, max_size=30))
def test_any_rows_make_the_same_whenever_it_is_seen_that_they_stand_apart(
    rows: list[list[str]],
) -> None:
    with folder() as path, pytest.MonkeyPatch.context() as patch:
        late_and_looked(path, patch, row("9", "p"), *rows)
