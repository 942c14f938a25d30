"""What holds for any sources at all, however wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.prepare.outcomes import (
    Outcome,
    csv_text,
    prepare_files,
    prepare_rows,
    prepare_text,
    small_blocks,
    write,
)
from tests.thoroughness import COSTLY

CONTACT_HEAD = ["id", "@collection", "email", "firstname", "gender", "timestamp_acquired", "tier"]
CONTACT = st.tuples(
    st.sampled_from(["1", "2", "3", " 3 ", "", "7.21E+12", "a@example.com"]),
    st.sampled_from(["", "web", "shop"]),
    st.sampled_from(["a@example.com", "B@Example.com", "", "nobody"]),
    st.sampled_from(["", "Ada", ' "Q\\', "Jose\u0301", "two\nlines", "\u2028x"]),
    st.sampled_from(["", "f", "Female", "?"]),
    st.sampled_from(["", "2024-01-31", "2024-01-31T09:30:00Z", "25/12/2023", "soon"]),
    st.sampled_from(["", "gold", "x" * 990, "y" * 61_000]),
).map(list)
ORDER_HEAD = [
    "id",
    "timestamp",
    "grand_total",
    "currency",
    "status",
    "lineitems.product_id",
    "lineitems.quantity",
    "lineitems.unit_price",
    "lineitems.variant_options.size",
]
ORDER = st.tuples(
    st.sampled_from(["1", "1", "2", "2", "3", "", "7.21E+12"]),
    st.sampled_from(["2024-01-31T09:30:00Z", "2024-01-31T09:30:00Z", "", "soon"]),
    st.sampled_from(["10.00", "10.00", "12.50", ""]),
    st.sampled_from(["EUR", "EUR", "\u20ac", "XX"]),
    st.sampled_from(["", "complete", "new"]),
    st.sampled_from(["", "p1", "7.21E+12"]),
    st.sampled_from(["", "1", "many"]),
    st.sampled_from(["", "4.50"]),
    st.sampled_from(["", "M"]),
).map(list)
UNREADABLE = st.sampled_from([["short"], ["1"] * 30])


def tables_of(row: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(row | row | row | row | UNREADABLE, min_size=1, max_size=40)


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as path:
        yield Path(path)


@COSTLY
@given(contacts=tables_of(CONTACT), orders=tables_of(ORDER), more=tables_of(CONTACT))
def test_no_row_is_lost_and_none_is_sent_twice(
    contacts: list[list[str]], orders: list[list[str]], more: list[list[str]]
) -> None:
    with folder() as path:
        sources = [
            write(path / "orders.csv", csv_text([ORDER_HEAD, *orders])),
            write(path / "contacts.csv", csv_text([CONTACT_HEAD, *contacts])),
            write(path / "contacts-2.csv", csv_text([CONTACT_HEAD, *more])),
        ]

        outcome = prepare_files(path, *sources)  # checks the sums

        assert outcome.summary.rows.read == len(contacts) + len(orders) + len(more)
        keys = [(r["@type"], r.get("@collection"), r["id"]) for r in outcome.records]
        assert len(set(keys)) == len(keys)
        rejected = sum(
            len(outcome.rejects(number)) for number in range(len(outcome.summary.reject_paths))
        )
        assert rejected == outcome.summary.rows.rejected
        assert {row["severity"] for row in outcome.problems} <= {"error", "warning"}


@COSTLY
@given(contacts=tables_of(CONTACT))
def test_same_input_makes_the_same_package_whatever_the_chunks(contacts: list[list[str]]) -> None:
    with folder() as path, pytest.MonkeyPatch.context() as patch:
        rows = [CONTACT_HEAD, *contacts]
        first = prepare_rows(path, "contacts.csv", rows)
        second = prepare_rows(path, "contacts.csv", rows)
        small_blocks(patch, 100)
        cut = prepare_rows(path, "contacts.csv", rows)

    assert first.package_id == second.package_id == cut.package_id
    assert first.texts == second.texts == cut.texts
    assert first.summary.problems == cut.summary.problems


@COSTLY
@given(orders=tables_of(ORDER))
def test_size_of_chunks_does_not_matter_to_groups(orders: list[list[str]]) -> None:
    with folder() as path, pytest.MonkeyPatch.context() as patch:
        whole = prepare_rows(path, "orders.csv", [ORDER_HEAD, *orders])
        small_blocks(patch, 100)
        cut = prepare_rows(path, "orders.csv", [ORDER_HEAD, *orders])

    assert (cut.texts, cut.origins) == (whole.texts, whole.origins)
    assert cut.summary.problems == whole.summary.problems
    assert cut.summary.rows == whole.summary.rows


@COSTLY
@given(contacts=tables_of(CONTACT))
def test_normalising_what_is_normal_changes_nothing(contacts: list[list[str]]) -> None:
    with folder() as path:
        once = prepare_rows(path, "contacts.csv", [CONTACT_HEAD, *contacts])
        if not once.texts:
            return
        twice = prepare_text(path, "contacts.ndjson", "\n".join(once.texts))
        array = prepare_text(path, "contacts.json", f"[{','.join(once.texts)}]")

    assert twice.texts == array.texts == once.texts
    # What is said of the people, not of how they are written.
    assert set(twice.summary.problems) <= {"W043", "W073", "W074", "W075"}


@COSTLY
@given(contacts=tables_of(CONTACT), seed=st.integers(0, 1_000))
def test_order_of_the_columns_does_not_matter(contacts: list[list[str]], seed: int) -> None:
    order = list(range(len(CONTACT_HEAD)))
    random.Random(seed).shuffle(order)
    whole = [row for row in contacts if len(row) == len(CONTACT_HEAD)]
    rows = [CONTACT_HEAD, *whole]
    with folder() as path:
        if not whole:
            return
        straight = prepare_rows(path, "contacts.csv", rows)
        shuffled = prepare_rows(path, "contacts.csv", [[row[n] for n in order] for row in rows])

    assert shuffled.texts == straight.texts
    assert shuffled.summary.problems == straight.summary.problems


Json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["id", "@type", "email", "firstname", "channels", "store_ids", "properties", "x", "reject"]
)
OBJECT = st.dictionaries(KEYS, Json | st.sampled_from(["contact", "1", "a@example.com"]))


@COSTLY
@given(objects=st.lists(OBJECT, min_size=1, max_size=8))
def test_any_json_object_ends_somewhere(objects: list[dict[str, object]]) -> None:
    with folder() as path:
        # Where no object has the mandatory keys the file is refused as a whole.
        whole = {"id": "whole", "email": "a@example.com"}
        source = write(path / "contacts.json", json.dumps([whole, *objects]))

        outcome = prepare_files(path, f"contact={source}")

        assert outcome.summary.rows.read == len(objects) + 1
        for reject_path in outcome.summary.reject_paths:
            for line in reject_path.read_text().split("\n")[:-1]:
                assert "reject" in json.loads(line)


def test_many_records_are_cut_into_batches_of_a_hundred(tmp_path: Path) -> None:
    rows = "".join(f"{n},t{n}\n" for n in range(250))
    first = write(tmp_path / "products-1.csv", f"id,title\n{rows}")
    second = write(tmp_path / "products-2.csv", "id,title\n" + "".join(f"{n},x\n" for n in (1, 3)))

    outcome: Outcome = prepare_files(tmp_path, first, second)

    assert len(outcome.records) == 250
    assert outcome.origins[-2:] == [(2, 2), (2, 3)]
