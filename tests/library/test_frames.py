"""DataFrames as sources: cells by column name, origins by label and position."""

from __future__ import annotations

import csv
import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ometria_import import check, inspect, push
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import SourceError
from ometria_import.sources.frame import CHUNK_ROWS, FrameSource
from tests.cli.program import pushes, stored


def cells(values: Any, dtype: Any = None) -> list[str]:
    """The cells of a column with these values."""
    frame = pd.DataFrame({"x": pd.Series(values, dtype=dtype)})
    before = frame.copy(deep=True)
    (chunk,) = FrameSource(frame, "frame").chunks()
    pd.testing.assert_frame_equal(frame, before)
    return [str(each) for each in chunk.table.column("x").to_pylist()]


def contacts(**columns: Any) -> pd.DataFrame:
    count = len(next(iter(columns.values()), [1, 2]))
    own = {
        "id": [f"c{n}" for n in range(count)],
        "@collection": "main",
        "email": [f"p{n}@example.com" for n in range(count)],
    }
    return pd.DataFrame(own | columns)


def records(frame: pd.DataFrame, name: str = "contact", **reading: Any) -> list[dict[str, Any]]:
    """What a push would send."""
    result = push({name: frame}, to="staging", dry_run=True, **reading)
    lines = (result.folder / "bodies" / f"{name}.ndjson").read_text().splitlines()
    return [json.loads(line, parse_float=Decimal) for line in lines]


@pytest.mark.parametrize("dtype", ["object", "string", "string[pyarrow]", "category"])
def test_texts_are_what_they_are_and_blanks_are_blank(dtype: str) -> None:
    assert cells(["00123", "NA", "", None], dtype) == ["00123", "NA", "", ""]


@pytest.mark.parametrize(
    ("values", "dtype", "texts"),
    [
        ([9_007_199_254_740_993, 2], "int64", ["9007199254740993", "2"]),
        ([9_007_199_254_740_993, None], "Int64", ["9007199254740993", ""]),
        ([18_446_744_073_709_551_615], "uint64", ["18446744073709551615"]),
        ([123.0, np.nan, 0.1, 1e16], "float64", ["123", "", "0.1", "10000000000000000"]),
        ([1.5, None], "Float64", ["1.5", ""]),
        ([0.1], "float32", ["0.1"]),
        ([True, False], "bool", ["true", "false"]),
        ([True, None], "boolean", ["true", ""]),
        ([1, None], pd.ArrowDtype(pa.int32()), ["1", ""]),
        ([Decimal("1.50"), None], pd.ArrowDtype(pa.decimal128(9, 2)), ["1.50", ""]),
        (["2024-05-01 10:00", None], "datetime64[ns]", ["2024-05-01T10:00:00", ""]),
        ([b"abc", None], "object", ["abc", ""]),
        ([12, "a", 1.0, None, np.nan, pd.NA, pd.NaT], "object", ["12", "a", "1", "", "", "", ""]),
        ([Decimal("19.90"), Decimal("1E+3")], "object", ["19.90", "1000"]),
        (
            [dt.date(2024, 5, 1), dt.datetime.fromisoformat("2024-05-01T09:30")],
            "object",
            ["2024-05-01", "2024-05-01T09:30:00"],
        ),
        (
            [{"a": 1, "b": [Decimal("1.10"), None]}, [1, np.nan]],
            "object",
            ['{"a":1,"b":[1.10,null]}', "[1,null]"],
        ),
        ([2**70, -1], "object", [str(2**70), "-1"]),
    ],
)
def test_values_become_the_texts_of_a_file(values: Any, dtype: Any, texts: list[str]) -> None:
    assert cells(values, dtype) == texts


def test_times_keep_their_zone() -> None:
    zoned = pd.to_datetime(pd.Series(["2024-07-01 10:00", None])).dt.tz_localize("Europe/London")
    assert cells(zoned) == ["2024-07-01T10:00:00+01:00", ""]
    assert cells(zoned.astype(object)) == ["2024-07-01T10:00:00+01:00", ""]


def test_what_has_no_text_stops_with_its_place() -> None:
    frame = contacts(shoe=["8", object()]).set_index(pd.Index(["A", "B"]))
    with pytest.raises(SourceError, match=r"'shoe' holds a object .* in row 2 \(index B\)"):
        check({"contact": frame})
    with pytest.raises(SourceError, match="holds a str that cannot"):
        check({"contact": contacts(shoe=pd.Series(["8", "\ud800"], dtype="object"))})


def test_columns_must_have_one_name_each() -> None:
    frame = contacts()
    frame.columns = pd.Index(["id", "email", "email"])
    with pytest.raises(SourceError, match="two columns named 'email'"):
        check({"contact": frame})
    frame.columns = pd.MultiIndex.from_tuples([("a", "id"), ("a", "email"), ("b", "x")])
    with pytest.raises(SourceError, match="names on 2 levels"):
        check({"contact": frame})
    with pytest.raises(SourceError, match="has no columns"):
        check({"contact": pd.DataFrame()})


