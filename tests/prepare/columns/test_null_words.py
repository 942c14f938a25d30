"""Words that stand for no value: blank in every field, told with their count, never sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.errors import UsageError
from ometria_import.mapping.objects.values import depths_of
from ometria_import.prepare.columns.null_words import (
    NULL_WORDS,
    NullWords,
    blank_values,
    may_hold_words,
)
from tests.prepare.outcomes import prepare_files, prepare_text, write

CONTACTS = "id,email,firstname,lastname,marketing_optin,properties.tier\n"
ORDERS = (
    "id,timestamp,grand_total,currency,customer.id,customer.email,"
    "lineitems.product_id,lineitems.variant_id,lineitems.quantity,lineitems.unit_price\n"
)


def counts_of(problems: list[dict[str, str]]) -> dict[str, int]:
    return {row["field"]: int(row["count"]) for row in problems if row["code"] == "W058"}


@pytest.mark.parametrize("word", NULL_WORDS)
def test_word_is_blank_in_every_field_of_a_table(tmp_path: Path, word: str) -> None:
    outcome = prepare_text(
        tmp_path, "contacts.csv", f"{CONTACTS}1,a@example.com,{word}, {word} ,{word},{word}\n"
    )

    assert outcome.records == [{"@type": "contact", "id": "1", "email": "a@example.com"}]
    fields = ("firstname", "lastname", "marketing_optin", "properties.tier")
    assert counts_of(outcome.problems) == dict.fromkeys(fields, 1)
    assert outcome.summary.problems == {"W058": 4}


@pytest.mark.parametrize("word", NULL_WORDS)
def test_word_is_blank_in_every_field_of_json(tmp_path: Path, word: str) -> None:
    record = {
        "id": "1",
        "email": "a@example.com",
        "firstname": word,
        "marketing_optin": word,
        "store_ids": ["uk", word],
        "channels": {"sms": {"allow_marketing": word}},
        "properties": {"tier": word, "inner": {"x": word, "y": "z"}},
    }
    outcome = prepare_text(tmp_path, "contacts.ndjson", json.dumps({"@type": "contact", **record}))

    (contact,) = outcome.records
    assert contact == {
        "@type": "contact",
        "id": "1",
        "email": "a@example.com",
        "store_ids": ["uk"],
        "properties": {"inner": {"y": "z"}},
    }
    assert outcome.summary.problems["W058"] == 6


def test_other_spellings_are_values(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "contacts.csv",
        f"{CONTACTS}1,a@example.com,Null,NA,,NONE\n2,b@example.com,N/A,Nan,,-\n",
    )

    names = [(each["firstname"], each["lastname"]) for each in outcome.records]
    assert names == [("Null", "NA"), ("N/A", "Nan")]
    assert "W058" not in outcome.summary.problems


def test_count_is_that_of_the_whole_column_with_the_first_place(tmp_path: Path) -> None:
    rows = "".join(
        f"{number},a{number}@example.com,{'NULL' if number % 3 == 0 else 'Ann'},,,\n"
        for number in range(1, 31)
    )
    outcome = prepare_text(tmp_path, "contacts.csv", CONTACTS + rows)

    assert counts_of(outcome.problems) == {"firstname": 10}
    assert outcome.places("W058") == [(4, "firstname")]


@pytest.mark.parametrize("name", ["products.csv", "products.ndjson"])
def test_mandatory_id_that_is_one_is_a_reject_with_the_word_said(tmp_path: Path, name: str) -> None:
    content = "id,title\nNULL,Mug\n2,Cup\n"
    if name.endswith("ndjson"):
        content = '{"id": "NULL", "title": "Mug"}\n{"id": "2", "title": "Cup"}\n'
    outcome = prepare_files(tmp_path, f"product={write(tmp_path / name, content)}")

    assert [each["id"] for each in outcome.records] == ["2"]
    (problem,) = (row for row in outcome.problems if row["code"] == "E010")
    assert (problem["field"], problem["value"]) == ("id", "NULL")
    assert problem["message"] == "'NULL' stands for no value"


def test_rejects_hold_the_words_as_the_source_wrote_them(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path, "contacts.csv", f"{CONTACTS}1,a@example.com,NULL,,,\n2,nobody,NULL,\\N,,x\n"
    )

    (reject,) = outcome.rejects()
    assert (reject["firstname"], reject["lastname"]) == ("NULL", "\\N")


def test_rejected_objects_hold_them_too(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "contacts.ndjson",
        '{"@type": "contact", "id": "1", "email": "x", "prefix": "nan"}',
    )

    (path,) = outcome.summary.reject_paths
    assert json.loads(path.read_text())["prefix"] == "nan"


def test_orders_and_items_whose_ids_are_null_words(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "orders.csv",
        f"{ORDERS}NULL,2024-01-02,5,EUR,1,a@example.com,p,,1,5\n"
        "NULL,2024-01-02,5,EUR,2,b@example.com,p,,1,5\n"
        "1,2024-01-02,5,EUR,\\N,c@example.com,undefined,nan,1,5\n"
        "1,2024-01-02,5,EUR,\\N,c@example.com,p2,nan,1,5\n",
    )

    (order,) = outcome.records
    assert order["customer"] == {"email": "c@example.com"}
    assert order["lineitems"] == [{"product_id": "p2", "quantity": 1, "unit_price": 5}]
    assert outcome.summary.problems["E010"] == 2


def test_items_of_a_file_of_their_own(tmp_path: Path) -> None:
    orders = write(
        tmp_path / "orders.csv", "id,timestamp,grand_total,currency\n1,2024-01-02,5,EUR\n"
    )
    items = write(
        tmp_path / "items.csv",
        "order_id,product_id,sku,quantity,unit_price\n1,p1,NULL,1,5\n1,NULL,s,1,5\n",
    )
    outcome = prepare_files(tmp_path, orders, f"lineitem={items}")

    (order,) = outcome.records
    assert order["lineitems"] == [{"product_id": "p1", "quantity": 1, "unit_price": 5}]
    assert counts_of(outcome.problems) == {"sku": 1, "product_id": 1}


def test_fallback_columns_of_a_preset_are_used_where_the_first_is_null(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "my.toml",
        'object_type = "contact"\n[fields]\nid = "No"\n'
        'email = { first = ["Mail", "Login"] }\nfirstname = { first = ["Nick", "Name"] }\n',
    )
    outcome = prepare_text(
        tmp_path,
        "people.csv",
        "No,Mail,Login,Name,Nick\n1,NULL,a@example.com,Ann,\\N\n",
        mapping=str(mapping),
    )

    (contact,) = outcome.records
    assert (contact["email"], contact["firstname"]) == ("a@example.com", "Ann")


def test_word_that_is_kept_is_a_value(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "contacts.csv",
        f"{CONTACTS}1,a@example.com,nan,NULL,,\n",
        keep_word=("NULL",),
    )

    (contact,) = outcome.records
    assert contact["lastname"] == "NULL"
    assert "firstname" not in contact


@pytest.mark.parametrize("name", ["contacts.csv", "contacts.ndjson"])
def test_word_can_be_kept_in_one_field(tmp_path: Path, name: str) -> None:
    content = f"{CONTACTS}1,a@example.com,NULL,NULL,,\n"
    if name.endswith("ndjson"):
        record = {"@type": "contact", "id": "1", "email": "a@example.com", "firstname": "NULL"}
        content = json.dumps({**record, "lastname": "NULL"})
    outcome = prepare_text(tmp_path, name, content, keep_word=("lastname=NULL",))

    (contact,) = outcome.records
    assert contact["lastname"] == "NULL"
    assert "firstname" not in contact


def test_word_can_be_added_everywhere_or_for_one_field(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "orders.csv",
        f"{ORDERS}1,2024-01-02,0,EUR,0,a@example.com,p,-,0,0\n",
        null=("-", "customer.id=0"),
    )

    (order,) = outcome.records
    assert order["customer"] == {"email": "a@example.com"}
    assert (order["grand_total"], order["lineitems"][0]["quantity"]) == (0, 0)
    assert "variant_id" not in order["lineitems"][0]
    assert counts_of(outcome.problems) == {"customer.id": 1, "lineitems.variant_id": 1}


def test_word_of_one_field_works_in_json(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "orders.ndjson",
        '{"id":"1","timestamp":"2024-01-02","grand_total":0,"currency":"EUR",'
        '"customer":{"id":0,"email":"a@example.com"}}',
        null=("customer.id=0",),
    )

    (order,) = outcome.records
    assert order["customer"] == {"email": "a@example.com"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"null": ("custmer.id=0",)}, "did you mean 'customer.id'?"),
        ({"keep_word": ("nosuch=x",)}, "no field is called 'nosuch'"),
        ({"null": (" ",)}, "contains no word"),
    ],
)
def test_word_that_cannot_be_meant_is_refused(
    tmp_path: Path, options: dict[str, tuple[str, ...]], words: str
) -> None:
    with pytest.raises(UsageError) as raised:
        prepare_text(tmp_path, "contacts.csv", f"{CONTACTS}1,a@example.com,,,,\n", **options)
    assert words in raised.value.message


def test_words_in_packed_line_items_are_blank_too(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "till.toml",
        'object_type = "order"\n[fields]\nid = "No"\ntimestamp = "Day"\n'
        'grand_total = "Sum"\ncurrency = { constant = "EUR" }\n'
        '[items.lineitems.packed]\ncolumn = "Items"\nnames = ["id", "sku", "qty", "price"]\n'
        'items_between = ";"\nparts_between = "|"\nwithin = ":"\n'
        '[items.lineitems.fields]\nproduct_id = "id"\nsku = "sku"\nquantity = "qty"\n'
        'unit_price = "price"\n',
    )
    outcome = prepare_text(
        tmp_path,
        "till.csv",
        "No,Day,Sum,Items\n1,2024-01-02,5,id:p1|sku:NULL|qty:1|price:5;id:p2|sku:s|qty:1|price:0\n",
        mapping=str(mapping),
    )

    (order,) = outcome.records
    assert [each.get("sku") for each in order["lineitems"]] == [None, "s"]
    assert counts_of(outcome.problems) == {"lineitems.sku": 1}


def test_word_of_one_custom_field_works_in_tables_and_in_json(tmp_path: Path) -> None:
    table = prepare_text(
        tmp_path,
        "contacts.csv",
        f"{CONTACTS}1,a@example.com,,-,,-\n",
        null=("properties.tier=-",),
    )
    objects = prepare_text(
        tmp_path,
        "contacts.ndjson",
        '{"@type":"contact","id":"1","email":"a@example.com","lastname":"-",'
        '"properties":{"tier":"-"}}',
        null=("properties.tier=-",),
    )

    assert table.records == objects.records
    assert "properties" not in table.records[0]
    assert table.records[0]["lastname"] == "-"


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from("ab"),
            st.recursive(
                st.sampled_from(["NULL", "none", "-", 1, None]),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
                ),
                max_leaves=6,
            ),
            max_size=2,
        ),
        max_size=3,
    )
)
def test_objects_that_are_passed_over_together_hold_no_word(objects: list[dict[str, Any]]) -> None:
    nulls = NullWords.of([], [])
    may_hold = may_hold_words(depths_of(objects), nulls)
    assert may_hold or not any(blank_values(each, nulls) for each in objects)
