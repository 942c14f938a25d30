"""Small files of one kind are prepared together, and each is told of as if it had been alone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ometria_import.config.home import COLUMNS_FILE
from ometria_import.errors import UsageError
from ometria_import.prepare.reading import Reader
from tests.prepare.outcomes import Outcome, csv_text, prepare_files, read_csv

CONTACTS = {
    "id": st.sampled_from(["1", "2", "3", "4", "5", "6", "", "7.0"]),
    "email": st.sampled_from(["a@example.com", "B@example.com ", "d@@example", ""]),
    "firstname": st.sampled_from(["Ann", "NULL", "", "Z\u200boë"]),
    "date_of_birth": st.sampled_from(["1980-02-01", "13/02/1980", "02/13/1980", ""]),
    "gender": st.sampled_from(["m", "F", "W", ""]),
    "timestamp_subscribed": st.sampled_from(["2024-02-01T10:00:00Z", "2024-02-01 10:00", ""]),
    "marketing_optin": st.sampled_from(["EXPLICITLY_OPTEDIN", "no", "maybe", "NOT_SPECIFIED"]),
    "shoe size": st.sampled_from(["", "42", "NULL"]),
}
EVENTS = {
    "id": st.sampled_from(["1", "2", "3", ""]),
    "event_type": st.sampled_from(["quiz", " quiz", ""]),
    "timestamp": st.sampled_from(["2024-02-01T10:00:00Z", "13/02/2024 10:00", "tomorrow"]),
    "customer_id": st.sampled_from(["7", "", "nan"]),
    "properties.score": st.sampled_from(["9", ""]),
}


def files_of(columns: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[list[str]]:
    """The texts of a few files of a few rows, of which some cannot be read."""
    cells = st.tuples(*columns.values()).map(list)
    ragged = st.just(["9", "x@example.com", "too few"])
    rows = st.lists(st.one_of(cells, cells, cells, ragged), max_size=5)
    text = rows.map(lambda some: csv_text([[*columns], *some]))
    return st.lists(text, min_size=2, max_size=6)


def told(outcome: Outcome) -> dict[str, Any]:
    """All that is told of some sources, but for what a packed file is called."""
    summary = outcome.summary
    columns = json.loads((summary.problems_path.parent / COLUMNS_FILE).read_text("utf-8"))
    rejects = {
        path.name: [{**row, "reject_run": ""} for row in read_csv(path)]
        for path in summary.reject_paths
    }
    problems = [
        {name: cell.replace(".gz", "") for name, cell in row.items()} for row in outcome.problems
    ]
    return {
        "texts": outcome.texts,
        "origins": outcome.origins,
        "problems": problems,
        "rejects": rejects,
        "columns": [{**each, "source": ""} for each in columns],
        "sources": [(each.rows, each.records, each.rejected) for each in summary.sources],
        "rows": summary.rows,
        "consents": [
            replace(each, source=each.source.removesuffix(".gz"))
            for each in summary.cross_checks.consents
        ],
    }


def outcome_of(folder: Path, texts: Sequence[str], kind: str, *, is_packed: bool) -> dict[str, Any]:
    """What is told of the files, or which question is asked; packed files are read one by one."""
    files = []
    for number, text in enumerate(texts):
        path = folder / f"export-{number}.csv{'.gz' if is_packed else ''}"
        path.write_bytes(gzip.compress(text.encode()) if is_packed else text.encode())
        files.append(f"{kind}={path}")
    try:
        return told(prepare_files(folder, *files, allow_empty=True, null=("gender=W",)))
    except UsageError as error:
        return {"question": error.message.replace(".gz", "")}


@pytest.mark.parametrize(("kind", "columns"), [("contact", CONTACTS), ("custom_event", EVENTS)])
def test_files_that_are_read_together_are_told_of_as_if_each_were_alone(
    kind: str, columns: dict[str, st.SearchStrategy[str]]
) -> None:
    @settings(max_examples=12, deadline=None)
    @given(files_of(columns))
    def law(texts: list[str]) -> None:
        with TemporaryDirectory() as name:
            together = outcome_of(Path(name), texts, kind, is_packed=False)
            assert together == outcome_of(Path(name), texts, kind, is_packed=True)

    law()


def test_files_of_one_kind_are_prepared_in_one_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    together = Reader.together

    def seen(reader: Reader, numbers: Sequence[int]) -> Any:
        found.append((list(numbers), prepared := together(reader, numbers)))
        return prepared

    monkeypatch.setattr(Reader, "together", seen)
    rows = [["1", "A@example.com"], ["2", "b@example.com"]]
    paths = [tmp_path / f"contacts-{number}.csv" for number in range(4)]
    for path, names in zip(paths, ["id", "id", "id", "ID"], strict=True):
        path.write_text(csv_text([[names, "email"], *rows]), "utf-8")

    outcome = prepare_files(tmp_path, *paths)

    ((numbers, prepared),) = found
    assert numbers == [1, 2, 3]
    assert prepared is not None
    assert [len(part.keys) for part in prepared.parts] == [2, 2, 2]
    assert [each.records for each in outcome.summary.sources] == [2, 2, 2, 2]
