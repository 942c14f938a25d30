"""`push --changed`: what the account was given before and is still the same is left out."""

from __future__ import annotations

import signal
import sqlite3
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import ometria_import
from ometria_import.config import AccountName
from ometria_import.config.home import Home, RunId
from ometria_import.delivery import AccountLock
from ometria_import.emulator import RunningEmulator
from tests.cli.program import Shop, finished, pushes, stored, values, wait_until
from tests.emulator.scenarios.scenarios import fault

TO = ("--to", "staging")
CHANGED = ("--changed", *TO)


def contacts(shop: Shop, names: dict[str, str], file: str = "contacts.csv") -> str:
    rows = "".join(f"{each},main,{each}@example.com,{name}\n" for each, name in names.items())
    return shop.write(file, f"id,@collection,email,firstname\n{rows}")


def firstnames(emulator: RunningEmulator) -> dict[str, str]:
    return {name: record["firstname"] for _, name, record in values(stored(emulator))}


def numbers(changes: dict[str, int | None]) -> dict[str, int | None]:
    return {name: count for name, count in changes.items() if count}


def store_of(shop: Shop) -> Path:
    return shop.folder / ".ometria-import" / "given" / "staging.db"


def test_only_what_changed_goes(shop: Shop, emulator: RunningEmulator) -> None:
    people = {f"c{n}": "Ann" for n in range(150)}
    first = shop.run("push", contacts(shop, people), *CHANGED, "--json")
    assert (first.code, first.json["accepted"]) == (0, 150)
    assert "nothing is known yet of what staging was given" in first.err
    people |= {"c7": "Bea", "c149": "Cleo", "new": "Dora"}
    del people["c0"]
    again = shop.run("push", contacts(shop, people), *CHANGED, "--json")
    assert (again.code, again.json["accepted"]) == (0, 3)
    assert numbers(again.json["changes"]["contact"]) == {"new": 1, "changed": 2, "unchanged": 147}
    assert again.json["records"] == {"contact": 3}
    assert "1 new, 2 changed; 147 unchanged and left out" in again.err
    assert firstnames(emulator) == people | {"c0": "Ann"}


def test_where_nothing_changed_nothing_is_sent(shop: Shop, emulator: RunningEmulator) -> None:
    name = contacts(shop, {"a": "Ann"})
    assert shop.run("push", name, *TO).code == 0
    before = pushes(emulator)
    for _ in range(2):
        ended = shop.run("push", name, *CHANGED)
        assert (ended.code, "Nothing to send." in ended.out) == (0, True)
        assert "0 new, 0 changed; 1 unchanged and left out" in ended.err
    assert shop.run("push", name, *CHANGED, "--json").json["accepted"] == 0
    assert pushes(emulator) == before


@pytest.mark.usefixtures("emulator")
def test_the_store_is_its_owners_only_and_holds_no_personal_data(shop: Shop) -> None:
    shop.run("push", contacts(shop, {"zenobia": "Zenobia"}), *TO)
    path = store_of(shop)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"enobia" not in path.read_bytes()


@pytest.mark.parametrize("when", ["at once", "later"])
@pytest.mark.usefixtures("errors_with_ids")
def test_what_was_refused_goes_again(shop: Shop, emulator: RunningEmulator, when: str) -> None:
    name = contacts(shop, {f"c{n}": "Ann" for n in range(5)})
    refusals = {
        "at once": fault("answer", status=422, record_id="c3", text="No"),
        "later": fault("late_refusal", record_id="c3", path="root > email"),
    }
    emulator.play(refusals[when])
    assert shop.run("push", name, *CHANGED).code == 3
    emulator.play("")
    ended = shop.run("push", name, *CHANGED, "--json").json
    assert numbers(ended["changes"]["contact"]) == {"again": 1, "unchanged": 4}
    assert (ended["accepted"], len(stored(emulator))) == (1, 5)


