"""The way live, ticked step by step as it is proven, and the same on the last page of a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.reporting import MAX_BYTES
from tests.cli.program import Shop
from tests.reporting.pages import Page

STAGING, LIVE = "aaaa000000000001", "bbbb000000000002"
PRODUCTS = "id,title,currency,price\n123,Kettle,GBP,10\n"
CONTACTS = "id,@collection,email\nc1,main,ann@example.com\n"
ORDERS = """\
id,timestamp,grand_total,currency,store,customer.email,lineitems.product_id,lineitems.quantity,\
lineitems.unit_price
o-1,2024-01-10T10:00:00Z,10,GBP,example.com,ann@example.com,123,1,10
"""
TYPES = ("homepage", "listing", "product", "basket", "checkout", "confirmation")
DONE_IN_THE_END = [1, 2, 3, 4, 7, 8, 11, 12]


def with_hashes(shop: Shop) -> None:
    settings = shop.folder / "ometria-import.toml"
    text = settings.read_text()
    for name, own in (("staging", STAGING), ("live", LIVE)):
        text = text.replace(f"[accounts.{name}]", f'[accounts.{name}]\naccount_hash = "{own}"')
    settings.write_text(text)


def pages(shop: Shop, *types: str, store: str = "example.com") -> list[str]:
    """Save a page of each type, with the tag of live."""
    call = 'ometria.init("{}", {{pid: "123"}}, "{}"); ometria.trackTransaction("o-1")'
    return [
        shop.write(
            f"{kind}.html",
            f'<html><head><script src="//cdn.ometria.com/tags/{LIVE}.js"></script></head><body>'
            f"<script>{call.format(kind, store)}</script></body></html>",
        )
        for kind in types
    ]


def steps(shop: Shop, *arguments: str) -> dict[int, dict[str, Any]]:
    ended = shop.run("checklist", "--json", *arguments)
    assert ended.code == 0
    assert [each["number"] for each in ended.json["steps"]] == list(range(1, 14))
    return {each["number"]: each for each in ended.json["steps"]}


def done(found: dict[int, dict[str, Any]]) -> list[int]:
    return [number for number, each in found.items() if each["mark"] == "done"]


def evidence(found: dict[int, dict[str, Any]], number: int) -> str:
    return "\n".join(found[number]["evidence"])


def push_all(shop: Shop, *arguments: str) -> None:
    files = (
        shop.write("products.csv", PRODUCTS),
        shop.write("contacts.csv", CONTACTS),
        shop.write("orders.csv", ORDERS),
    )
    assert shop.run("push", *files, *arguments).code == 0


def test_each_step_is_ticked_once_it_is_proven(shop: Shop, emulator: RunningEmulator) -> None:
    assert done(steps(shop)) == []
    with_hashes(shop)
    push_all(shop, "--to", "staging")
    pushed = steps(shop)
    assert done(pushed) == [3, 4]
    assert "1 of 1 line items have a product of the files (100.0 %)." in evidence(pushed, 3)
    assert "It was not verified" in evidence(pushed, 2)
    assert "live: has a key of its own, and nothing was sent there yet." in evidence(pushed, 1)

    emulator.wait_until_drained()
    assert shop.run("verify", "--settle", "0s").code == 0
    staged = shop.run_folders()[-1].name
    assert shop.run("promote", staged, "--to", "live", "--yes").code == 0
    emulator.wait_until_drained()
    assert shop.run("verify", "--settle", "0s").code == 0
    some = pages(shop, *TYPES[:5])
    assert shop.run("tracking", "check", *some, "--to", "live").code == 0
    promoted = steps(shop)
    assert done(promoted) == [1, 2, 3, 4, 7, 11]
    assert "No page in order of the types confirmation." in evidence(promoted, 8)
    assert f"of run {staged}" in evidence(promoted, 11)

    assert shop.run("tracking", "check", *some, *pages(shop, TYPES[5]), "--to", "live").code == 0
    shop.write("contacts.csv", CONTACTS + "c2,main,bo@example.com\n")
    files = ("products.csv", "contacts.csv", "orders.csv")
    assert shop.run("push", *files, "--to", "live", "--changed", "--yes").code == 0
    ended = steps(shop)

    assert done(ended) == DONE_IN_THE_END, evidence(ended, 12)
    assert f"{shop.run_folders()[-1].name} sent only what had changed" in evidence(ended, 12)
    shown = shop.run("checklist")
    assert "8 of 13 steps are proven" in shown.out
    assert "[x]  1  Keys and tags" in shown.out
    # What was found wrong since takes the tick away again.
    shop.run("tracking", "check", *pages(shop, *TYPES, store="uk"), "--to", "live")
    assert 7 not in done(steps(shop))


@pytest.mark.usefixtures("emulator")
def test_pages_of_the_other_account_prove_nothing(shop: Shop) -> None:
    with_hashes(shop)
    push_all(shop, "--to", "staging")
    shop.run("tracking", "check", *pages(shop, *TYPES))

    assert "No pages were checked" in evidence(steps(shop, "--to", "staging"), 8)
    assert "6 of 6 pages in order" in evidence(steps(shop), 8)
    # No ids went to live, so nothing can be told of them.
    assert 8 not in done(steps(shop))


@pytest.mark.usefixtures("emulator")
def test_a_kept_check_that_is_damaged_counts_as_none(shop: Shop) -> None:
    with_hashes(shop)
    push_all(shop, "--to", "staging")
    shop.run("tracking", "check", *pages(shop, *TYPES), "--to", "live")
    kept = shop.folder / ".ometria-import" / "tracking" / "live.json"
    kept.write_bytes(kept.read_bytes()[:40])

    assert "No pages were checked" in evidence(steps(shop), 8)


@pytest.mark.usefixtures("emulator")
def test_the_last_page_of_a_report_is_the_checklist(shop: Shop) -> None:
    push_all(shop, "--to", "staging")
    folder: Path = shop.run_folders()[-1]
    written = (folder / "report.html").read_bytes()

    told = json.loads((folder / "report.json").read_bytes())["way_live"]
    assert [each["number"] for each in told if each["mark"] == "done"] == [3, 4]
    shown = Page(written.decode())
    assert len(written) < MAX_BYTES
    assert shown.text.index("13. Staging's key") > shown.text.index("Whoever signs")
    assert shown.text.count("Proven.") == 2
    assert [own["id"] for own in shown.named("h2")][-1] == "way"
    # It says the same whoever writes it again.
    assert shop.run("report").code == 0
    assert (folder / "report.html").read_bytes() == written


def test_other_records_of_the_same_files_are_not_the_same_package(
    shop: Shop, emulator: RunningEmulator
) -> None:
    with_hashes(shop)
    push_all(shop, "--to", "staging")
    push_all(shop, "--to", "live", "--yes")
    assert 11 in done(steps(shop))
    shop.write("contacts.csv", CONTACTS.replace("ann", "bo"))
    assert shop.run("push", "contacts.csv", "--to", "live", "--yes").code == 0
    assert emulator.base_url

    other = steps(shop)

    assert other[11]["mark"] == "open"
    assert "which is none that staging took" in evidence(other, 11)
