"""Old records never go over newer ones unless somebody says so."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, pushes, rows

TO = ("--to", "staging")
Push = Callable[[str], str]


def contacts(shop: Shop, name: str, consent: str, ids: tuple[str, ...] = ("1", "2")) -> str:
    lines = [f"{each},main,c{each}@example.com,{consent}" for each in ids]
    return shop.write(name, "\n".join(["id,@collection,email,firstname", *lines, ""]))


def held(emulator: RunningEmulator) -> list[str]:
    """The first names that the account has now."""
    emulator.wait_until_drained()
    sql = "SELECT json_extract(body, '$.firstname') FROM receipt ORDER BY number"
    return [name for (name,) in rows(emulator, sql)]


@pytest.fixture
def stopped(shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> Push:
    """Push a file with a key that is refused, and return the unfinished run's id."""
    del emulator

    def push(name: str) -> str:
        with monkeypatch.context() as patch:
            patch.setenv("OMETRIA_STAGING_KEY", "not-yet-valid")
            assert shop.run("push", name, *TO).code == ExitCode.REFUSED
        return shop.run_folders()[-1].name

    return push


def test_a_run_that_was_overtaken_is_not_resumed_by_accident(
    shop: Shop, emulator: RunningEmulator, stopped: Push
) -> None:
    """Bug: it sent old records, and with them old consent, over newer ones, with a warning."""
    old = stopped(contacts(shop, "old.csv", "Old"))
    new = shop.run("push", contacts(shop, "new.csv", "New"), *TO, "--json").json["run"]
    ended = shop.run("resume", old)
    assert ended.code == ExitCode.USAGE
    assert ended.err == (
        f"error: run {new} sent contact records to the account after run {old} began: what it has"
        " left may overwrite newer records\n"
        "hint: Push the files as they are now. To send what is left anyway: "
        f"ometria-import resume {old} --even-if-older\n"
    )
    nameless = shop.run("resume")
    assert nameless.code == ExitCode.USAGE
    assert "except ones that later runs have overtaken" in nameless.err
    assert held(emulator) == ["New", "New"]
    assert shop.run("resume", old, "--even-if-older").code == ExitCode.OK
    assert held(emulator) == ["New", "New", "Old", "Old"]


@pytest.mark.usefixtures("emulator")
def test_lists_show_what_overtook_a_run_and_never_offer_it(shop: Shop, stopped: Push) -> None:
    old = stopped(contacts(shop, "old.csv", "Old"))
    new = shop.run("push", contacts(shop, "new.csv", "New"), *TO, "--json").json["run"]
    listed = shop.run("runs")
    assert f"stopped, overtaken by {new}" in listed.out
    assert f"Next: ometria-import show {new}" in listed.out
    states = {run["run"]: run["overtaken_by"] for run in shop.run("runs", "--json").json["runs"]}
    assert states == {old: new, new: None}
    shown = shop.run("show", old)
    assert f"Overtaken: run {new} sent contact records to the account since" in shown.out
    assert f"left anyway:\n      ometria-import resume {old} --even-if-older\n" in shown.out
    assert shop.run("show", old, "--json").json["overtaken_by"] == new
    # One that is not overtaken is offered before it.
    third = stopped(contacts(shop, "third.csv", "Third"))
    assert f"Next: ometria-import resume {third}" in shop.run("runs").out


@pytest.mark.usefixtures("emulator")
def test_other_object_types_and_accounts_overtake_nothing(shop: Shop, stopped: Push) -> None:
    old = stopped(contacts(shop, "old.csv", "Old"))
    assert shop.run("push", shop.products(2), *TO).code == ExitCode.OK
    name = contacts(shop, "new.csv", "New")
    assert shop.run("push", name, "--to", "live", "--yes").code == ExitCode.OK
    assert shop.run("push", name, *TO, "--dry-run").code == ExitCode.OK
    assert f"Next: ometria-import resume {old}" in shop.run("runs").out
    assert shop.run("resume").code == ExitCode.OK


def test_the_same_files_again_do_not_go_on_with_what_was_overtaken(
    shop: Shop, emulator: RunningEmulator, stopped: Push
) -> None:
    name = contacts(shop, "old.csv", "Old")
    old = stopped(name)
    new = shop.run("push", contacts(shop, "new.csv", "New"), *TO, "--json").json["run"]
    ended = shop.run("push", name, *TO)
    assert ended.code == ExitCode.USAGE
    assert f"run {old} of these files is unfinished, 2 records to send, and run {new} sent" in (
        ended.err
    )
    assert (
        f"add --new for all of them, or send the rest with: ometria-import resume {old}"
        in ended.err
    )
    assert held(emulator) == ["New", "New"]
    assert shop.run("push", name, *TO, "--new").code == ExitCode.OK
    assert held(emulator) == ["New", "New", "Old", "Old"]


