"""Line items and listings in files of their own, joined to their records."""

from __future__ import annotations

import csv
import io
import json
import random
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.errors import MappingError
from ometria_import.options.choices import Unmapped
from ometria_import.prepare.rows import row_groups as units
from ometria_import.prepare.spill import row_spill as scatter
from tests.prepare.outcomes import Outcome, csv_text, prepare_files, small_blocks, write
from tests.prepare.test_laws import ORDER as ANY_ORDER
from tests.prepare.test_laws import ORDER_HEAD, UNREADABLE, folder
from tests.thoroughness import COSTLY

ORDERS = "id,timestamp,grand_total,currency,status\n"
ITEMS = "order_id,product_id,quantity,unit_price\n"
ORDER = "{},2024-01-31T09:30:00Z,10.00,EUR,\n"


def orders(*ids: str) -> str:
    return ORDERS + "".join(ORDER.format(each) for each in ids)


def items(*pairs: tuple[str, str]) -> str:
    return ITEMS + "".join(f"{order},{product},1,4\n" for order, product in pairs)


def joined(path: Path, orders: str, items: str, **options: object) -> Outcome:
    return prepare_files(
        path,
        write(path / "orders.csv", orders),
        f"lineitem={write(path / 'items.csv', items)}",
        **options,
    )


def products(outcome: Outcome) -> dict[str, list[str]]:
    return {
        record["id"]: [item["product_id"] for item in record.get("lineitems", [])]
        for record in outcome.records
    }


def test_line_items_go_to_their_orders_in_the_order_of_their_file(tmp_path: Path) -> None:
    outcome = joined(
        tmp_path,
        orders("1", "2", "3"),
        items(("2", "c"), (" 1 ", "x"), ("2", "a"), ("1", "w"), ("2", "b")),
    )

    assert products(outcome) == {"1": ["x", "w"], "2": ["c", "a", "b"], "3": []}
    assert sorted(outcome.origins) == [(1, 2), (1, 3), (1, 4)]
    assert (outcome.summary.rows.read, outcome.summary.rows.folded) == (8, 5)
    assert outcome.summary.problems == {}
    assert [source.rows for source in outcome.summary.sources] == [3, 5]


def test_items_of_the_file_follow_those_that_the_order_has(tmp_path: Path) -> None:
    head = f"{ORDERS.strip()},lineitems.product_id,lineitems.quantity,lineitems.subtotal\n"
    row = "1,2024-01-31T09:30:00Z,10.00,EUR,,own,2,7\n"

    outcome = joined(tmp_path, head + row + row.replace("own", "second"), items(("1", "added")))

    assert outcome.records[0]["lineitems"] == [
        {"product_id": "own", "quantity": 2, "subtotal": 7},
        {"product_id": "second", "quantity": 2, "subtotal": 7},
        {"product_id": "added", "quantity": 1, "unit_price": 4},
    ]


def test_every_column_of_an_item_file_is_understood(tmp_path: Path) -> None:
    head = "Order.ID,product id,Quantity,lineitems.unit_price,totals.base.tax,properties.gift,note,"
    head += "variant_options.size\n"
    outcome = joined(tmp_path, orders("1"), head + '1,p,2,"1,200.00",3,yes,hello,M\n')

    assert outcome.records[0]["lineitems"] == [
        {
            "product_id": "p",
            "quantity": 2,
            "unit_price": 1200,
            "variant_options": [{"type": "size", "id": "M", "label": "M"}],
            "totals": {"base": {"tax": 3}},
            "properties": {"gift": "yes", "note": "hello"},
        }
    ]
    (unmapped,) = (row for row in outcome.problems if row["code"] == "W050")
    assert (Path(unmapped["source"]).name, unmapped["field"]) == ("items.csv", "note")
    (rewritten,) = (row for row in outcome.problems if row["code"] == "W053")
    assert (Path(rewritten["source"]).name, rewritten["line"]) == ("items.csv", "2")


def test_item_whose_order_is_in_no_file_is_rejected(tmp_path: Path) -> None:
    outcome = joined(
        tmp_path, orders("1", ""), items(("1", "a"), ("9", "b"), ("", "c"), ("1", "d"))
    )

    assert products(outcome) == {"1": ["a", "d"]}
    problems = [row for row in outcome.problems if row["code"] == "E033"]
    assert {(Path(row["source"]).name, row["line"]) for row in problems} == {
        ("items.csv", "3"),
        ("items.csv", "4"),
    }
    names = [path.name for path in outcome.summary.reject_paths]
    rejected = outcome.rejects(names.index("items.csv"))
    assert [(row["order_id"], row["product_id"]) for row in rejected] == [("9", "b"), ("", "c")]
    assert "no file has the order '9'" in rejected[0]["reject_reasons"]
    assert [source.rejected for source in outcome.summary.sources] == [1, 2]


