"""What `check` shows for a person to compare, and where too many rejects end a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, finished, pushes

PRODUCTS = "id,title,price\np1,Mug,10.00\n"
CONTACTS = (
    "id,@collection,email,marketing_optin\n"
    "1,main,ada@example.com,EXPLICITLY_OPTEDIN\n2,main,bo@example.com,\n"
)
ORDERS = (
    "id,timestamp,grand_total,currency,is_valid,customer.email,"
    "lineitems.product_id,lineitems.quantity,lineitems.unit_price\n"
    "1,2023-12-31T10:00:00Z,20.00,EUR,true,ada@example.com,p1,2,10.00\n"
    "2,2024-01-05T10:00:00Z,10.00,EUR,true,ada@example.com,p1,1,10.00\n"
    "3,2024-02-05T10:00:00Z,99.00,GBP,true,cy@example.com,p9,1,10.00\n"
    "4,2024-02-06T10:00:00Z,10.00,GBP,false,bo@example.com,p1,1,10.00\n"
)
BAD_CONTACTS = "id,@collection,email\n1,main,nobody\n2,main,a@example.com\n3,main,b@example.com\n"


def files(shop: Shop) -> list[str]:
    tables = {"products.csv": PRODUCTS, "contacts.csv": CONTACTS, "orders.csv": ORDERS}
    return [shop.write(name, table) for name, table in tables.items()]


def test_what_joins_and_what_adds_up_is_told_before_anything_is_sent(shop: Shop) -> None:
    ended = shop.run("check", *files(shop))
    assert ended.code == 0, ended.err
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert "75.0% of 4 line items belong to a product in this input" in lines
    assert "not found, most often: p9 (1×)" in lines
    assert "75.0% of 4 orders belong to a contact in this input" in lines
    assert "75.0% of 4 orders have line items that add up to their total" in lines
    assert "not so: orders.csv:4" in lines
    assert "2023 EUR 1 20.00 0 0.00" in lines
    assert "2024 EUR 1 10.00 0 0.00" in lines
    assert "2024 GBP 1 99.00 1 10.00" in lines
    assert "contacts.csv 1 0 1 0 0" in lines


def test_consent_is_shown_by_the_source_that_says_it(shop: Shop) -> None:
    left = "id,@collection,email,marketing_optin\n1,main,ada@example.com,suppressed\n"
    names = [shop.write("contacts.csv", CONTACTS), shop.write("left.csv", left)]
    ended = shop.run("check", *names)
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    heading = lines.index("consent to email by source in out none suppressed contradicting")
    shown = [line for line in lines[heading:] if line.startswith(("contacts", "left", "all "))]
    assert shown == ["contacts.csv 0 0 1 0 1", "left.csv 0 0 0 1 0", "all 0 0 1 1 1"]
    told = shop.run("push", *names, "--to", "staging", "--dry-run", "--json").json
    assert [each["suppressed"] for each in told["across"]["consents"]] == [0, 1]


def test_orders_are_shown_by_month_where_that_is_wanted(shop: Shop) -> None:
    told = shop.run("check", *files(shop), "--by", "month", "--json").json
    periods = [(each["period"], each["orders"]) for each in told["across"]["sales"]]
    assert periods == [("2023-12", 1), ("2024-01", 1), ("2024-02", 1)]


@pytest.mark.parametrize(("budget", "code"), [("0", 4), ("1", 3), ("33%", 4), ("33.4%", 3)])
def test_too_many_rejects_end_a_check_with_4_after_its_summary(
    shop: Shop, budget: str, code: int
) -> None:
    ended = shop.run("check", shop.write("contacts.csv", BAD_CONTACTS), "--max-rejects", budget)
    assert ended.code == code
    assert "E012 Malformed email address" in ended.out
    what, each = ("contact ", " of each object type") if "%" in budget else ("", "")
    words = f"were rejected, --max-rejects allows {budget}{each}; nothing was sent"
    said = f"error: 1 of 3 {what}records {words}"
    assert (said in ended.err) is (code == ExitCode.UNUSABLE)


def test_too_many_rejects_stop_a_push_before_anything_is_sent(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = shop.write("contacts.csv", BAD_CONTACTS)
    told = shop.run("push", name, "--to", "staging", "--max-rejects", "0", "--json")
    assert told.code == told.json["exit_code"] == ExitCode.UNUSABLE
    assert (told.json["rejected"], told.json["records"]) == (1, {"contact": 2})
    assert "--max-rejects allows 0" in told.json["error"]
    assert pushes(emulator) == 0
    assert_stopped_run_is_told(shop, told.json["error"])
    assert shop.run("push", name, "--to", "staging", "--max-rejects", "1").code == 3
    assert pushes(emulator) == 1


def assert_stopped_run_is_told(shop: Shop, why: str) -> None:
    (folder,) = shop.run_folders()
    (listed,) = shop.run("runs", "--json").json["runs"]
    told = {name: listed[name] for name in ("run", "state", "dry_run", "rejected", "exit_code")}
    assert told == {
        "run": folder.name,
        "state": "stopped",
        "dry_run": False,
        "rejected": 1,
        "exit_code": 4,
    }
    assert listed["reason"] == why
    shown = shop.run("show")
    assert f"{folder.name}  not sent, to staging" in shown.out
    assert f"Stopped:   {why}\n" in shown.out
    assert str(Path(folder.name) / "rejects") in shown.out
    assert (folder / "rejects" / "contacts.csv").read_text().count("main,nobody") == 1
    for command in (("resume", folder.name), ("retry", folder.name), ("errors", "--run", "2")):
        ended = shop.run(*command)
        assert (ended.code, "stopped before it sent anything" in ended.err) == (2, True)
    assert "there is no unfinished run" in shop.run("resume").err
    assert "Next: ometria-import show" in shop.run("runs").out


def test_good_products_do_not_hide_that_orders_are_bad(
    shop: Shop, emulator: RunningEmulator
) -> None:
    bad = ORDERS.replace("2024-01-05T10:00:00Z", "yesterday")
    names = [shop.products(2_000), shop.write("orders.csv", bad)]
    ended = shop.run("push", *names, "--to", "staging", "--max-rejects", "1%")
    assert ended.code == ExitCode.UNUSABLE
    assert (
        "error: 1 of 4 order records were rejected, --max-rejects allows 1% of each object type; "
        "nothing was sent" in ended.err
    )
    assert pushes(emulator) == 0
    told = shop.run("push", *names, "--to", "staging", "--max-rejects", "25%", "--json")
    assert (told.code, told.json["rejected_of"]) == (3, {"order": 1})


def test_a_budget_that_is_no_number_is_refused_before_anything_is_read(shop: Shop) -> None:
    ended = shop.run("check", "missing.csv", "--max-rejects", "few")
    assert ended.code == ExitCode.USAGE
    assert "'few' is neither a number nor a percentage" in ended.err


def test_folders_patterns_and_standard_input_are_sources(shop: Shop) -> None:
    (shop.folder / "exports").mkdir()
    for number in range(3):
        shop.contacts(2, f"exports/contacts-{number}.csv")
    shop.write("exports/notes.pdf", "%PDF")
    ended = shop.run("check", "exports", "--json")
    assert len(ended.json["sources"]) == 3
    assert "exports: passed over notes.pdf" in ended.err
    told = shop.run("check", "contact=exports/*-[01].csv", "--json").json
    assert len(told["sources"]) == 2
    assert shop.run("check", "exports/*.tsv").code == ExitCode.UNUSABLE
    twice = shop.run("check", "exports", "exports/contacts-1.csv")
    assert "exports/contacts-1.csv is named twice" in twice.err
    with (shop.folder / "exports" / "contacts-0.csv").open() as file:
        piped = finished(shop.start("check", "-", "--json", stdin=file))
    assert piped.json["records"] == {"contact": 2}
