"""Customer ids of many different people: told with their count, and left out of the orders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ometria_import.prepare.spill import spill
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, small_blocks, write

HEADER = "id,timestamp,grand_total,currency,customer.id,customer.email,properties.note\n"


def orders(ids: list[tuple[str, str]], first: int = 1) -> str:
    rows = (
        f"{number},2024-01-02,10,EUR,{customer},{email},x\n"
        for number, (customer, email) in enumerate(ids, first)
    )
    return HEADER + "".join(rows)


def customers(outcome: Outcome) -> list[Any]:
    return [order.get("customer") for order in outcome.records]


@pytest.mark.parametrize("guest", ["0", "000", "guest", "Guest", "-1", "anonymous"])
def test_known_word_is_left_out_with_the_count_and_the_way_to_say_it(
    tmp_path: Path, guest: str
) -> None:
    outcome = prepare_text(
        tmp_path,
        "orders.csv",
        orders([(guest, "a@example.com"), ("7", "c@example.com"), (guest, "B@example.com")]),
    )

    assert customers(outcome) == [
        {"email": "a@example.com"},
        {"id": "7", "email": "c@example.com"},
        {"email": "b@example.com"},
    ]
    (problem,) = (row for row in outcome.problems if row["code"] == "W059")
    assert (problem["line"], problem["field"], problem["value"], problem["count"]) == (
        "2",
        "customer.id",
        guest,
        "2",
    )
    assert f"--null customer.id={guest}" in problem["message"]


@pytest.mark.parametrize("block", [90, 1 << 20])
def test_any_id_of_many_people_is_left_out_and_one_of_a_few_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    small_blocks(monkeypatch, block)
    many = [("99999", f"u{number}@example.com") for number in range(6)]
    few = [("7", "old@example.com"), ("7", "new@example.com"), ("7", "old@example.com")]
    outcome = prepare_text(tmp_path, "orders.csv", orders([*many[:3], *few, *many[3:]]))

    assert [each.get("id") for each in customers(outcome)] == [None] * 3 + ["7"] * 3 + [None] * 3
    assert all(each["email"] for each in customers(outcome))
    assert outcome.summary.problems["W059"] == 6


def test_order_without_an_email_address_loses_the_id_too(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path, "orders.csv", orders([("0", "a@example.com"), ("0", "b@example.com"), ("0", "")])
    )

    assert customers(outcome) == [{"email": "a@example.com"}, {"email": "b@example.com"}, None]


def test_custom_fields_that_look_like_the_customer_stay(tmp_path: Path) -> None:
    record = {"timestamp": "2024-01-02", "grand_total": 1, "currency": "EUR"}
    records = [
        {**record, "id": str(n), "customer": {"id": "0", "email": f"{n}@example.com"}}
        for n in range(3)
    ]
    own = {"customer": {"id": "0", "email": "x"}, "a": 1}
    records[1]["properties"] = own
    records.append({**record, "id": "9", "properties": own})
    outcome = prepare_text(tmp_path, "orders.json", json.dumps(records))

    assert customers(outcome)[1] == {"email": "1@example.com"}
    assert [each.get("properties") for each in outcome.records] == [None, own, None, own]


def test_several_files_are_looked_at_together(tmp_path: Path) -> None:
    first = write(tmp_path / "orders-1.csv", orders([("0", "a@example.com")]))
    second = write(
        tmp_path / "orders-2.csv", orders([("1", "c@example.com"), ("0", "b@example.com")], 2)
    )
    outcome = prepare_files(tmp_path, first, second)

    assert customers(outcome) == [
        {"email": "a@example.com"},
        {"id": "1", "email": "c@example.com"},
        {"email": "b@example.com"},
    ]
    assert outcome.summary.problems["W059"] == 2


def test_id_that_is_said_to_be_one_customer_is_kept(tmp_path: Path) -> None:
    many = [("4711", f"buyer{number}@example.com") for number in range(6)]
    outcome = prepare_text(tmp_path, "orders.csv", orders(many), keep_word=("customer.id=4711",))

    assert {each["id"] for each in customers(outcome)} == {"4711"}
    assert "W059" not in outcome.summary.problems


def test_id_that_is_named_is_blank_and_needs_no_warning_of_its_kind(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "orders.csv",
        orders([("0", "a@example.com"), ("0", "b@example.com")]),
        null=("customer.id=0",),
    )

    assert [each.get("id") for each in customers(outcome)] == [None, None]
    assert "W059" not in outcome.summary.problems
    assert outcome.summary.problems["W058"] == 2


def test_many_orders_are_read_back_whole(tmp_path: Path) -> None:
    ids = [("0" if number % 3 else f"c{number}", f"u{number}@example.com") for number in range(500)]
    outcome = prepare_text(tmp_path, "orders.csv", orders(ids))

    expected = [
        {"email": email} if customer == "0" else {"id": customer, "email": email}
        for customer, email in ids
    ]
    assert customers(outcome) == expected
    assert [each["id"] for each in outcome.records] == [str(number) for number in range(1, 501)]


def test_more_orders_than_are_held_in_memory_are_looked_at_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spill, "_HELD_BYTES", 2_000)
    small_blocks(monkeypatch, 500)
    ids = [("0" if number % 9 else f"c{number}", f"u{number}@example.com") for number in range(300)]
    outcome = prepare_text(tmp_path, "orders.csv", orders(ids))

    kept = [each["id"] for each in customers(outcome) if "id" in each]
    assert kept == [customer for customer, _ in ids if customer != "0"]
    assert outcome.places("W059") == [(3, "customer.id")]
    assert outcome.summary.problems["W059"] == 300 - len(kept)


@pytest.mark.parametrize("email", ["a@example.com", ""])
def test_known_word_is_left_out_of_a_single_order_as_of_many(tmp_path: Path, email: str) -> None:
    outcome = prepare_text(tmp_path, "orders.csv", orders([("-1", email), ("10", "x@example.com")]))

    expected = {"email": email} if email else None
    assert customers(outcome) == [expected, {"id": "10", "email": "x@example.com"}]
    assert outcome.summary.problems["W059"] == 1