def test_where_late_errors_are_not_known_everything_goes_again(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = contacts(shop, {f"c{n}": "Ann" for n in range(5)})
    emulator.play(fault("answer", on="errors", status=403))
    assert shop.run("push", name, *CHANGED).code == 3
    emulator.play("")
    ended = shop.run("push", name, *CHANGED, "--json").json
    assert numbers(ended["changes"]["contact"]) == {"again": 5}


def test_a_batch_that_was_sent_twice_goes_again(shop: Shop, emulator: RunningEmulator) -> None:
    name = contacts(shop, {f"c{n:03}": "Ann" for n in range(250)})
    emulator.play(fault("answer", status=503, request=2, times=1))
    assert shop.run("push", name, *CHANGED).code == 0
    ended = shop.run("push", name, *CHANGED, "--json").json
    assert numbers(ended["changes"]["contact"]) in (
        {"again": 100, "unchanged": 150},
        {"again": 50, "unchanged": 200},
    )


def test_an_older_run_that_ends_later_does_not_say_what_the_account_has(
    shop: Shop, emulator: RunningEmulator
) -> None:
    people = {f"c{n:03}": "Ann" for n in range(150)}
    old = contacts(shop, people, "old.csv")
    emulator.play(fault("answer", status=401, request=2))
    assert shop.run("push", old, *TO).code == 5
    emulator.play("")
    (run,) = shop.run_folders()
    new = contacts(shop, people | {"c000": "Bea", "c149": "Cleo"}, "new.csv")
    assert shop.run("push", new, *TO).code == 0
    assert shop.run("resume", run.name, "--even-if-older").code == 0
    assert shop.run("push", old, "--new", *CHANGED).code == 0
    assert firstnames(emulator) == people


@pytest.mark.usefixtures("emulator")
def test_full_sends_everything_whatever_the_settings_say(shop: Shop) -> None:
    settings = shop.folder / "ometria-import.toml"
    text = settings.read_text()
    settings.write_text(text.replace("[accounts.staging]", "[accounts.staging]\nchanged = true"))
    name = contacts(shop, {"a": "Ann", "b": "Bea"})
    assert shop.run("push", name, *TO).code == 0
    contacts(shop, {"a": "Ann", "b": "Bob"})
    assert shop.run("push", name, *TO, "--json").json["accepted"] == 1
    assert shop.run("push", name, *TO, "--json").json["accepted"] == 0
    full = shop.run("push", name, *TO, "--full", "--json").json
    assert (full["accepted"], "changes" in full) == (2, False)


def test_what_is_gone_is_told_for_complete_sources_only(
    shop: Shop, emulator: RunningEmulator
) -> None:
    settings = shop.folder / "ometria-import.toml"
    accounts = settings.read_text()

    def listed(*, complete: bool) -> None:
        told = "true" if complete else "false"
        settings.write_text(
            f'{accounts}\n[[sources]]\npath = "contacts.csv"\ncomplete = {told}\n'
            '[[sources]]\npath = "products.csv"\n'
        )

    listed(complete=True)
    shop.products(3)
    contacts(shop, {"a": "Ann", "b": "Bea", "c": "Cleo"})
    assert shop.run("push", *CHANGED).code == 0
    shop.products(1)
    contacts(shop, {"a": "Ann", "d": "Dora"})
    dry = shop.run("push", *CHANGED, "--dry-run", "--json")
    assert dry.json["changes"]["contact"]["gone"] == 2
    assert dry.json["changes"]["product"]["gone"] is None
    assert "2 contacts that staging was given before are not among the records" in dry.err
    named = shop.run("push", "contacts.csv", *CHANGED, "--dry-run", "--json").json
    assert named["changes"]["contact"]["gone"] is None
    listed(complete=False)
    assert shop.run("push", *CHANGED, "--json").json["changes"]["contact"]["gone"] is None
    assert len(stored(emulator)) == 7


@pytest.mark.usefixtures("emulator")
def test_another_form_is_said_and_what_the_account_has_can_be_accepted(shop: Shop) -> None:
    name = contacts(shop, {f"c{n}": "Ann" for n in range(5)})
    assert shop.run("push", name, *TO).code == 0
    with sqlite3.connect(store_of(shop)) as database:
        database.execute("UPDATE run SET form = form - 1")
        database.execute("UPDATE given SET body = randomblob(16)")
    database.close()
    dry = shop.run("push", name, *CHANGED, "--dry-run", "--json")
    assert dry.json["changes"]["contact"]["other_form"] == 5
    assert "5 of what changed was given by another version of this tool" in dry.err
    assert "ometria-import given rebuild --to staging" in dry.err
    rebuilt = shop.run("given", "rebuild", dry.json["run"], "--to", "staging", "--json")
    assert (rebuilt.code, rebuilt.json["same"]) == (0, 5)
    assert shop.run("push", name, *CHANGED, "--json").json["accepted"] == 0


def damaged(path: Path) -> None:
    path.write_bytes(b"not a database, but longer than the header of one" * 100)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def of_another_version(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version=99")
    database.close()


def of_another_address(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE meta SET value = 'https://x.example.com' WHERE name = 'base_url'")
    database.close()


def of_another_key(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE meta SET value = 'other' WHERE name = 'account'")
    database.close()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (damaged, "it is damaged"),
        (cut, "it is damaged"),
        (of_another_version, "it is damaged or was written by another version of this tool"),
        (of_another_address, "it is about an account at https://x.example.com"),
        (of_another_key, "the account had another key when it was written"),
    ],
)
@pytest.mark.usefixtures("emulator")
def test_a_store_that_cannot_be_used_is_said_and_everything_goes(
    shop: Shop, damage: Callable[[Path], None], words: str
) -> None:
    name = contacts(shop, {f"c{n}": "Ann" for n in range(200)})
    assert shop.run("push", name, *TO).code == 0
    damage(store_of(shop))
    ended = shop.run("push", name, *CHANGED, "--json")
    assert (ended.code, ended.json["accepted"]) == (0, 200)
    assert words in ended.err
    assert "everything counts as new" in ended.err
    assert shop.run("push", name, *CHANGED, "--json").json["accepted"] == 0


def test_contacts_go_along_with_another_contact_of_their_email(
    shop: Shop, emulator: RunningEmulator
) -> None:
    def export(name: str) -> str:
        rows = f"1,main,A@example.com,Ann\n2,main,b@example.com,Bea\n3,shop,a@example.com,{name}\n"
        return shop.write("contacts.csv", f"id,@collection,email,firstname\n{rows}")

    assert shop.run("push", export("Ann"), *CHANGED).code == 0
    ended = shop.run("push", export("Anna"), *CHANGED, "--json").json
    assert numbers(ended["changes"]["contact"]) == {"changed": 1, "along": 1, "unchanged": 1}
    assert ended["accepted"] == 2
    assert values(stored(emulator))


@pytest.mark.usefixtures("emulator")
def test_contacts_go_along_with_whoever_is_the_same_person(shop: Shop) -> None:
    def export(name: str) -> str:
        rows = [
            "1,main,a@example.com,k1,Ann",
            "2,main,b@example.com,k1,Ann",
            "3,main,B@example.com,,Ann",
            "4,main,d@example.com,k4,Dora",
            f"5,main,a@example.com,,{name}",
        ]
        text = "\n".join(["id,@collection,email,customer_id,firstname", *rows, ""])
        return shop.write("contacts.csv", text)

    assert shop.run("push", export("Ann"), *CHANGED).code == 0
    ended = shop.run("push", export("Anna"), *CHANGED, "--json").json
    # 5 has the email of 1, which has the customer id of 2, which has the email of 3.
    assert numbers(ended["changes"]["contact"]) == {"changed": 1, "along": 3, "unchanged": 1}


def test_a_run_that_is_gone_on_with_does_not_hide_what_the_account_has_lost(
    shop: Shop, emulator: RunningEmulator
) -> None:
    people = {f"c{n:03}": "Ann" for n in range(150)}
    name = contacts(shop, people)
    emulator.play(fault("answer", status=503, from_request=2))
    assert shop.run("push", name, *CHANGED, "--give-up-after", "0").code == 75
    emulator.play("")
    for each in firstnames(emulator):
        emulator.put_record("contact", each, None, collection="main")
    assert shop.run("given", "forget", *TO).code == 0
    ended = shop.run("push", name, *CHANGED)
    assert (ended.code, "now the files as they are" in ended.err) == (0, True)
    assert firstnames(emulator) == people


@pytest.mark.usefixtures("emulator", "errors_with_ids")
def test_errors_that_are_read_long_after_take_the_record_back(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = contacts(shop, {f"c{n}": "Ann" for n in range(5)})
    emulator.play(fault("late_refusal", record_id="c3", path="root > email", after_s=2))
    assert shop.run("push", name, *CHANGED).code == 0
    (run,) = shop.run_folders()
    time.sleep(2)
    assert shop.run("errors", "--run", run.name).code == 3
    ended = shop.run("push", name, *CHANGED, "--dry-run", "--json").json
    assert numbers(ended["changes"]["contact"]) == {"again": 1, "unchanged": 4}


def test_a_run_of_what_changed_is_not_promoted(shop: Shop, emulator: RunningEmulator) -> None:
    assert shop.run("push", contacts(shop, {"a": "Ann", "b": "Bea"}), *CHANGED).code == 0
    assert shop.run("push", contacts(shop, {"a": "Ann", "b": "Bo"}), *CHANGED).code == 0
    run = shop.run_folders()[-1].name
    ended = shop.run("promote", run, "--to", "live", "--yes")
    assert (ended.code, "only sent what had changed" in ended.err) == (2, True)
    verified = shop.run("verify", run, "--settle", "0")
    assert verified.code == 0, verified
    assert "ometria-import push FILE --changed --to live" in verified.out
    assert f"promote {run}" not in verified.out
    assert stored(emulator, "live") == []


def test_a_push_that_is_killed_before_the_account_is_quiet_costs_sending_again(
    shop: Shop, emulator: RunningEmulator
) -> None:
    shop.send_to(emulator.base_url, wait_for_errors=30)
    name = contacts(shop, {f"c{n:03}": "Ann" for n in range(150)})
    process = shop.start("push", name, *CHANGED)
    wait_until(lambda: pushes(emulator) == 2)
    process.kill()
    assert finished(process).code == -signal.SIGKILL
    shop.send_to(emulator.base_url)
    ended = shop.run("push", name, *CHANGED, "--new", "--json").json
    assert numbers(ended["changes"]["contact"]) == {"again": 150}
    assert shop.run("push", name, *CHANGED, "--new", "--json").json["accepted"] == 0


def test_contacts_of_different_collections_and_other_types_are_told_apart(
    shop: Shop, emulator: RunningEmulator
) -> None:
    def export(name: str) -> tuple[str, str]:
        rows = f"1,main,a@example.com,Ann\n1,shop,b@example.com,{name}\n"
        contacts = shop.write("contacts.csv", f"id,@collection,email,firstname\n{rows}")
        return contacts, shop.write("products.csv", "id,title,price\n1,Kettle,12.50\n")

    assert shop.run("push", *export("Bea"), *CHANGED).code == 0
    ended = shop.run("push", *export("Bo"), *CHANGED, "--json").json
    assert numbers(ended["changes"]["contact"]) == {"changed": 1, "unchanged": 1}
    assert numbers(ended["changes"]["product"]) == {"unchanged": 1}
    assert (ended["accepted"], len(stored(emulator))) == (1, 3)


@pytest.mark.usefixtures("emulator")
def test_a_store_that_is_in_use_is_not_forgotten(shop: Shop) -> None:
    assert shop.run("push", contacts(shop, {"a": "Ann"}), *TO).code == 0
    with AccountLock(Home(shop.folder / ".ometria-import"), AccountName.STAGING, RunId("other")):
        ended = shop.run("given", "forget", *TO)
    assert (ended.code, store_of(shop).exists()) == (6, True)
    damaged(store_of(shop))
    shown = shop.run("given", "show", *TO)
    assert (shown.code, "it is damaged" in shown.err, "Traceback" in shown.err) == (4, True, False)


def test_a_program_can_ask_for_what_changed(shop: Shop, emulator: RunningEmulator) -> None:
    def push() -> int:
        result = ometria_import.push("contacts.csv", to="staging", changed=True)
        return int(result.sums["changes"]["contact"]["unchanged"])

    contacts(shop, {"a": "Ann", "b": "Bea"})
    assert [push(), push()] == [0, 2]
    assert pushes(emulator) == 1
