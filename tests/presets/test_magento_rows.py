"""Products of Magento, row by row: store views, spellings of skus, parents, quoted attributes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prepare.outcomes import Outcome, prepare_files, prepare_rows, write

SETTINGS = {"shop_url": "https://shop.example.com", "currency": "EUR"}
HEADER = (
    *("sku", "store_view_code", "attribute_set_code", "product_type", "categories", "name"),
    *("product_online", "visibility", "price", "additional_attributes"),
    *("configurable_variations", "associated_skus"),
)
ALONE, HIDDEN = "Catalog, Search", "Not Visible Individually"


def row(sku: str, **cells: str) -> list[str]:
    """A row of a simple product that is visible, unless its cells say otherwise."""
    said = {
        "sku": sku,
        "attribute_set_code": "Default",
        "product_type": "simple",
        "name": f"Name of {sku}",
        "visibility": ALONE,
        "price": "9.00",
        **cells,
    }
    return [said.get(column, "") for column in HEADER]


def view(sku: str, code: str, name: str) -> list[str]:
    """A row of a store view, which says another name."""
    said = {"sku": sku, "store_view_code": code, "product_type": "simple", "name": name}
    return [said.get(column, "") for column in HEADER]


def products(folder: Path, *rows: list[str]) -> Outcome:
    """What becomes of the rows."""
    return prepare_rows(folder, "products.csv", [HEADER, *rows], settings=SETTINGS)


def titles(record: dict[str, Any]) -> dict[str, str]:
    """The title of each listing by its store."""
    return {each["store"]: each["title"] for each in record["listings"]}


@pytest.mark.parametrize("is_first", [True, False])
def test_skus_that_differ_by_case_are_one_product(tmp_path: Path, *, is_first: bool) -> None:
    own, english = row("Mug-1"), view("MUG-1", "en", "Mug")
    other = [row("CUP"), view("cup", "fr", "Tasse")]

    outcome = products(tmp_path, *([english, own] if is_first else [own, english]), *other)

    mug, cup = outcome.records
    assert (mug["id"], mug["sku"], mug["title"]) == ("Mug-1", "Mug-1", "Name of Mug-1")
    assert titles(mug) == {"shop.example.com": "Name of Mug-1", "en": "Mug"}
    assert (cup["id"], titles(cup)["fr"]) == ("CUP", "Tasse")
    assert {code for code in outcome.summary.problems if code[0] == "E"} == set()


def test_rows_of_store_views_far_from_their_product_find_it(tmp_path: Path) -> None:
    others = [row(f"P{number}") for number in range(50)]

    outcome = products(tmp_path, view("MUG", "en", "Mug"), *others, row("mug"))

    (mug,) = [record for record in outcome.records if record["id"] == "mug"]
    assert titles(mug)["en"] == "Mug"


def test_rows_of_store_views_without_the_product_itself_are_rejected(tmp_path: Path) -> None:
    outcome = products(
        tmp_path, view("GONE", "en", "Gone"), view("gone", "fr", "Parti"), row("MUG")
    )

    assert [record["id"] for record in outcome.records] == ["MUG"]
    assert [(row["sku"], row["reject_codes"]) for row in outcome.rejects()] == [
        ("GONE", "E111"),
        ("gone", ""),
    ]
    (problem,) = [each for each in outcome.problems if each["code"][0] == "E"]
    assert problem["code"] == "E111"
    assert "with a blank store_view_code, is not in the file" in problem["message"]


def test_variants_name_their_parent_wherever_it_stands(tmp_path: Path) -> None:
    outcome = products(
        tmp_path,
        row("TS-S", visibility=HIDDEN),
        row("TS-M", visibility=HIDDEN),
        row("TS-L"),
        row("LONE", visibility=HIDDEN),
        row(
            "Tee",
            product_type="configurable",
            configurable_variations="sku=ts-s,size=S|sku=TS-M,size=M, wide|size=L,sku=TS-L",
        ),
        row("PART", visibility=HIDDEN, product_type="virtual"),
        row("SET", product_type="grouped", associated_skus="PART=1.0000,TS-S=2.0000"),
    )

    by_id = {record["id"]: record for record in outcome.records}
    parents = {key: each.get("properties", {}).get("parent") for key, each in by_id.items()}
    assert parents == {
        "TS-S": "Tee",
        "TS-M": "Tee",
        # It has a page of its own, and so is no variant.
        "TS-L": None,
        "LONE": None,
        "Tee": None,
        "PART": "SET",
        "SET": None,
    }
    assert by_id["TS-S"]["is_variant"] is True
    assert by_id["TS-L"]["is_variant"] is False


def test_a_comma_in_the_name_of_a_category_does_not_cut_it(tmp_path: Path) -> None:
    categories = "Default Category/Gear/Bags,Default Category/Sale, 50% off,Default Category"

    (record,) = products(tmp_path, row("A", categories=categories)).records

    assert [each["label"] for each in record["attributes"]] == ["Gear/Bags", "Sale, 50% off"]


def test_values_in_quotes_are_taken_without_them(tmp_path: Path) -> None:
    outcome = products(
        tmp_path,
        row(
            "Q1",
            categories='"Default Category/Mugs, Cups","Default Category/Sale"',
            additional_attributes='color="Red, White",note="a ""b"", size=9",size="36",'
            'climate="Cool"|"Dry | cold"',
        ),
        row("Q2", additional_attributes='size=24",note=so "so", really,color=Red'),
        row(
            "Q3",
            product_type="configurable",
            configurable_variations='sku="Q1",size="S, tall"|sku="Q2",size="M"',
        ),
        row("Q4", visibility=HIDDEN),
    )

    labels = [
        [(each["type"], each["label"]) for each in record.get("attributes", [])]
        for record in outcome.records
    ]
    assert labels[0] == [
        ("color", "Red, White"),
        ("note", 'a "b", size=9'),
        ("size", "36"),
        ("climate", "Cool"),
        ("climate", "Dry | cold"),
        ("category", "Mugs, Cups"),
        ("category", "Sale"),
    ]
    assert labels[1] == [("size", '24"'), ("note", 'so "so", really'), ("color", "Red")]
    assert labels[2] == [("size", "S, tall"), ("size", "M")]


def test_listings_in_a_file_of_their_own_join_whatever_their_case(tmp_path: Path) -> None:
    rows = [",".join(HEADER), ",".join(row("MUG", visibility="4"))]
    file = write(tmp_path / "products.csv", "\n".join(rows))
    listings = write(
        tmp_path / "listings.csv",
        "product_id,store,title\nMUG,de,Becher\nmug,fr,Tasse\nnone,fr,Rien\n",
    )

    outcome = prepare_files(tmp_path, file, f"listing={listings}", settings=SETTINGS)

    assert titles(outcome.records[0]) == {
        "shop.example.com": "Name of MUG",
        "de": "Becher",
        "fr": "Tasse",
    }
    assert [row["reject_codes"] for row in outcome.rejects()] == ["E033"]
