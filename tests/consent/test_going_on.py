"""What a push that keeps consent does about runs that were begun before, and what others change."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ometria_import.actions.keeping import check_of_age
from ometria_import.config.home import RunFolder
from ometria_import.delivery import Journal, load_request
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import UsageError
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch
from tests.cli.program import Ended, Shop, pushes, rows
from tests.consent.test_keep import IN, LIVE, OUT, ago, contacts, listed, person, push, sent
from tests.emulator.scenarios.scenarios import fault


def stopped(shop: Shop, emulator: RunningEmulator, *words: str) -> Path:
    """Let a push stop before live has taken anything; returns the folder of its run."""
    emulator.play(fault("answer", status=503))
    assert push(shop, *words, "--give-up-after", "0").code == 75
    emulator.heal()
    return shop.run_folders()[-1]


def make_old(run: Path) -> None:
    begun = datetime.now(UTC) - timedelta(days=3)
    with closing(sqlite3.connect(run / "journal.db")) as database, database:
        database.execute("UPDATE run SET created_at = ?", (begun.isoformat(),))


def resume(shop: Shop, *words: str) -> Ended:
    return shop.run("resume", "--yes", *words)


def test_a_run_goes_on_as_it_was_begun_and_then_there_is_nothing_to_do(
    shop: Shop, emulator: RunningEmulator
) -> None:
    listed(emulator, "aa-left", OUT)
    name = contacts(shop, person("aa-left"), person("aa-new"))
    run = stopped(shop, emulator, name)
    ended = push(shop, name)
    assert (ended.code, ended.json["run"]) == (0, run.name)
    assert sent(emulator, "aa-left")["marketing_optin"] == OUT
    assert push(shop, name).json["nothing_to_do"] is True
    # What was left out then is wanted now.
    wanted = push(shop, name, "--consent", "file")
    assert (wanted.code, wanted.json["run"] != run.name) == (0, True)
    assert sent(emulator, "aa-left")["marketing_optin"] == IN


def test_what_would_say_more_is_left_and_all_is_sent_anew(
    shop: Shop, emulator: RunningEmulator
) -> None:
    listed(emulator, "bb-left", OUT)
    name = contacts(shop, person("bb-left"), person("bb-new"))
    first = stopped(shop, emulator, name, "--consent", "file")
    ended = push(shop, name)
    assert (ended.code, ended.json["run"] != first.name) == (0, True)
    assert "was begun with --consent file: it is left as it is" in ended.err
    assert sent(emulator, "bb-left")["marketing_optin"] == OUT
    # Where the files are others by now, they may not have all of it.
    second = stopped(shop, emulator, name, "--consent", "file", "--new")
    contacts(shop, person("bb-other"))
    refused = push(shop, name)
    assert (refused.code, f"resume {second.name}" in refused.json["hint"]) == (2, True)
    assert push(shop, name, "--new").code == 0


def test_contacts_are_not_sent_long_after_their_account_was_asked(
    shop: Shop, emulator: RunningEmulator
) -> None:
    listed(emulator, "cc-late", IN)
    name = contacts(shop, person("cc-late"), person("cc-new"))
    run = stopped(shop, emulator, name)
    emulator.unsubscribe("cc-late@example.com", timestamp=ago(0.01), account="live")
    make_old(run)
    before = pushes(emulator)
    refused = resume(shop)
    assert (refused.code, "more than two days ago" in refused.err) == (2, True)
    assert pushes(emulator) == before
    ended = push(shop, name)
    assert (ended.code, ended.json["consent"]["held"]) == (0, {"email": 1})
    assert "is left as it is, and the files are sent again as a whole" in ended.err
    assert "timestamp_subscribed" not in sent(emulator, "cc-late")
    assert resume(shop, run.name, "--even-if-older").code == 0
    assert "timestamp_subscribed" in sent(emulator, "cc-late")


def test_a_pause_of_days_stops_contacts_and_nothing_else(
    shop: Shop, emulator: RunningEmulator
) -> None:
    run = stopped(shop, emulator, contacts(shop, person("dd-new")))
    make_old(run)
    folder = RunFolder(run)
    with Journal(folder.journal, is_read_only=True) as journal:
        check = check_of_age(journal.info(), load_request(folder))
    check(Batch(1, ObjectType.PRODUCT, 1, b"[{}]", ""))
    with pytest.raises(UsageError, match="more than two days ago"):
        check(Batch(2, ObjectType.CONTACT, 1, b"[{}]", ""))


def test_a_run_without_contacts_goes_on_however_old_it_is(
    shop: Shop, emulator: RunningEmulator
) -> None:
    run = stopped(shop, emulator, shop.products(3))
    make_old(run)
    assert push(shop, "products.csv").json["run"] == run.name


def test_who_leaves_while_the_account_is_read_stays_out(
    shop: Shop, emulator: RunningEmulator
) -> None:
    for number in range(600):
        listed(emulator, f"dd{number}", IN)
    name = contacts(shop, *(person(f"dd{number}") for number in range(100)))
    emulator.play(fault("latency", on="reads", seconds=0.15))
    asked = "SELECT COUNT(*) FROM request WHERE method = 'GET' AND path LIKE '%/profiles'"
    ((begun,),) = rows(emulator, asked)
    is_over = threading.Event()

    def change() -> None:
        while not is_over.wait(0.01):
            ((count,),) = rows(emulator, asked)
            if count > begun + 1:
                break
        # Whoever was on the first page, and others who move all those behind them.
        emulator.unsubscribe("dd3@example.com", timestamp=ago(0), account="live")
        for number in range(200, 205):
            emulator.put_record("contact", f"dd{number}", None, collection="shop", account="live")

    changing = threading.Thread(target=change)
    changing.start()
    ended = shop.run("push", name, *LIVE, "--allow", "welcome-campaigns")
    is_over.set()
    changing.join()
    assert ended.code == 0, ended.err
    assert ended.json["consent"]["held"] == {"email": 1}, ended.err
    assert "timestamp_subscribed" not in sent(emulator, "dd3")
    assert "timestamp_subscribed" in sent(emulator, "dd4")