def test_files_that_have_changed_go_without_what_was_overtaken(
    shop: Shop, emulator: RunningEmulator, stopped: Push
) -> None:
    name = contacts(shop, "shop.csv", "Old", ("1", "2", "3"))
    old = stopped(name)
    assert shop.run("push", contacts(shop, "new.csv", "New"), *TO).code == ExitCode.OK
    contacts(shop, name, "Newest")
    ended = shop.run("push", name, *TO)
    assert ended.code == ExitCode.OK
    assert f"run {old} of these files is unfinished" in ended.err
    assert "it is left as it is, and the files are sent as they are now" in ended.err
    assert held(emulator) == ["New", "New", "Newest", "Newest"]


def test_nothing_to_do_is_judged_by_what_was_sent_last(
    shop: Shop, emulator: RunningEmulator, stopped: Push
) -> None:
    """Bug: after an old run was gone on with, the newer files were said to be there already."""
    old = stopped(contacts(shop, "old.csv", "Old"))
    name = contacts(shop, "new.csv", "New")
    assert shop.run("push", name, *TO).code == ExitCode.OK
    assert "Nothing to do" in shop.run("push", name, *TO).out
    assert shop.run("resume", old, "--even-if-older").code == ExitCode.OK
    again = shop.run("push", name, *TO, "--json")
    assert (again.code, again.json.get("accepted")) == (ExitCode.OK, 2)
    assert held(emulator) == ["New", "New", "Old", "Old", "New", "New"]
    assert "Nothing to do" in shop.run("push", name, *TO).out
    assert pushes(emulator) == 3


def test_what_was_sent_last_does_not_hang_on_the_clock(
    shop: Shop, emulator: RunningEmulator, stopped: Push
) -> None:
    old = stopped(contacts(shop, "old.csv", "Old"))
    name = contacts(shop, "new.csv", "New")
    assert shop.run("push", name, *TO).code == ExitCode.OK
    newer = shop.run_folders()[-1]
    with closing(sqlite3.connect(newer / "journal.db")) as database, database:
        # As of a clock that was far ahead, and was set right before the old run was gone on with.
        database.execute("UPDATE run SET updated_at = '2099-01-01T00:00:00+00:00'")
        database.execute("UPDATE batch SET updated_at = '2099-01-01T00:00:00+00:00'")
    assert shop.run("resume", old, "--even-if-older").code == ExitCode.OK
    assert shop.run("push", name, *TO).code == ExitCode.OK
    assert held(emulator)[-1] == "New"


def test_journals_of_versions_that_counted_no_turns_go_by_their_beginning(
    shop: Shop, emulator: RunningEmulator, stopped: Push
) -> None:
    old = stopped(contacts(shop, "old.csv", "Old"))
    name = contacts(shop, "new.csv", "New")
    assert shop.run("push", name, *TO).code == ExitCode.OK
    for folder in shop.run_folders():
        with closing(sqlite3.connect(folder / "journal.db")) as database, database:
            database.execute("DROP TABLE turns")
    assert "Nothing to do" in shop.run("push", name, *TO).out
    assert shop.run("resume", old).code == ExitCode.USAGE
    assert shop.run("resume", old, "--even-if-older").code == ExitCode.OK
    assert shop.run("push", name, *TO).code == ExitCode.OK
    assert held(emulator)[-2:] == ["New", "New"]


def test_who_stops_again_is_told_the_command_that_works(
    shop: Shop, emulator: RunningEmulator, stopped: Push
) -> None:
    old = stopped(contacts(shop, "old.csv", "Old"))
    assert shop.run("push", contacts(shop, "new.csv", "New"), *TO).code == ExitCode.OK
    emulator.revoke_key()
    ended = shop.run("resume", old, "--even-if-older")
    assert ended.code == ExitCode.REFUSED
    assert ended.out.splitlines()[-1] == f"Next: ometria-import resume {old} --even-if-older"


@pytest.mark.usefixtures("emulator")
def test_pruning_keeps_what_says_that_a_run_was_overtaken(shop: Shop, stopped: Push) -> None:
    old = stopped(contacts(shop, "old.csv", "Old"))
    new = shop.run("push", contacts(shop, "new.csv", "New"), *TO, "--json").json["run"]
    pruned = shop.run("runs", "prune", "--keep", "0d")
    assert pruned.code == ExitCode.OK, pruned.err
    assert {folder.name for folder in shop.run_folders()} == {old, new}
    assert shop.run("resume", old).code == ExitCode.USAGE
