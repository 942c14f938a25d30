"""Rejects that were mended in a spreadsheet and are given as a source again."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.mapping.targets import REJECT_COLUMNS
from ometria_import.package import Package
from ometria_import.prepare import Prepared, PrepareOptions, prepare
from ometria_import.problems.spreadsheet_cells import (
    guarded,
    guarded_name,
    unguarded,
    unguarded_name,
)
from tests.prepare.outcomes import csv_text, read_csv, write
from tests.thoroughness import COSTLY

FIRST, SECOND = "20240101-000000-live-0001", "20240102-000000-live-0001"


def run(folder: Path, run_id: str, *sources: Path) -> Prepared:
    """Prepare in a folder that is named like its run, as `push` does."""
    prepared = prepare(
        [parse_source_argument(str(source)) for source in sources],
        PrepareOptions(),
        folder / "runs" / run_id,
        folder / "packages",
    )
    prepared.package.close()
    return prepared


def mend(path: Path, to: Path, **values: str) -> Path:
    """Set columns of all rows of a reject file, as a person would."""
    rows = [{**row, **values} for row in read_csv(path)]
    return write(to, csv_text([list(rows[0]), *(list(row.values()) for row in rows)]))


def records(package: Package) -> list[dict[str, object]]:
    with Package(package.path) as opened:
        return [record for batch in opened.batches() for record in json.loads(batch.body)]


def test_mended_rows_are_linked_to_the_run_that_rejected_them(tmp_path: Path) -> None:
    source = write(tmp_path / "contacts.csv", "id,email\n1,bad\n2,worse\n3,c@example.com\n")
    first = run(tmp_path, FIRST, source)
    rejects = first.summary.reject_paths[0]

    again = run(tmp_path, SECOND, mend(rejects, tmp_path / "m.csv", email="a@example.com"))

    assert [row["reject_run"] for row in read_csv(rejects)] == [FIRST, FIRST]
    assert again.summary.fixed_rejects == {FIRST: 2}
    assert again.package.sums["mends"] == {FIRST: 2}
    assert first.package.sums["mends"] == {}
    assert [record["id"] for record in records(again.package)] == ["1", "2"]
    assert again.summary.problems == {"W074": 1}, "both have one address now"


def test_row_that_is_rejected_again_is_linked_to_both_runs(tmp_path: Path) -> None:
    source = write(tmp_path / "contacts.csv", "id,email\n1,bad\n")
    rejects = run(tmp_path, FIRST, source).summary.reject_paths[0]
    again = run(tmp_path, SECOND, rejects).summary

    third = run(
        tmp_path, "third", mend(again.reject_paths[0], tmp_path / "m.csv", email="a@example.com")
    )

    assert again.fixed_rejects == {}
    assert [row["reject_line"] for row in read_csv(again.reject_paths[0])] == ["2"]
    assert third.summary.fixed_rejects == {FIRST: 1, SECOND: 1}


def test_superseded_and_added_rows_do_not_count_as_mended(tmp_path: Path) -> None:
    source = write(tmp_path / "contacts.csv", "id,email\n1,bad\n1,worse\n")
    rejects = run(tmp_path, FIRST, source).summary.reject_paths[0]
    mended = mend(rejects, tmp_path / "m.csv", email="a@example.com")
    with mended.open("a", newline="") as file:
        csv.writer(file).writerow(["7", "g@example.com", "", "", "", "", ""])

    again = run(tmp_path, SECOND, mended).summary

    assert again.fixed_rejects == {FIRST: 1}
    assert sum(again.records.values()) == 2


def test_columns_of_a_reject_file_do_not_become_properties(tmp_path: Path) -> None:
    source = write(tmp_path / "contacts.csv", "id,email,tier\n1,bad,gold\n")
    rejects = run(tmp_path, FIRST, source).summary.reject_paths[0]
    mended = mend(rejects, tmp_path / "m.csv", email="a@example.com")

    again = run(tmp_path, SECOND, mended)

    assert records(again.package) == [
        {"@type": "contact", "id": "1", "email": "a@example.com", "properties": {"tier": "gold"}}
    ]


def test_unreadable_row_that_nobody_mended_is_rejected_again(tmp_path: Path) -> None:
    source = write(tmp_path / "contacts.csv", "id,email\n=1;,b@example.com,c\n2,b@example.com\n")
    rejects = run(tmp_path, FIRST, source).summary.reject_paths[0]

    again = run(tmp_path, SECOND, rejects).summary
    (problem,) = read_csv(again.problems_path)
    (reject,) = read_csv(again.reject_paths[0])
    mended = mend(again.reject_paths[0], tmp_path / "m.csv", id="1", email="b@example.com")

    assert (problem["code"], problem["line"]) == ("E034", "2")
    assert "reject_raw" in problem["message"]
    assert (reject["id"], reject["reject_raw"]) == ("", "'=1;,b@example.com,c")
    assert run(tmp_path, "third", mended).summary.problems == {}


def test_objects_are_linked_to_the_run_that_rejected_them(tmp_path: Path) -> None:
    contact = '{"@type":"contact","id":"%s","email":"%s"}\n'
    lines = contact % (1, "bad") + "nonsense\n" + contact % (2, "b@example.com")
    source = write(tmp_path / "contacts.ndjson", lines)
    rejects = run(tmp_path, FIRST, source).summary.reject_paths[0]
    text = rejects.read_text()

    added = contact % (9, "i@example.com")
    mended = write(tmp_path / "m.ndjson", text.replace('"bad"', '"a@example.com"') + added)
    again = run(tmp_path, SECOND, mended)

    assert again.summary.fixed_rejects == {FIRST: 1}
    assert [record["id"] for record in records(again.package)] == ["1", "9"]
    assert again.summary.problems == {"E034": 1}
    (line,) = again.summary.reject_paths[0].read_text().splitlines()
    reject = json.loads(line)["reject"]
    assert (reject["line"], reject["raw"], reject["run"]) == (2, "nonsense", f"{FIRST} {SECOND}")


def test_cell_that_a_spreadsheet_would_run_is_text_in_the_reject_file(tmp_path: Path) -> None:
    cells = [
        "=1+1",
        "@SUM(A1)",
        "-2+3",
        "+cmd|' /C calc'!A0",
        "\tx",
        "-5.00",
        "+447700900123",
        "'=a",
    ]
    header = ["id", "email", *(f"properties.p{number}" for number in range(len(cells)))]
    source = write(tmp_path / "contacts.csv", csv_text([header, ["1", "bad", *cells]]))

    rejects = run(tmp_path, FIRST, source).summary.reject_paths[0]

    (row,) = read_csv(rejects)
    assert [row[name] for name in header[2:]] == [
        "'=1+1",
        "'@SUM(A1)",
        "'-2+3",
        "'+cmd|' /C calc'!A0",
        "'\tx",
        "-5.00",
        "+447700900123",
        "''=a",
    ]


CELLS = st.text(st.sampled_from("'=+-@\t\r\n,;\"ab1. \u00e9"), max_size=6)


@given(CELLS)
def test_guard_is_taken_off_exactly(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
    assert unguarded_name(guarded_name(cell)) == cell


@given(CELLS)
def test_no_written_cell_is_a_formula(cell: str) -> None:
    written = guarded(cell)

    is_number = written.lstrip("+-").replace(".", "").replace(",", "").isdigit()
    assert is_number or not written.startswith(("=", "+", "-", "@", "\t", "\r"))


VALUES = st.lists(CELLS.filter(str.strip), min_size=2, max_size=2)


@COSTLY
@given(st.lists(VALUES, min_size=1, max_size=4))
def test_mended_rejects_give_the_records_of_the_right_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("mended")
    header = ["id", "email", "firstname", "=odd"]

    def table(email: str) -> Sequence[Sequence[str]]:
        return [header, *([str(number), email, *row] for number, row in enumerate(rows))]

    right = run(folder, FIRST, write(folder / "contacts.csv", csv_text(table("a@example.com"))))
    wrong = run(folder, SECOND, write(folder / "contacts.csv", csv_text(table("bad"))))
    rejects = wrong.summary.reject_paths[0]
    mended = run(folder, "third", mend(rejects, folder / "m.csv", email="a@example.com"))

    assert set(read_csv(rejects)[0]) == {"id", "email", "firstname", "'=odd", *REJECT_COLUMNS}
    assert records(mended.package) == records(right.package)
    assert mended.summary.fixed_rejects == {SECOND: len(rows)}