def test_problems_of_items_name_the_item_file_and_its_line(tmp_path: Path) -> None:
    outcome = joined(tmp_path, orders("1"), ITEMS + "1,a,1,4\n1,7.21E+12,1,4\n1,c,many,4\n")

    assert products(outcome) == {"1": ["a"]}
    found = {(row["code"], Path(row["source"]).name, row["line"]) for row in outcome.problems}
    assert ("W011", "items.csv", "3") in found
    assert ("W013", "items.csv", "4") in found
    assert {name for _, name, _ in found} == {"items.csv"}


def test_rejected_order_puts_its_items_into_the_rejects_of_their_own_file(tmp_path: Path) -> None:
    text = orders("1", "2").replace("1,2024-01-31T09:30:00Z,10.00,EUR", "1,soon,10.00,EUR")

    outcome = joined(tmp_path, text, items(("2", "a"), ("1", "b"), ("1", "c")))

    assert products(outcome) == {"2": ["a"]}
    names = [path.name for path in outcome.summary.reject_paths]
    own = outcome.rejects(names.index("orders.csv"))
    of_items = outcome.rejects(names.index("items.csv"))
    assert [(row["id"], row["timestamp"]) for row in own] == [("1", "soon")]
    assert [(row["reject_line"], row["product_id"]) for row in of_items] == [("3", "b"), ("4", "c")]
    assert outcome.summary.rejected == 1


def test_unreadable_rows_of_both_files_are_rejected_in_their_own(tmp_path: Path) -> None:
    outcome = joined(tmp_path, f"{orders('1')}short\n", f"{items(('1', 'a'))}short\n")

    assert products(outcome) == {"1": ["a"]}
    assert [path.name for path in outcome.summary.reject_paths] == ["orders.csv", "items.csv"]
    assert [row["reject_raw"] for row in outcome.rejects(0)] == ["short"]
    assert [source.rejected for source in outcome.summary.sources] == [1, 1]


@pytest.mark.parametrize("rows_in_block", [1, 2, 10_000])
def test_unreadable_item_between_those_of_one_order_is_that_orders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_in_block: int
) -> None:
    text = items(("1", "a"), ("1", "b")) + ",".join("2" * 9) + "\n" + "1,c,1,4\n2,d,1,4\n"
    small_blocks(monkeypatch, rows_in_block * 10)

    outcome = joined(tmp_path, orders("1", "2"), text)

    assert products(outcome) == {"2": ["d"]}
    (problem,) = (row for row in outcome.problems if row["code"] == "E035")
    assert problem["message"].endswith(
        "items.csv line 4 belongs to it and cannot be read; fix both together"
    )


def test_items_go_to_the_order_that_wins(tmp_path: Path) -> None:
    outcome = prepare_files(
        tmp_path,
        f"lineitems={write(tmp_path / 'items.csv', items(('1', 'a'), ('2', 'b'), ('1', 'c')))}",
        write(tmp_path / "orders-1.csv", orders("1", "2")),
        write(tmp_path / "orders-2.csv", orders("1", "3").replace("10.00", "12.00")),
    )

    assert products(outcome) == {"1": ["a", "c"], "2": ["b"], "3": []}
    assert outcome.summary.rows.superseded == 1
    totals = {record["id"]: str(record["grand_total"]) for record in outcome.records}
    assert totals["1"] == "12.00"


def test_two_item_files_follow_each_other(tmp_path: Path) -> None:
    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "orders.csv", orders("1", "2")),
        f"lineitem={write(tmp_path / 'b.csv', items(('1', 'b1'), ('2', 'b2')))}",
        f"line_item={write(tmp_path / 'a.csv', items(('1', 'a1'), ('9', 'a9')))}",
    )

    assert products(outcome) == {"1": ["b1", "a1"], "2": ["b2"]}
    (problem,) = (row for row in outcome.problems if row["code"] == "E033")
    assert (Path(problem["source"]).name, problem["line"]) == ("a.csv", "3")