def test_problems_and_rejects_tell_label_and_position() -> None:
    frame = contacts(email=["a@example.com", "nope"]).set_index(pd.Index(["A17", "A18"]))

    result = check({"contact": frame})

    (group,) = result.problems
    assert [str(each) for each in group.places] == ["contact:2 (index A18)"]
    with result.problems_file.open(encoding="utf-8-sig") as file:
        (problem,) = csv.DictReader(file)
    assert (problem["source"], problem["line"]) == ("contact", "2 (index A18)")
    with result.reject_files[0].open(encoding="utf-8-sig") as file:
        (reject,) = csv.DictReader(file)
    assert (reject["id"], reject["reject_line"]) == ("c1", "2 (index A18)")
    # It is an ordinary reject file: mended, it is checked like any other.
    mended = pd.read_csv(result.reject_files[0], dtype=str).assign(email="b@example.com")
    assert check({"contact": mended}).ok


def test_numbers_for_ids_are_whole_and_large_ones_exact() -> None:
    frame = contacts(customer_id=[float(7), np.nan], id=[9_007_199_254_740_993, 2])
    first, second = records(frame)
    assert (first["id"], first["customer_id"]) == ("9007199254740993", "7")
    assert "customer_id" not in second


def test_orders_with_items_in_a_frame_of_their_own() -> None:
    orders = pd.DataFrame(
        {
            "id": [1, 2],
            "timestamp": pd.to_datetime(["2024-05-01 10:00", "2024-05-02 10:00"]),
            "grand_total": [Decimal("12.50"), Decimal(3)],
            "currency": "GBP",
        }
    )
    items = pd.DataFrame(
        {"order_id": [2, 1], "product_id": ["B", "A"], "quantity": [1, 2], "unit_price": [3, 6.25]}
    )
    result = push(
        {"order": orders, "lineitem": items},
        to="staging",
        dry_run=True,
        timezone="Europe/London",
    )
    lines = (result.folder / "bodies" / "order.ndjson").read_text().splitlines()
    told = [json.loads(line, parse_float=Decimal) for line in lines]
    first, second = sorted(told, key=lambda each: str(each["id"]))
    assert (first["timestamp"], first["grand_total"]) == ("2024-05-01T10:00:00+01:00", 12.5)
    assert [each["product_id"] for each in second["lineitems"]] == ["B"]


def test_naive_times_raise_the_question_of_a_file() -> None:
    frame = pd.DataFrame(
        {
            "id": [1],
            "timestamp": pd.to_datetime(["2024-05-01 10:00"]),
            "grand_total": [1],
            "currency": "GBP",
        }
    )
    assert any("--timezone" in group.hint for group in check({"order": frame}).problems)
    (report,) = inspect({"order": frame})
    assert report.format == "DataFrame"
    assert any("--timezone" in each for each in report.questions)


def test_same_content_is_not_sent_twice_and_other_content_is(emulator: RunningEmulator) -> None:
    frame = contacts()
    first = push({"contact": frame}, to="staging")
    again = push({"contact": frame.copy()}, to="staging")
    assert (first.ok, again.nothing_to_do, again.run) == (True, True, first.run)
    assert pushes(emulator) == 1

    frame.loc[0, "email"] = "other@example.com"
    assert not push({"contact": frame}, to="staging").nothing_to_do
    assert pushes(emulator) == 2
    assert any("other@example.com" in text for text in stored(emulator))


def test_a_frame_without_a_name_is_recognised_by_its_columns(emulator: RunningEmulator) -> None:
    frame = pd.DataFrame({"id": ["p1"], "title": ["Kettle"], "price": [12.5]})
    result = push(frame, to="staging")
    assert dict(result.ready) == {"product": 1}
    assert len(stored(emulator)) == 1


def test_many_rows_come_in_chunks_and_keep_their_positions() -> None:
    frame = pd.DataFrame({"x": range(CHUNK_ROWS + 2)})
    seen: list[int] = []
    chunks = list(FrameSource(frame, "frame").chunks(progress=seen.append))
    assert [len(each) for each in chunks] == [CHUNK_ROWS, 2]
    assert chunks[1].lines.tolist() == [CHUNK_ROWS + 1, CHUNK_ROWS + 2]
    assert seen[-1] == FrameSource(frame, "frame").size_bytes


def test_an_empty_frame_is_no_source_unless_it_may_be_one() -> None:
    empty = contacts().iloc[:0]
    with pytest.raises(SourceError, match="there are no rows"):
        check({"contact": empty})
    assert check({"contact": empty}, allow_empty=True).ok
    assert Path(".ometria-import").is_dir()
