"""`given show|forget|rebuild`, and what `doctor` says of what an account was given."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from ometria_import.emulator import RunningEmulator
from tests.cli.program import Shop, stored
from tests.emulator.scenarios.scenarios import fault

TO = ("--to", "staging")


def pushed(shop: Shop, *names: str) -> None:
    assert shop.run("push", *names, *TO).code == 0


def told(shop: Shop) -> dict[str, str]:
    checks = shop.run("doctor", "--json").json["checks"]
    return {each["what"]: f"{each['state']}: {each['details']}" for each in checks}


def lose(emulator: RunningEmulator, where: str) -> None:
    """Let the account lose records, as a reset of staging does."""
    emulator.wait_until_drained()
    with closing(sqlite3.connect(emulator.database)) as database, database:
        database.execute(f"DELETE FROM record WHERE {where}")


def test_nothing_is_known_of_a_new_account(shop: Shop, emulator: RunningEmulator) -> None:
    shown = shop.run("given", "show", *TO)
    assert (shown.code, "Nothing is known of what staging was given" in shown.out) == (0, True)
    assert shop.run("given", "show", *TO, "--json").json["given"] == {}
    forgotten = shop.run("given", "forget", *TO, "--json")
    assert (forgotten.code, forgotten.json["forgotten"]) == (0, False)
    assert stored(emulator) == []


@pytest.mark.usefixtures("emulator")
def test_what_was_given_is_shown_by_object_type_and_run(shop: Shop) -> None:
    pushed(shop, shop.contacts(3), shop.products(2))
    (run,) = shop.run_folders()
    shown = shop.run("given", "show", *TO)
    assert (shown.code, run.name in shown.out) == (0, True)
    told = shop.run("given", "show", *TO, "--json").json
    assert told["given"] == {
        "product": {"certain": 2, "in_doubt": 0},
        "contact": {"certain": 3, "in_doubt": 0},
    }
    assert [each["run"] for each in told["runs"]] == [run.name]
    assert shop.run("given", "show", "--to", "live", "--json").json["given"] == {}


@pytest.mark.usefixtures("emulator")
def test_what_is_forgotten_is_sent_once_more(shop: Shop) -> None:
    name = shop.contacts(3)
    pushed(shop, name)
    assert shop.run("given", "forget", *TO, "--json").json["forgotten"] is True
    assert shop.run("push", name, *TO, "--changed", "--json").json["accepted"] == 3


def test_doctor_warns_of_an_account_that_was_emptied(shop: Shop, emulator: RunningEmulator) -> None:
    assert "given to staging" not in told(shop)
    pushed(shop, shop.contacts(30))
    assert told(shop)["given to staging"].startswith("ok: 20 records drawn at random")
    lose(emulator, "id >= 'c000010'")
    words = told(shop)["given to staging"]
    assert words.startswith("warning: of 20 records drawn at random the account has ")
    assert "ometria-import given forget --to staging" in words


def test_what_the_account_holds_as_it_is_counts_as_given_again(
    shop: Shop, emulator: RunningEmulator
) -> None:
    names = [shop.contacts(30), shop.products(5)]
    pushed(shop, *names)
    lose(emulator, "id >= 'c000010' AND id < 'p'")
    rebuilt = shop.run("given", "rebuild", *TO, "--json")
    assert (rebuilt.code, rebuilt.json["same"], rebuilt.json["records"]) == (0, 15, 35)
    again = shop.run("push", *names, *TO, "--changed", "--json").json
    assert again["accepted"] == 20
    assert len(stored(emulator)) == 35


def test_an_account_that_may_not_be_read_is_not_rebuilt(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = shop.contacts(3)
    pushed(shop, name)
    emulator.play(fault("no_reads", paths=["contacts"]))
    ended = shop.run("given", "rebuild", *TO)
    assert (ended.code, "GET /contacts" in ended.err) == (5, True)
    assert told(shop)["given to staging"].startswith("warning: cannot be read back: GET /contacts")
    assert shop.run("push", name, *TO, "--changed", "--json").json["accepted"] == 0


@pytest.mark.usefixtures("emulator")
def test_a_run_of_some_records_is_no_run_to_rebuild_from(shop: Shop) -> None:
    assert shop.run("given", "rebuild", *TO).code == 2
    pushed(shop, shop.contacts(3))
    name = shop.contacts(4)
    assert shop.run("push", name, *TO, "--changed").code == 0
    ended = shop.run("given", "rebuild", shop.run_folders()[-1].name, *TO)
    assert (ended.code, "has only some records of its files" in ended.err) == (2, True)
    assert "--full --dry-run" in ended.err