def test_listings_of_a_file_go_to_their_products(tmp_path: Path) -> None:
    products_path = write(tmp_path / "products.csv", "id,title\n1,Shirt\n2,Sock\n")
    listings_path = write(tmp_path / "listings.csv", "product_id,store,price\n2,uk,5\n2,eu,6\n")

    outcome = prepare_files(tmp_path, products_path, f"listing={listings_path}")

    listings = {record["id"]: record.get("listings") for record in outcome.records}
    assert listings == {
        "1": None,
        "2": [{"store": "uk", "price": 5}, {"store": "eu", "price": 6}],
    }


def test_order_with_endless_items_is_rejected_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "MAX_GROUP_ROWS", 40)
    endless = items(*((("1", "2")[n % 30 == 0], f"p{n}") for n in range(60)))

    outcome = joined(tmp_path, orders("1", "2"), endless)

    assert products(outcome) == {"2": ["p0", "p30"]}
    assert outcome.summary.rows.rejected == 59
    assert sorted(len(outcome.rejects(n)) for n in range(2)) == [1, 58]


def test_items_without_their_records_file_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "items.csv", items(("1", "a")))

    with pytest.raises(MappingError, match="no table of order records is given"):
        prepare_files(tmp_path, f"lineitem={path}")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("product_id,quantity,unit_price", "which order a row belongs to"),
        ("order_id,quantity,unit_price", "product_id"),
        ("order_id,product_id,quantity", "unit_price or subtotal"),
        ("order_id,product_id,quantity,unit_price,lineitems.sku,SKU", "both feed lineitems.sku"),
        ("order_id,product_id,quantity,unit_price,colour", "'colour'"),
    ],
)
def test_item_file_that_cannot_be_mapped_is_refused(
    tmp_path: Path, header: str, message: str
) -> None:
    text = f"{header}\n{','.join('1' for _ in header.split(','))}\n"

    with pytest.raises(MappingError, match=message):
        joined(tmp_path, orders("1"), text, unmapped=Unmapped.ERROR)


ITEM = st.tuples(
    st.sampled_from(["1", "1", "2", "3", " 3 ", "4", ""]),
    st.sampled_from(["p1", "p2", "", "7.21E+12"]),
    st.sampled_from(["1", "2", "many", ""]),
    st.sampled_from(["4.50", "", "\u20ac 3"]),
).map(list)


@COSTLY
@given(
    rows=st.lists(ANY_ORDER | UNREADABLE, min_size=1, max_size=20),
    more=st.lists(ANY_ORDER, min_size=1, max_size=8),
    of_items=st.lists(ITEM | ITEM | UNREADABLE, min_size=1, max_size=20),
    block=st.sampled_from([100, 1_000]),
)
def test_no_row_is_lost_between_orders_and_items(
    rows: list[list[str]], more: list[list[str]], of_items: list[list[str]], block: int
) -> None:
    with folder() as path, pytest.MonkeyPatch.context() as patch:
        sources = [
            write(path / "orders.csv", csv_text([ORDER_HEAD, *rows])),
            write(path / "more.csv", csv_text([ORDER_HEAD, *more])),
        ]
        item_path = write(path / "items.csv", csv_text([ITEMS.strip().split(","), *of_items]))
        arguments = [f"order={source}" for source in sources] + [f"lineitem={item_path}"]

        whole = prepare_files(path, *arguments)  # checks the sums
        small_blocks(patch, block)
        patch.setattr(scatter, "_HELD_BYTES", 500)
        patch.setattr(units, "_CHUNK_ROWS", 7)
        cut = prepare_files(path, *arguments)

        assert whole.summary.rows.read == len(rows) + len(more) + len(of_items)
        assert cut.package_id == whole.package_id
        assert (cut.texts, cut.origins) == (whole.texts, whole.origins)
        assert cut.summary.problems == whole.summary.problems
        written = sum(len(whole.rejects(n)) for n in range(len(whole.summary.reject_paths)))
        assert written == whole.summary.rows.rejected


@COSTLY
@given(sizes=st.lists(st.integers(0, 4), min_size=1, max_size=8), seed=st.integers(0, 1_000))
def test_items_in_a_file_of_their_own_make_the_same_orders(sizes: list[int], seed: int) -> None:
    ids = [f"o{n}" for n in range(len(sizes))]
    pairs = [(each, f"p{n}") for each, size in zip(ids, sizes, strict=True) for n in range(size)]
    mixed = random.Random(seed).sample(pairs, len(pairs))
    with folder() as path:
        outcome = joined(path, orders(*ids), items(*mixed)) if pairs else None

    if outcome is not None:
        assert products(outcome) == {
            each: [product for order, product in mixed if order == each] for each in ids
        }
        assert outcome.summary.rows.rejected == 0


