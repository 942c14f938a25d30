"""`inspect`: what a file is, what its columns feed and say, and what is missing."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import ExitCode
from tests.cli.program import Shop
from tests.cli.till import SALES, TILL

EXPORTS = Path(__file__).parents[2] / "exports"
ORDERS = (
    "id,timestamp,grand_total,currency,lineitems.product_id,lineitems.quantity,"
    "lineitems.unit_price,shelf,password_hash\n"
    "1,05/01/2024 10:00,20.00,EUR,p1,1,10.00,A,x\n"
    "1,05/01/2024 10:00,20.00,EUR,p2,1,10.00,B,x\n"
    "2,25/01/2024 10:00,10.00,GBP,p1,1,10.00,B,x\n"
    "3,short\n"
)
GRID = "ID,Purchase Point,Purchase Date,Grand Total (Base)\n1,Main,2024-01-05,10.00\n"


def told(shop: Shop, *arguments: str) -> dict[str, Any]:
    """What is said of the one file."""
    ended = shop.run("inspect", *arguments, "--json")
    (report,) = ended.json["files"]
    assert isinstance(report, dict)
    assert report["usable"] is (ended.code == 0)
    return report


def test_columns_that_may_be_about_consent_and_are_not_used_are_named(shop: Shop) -> None:
    text = "id,@collection,email,marketing_optin,SMS consent\n1,main,a@example.com,yes,no\n"
    record = {"@type": "contact", "id": "1", "email": "a@example.com", "opt_out": True}
    names = [shop.write("people.csv", text), shop.write("people.json", json.dumps([record]))]
    assert [told(shop, name)["unused_consent"] for name in names] == [["SMS consent"], ["opt_out"]]
    ended = shop.run("inspect", names[0])
    words = "SMS consent: it may be about consent, and is not used (W079)"
    assert words in " ".join(ended.out.split())


def test_a_file_in_our_own_words_is_told_of_in_full(shop: Shop) -> None:
    name = shop.write("my orders.csv", ORDERS.replace(",", ";").encode("utf-16"))
    report = told(shop, name)
    assert report["recognised"] == "Ometria's own field names"
    assert str(report["format"]).endswith("semicolon")
    assert (report["object_type"], report["rows"], report["unreadable"]) == ("order", 4, 1)
    assert (report["key"], report["grouped_by"]) == (["id"], ["id"])
    assert report["conventions"] == {
        "timestamp: days and months": "dmy (as its values say)",
        "timestamp: zone": "none is written",
        "currency": "EUR, GBP",
    }
    assert (report["unused"], report["unused_are_kept"]) == (["shelf"], True)
    assert report["withheld"] == ["password_hash"]
    shown = shop.run("inspect", name)
    assert "open     times have no zone and are read as UTC" in shown.out
    last = shown.out.splitlines()[-1].removeprefix("Next: ")
    assert shlex.split(last) == ["ometria-import", "check", "my orders.csv"]


def test_what_no_value_tells_is_asked_for_with_the_flag_that_answers_it(shop: Shop) -> None:
    name = shop.write("orders.csv", ORDERS.replace("25/01", "06/01"))
    question = "timestamp: days and months are open, no value settles it: --date-order dmy"
    assert any(question in str(each) for each in [told(shop, name)["questions"]])
    flags = ["--date-order", "dmy", "--timezone", "Europe/London"]
    answered = told(shop, name, *flags)
    assert answered["questions"] == []
    assert shlex.join(flags) in shop.run("inspect", name, *flags).out.splitlines()[-1]


def test_a_preset_is_recognised_and_what_it_needs_is_named(shop: Shop) -> None:
    name = shop.write(
        "products_export.csv",
        "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,"
        "Variant SKU,Variant Price,Variant Compare At Price,Image Src\n"
        "mug,Mug,,Acme,Mugs,,true,Size,L,M1,10.00,,\n",
    )
    report = told(shop, name)
    assert (report["platform"], report["mapping"]) == ("Shopify", "shopify-products")
    assert report["object_type"] == "product"
    assert {"field": "title", "column": "Title"} in report["fed"]
    ended = shop.run("inspect", name)
    assert ended.code == ExitCode.UNUSABLE
    assert "needed: --set shop_url=…" in ended.out
    given = ["--set", "shop_url=https://shop.example.com", "--set", "currency=EUR"]
    assert shop.run("inspect", name, *given).code == 0


def test_a_setting_whose_column_the_file_has_is_not_needed(shop: Shop) -> None:
    text = (EXPORTS / "woocommerce" / "orders-webtoffee-packed.csv").read_text(encoding="utf-8")
    name = shop.write("orders.csv", text)

    ended = shop.run("inspect", name)
    assert ended.code == 0, ended.out
    assert "--set currency=…" not in ended.out
    assert shop.run("check", name).code == 0


def test_an_export_that_cannot_do_says_what_to_export_instead(shop: Shop) -> None:
    ended = shop.run("inspect", shop.write("orders_grid.csv", GRID))
    assert ended.code == ExitCode.UNUSABLE
    assert "order, Magento orders (grid) (preset magento-orders-grid)" in ended.out
    assert "problem  orders_grid.csv: the orders grid of Magento has no line items" in ended.out
    assert "do       Export orders with an extension" in ended.out
    assert "Next:" not in ended.out


def test_a_file_that_nobody_knows_gets_a_way_on(shop: Shop) -> None:
    ended = shop.run("inspect", shop.write("foo.csv", SALES), "missing.csv")
    assert ended.code == ExitCode.UNUSABLE
    assert "what     not a known kind of file" in ended.out
    assert "ometria-import mapping suggest foo.csv > my.toml" in ended.out
    assert "missing.csv does not exist" in ended.out
    mapped = told(shop, "foo.csv", "--mapping", shop.write("till.toml", TILL))
    assert mapped["missing"] == []
    assert mapped["error"] == "foo.csv needs currency"


def test_every_unknown_file_is_told_how_a_mapping_is_drafted(shop: Shop) -> None:
    name = shop.write("the till's.csv", "A,B\n1,2\n")
    for command in ("inspect", "check"):
        ended = shop.run(command, name)
        assert ended.code == ExitCode.UNUSABLE
        words = (ended.out + ended.err).split("`")[1]
        assert shlex.split(words) == [
            *("ometria-import", "mapping", "suggest", name),
            *(">", "my.toml"),
        ]


def test_objects_that_nobody_knows_get_a_way_on(shop: Shop) -> None:
    ended = shop.run("inspect", shop.write("a.json", '[{"foo": 1, "bar": 2}]'))
    assert ended.code == ExitCode.UNUSABLE
    assert (
        "for objects of another shape, write a mapping that says what their keys are" in ended.out
    )


def test_what_only_a_late_row_leaves_open_is_asked_for(shop: Shop) -> None:
    rows = "".join(f"{number},2024-01-05T10:00:00Z,1.00,EUR\n" for number in range(1_200))
    late = rows + "x,05/01/2024 10:00,1.00,EUR\n"
    name = shop.write("orders.csv", "id,timestamp,grand_total,currency\n" + late)
    (question, zone) = told(shop, name)["questions"]
    assert question.startswith("timestamp: days and months are open, no value settles it")
    assert zone.startswith("times have no zone")


def test_an_export_that_says_less_than_is_good_says_so(shop: Shop) -> None:
    header = (
        "First Name,Last Name,Email,Accepts Email Marketing,Total Spent,Total Orders,Tax Exempt"
    )
    name = shop.write("customers.csv", f"{header}\nAda,Winter,ada@example.com,yes,0,0,no\n")
    assert any("It has no date of consent" in str(note) for note in told(shop, name)["notes"])
    assert "note     It has no date of consent" in shop.run("inspect", name).out


def test_without_files_the_listed_sources_are_told_of(shop: Shop) -> None:
    shop.write("till.csv", SALES)
    shop.write("till.toml", TILL)
    shop.write(
        "ometria-import.toml",
        '[[sources]]\npath = "till.csv"\nmapping = "till.toml"\nsettings = { currency = "GBP" }\n',
    )
    ended = shop.run("inspect")
    assert ended.code == 0, ended.out + ended.err
    assert "till.csv" in ended.out
    assert ended.out.splitlines()[-1] == "Next: ometria-import check"


def test_objects_are_told_of_by_their_keys(shop: Shop) -> None:
    contact = {"@type": "contact", "id": "1", "@collection": "main", "nick": "Al"}
    report = told(shop, shop.write("a.ndjson", json.dumps({**contact, "email": "a@example.com"})))
    assert (report["object_type"], report["rows"]) == ("contact", 1)
    assert report["unused"] == ["nick"]


def test_events_are_told_of_by_the_records_that_they_become(shop: Shop) -> None:
    event = {"type": "identify", "userId": "1", "messageId": "m", "traits": {"email": "a@b.co"}}
    ended = shop.run("inspect", shop.write("e.ndjson", json.dumps(event)), "--json")
    assert ended.code == 0, ended.err
    reports = ended.json["files"]
    assert {report["mapping"] for report in reports} == {"rudderstack-events"}
    assert sum(report["rows"] for report in reports) == 1


@pytest.mark.parametrize("name", ["lineitem", "line_item"])
def test_items_in_a_file_of_their_own_are_told_of(shop: Shop, name: str) -> None:
    items = "order_id,product_id,quantity,unit_price\n1,p1,1,10.00\n"
    ended = shop.run("inspect", f"{name}={shop.write('items.csv', items)}", "--json")
    assert ended.code == 0, ended.out
    (report,) = ended.json["files"]
    assert (report["object_type"], report["key"]) == ("lineitems of order", ["order_id"])


def test_next_command_has_a_place_for_what_is_still_open(shop: Shop) -> None:
    path = str(EXPORTS / "bigcommerce" / "orders-dates-open.csv")

    ended = shop.run("inspect", path)

    assert ended.out.splitlines()[-1].endswith(" --date-order …")
    answered = shop.run("inspect", path, "--date-order", "dmy")
    assert answered.out.splitlines()[-1].endswith(" --date-order dmy")


def test_objects_that_need_settings_are_told_of_in_full(shop: Shop) -> None:
    name = str(EXPORTS / "shopify" / "rest-products.json")
    report = told(shop, name)

    assert report["mapping"] == "shopify-rest-products"
    assert (report["object_type"], report["rows"]) == ("product", 3)
    assert {each["name"]: each["is_missing"] for each in report["settings"]} == {
        "shop_url": True,
        "currency": True,
    }
    assert "needs shop_url, currency" in report["error"]
    told_of = told(shop, name, "--set", "currency=EUR", "--set", "shop_url=https://example.com")
    assert told_of["usable"]
