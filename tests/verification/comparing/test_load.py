"""Orders and revenue by month, from the files to the account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.delivery import Journal
from ometria_import.delivery.api.feed_entries import FeedEntry
from ometria_import.delivery.api.sink import Receipt
from ometria_import.delivery.journal.late import BatchRange, Change, Scope
from ometria_import.delivery.journal.model import Outcome, RefusedRecord
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package, PackageWriter, SourceSummary
from ometria_import.verification import LoadMonth, LoadSummary
from ometria_import.verification.comparing import FoundOrders, proof_of_load
from tests.delivery.building import Run, begin_run, packed
from tests.prepare.outcomes import csv_text, prepare_files, write
from tests.thoroughness import COSTLY

Order = dict[str, Any]
BATCH = 3
_OPENED = ExitStack()
"""The packages of a test, which are closed when it ends."""


def order(number: int, total: str = "10.00", month: str = "2024-01", **more: Any) -> Order:
    values = {
        "@type": "order",
        "id": f"o{number}",
        "timestamp": f"{month}-31T23:30:00-05:00"
        if month[-2:] == "01"
        else f"{month}-01T00:00:00Z",
        "grand_total": Decimal(total),
        "currency": "GBP",
    }
    return values | more


def run_of(folder: Path, orders: Sequence[Order]) -> Run:
    encoder = msgspec.json.Encoder(decimal_format="number")
    with PackageWriter(folder / "packages") as writer:
        for first in range(0, len(orders), BATCH):
            bodies = [encoder.encode(each) for each in orders[first : first + BATCH]]
            writer.add(packed(ObjectType.ORDER, bodies, first))
        source = SourceSummary(1, "orders.csv", "order", 1, "", len(orders))
        package = _OPENED.enter_context(writer.finish([source], {}))
    return begin_run(folder, package)


@pytest.fixture(autouse=True)
def _closing() -> Iterator[None]:
    with _OPENED:
        yield


def settle(journal: Journal, package: Package, number: int, refused: Sequence[int] = ()) -> None:
    batch = package.batch(number)
    accepted = batch.records - len(refused)
    journal.mark_started(batch)
    records = [RefusedRecord(position, 400, "no") for position in refused]
    receipt = Receipt(202, f"r-{number}", accepted, 0, 0, answer="{}")
    journal.mark_settled(batch, Outcome(accepted, 0, 0, 0, records, 1, receipt))


def refuse_later(journal: Journal, batch: int, position: int) -> None:
    entry = FeedEntry("not a valid value", "root > id", f"{batch}/{position}", "", f"r-{batch}")
    journal.late.add([entry], Change(((entry, 1),)), BatchRange(batch, batch))
    (error,) = journal.late.errors(Scope.NEW)
    named = replace(error, batches=BatchRange(batch, batch), scope=Scope.RECORD, position=position)
    journal.late.attribute([named])


def steps(month: LoadMonth) -> list[tuple[str, str, int, str]]:
    return [(each.step, each.cause, each.orders, f"{each.revenue:f}") for each in month.steps]


def test_every_step_is_traced_to_its_causes(tmp_path: Path) -> None:
    orders = [order(number, f"{number}.00") for number in range(1, 11)]
    run, found = run_of(tmp_path, orders), FoundOrders()
    with run.journal() as journal:
        settle(journal, run.package, 1, refused=[0])
        settle(journal, run.package, 2)
        settle(journal, run.package, 3, refused=[0, 1, 2])
        refuse_later(journal, 1, 1)
        for each in orders[2:6]:
            answer = {"o3": each, "o4": None, "o5": each | {"grand_total": 4}, "o6": None}[
                each["id"]
            ]
            found.add(each, answer, is_settled=each["id"] != "o6")
        load = proof_of_load(run.package, journal, SUMS, found)

    assert load is not None
    assert (load.is_whole, load.read_orders, load.uncounted) == (True, 4, {"rejected": 2})
    assert [(each.month, each.currency) for each in load.months] == [
        ("2023-12", "GBP"),
        ("2024-01", "GBP"),
    ]
    before, month = load.months
    assert before.file
    assert (before.file.orders, before.sent.orders) == (1, 0)
    assert steps(before) == [("file→sent", "held back", 1, "7.00")]
    assert steps(month) == [
        ("file→sent", "rejected", 2, "100.50"),
        ("sent→accepted", "refused", 4, "25.00"),
        ("sent→accepted", "not sent", 1, "10.00"),
        ("accepted→found", "refused later", 1, "2.00"),
        ("accepted→found", "missing", 1, "4.00"),
        ("accepted→found", "not settled", 1, "6.00"),
        ("accepted→found", "differs", 0, "1.00"),
    ]
    sums = (month.file, month.sent, month.accepted, month.found)
    assert [each and (each.orders, f"{each.revenue:f}") for each in sums] == [
        (12, "155.50"),
        (10, "55.00"),
        (5, "20.00"),
        (2, "7.00"),
    ]


SUMS = {
    "across": {
        "unsent": {
            "rejected": [
                {
                    "period": "2024-01",
                    "currency": "GBP",
                    "orders": 2,
                    "revenue": "100.50",
                    "invalid_orders": 1,
                    "invalid_revenue": "3.00",
                }
            ],
            "held_back": [
                {"period": "2023-12", "currency": "GBP", "orders": 1, "revenue": "7.00"},
            ],
        }
    },
    "rejected_of": {"order": 5},
}


def whole(folder: Path, pairs: Sequence[tuple[Order, Order | None]]) -> LoadSummary:
    run, found = run_of(folder, [sent for sent, _ in pairs]), FoundOrders()
    with run.journal() as journal:
        for number, _, _ in run.package.sizes():
            settle(journal, run.package, number)
        for sent, answer in pairs:
            found.add(sent, answer)
        load = proof_of_load(run.package, journal, None, FoundOrders.decode(found.encode()))
    assert load is not None
    return load


def test_month_is_that_of_the_offset_that_was_sent(tmp_path: Path) -> None:
    sent = order(1, timestamp="2024-01-31T23:30:00-05:00")

    (month,) = whole(tmp_path, [(sent, sent | {"timestamp": "2024-02-01T04:30:00+00:00"})]).months

    assert (month.month, month.steps, month.found) == ("2024-01", (), month.sent)


def test_order_that_moved_is_lost_in_one_month_and_found_in_another(tmp_path: Path) -> None:
    sent = order(1, timestamp="2024-01-31T23:30:00Z")

    first, second = whole(tmp_path, [(sent, sent | {"timestamp": "2024-02-01T00:30:00Z"})]).months

    assert steps(first) == [("accepted→found", "differs", 1, "10.00")]
    assert steps(second) == [("accepted→found", "differs", -1, "-10.00")]
    assert second.found is not None
    assert (second.accepted.orders, second.found.orders) == (0, 1)


def test_order_that_the_account_does_not_count_is_lost(tmp_path: Path) -> None:
    sent = order(1)

    (month,) = whole(tmp_path, [(sent, sent | {"is_valid": False})]).months

    assert steps(month) == [("accepted→found", "differs", 1, "10.00")]


def test_orders_that_are_not_valid_do_not_count(tmp_path: Path) -> None:
    sent = order(1, is_valid=False)
    month = whole(tmp_path, [(sent, sent), (order(2), order(2))]).months[0]

    assert (month.sent.orders, month.found and month.found.orders) == (1, 1)


@pytest.mark.parametrize("answer", ["9999-12-31T23:00:00Z", "0001-01-01T00:00:00Z", "soon", None])
def test_times_that_make_no_sense_stop_nothing(tmp_path: Path, answer: str | None) -> None:
    sent = order(1)

    load = whole(tmp_path, [(sent, sent | {"timestamp": answer})])

    assert sum(each.found.orders for each in load.months if each.found) == 1


def test_what_was_found_is_not_told_unless_all_orders_were_read(tmp_path: Path) -> None:
    run, found = run_of(tmp_path, [order(1), order(2)]), FoundOrders()
    found.add(order(1), None)
    with run.journal() as journal:
        settle(journal, run.package, 1)
        load = proof_of_load(run.package, journal, {"rejected": 0, "retry_of": "x"}, found)

    assert load is not None
    assert (load.is_whole, load.read_orders) == (False, 1)
    (month,) = load.months
    assert (month.file, month.found, month.steps) == (None, None, ())


def test_run_without_orders_has_no_load(tmp_path: Path) -> None:
    run = run_of(tmp_path, [])
    with run.journal() as journal:
        assert proof_of_load(run.package, journal, {}, FoundOrders()) is None


def test_sums_are_those_that_preparing_keeps(tmp_path: Path) -> None:
    rows = [
        ["@type", "id", "timestamp", "currency", "grand_total"],
        ["order", "1", "2024-01-31T09:30:00Z", "GBP", "10"],
        ["order", "", "2024-01-31T09:30:00Z", "GBP", "5.25"],
        ["order", "2", "soon", "GBP", "5.25"],
    ]
    outcome = prepare_files(tmp_path, write(tmp_path / "orders.csv", csv_text(rows)))
    with Package(outcome.package_path) as package:
        run, found = begin_run(tmp_path, package), FoundOrders()
        with run.journal() as journal:
            settle(journal, package, 1)
            found.add(outcome.records[0], outcome.records[0])
            load = proof_of_load(package, journal, outcome.summary.as_json(), found)

    assert load is not None
    (month,) = load.months
    assert steps(month) == [("file→sent", "rejected", 1, "5.25")]
    assert month.file
    assert (month.file.orders, load.uncounted) == (2, {"rejected": 1})
    assert month.found == month.accepted == month.sent


totals = st.sampled_from(["0.10", "10", "-3.00", "12345678901234.56"])
answers = st.sampled_from(
    [{}, None, {"grand_total": Decimal(7)}, {"is_valid": False}, {"currency": "EUR"}]
)
outcomes = st.tuples(
    totals,
    st.sampled_from(["2024-01", "2024-03"]),
    st.sampled_from(["taken", "refused", "late"]),
    answers,
)


@COSTLY
@given(st.lists(outcomes, min_size=1, max_size=7))
def test_sums_of_each_step_come_out(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str, dict[str, Any] | None]],
) -> None:
    orders = [order(number, total, month) for number, (total, month, _, _) in enumerate(rows)]
    run, found = run_of(tmp_path_factory.mktemp("load"), orders), FoundOrders()
    there: dict[tuple[str, str], Decimal] = {}
    with run.journal() as journal:
        for number, _, count in run.package.sizes():
            fates = [rows[(number - 1) * BATCH + position][2] for position in range(count)]
            refused = [position for position in range(count) if fates[position] == "refused"]
            settle(journal, run.package, number, refused)
            for position in range(count):
                if fates[position] == "late" and len(refused) < count:
                    refuse_later(journal, number, position)
        for sent, (_, month, fate, answer) in zip(orders, rows, strict=True):
            if fate == "taken":
                shown = None if answer is None else sent | answer
                found.add(sent, shown)
                if shown is not None and shown.get("is_valid") is not False:
                    place = month, shown["currency"]
                    there[place] = there.get(place, Decimal(0)) + shown["grand_total"]
        load = proof_of_load(run.package, journal, None, found)

    assert load is not None
    assert load.is_whole
    for each in load.months:
        assert each.found is not None
        assert each.found.revenue == there.get((each.month, each.currency), 0)
        lost = sum(step.revenue for step in each.steps)
        assert each.sent.revenue - each.found.revenue == lost
    assert there.keys() <= {(each.month, each.currency) for each in load.months}