def test_items_find_their_order_however_a_spreadsheet_spells_its_id(tmp_path: Path) -> None:
    outcome = joined(
        tmp_path, orders("'0042", "Caf\u00e9"), items(("0042", "a"), ("Cafe\u0301", "b"))
    )

    assert products(outcome) == {"0042": ["a"], "Caf\u00e9": ["b"]}


JSON_ITEMS = """
{"order_id": "1", "product_id": "p1", "quantity": 2, "unit_price": 1.250,
 "variant_options": [{"type": "size", "id": "s", "label": "Small"}], "note": {"gift": true}}
{"order_id": 2, "product_id": "p2", "quantity": 1, "unit_price": 3}
{"order_id": "9", "product_id": "p3", "quantity": 1, "unit_price": 3}
{"order_id": "1", "product_id": "p4", "quantity": 1, "unit_price": 4, "password": "x"}
""".replace(",\n ", ", ")


def test_items_may_be_objects(tmp_path: Path) -> None:
    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "orders.csv", orders("1", "2")),
        f"lineitem={write(tmp_path / 'items.ndjson', JSON_ITEMS)}",
    )
    first, second = sorted(outcome.records, key=lambda each: str(each["id"]))

    assert first["lineitems"] == [
        {
            "product_id": "p1",
            "quantity": 2,
            "unit_price": Decimal("1.250"),
            "variant_options": [{"type": "size", "id": "s", "label": "Small"}],
            "properties": {"note.gift": "true"},
        },
        {"product_id": "p4", "quantity": 1, "unit_price": 4},
    ]
    assert [item["product_id"] for item in second["lineitems"]] == ["p2"]
    assert "password" not in "".join(outcome.texts)
    assert [row["order_id"] for row in outcome.rejects()] == ["9"]


@pytest.mark.parametrize("name", ["items.csv", "items.json"])
def test_records_in_json_take_items_from_files_of_their_own(tmp_path: Path, name: str) -> None:
    order = {"timestamp": "2024-01-31T09:30:00Z", "grand_total": 10.5, "currency": "EUR"}
    records = [
        {"id": "1", **order, "customer": {"email": "ada@example.com"}, "properties": {"a": "b"}},
        {"id": "2", **order, "lineitems": []},
    ]
    text = items(("1", "p1"), ("1", "p2"), ("2", "p3"))
    if name == "items.json":
        rows = csv.DictReader(io.StringIO(text))
        text = json.dumps({"items": list(rows)})
    outcome = prepare_files(
        tmp_path,
        f"order={write(tmp_path / 'orders.json', json.dumps(records))}",
        f"lineitem={write(tmp_path / name, text)}",
    )

    assert products(outcome) == {"1": ["p1", "p2"], "2": ["p3"]}
    (first,) = (record for record in outcome.records if record["id"] == "1")
    assert first["customer"] == {"email": "ada@example.com"}
    assert first["properties"] == {"a": "b"}
    assert first["grand_total"] == Decimal("10.5")


def test_records_with_items_of_their_own_take_none_from_a_file(tmp_path: Path) -> None:
    order = {"timestamp": "2024-01-31T09:30:00Z", "grand_total": 10, "currency": "EUR"}
    item = {"product_id": "p", "quantity": 1, "unit_price": 1}
    records = [{"id": "1", **order, "lineitems": [item]}]

    with pytest.raises(MappingError, match="its records hold lineitems themselves"):
        prepare_files(
            tmp_path,
            f"order={write(tmp_path / 'orders.json', json.dumps(records))}",
            f"lineitem={write(tmp_path / 'items.csv', items(('1', 'p')))}",
        )


def test_records_of_a_mapping_that_leaves_rows_out_take_items_from_a_file(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "my.toml",
        'object_type = "order"\n[rows]\ngroup_by = ["No"]\n'
        'leave_out = [{ column = "Kind", equals = ["note"] }]\n'
        '[fields]\nid = "No"\ntimestamp = "Sold"\ngrand_total = "Total"\n'
        'currency = { constant = "EUR" }\n"properties.shop" = "Shop"\n',
    )
    rows = "No,Kind,Sold,Total,Shop\n1,sale,31/01/2024,10,A\n,note,,,\n2,sale,01/02/2024,10,B\n"
    outcome = prepare_files(
        tmp_path,
        f"order={write(tmp_path / 'till.csv', rows)}",
        f"lineitem={write(tmp_path / 'items.csv', items(('1', 'a'), ('2', 'b'), ('1', 'c')))}",
        mapping=mapping,
    )

    assert products(outcome) == {"1": ["a", "c"], "2": ["b"]}
    assert {record["timestamp"][:10] for record in outcome.records} == {"2024-01-31", "2024-02-01"}
    assert outcome.summary.rows.left_out == 1


