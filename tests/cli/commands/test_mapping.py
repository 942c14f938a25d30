"""The commands about mappings, and reading files by one."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, stored
from tests.cli.till import SALES, TILL

EXPORTS = Path(__file__).parents[2] / "exports"


def test_every_preset_is_listed_and_shown_as_the_file_that_it_is(shop: Shop) -> None:
    told = {each["name"]: each for each in shop.run("mapping", "list", "--json").json["presets"]}
    assert told["shopify-orders"]["object_types"] == ["order"]
    assert "no line items" in told["magento-orders-grid"]["refusal"]
    assert set(told["rudderstack-events"]["object_types"]) >= {"contact", "order", "custom_event"}
    listed = shop.run("mapping", "list").out
    assert "cannot be imported: the orders grid of Magento has no line items" in listed
    for name in ("shopify-orders", "rudderstack-events"):
        assert tomllib.loads(shop.run("mapping", "show", name).out)["name"] == name
    ended = shop.run("mapping", "show", "shopify-ordres")
    assert ended.code == ExitCode.UNUSABLE
    assert "did you mean 'shopify-orders'?" in ended.err


def test_a_mapping_is_checked_without_a_source(shop: Shop) -> None:
    ended = shop.run("mapping", "check", shop.write("till.toml", TILL))
    assert (ended.code, ended.err) == (0, "")
    assert "till.toml: till, order. No problem found." in ended.out
    assert "Next: ometria-import check --mapping till.toml FILE" in ended.out
    wrong = shop.write("wrong.toml", TILL.replace("grand_total", "grant_total"))
    ended = shop.run("mapping", "check", wrong)
    assert ended.code == ExitCode.UNUSABLE
    assert "error: wrong.toml:12: order has no field 'grant_total'" in ended.err
    assert "did you mean 'grand_total'?" in ended.err
    assert "there is no such file" in shop.run("mapping", "check", "missing.toml").err


def test_a_draft_holds_no_secrets_and_is_a_mapping(shop: Shop) -> None:
    name = shop.write(
        "members.csv", "Member No,E-mail,Joined on,password_hash\n7,ada@example.com,2024-01-02,x1\n"
    )
    draft = shop.run("mapping", "suggest", f"contact={name}").out
    assert tomllib.loads(draft)["fields"]["email"] == "E-mail"
    assert "password" not in draft
    assert "x1" not in draft
    assert "[fields]" in draft


def test_what_is_nothing_of_ometrias_gets_no_draft(shop: Shop) -> None:
    for name, content in (("a.json", '[{"id": "1"}]'), ("stores.csv", "store_id,city\n1,Leeds\n")):
        ended = shop.run("mapping", "suggest", shop.write(name, content))
        assert ended.code == ExitCode.UNUSABLE
        assert f"error: {name}: no column says that its rows are products" in ended.err
        assert f"put the object type before the path: product={name}" in ended.err


def test_a_file_that_a_preset_knows_needs_no_draft(shop: Shop) -> None:
    header = "Name,Email,Financial Status,Paid at,Currency,Total,Created at,Lineitem name,"
    row = "#1,a@example.com,paid,,GBP,5,2024-01-02 09:30:00 +0000,Mug,"
    name = shop.write(
        "orders.csv", f"{header}Lineitem quantity,Lineitem price,Lineitem sku\n{row}1,5,MUG\n"
    )
    draft = shop.run("mapping", "suggest", name).out
    assert draft.startswith("# The preset shopify-orders knows this file and needs no mapping")
    assert tomllib.loads(draft)["object_type"] == "order"
    assert 'product_id = "Lineitem sku"' in shop.run("mapping", "suggest", f"order={name}").out


def test_a_file_that_is_only_half_of_an_export_gets_no_draft(shop: Shop) -> None:
    name = shop.write("sales.csv", (EXPORTS / "square" / "transactions.csv").read_bytes())
    ended = shop.run("mapping", "suggest", name)
    assert ended.code == ExitCode.UNUSABLE
    assert "sales.csv is known to the preset square-transactions" in ended.err
    assert "Its lines are in another file" in ended.err


def test_a_draft_of_line_items_is_a_mapping_of_its_own(
    shop: Shop, emulator: RunningEmulator
) -> None:
    orders = "order_id,ordered_at,currency,total_pence\nO1,2024-01-02T09:30:00Z,GBP,950\n"
    lines = "order_id,sku,qty,unit_pence\nO1,MUG,2,475\n"
    for name, content in (("orders.csv", orders), ("order_lines.csv", lines)):
        shop.write(name, content)
        draft = shop.run("mapping", "suggest", name).out
        shop.write(name.replace(".csv", ".toml"), draft)
    sources = "".join(
        f'[[sources]]\npath = "{name}.csv"\nmapping = "{name}.toml"\n'
        for name in ("orders", "order_lines")
    )
    settings = shop.folder / "ometria-import.toml"
    settings.write_text(settings.read_text() + sources)
    ended = shop.run("push", "--to", "staging")
    assert ended.code == 0, ended.err
    (record,) = [json.loads(each) for each in stored(emulator)]
    assert record["grand_total"] == 9.5
    assert record["lineitems"] == [
        {"product_id": "MUG", "sku": "MUG", "quantity": 2, "unit_price": 4.75}
    ]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('object_type = "lineitem"\n[fields]\n', "nothing says which record an item belongs to"),
        (
            'object_type = "lineitem"\n[fields]\norder_id = "Order"\nsku = "Sku"\n',
            "unknown key 'sku' in [fields]",
        ),
    ],
)
def test_a_mapping_of_line_items_names_their_order_and_nothing_else(
    shop: Shop, said: str, words: str
) -> None:
    items = '[items.lineitems.fields]\nproduct_id = "Sku"\nquantity = "Qty"\nunit_price = "Price"\n'
    ended = shop.run("mapping", "check", shop.write("lines.toml", said + items))
    assert ended.code == ExitCode.UNUSABLE
    assert words in ended.err


def test_files_are_read_by_a_mapping_and_its_settings(
    shop: Shop, emulator: RunningEmulator
) -> None:
    names = [shop.write("sales.csv", SALES), "--mapping", shop.write("till.toml", TILL)]
    asked = shop.run("check", *names)
    assert asked.code == ExitCode.USAGE
    assert "needs currency: currency of the till\nhint: Add --set currency=…" in asked.err
    checked = shop.run("check", *names, "--set", "currency=GBP")
    assert checked.code == 0, checked.err
    assert checked.out.endswith("--mapping till.toml --set currency=GBP --to staging\n")
    assert shop.run("push", *names, "--set", "currency=GBP", "--to", "staging").code == 0
    assert sum('"currency":"GBP"' in record for record in stored(emulator)) == 2


@pytest.mark.parametrize(("said", "words"), [("currency", "not a name and a value"), ("=x", "''")])
def test_a_setting_without_a_name_or_a_value_is_refused(shop: Shop, said: str, words: str) -> None:
    ended = shop.run("check", "missing.csv", "--set", said)
    assert ended.code == ExitCode.USAGE
    assert words.strip("'") in ended.err


def test_an_unknown_mapping_is_refused_with_the_nearest_preset(shop: Shop) -> None:
    ended = shop.run("check", shop.write("sales.csv", SALES), "--mapping", "shopify-order")
    assert ended.code == ExitCode.UNUSABLE
    assert "did you mean 'shopify-orders'?" in ended.err


def test_a_setting_that_no_mapping_has_is_refused_with_a_suggestion(shop: Shop) -> None:
    names = [shop.write("sales.csv", SALES), "--mapping", shop.write("till.toml", TILL)]

    ended = shop.run("check", *names, "--set", "curency=GBP")

    assert ended.code == ExitCode.USAGE
    assert "no mapping has a setting 'curency' (did you mean 'currency'?)" in ended.err
