"""Several records with one key, in one file or several: what is sent, what is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.prepare import PrepareOptions, check
from ometria_import.prepare.same_keys import same_keys as same_keys_module
from tests.prepare.outcomes import Outcome, prepare_files, write

IN, OUT = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"
PROFILES = f"id,email,firstname,customer_id,marketing_optin\n1,ada@example.com,Ada,C1,{IN}\n"
LEAVERS = f"id,email,marketing_optin,timestamp_unsubscribed\n1,ada@example.com,{OUT},2024-05-01\n"
ORDERS = "id,timestamp,grand_total,currency,customer.email,customer.id,status,lineitems.product_id,"
ORDERS += "lineitems.quantity,lineitems.unit_price\n"


def order_row(**changes: str) -> str:
    cells = {
        "id": "1001",
        "timestamp": "2024-01-15T10:00:00Z",
        "total": "10.00",
        "currency": "EUR",
        "email": "ada@example.com",
        "customer": "",
        "status": "paid",
        "product": "MUG",
        "quantity": "1",
        "price": "10.00",
    }
    return ",".join({**cells, **changes}.values()) + "\n"


def orders_in(folder: Path, *files: str) -> Outcome:
    paths = [write(folder / f"orders-{n}.csv", ORDERS + rows) for n, rows in enumerate(files)]
    return prepare_files(folder, *paths)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("is_json", [False, True])
def test_an_opt_out_of_another_file_reaches_the_whole_contact(
    tmp_path: Path, order: tuple[int, int], *, is_json: bool
) -> None:
    leaver = {
        "@type": "contact",
        "id": "1",
        "email": "ada@example.com",
        "marketing_optin": OUT,
        "timestamp_unsubscribed": "2024-05-01T00:00:00Z",
    }
    files = [
        write(tmp_path / "profile-contacts.csv", PROFILES),
        write(tmp_path / "leaver-contacts.json", json.dumps([leaver]))
        if is_json
        else write(tmp_path / "leaver-contacts.csv", LEAVERS),
    ]

    outcome = prepare_files(tmp_path, *(files[number] for number in order))

    assert outcome.records == [
        {
            "@type": "contact",
            "id": "1",
            "email": "ada@example.com",
            "customer_id": "C1",
            "firstname": "Ada",
            "timestamp_unsubscribed": "2024-05-01T00:00:00Z",
            "marketing_optin": OUT,
        }
    ]
    line = 2 if not is_json else 1
    (problem,) = (row for row in outcome.problems if row["code"] == "W070")
    assert (problem["source"], problem["line"], problem["value"]) == (str(files[0]), "2", IN)
    assert problem["message"] == (
        f"{files[1]}:{line} says {OUT} of 2024-05-01T00:00:00+00:00 and is sent, "
        "not what this row says"
    )
    assert outcome.summary.cross_checks.optins == {OUT: 1}
    assert outcome.summary.rows.merged == 1


def test_orders_find_a_contact_whose_customer_id_only_an_earlier_row_had(tmp_path: Path) -> None:
    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "profile-contacts.csv", PROFILES),
        write(tmp_path / "leaver-contacts.csv", LEAVERS),
        write(tmp_path / "orders.csv", ORDERS + order_row(email="", customer="C1")),
    )

    found = outcome.summary.cross_checks.contacts
    assert (found.asked, found.joined) == (1, 1)


def test_check_finds_what_push_finds(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "profile-contacts.csv", PROFILES),
        write(tmp_path / "leaver-contacts.csv", LEAVERS),
        write(tmp_path / "a-orders.csv", ORDERS + order_row()),
        write(tmp_path / "b-orders.csv", ORDERS + order_row(currency="USD")),
    ]
    arguments = [parse_source_argument(str(path)) for path in paths]

    summary = check(arguments, PrepareOptions(), tmp_path / "check")
    pushed = prepare_files(tmp_path, *paths)

    told = summary.problems_path.read_text()
    assert told == pushed.summary.problems_path.read_text()
    assert (summary.rows, summary.records, summary.problems) == (
        pushed.summary.rows,
        pushed.summary.records,
        pushed.summary.problems,
    )
    rejects = [path.name for path in summary.reject_paths]
    assert rejects == [path.name for path in pushed.summary.reject_paths]


def test_a_contact_that_becomes_too_large_is_rejected_with_all_its_rows(tmp_path: Path) -> None:
    head = "id,email,marketing_optin,properties.{}\n"
    first = write(tmp_path / "contacts-1.csv", head.format("a") + f"1,a@example.com,,{'x' * 600}\n")
    second = write(
        tmp_path / "contacts-2.csv",
        head.format("b") + f"2,b@example.com,,\n1,a@example.com,{OUT},{'y' * 600}\n",
    )

    outcome = prepare_files(tmp_path, first, second)

    assert [record["id"] for record in outcome.records] == ["2"]
    assert outcome.places("E031") == [(3, "properties")]
    assert outcome.places("W076") == [(3, "marketing_optin")]
    assert (outcome.summary.rejected, outcome.summary.rows.rejected) == (2, 2)
    rejects = [row for number in range(2) for row in outcome.rejects(number)]
    assert [(row["reject_line"], row["id"], row["reject_codes"]) for row in rejects] == [
        ("2", "1", "E031"),
        ("3", "1", "E031"),
    ]
    again = prepare_files(tmp_path, outcome.summary.reject_paths[1])
    assert [record["marketing_optin"] for record in again.records] == [OUT]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"timestamp": "2024-02-15T10:00:00Z"}, "timestamp"),
        ({"currency": "USD"}, "currency"),
        ({"email": "bo@example.com"}, "customer.email"),
    ],
)
def test_two_orders_of_one_id_are_both_rejected(
    tmp_path: Path, change: dict[str, str], words: str
) -> None:
    rows = order_row() + order_row(product="CUP"), order_row(id="7") + order_row(**change)

    outcome = orders_in(tmp_path, *rows)

    assert [record["id"] for record in outcome.records] == ["7"]
    problems = [row for row in outcome.problems if row["code"] == "E036"]
    places = [(row["source"], row["line"], row["value"]) for row in problems]
    files = [str(tmp_path / f"orders-{number}.csv") for number in range(2)]
    assert places == [(files[0], "2", "1001"), (files[1], "3", "1001")]
    assert all(f": {words} '" in row["message"] for row in problems)
    assert all("order_prefix" in row["message"] for row in problems)
    assert "order_prefix" in problems[0]["hint"]
    assert f"{files[1]}:3" in problems[0]["message"]
    assert f"{files[0]}:2" in problems[1]["message"]
    assert (outcome.summary.rejected, outcome.summary.rows.rejected) == (2, 3)
    assert [row["lineitems.product_id"] for row in outcome.rejects(0)] == ["MUG", "CUP"]
    assert [row["reject_line"] for row in outcome.rejects(1)] == ["3"]
    assert outcome.rejects(0)[1]["reject_reasons"] == "belongs to the order of line 2"


def test_the_same_order_exported_again_counts_as_it_was_last(tmp_path: Path) -> None:
    again = order_row(
        timestamp="2024-01-15T11:00:00+01:00", email="ADA@example.com", status="refunded"
    )

    outcome = orders_in(tmp_path, order_row() + order_row(product="CUP"), again)

    (record,) = outcome.records
    assert (record["status"], len(record["lineitems"])) == ("refunded", 1)
    assert outcome.places("W040") == [(2, "id")]
    assert (outcome.summary.superseded, outcome.summary.rows.superseded) == (1, 2)


def test_a_customer_who_is_named_in_one_export_only_contradicts_nothing(tmp_path: Path) -> None:
    outcome = orders_in(
        tmp_path, order_row(email="", customer="C1"), order_row(email="ada@example.com")
    )

    assert outcome.summary.superseded == 1
    assert outcome.summary.rejected == 0


def test_an_order_that_stands_in_two_files_counts_once(tmp_path: Path) -> None:
    outcome = orders_in(tmp_path, order_row(), order_row())

    assert len(outcome.records) == 1
    assert outcome.places("W037") == [(2, "id")]
    assert outcome.places("W040") == []
    assert (outcome.summary.repeated, outcome.summary.rows.repeated) == (1, 1)


def test_orders_in_json_are_told_apart_likewise(tmp_path: Path) -> None:
    order: dict[str, Any] = {
        "@type": "order",
        "id": "1",
        "timestamp": "2024-01-15T10:00:00Z",
        "grand_total": 5,
        "currency": "EUR",
    }
    others = [{**order, "id": "2"}, {**order, "id": "2", "currency": "USD"}, order]
    text = "\n".join(json.dumps(each) for each in (order, *others))

    outcome = prepare_files(tmp_path, write(tmp_path / "orders.ndjson", text))

    assert [record["id"] for record in outcome.records] == ["1"]
    assert outcome.places("E036") == [(2, "id"), (3, "id")]
    assert outcome.places("W037") == [(1, "id")]
    lines = outcome.summary.reject_paths[0].read_text().splitlines()
    assert [json.loads(line)["currency"] for line in lines] == ["EUR", "USD"]


def test_of_events_with_one_id_the_last_counts(tmp_path: Path) -> None:
    head = "id,event_type,timestamp,profile_id,properties.page\n"
    row = "{},visit,2024-01-15T10:00:00Z,p1,{}\n"
    rows = row.format(1, "a") + row.format(2, "a") + row.format(1, "b") + row.format(2, "a")

    outcome = prepare_files(tmp_path, write(tmp_path / "custom_events.csv", head + rows))

    assert [(each["id"], each["properties"]) for each in outcome.records] == [
        ("1", {"page": "b"}),
        ("2", {"page": "a"}),
    ]
    assert (outcome.places("W040"), outcome.places("W037")) == ([(2, "id")], [(3, "id")])


def test_a_key_of_more_rows_than_are_held_at_once_is_merged_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(same_keys_module, "_HELD_BYTES", 200)
    rows = "".join(f"{n % 3},a@example.com,{n}\n" for n in range(60))

    outcome = prepare_files(
        tmp_path, write(tmp_path / "contacts.csv", f"id,email,properties.n\n{rows}")
    )

    found = {record["id"]: record["properties"]["n"] for record in outcome.records}
    assert found == {"0": "57", "1": "58", "2": "59"}
    assert outcome.summary.merged == 57