def test_decimal_signs_of_a_file_of_items_are_told_by_its_own_values(tmp_path: Path) -> None:
    rows = 'order_id;product_id;quantity;unit_price\n1;a;1;1.250\n2;b;1;"1.299,50"\n'
    outcome = joined(tmp_path, orders("1", "2"), rows)

    prices = {record["id"]: record["lineitems"][0]["unit_price"] for record in outcome.records}
    assert prices == {"1": 1250, "2": Decimal("1299.50")}


def test_items_of_several_files_keep_the_options_of_each(tmp_path: Path) -> None:
    head = ITEMS.strip()
    first = f"{head},variant_options.size.id,variant_options.size.label\n1,a,1,4,s,Small\n"
    second = f"{head},variant_options.size.label,variant_options.cut.id\n1,b,1,4,Large,slim\n"
    third = "order_id,product_id,type,label\n1,a,cut,Wide\n1,b,fit,Loose\n"
    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "orders.csv", orders("1")),
        f"lineitem={write(tmp_path / 'a.csv', first)}",
        f"lineitem={write(tmp_path / 'b.csv', second)}",
    )
    with_more = prepare_files(
        tmp_path,
        tmp_path / "orders.csv",
        f"lineitem={tmp_path / 'a.csv'}",
        f"lineitem={tmp_path / 'b.csv'}",
        f"variant_option={write(tmp_path / 'c.csv', third)}",
    )

    assert options(outcome) == {
        "a": [("size", "s", "Small")],
        "b": [("size", "Large", "Large"), ("cut", "slim", "slim")],
    }
    assert options(with_more) == {
        "a": [("size", "s", "Small"), ("cut", "Wide", "Wide")],
        "b": [("size", "Large", "Large"), ("cut", "slim", "slim"), ("fit", "Loose", "Loose")],
    }


def options(outcome: Outcome) -> dict[str, list[tuple[str, str, str]]]:
    """The options of each product's line item."""
    return {
        item["product_id"]: [
            (each["type"], each["id"], each["label"]) for each in item["variant_options"]
        ]
        for record in outcome.records
        for item in record["lineitems"]
    }


def test_variants_of_a_group_and_listings_of_a_file_come_together(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "my.toml",
        'object_type = "product"\n[rows]\ngroup_by = ["Model"]\n[fields]\nid = "Model"\n'
        'title = "Name"\nis_variant = { constant = "false" }\n[members]\nfill_down = ["Name"]\n'
        '[members.fields]\nid = "Sku"\ntitle = "Name"\nis_variant = { constant = "true" }\n',
    )
    listings = "product_id,store,price\nshirt,uk.example.com,5\nmug,uk.example.com,6\n"
    rows = "Model,Name,Sku\nshirt,Shirt,S\nmug,Mug,U\nshirt,,M\n"
    outcome = prepare_files(
        tmp_path,
        f"product={write(tmp_path / 'p.csv', rows)}",
        f"listing={write(tmp_path / 'listings.csv', listings)}",
        mapping=mapping,
    )
    records = {record["id"]: record for record in outcome.records}

    assert {key: each["title"] for key, each in records.items()} == {
        "shirt": "Shirt",
        "S": "Shirt",
        "M": "Shirt",
        "mug": "Mug",
        "U": "Mug",
    }
    assert {key for key, each in records.items() if "listings" in each} == {"shirt", "mug"}


def test_mended_items_go_back_beside_their_file_and_are_linked_to_their_run(
    tmp_path: Path,
) -> None:
    known = write(tmp_path / "orders.csv", orders("1", "2"))
    all_items = write(tmp_path / "items.csv", items(("1", "a"), ("9", "b"), ("2", "c")))
    first = prepare_files(tmp_path, known, f"lineitem={all_items}")
    (path,) = first.summary.reject_paths
    content = path.read_text("utf-8").replace("\n9,b,", "\n2,b,")
    mended = write(tmp_path / "mended.csv", content)

    again = prepare_files(tmp_path, known, f"lineitem={all_items}", f"lineitem={mended}")
    right = prepare_files(
        tmp_path,
        known,
        f"lineitem={write(tmp_path / 'right.csv', items(('1', 'a'), ('2', 'c'), ('2', 'b')))}",
    )

    assert again.texts == right.texts
    assert again.rejects()[0]["order_id"] == "9"
    assert "reject_line" not in "".join(again.texts)
