"""The `[[sources]]` of the settings file: what is read where no FILE is named."""

from __future__ import annotations

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, stored, values
from tests.cli.till import SALES, TILL

SETTINGS = "ometria-import.toml"


def listed(shop: Shop, text: str) -> None:
    """Add sources to the settings file."""
    path = shop.folder / SETTINGS
    before = path.read_text() if path.exists() else ""
    path.write_text(before + text)


def test_listed_sources_are_pushed_each_in_its_own_way(
    shop: Shop, emulator: RunningEmulator
) -> None:
    (shop.folder / "till").mkdir()
    shop.write("till/monday.csv", SALES)
    shop.write("till/tuesday.csv", SALES.replace("\nR", "\nS"))
    shop.write("till.toml", TILL)
    shop.write("people.txt", "id|@collection|email\n1|main|ada@example.com\n")
    listed(
        shop,
        '[[sources]]\npath = "till/*.csv"\nmapping = "till.toml"\n'
        'settings = { currency = "GBP" }\n'
        '[[sources]]\npath = "people.txt"\nobject_type = "contact"\ndelimiter = "pipe"\n',
    )
    checked = shop.run("check")
    assert checked.code == 0, checked.err
    assert checked.out.endswith("ometria-import push --to staging\n")
    ended = shop.run("push", "--to", "live", "--yes", "--json")
    assert (ended.code, ended.json["records"]) == (0, {"contact": 1, "order": 4})
    assert len(stored(emulator, "live")) == 5
    euros = shop.run("push", "--to", "staging", "--set", "currency=EUR")
    assert euros.code == 0, euros.err
    assert sum('"currency":"EUR"' in record for record in stored(emulator)) == 4


def test_named_files_are_taken_in_place_of_the_listed_ones(shop: Shop) -> None:
    listed(shop, '[[sources]]\npath = "missing.csv"\n')
    assert shop.run("check", shop.contacts(2)).code == 0
    assert "missing.csv does not exist" in shop.run("check").err


def test_paths_are_those_of_the_settings_files_folder(shop: Shop) -> None:
    (shop.folder / "shop").mkdir()
    shop.contacts(2, "shop/contacts.csv")
    shop.write("shop/my.toml", '[[sources]]\npath = "contacts.csv"\n')
    told = shop.run("check", "--config", "shop/my.toml", "--json").json
    assert [source["path"] for source in told["sources"]] == ["shop/contacts.csv"]


def test_nothing_named_and_nothing_listed_is_asked_for(shop: Shop) -> None:
    ended = shop.run("check")
    assert ended.code == ExitCode.USAGE
    assert "error: no file is named\nhint: Name files, or list them under [[sources]]" in ended.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[sources]\npath = "a.csv"', "Write [[sources]] on a line of its own."),
        (
            '[[sources]]\nmapping = "shopify-orders"',
            ".toml:1: 'path' is missing in [[sources]] number 1",
        ),
        ('[[sources]]\npath = "a.csv"\ntime_zone = "UTC"', "(did you mean 'timezone'?)"),
        (
            '[[sources]]\npath = "a.csv"\nencoding = 8',
            "'encoding' in [[sources]] number 1 must be a text",
        ),
        (
            '[[sources]]\npath = "a.csv"\nsettings = { currency = 1 }',
            "'currency' in [sources.settings] must be a text",
        ),
        ('[[sources]]\npath = "a.csv"\nsettings = "GBP"', "must be a table"),
        ('[[sources]]\npath = "a.csv"\nobject_type = "ordre"', "'ordre' is not an object type"),
        (
            '[[sources]]\npath = "a.csv"\ndate_order = "dym"',
            "'date_order' cannot be 'dym' in [[sources]]",
        ),
        ('[[sources]]\npath = "a.csv"\ntimezone = "London"', "number 1: timezone: "),
        ('[[sources]]\npath = "a.csv"\n[[sources]]\npath = "a.csv"', "a.csv is named twice"),
    ],
)
def test_what_is_wrong_with_a_listed_source_is_said(shop: Shop, text: str, words: str) -> None:
    listed(shop, text)
    ended = shop.run("check")
    assert ended.code == ExitCode.USAGE, ended
    assert words in ended.err


def test_returns_are_decided_source_by_source(shop: Shop, emulator: RunningEmulator) -> None:
    header = "id,timestamp,grand_total,currency\n"
    for name in ("till", "web", "mail"):
        rows = f"{name}1,2024-01-02T10:00:00Z,9.50,EUR\n{name}2,2024-01-02T10:00:00Z,-9.50,EUR\n"
        shop.write(f"{name}-orders.csv", header + rows)
    listed(
        shop,
        '[[sources]]\npath = "till-orders.csv"\nreturns = "leave_out"\n'
        '[[sources]]\npath = "web-orders.csv"\nreturns = "reject"\n'
        '[[sources]]\npath = "mail-orders.csv"\n',
    )
    ended = shop.run("push", "--to", "staging")
    assert ended.code == ExitCode.REJECTS
    assert "+ 1 rejected + 1 left out by the mapping or as returns\n" in ended.out
    ids = [record_id for _, record_id, _ in values(stored(emulator))]
    assert ids == ["mail1", "mail2", "till1", "web1"]
    again = shop.run("push", "--to", "staging", "--returns", "send", "--json")
    assert (again.code, again.json["accepted"]) == (0, 6)


def test_a_word_for_returns_that_is_none_is_refused(shop: Shop) -> None:
    shop.write("orders.csv", "id,timestamp,grand_total,currency\n1,2024-01-02,9,EUR\n")
    listed(shop, '[[sources]]\npath = "orders.csv"\nreturns = "ignore"\n')
    ended = shop.run("check")
    assert ended.code == ExitCode.USAGE
    assert ":3: 'returns' cannot be 'ignore' in [[sources]] number 1" in ended.err
    assert "It must be send, reject or leave_out." in ended.err
