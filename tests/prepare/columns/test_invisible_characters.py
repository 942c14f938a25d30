"""Characters that nobody sees: they leave what joins records, and stay in ordinary text."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.prepare.outcomes import prepare_text

FAMILY = "\U0001f469\u200d\U0001f467"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
ORDERS = "id,timestamp,grand_total,currency,customer.id,customer.email,lineitems.product_id,"
ORDERS += "lineitems.sku,lineitems.quantity,lineitems.unit_price\n"


def test_keys_lose_what_nobody_sees_with_a_warning_and_its_count(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "orders.csv",
        f"{ORDERS}\ufeff1,2024-01-02,10,EUR,\u200bC7,ann@exam\u200eple.com,P\u00ad1,S\u20601,1,10\n"
        "2\u00a0,2024-01-02,10,EUR,\u202aC8\u202c,bo@example.com,P\u200d2,S2,1,10\n",
    )

    first, second = outcome.records
    assert (first["id"], second["id"]) == ("1", "2")
    assert first["customer"] == {"id": "C7", "email": "ann@example.com"}
    assert second["customer"] == {"id": "C8", "email": "bo@example.com"}
    assert [first["lineitems"][0][name] for name in ("product_id", "sku")] == ["P1", "S1"]
    assert second["lineitems"][0]["product_id"] == "P2"
    counts = {row["field"]: row["count"] for row in outcome.problems if row["code"] == "W028"}
    assert counts == {
        "id": "2",
        "customer.id": "2",
        "customer.email": "1",
        "lineitems.product_id": "2",
        "lineitems.sku": "1",
    }


def test_rows_whose_ids_only_look_different_to_a_machine_are_one_order(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "orders.csv",
        f"{ORDERS}7,2024-01-02,10,EUR,C,c@example.com,P1,,1,4\n"
        "\u200b7,2024-01-02,10,EUR,C,c@example.com,P2,,1,6\n",
    )

    (order,) = outcome.records
    assert [item["product_id"] for item in order["lineitems"]] == ["P1", "P2"]


def test_collections_are_keys_too(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "contacts.csv",
        "id,@collection,email\n1,web,a@example.com\n1,web\u200b,a@example.com\n",
    )

    (contact,) = outcome.records
    assert contact["@collection"] == "web"


@pytest.mark.parametrize("title", [FAMILY, PERSIAN, "soft\u00adhyphen"])
def test_ordinary_texts_keep_them(tmp_path: Path, title: str) -> None:
    outcome = prepare_text(tmp_path, "products.csv", f"id,title,properties.x\n1,{title},{title}\n")

    (product,) = outcome.records
    assert product["title"] == product["properties"]["x"] == title
    assert "W028" not in outcome.summary.problems


def test_byte_order_mark_leaves_the_first_cell_of_an_appended_file(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "products.csv", "title,id\nMug,1\n\ufeffCup,2\n")

    assert [each["title"] for each in outcome.records] == ["Mug", "Cup"]
    assert outcome.places("W028") == [(3, "title")]


def test_id_of_nothing_to_see_is_missing(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "products.csv", "id,title\n\u200b\ufeff,Mug\n")

    assert outcome.records == []
    assert outcome.places("E010") == [(2, "id")]


def test_json_keys_lose_them_too(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path, "products.ndjson", '{"id": "\ufeff1", "title": "a\u200db"}\n{"id": "\u2066 2"}\n'
    )

    assert [each["id"] for each in outcome.records] == ["1", "2"]
    assert outcome.records[0]["title"] == "a\u200db"
    assert outcome.summary.problems["W028"] == 2


def test_c1_control_is_a_problem_of_its_text(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "contacts.csv",
        "id,email,firstname,lastname\n1,a@example.com,Jos\x8e,\x85\n\x8e2,b@example.com,,\n",
    )

    (contact,) = outcome.records
    assert contact.keys() == {"@type", "id", "email"}
    assert outcome.places("W026") == [(2, "firstname"), (2, "lastname")]
    assert outcome.places("E026") == [(3, "id")]


def test_control_character_costs_the_custom_field_of_json_that_has_it(tmp_path: Path) -> None:
    properties = {"a": "Jos\x8e", "b": {"c": ["x", "y\x01"]}, "d": "back\\\\u0001", "e": 1.50}
    record = {"id": "1", "title": "Mug", "properties": properties}
    outcome = prepare_text(tmp_path, "products.ndjson", json.dumps(record))

    (product,) = outcome.records
    assert product["properties"] == {"d": "back\\\\u0001", "e": Decimal("1.5")}
    assert outcome.places("W026") == [(1, "properties.a"), (1, "properties.b")]


def test_no_break_spaces_around_a_text_are_told(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path, "products.csv", "id,title\n1,\u00a0Mug\u00a0\n2, Cup \n3,a\u00a0b\n"
    )

    assert [each["title"] for each in outcome.records] == ["Mug", "Cup", "a\u00a0b"]
    assert outcome.summary.problems["W028"] == 1


def test_phone_number_that_was_pasted_with_marks_of_direction_is_read(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "contacts.csv",
        "id,email,phone_number,date_of_birth\n"
        "1,a@example.com,\u202a+442071838750\u202c,\u200e1985-03-09\n",
    )

    (contact,) = outcome.records
    assert (contact["phone_number"], contact["date_of_birth"]) == ("+442071838750", "1985-03-09")
    assert outcome.summary.problems["W028"] == 2
