from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ometria_import.config.home import Home
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop
from tests.emulator.scenarios.scenarios import fault

A_DAY = timedelta(days=1)


@pytest.fixture
def pushed(shop: Shop, emulator: RunningEmulator) -> Iterator[RunningEmulator]:
    """A run of yesterday."""
    assert shop.run("push", shop.contacts(30), shop.products(10), "--to", "staging").code == 0
    emulator.wait_until_drained()
    age(shop)
    yield emulator
    emulator.heal()


def age(shop: Shop) -> None:
    """Let a day pass since the newest run."""
    with closing(sqlite3.connect(shop.run_folders()[-1] / "journal.db")) as journal, journal:
        yesterday = (datetime.now(UTC) - A_DAY).isoformat()
        journal.execute("UPDATE run SET updated_at = ?", (yesterday,))


def folders(shop: Shop) -> list[Path]:
    return Home(shop.folder / ".ometria-import").verifications()


@pytest.mark.usefixtures("pushed")
def test_sentence_counts_and_the_next_step_are_shown(shop: Shop) -> None:
    ended = shop.run("verify")

    assert ended.code == 0
    assert "All 40 records were read; none of them differs and none is missing." in ended.out
    assert "contacts/main       30    30    30       0        0\n" in ended.out
    run = shop.run_folders()[-1].name
    assert f"ometria-import promote {run} --to live" in ended.out
    shown = shop.run("show", run)
    assert "UTC. All 40 records were read; none of them differs and none is missing." in shown.out
    assert shop.run("show", run, "--json").json["verified"] == folders(shop)[0].name
    assert "contacts/main: the account holds 30 records" in ended.err


def test_patterns_are_said_before_the_counts(shop: Shop, pushed: RunningEmulator) -> None:
    for number in range(3):
        body = {
            "@type": "product",
            "id": f"p{number:06}",
            "title": f"KETTLE {number}",
            "price": 12.5,
        }
        pushed.put_record("product", f"p{number:06}", body)
    pushed.put_record("contact", "c000004", None, collection="main")

    ended = shop.run("verify")

    assert ended.code == ExitCode.REJECTS
    lines = ended.out.splitlines()
    pattern = lines.index("product title: 3 of 10 come back in another case")
    assert lines[pattern + 2].split() == [
        *("p000000", "Kettle", "0", "KETTLE", "0", "products.csv:2")
    ]
    assert pattern < next(place for place, line in enumerate(lines) if "object type" in line)
    assert f"verify {shop.run_folders()[0].name} --accept texts_in_another_case\n" in ended.out
    assert "All 40 records were read; 3 differ and 1 is missing." in ended.out
    missing = folders(shop)[0].relative_to(shop.folder) / "missing.ndjson"
    assert f"ometria-import push {missing} --to staging" in ended.out
    accepted = shop.run("verify", "--accept", "texts_in_another_case", "--type", "product")
    assert accepted.code == 0
    assert "texts_in_another_case      3" in accepted.out


def test_orders_and_revenue_are_followed_on_the_screen(
    shop: Shop, emulator: RunningEmulator
) -> None:
    orders = (
        "id,timestamp,grand_total,currency\n"
        "o1,2024-01-02T10:00:00Z,10.50,GBP\n"
        "o2,2024-02-02T10:00:00Z,20.00,GBP\n"
        "o3,2024-02-03T10:00:00Z,5.25,EUR\n"
        "o4,2024-02-04T10:00:00Z,7.75,GPB\n"
        "o5,2024-02-05T10:00:00Z,n/a,EUR\n"
    )
    (shop.folder / "orders.csv").write_text(orders, encoding="utf-8")
    assert shop.run("push", "orders.csv", "--to", "staging").code == ExitCode.REJECTS
    emulator.wait_until_drained()
    emulator.put_record("order", "o2", None)
    soon = shop.run("verify", "--settle", "0").out.splitlines()
    age(shop)

    said = [" ".join(line.split()) for line in shop.run("verify").out.splitlines()]

    start = said.index("orders that count in the files sent accepted found")
    assert said[start + 1 : start + 10] == [
        "EUR orders 1 1 1 1",
        "EUR revenue 5.25 5.25 5.25 5.25",
        "GBP orders 2 2 2 1",
        "GBP revenue 30.50 30.50 30.50 10.50",
        "? orders 1 0 0 0",
        "? revenue 7.75 0.00 0.00 0.00",
        "accepted → found, GBP: 1 order missing, 20.00",
        "files → sent, currency unknown: 1 order rejected, 7.75",
        "Not in these sums: 1 rejected order whose time or total cannot be read.",
    ]
    assert any("settled (2 so far), so what was found is left open." in line for line in soon)


def test_json_is_the_summary_and_quiet_is_one_line(shop: Shop, pushed: RunningEmulator) -> None:
    pushed.put_record("product", "p000003", None)

    told = shop.run("verify", "--json").json
    quiet = shop.run("verify", "--quiet")

    assert (told["verdict"], told["exit_code"], told["is_finished"]) == ("differs", 3, True)
    assert told["types"][0]["missing"] == 1
    assert told["asked"]["statement"] == "0.1%@95"
    assert (quiet.code, quiet.out) == (ExitCode.REJECTS, "")
    assert quiet.err == (
        f"staging: All 40 records were read; 1 is missing. ometria-import verify {told['run']}\n"
    )


def test_soon_after_a_run_nobody_is_told_that_records_are_missing(
    shop: Shop, emulator: RunningEmulator
) -> None:
    shop.run("push", shop.products(5), "--to", "staging")
    emulator.put_record("product", "p000003", None)

    ended = shop.run("verify", "--settle", "0")

    assert ended.code == ExitCode.TEMPORARY
    assert "1 record is not there as sent yet" in ended.out
    assert "run the same command again later:" in ended.out


@pytest.mark.usefixtures("pushed")
def test_types_that_cannot_be_read_end_with_5(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(fault("no_reads", paths=["contacts"]))

    ended = shop.run("verify", "--type", "contact", "--type", "product")

    assert ended.code == ExitCode.REFUSED
    assert "All 10 records that can be read were read" in ended.out
    assert "30 contacts were not read: GET /contacts/main" in ended.out
    assert "staging-key" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--sample", "many"), 2, "'many' is not a sample"),
        (("--part", "9/3"), 2, "'9/3' is not a part such as 3/30"),
        (("--all", "--sample", "5"), 2, "--all and --sample cannot be used together"),
        (("--for", "soon"), 2, "'soon' is not a duration"),
        (("--accept", "anything"), 2, "there is no rule 'anything' that can be accepted"),
        (("--type", "person"), 2, "invalid value for '--type'"),
        (("--source", "other.csv"), 2, "no record of the run came from other.csv"),
        (("--type", "order"), 2, "accepted no record of run"),
        (("2020",), 2, "there is no run '2020'"),
    ],
)
@pytest.mark.usefixtures("pushed")
def test_what_cannot_be_verified_is_said_in_a_sentence(
    shop: Shop, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ended = shop.run("verify", *arguments)

    assert ended.code == code
    assert words in ended.err
    assert "hint: " in ended.err


def test_run_that_sent_nothing_is_not_verified(shop: Shop, emulator: RunningEmulator) -> None:
    nothing = shop.run("verify")
    assert (nothing.code, "has sent anything" in nothing.err) == (ExitCode.USAGE, True)

    shop.run("push", shop.products(3), "--to", "staging", "--dry-run")
    rehearsed = shop.run("verify", shop.run_folders()[0].name)
    assert (rehearsed.code, "is a dry run" in rehearsed.err) == (ExitCode.USAGE, True)

    emulator.play(fault("answer", on="push", status=503))
    shop.run("push", shop.products(4), "--to", "staging", "--give-up-after", "0")
    stopped = shop.run("verify")
    assert stopped.code == ExitCode.USAGE
    assert "is not finished" in stopped.err
    assert f"ometria-import resume {shop.run_folders()[-1].name}" in stopped.err


@pytest.mark.usefixtures("pushed")
def test_run_whose_files_are_gone_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMETRIA_STAGING_KEY")
    keyless = shop.run("verify")
    assert (keyless.code, "no key for the account staging" in keyless.err) == (2, True)
    monkeypatch.setenv("OMETRIA_STAGING_KEY", "staging-key")

    journal = shop.run_folders()[0] / "journal.db"
    with closing(sqlite3.connect(journal)) as database, database:
        database.execute("UPDATE run SET tool_version = '0.0.1'")
    other = shop.run("verify")
    assert (other.code, "was made by version 0.0.1 of this tool" in other.err) == (0, True)

    shop.the_package().unlink()
    packageless = shop.run("verify")
    assert packageless.code == ExitCode.UNUSABLE
    assert "does not exist" in packageless.err

    with closing(sqlite3.connect(journal)) as database:
        database.execute("PRAGMA user_version = 99")
    foreign = shop.run("verify")
    assert foreign.code == ExitCode.UNUSABLE
    assert "has format 99, this version reads" in foreign.err


def test_later_run_to_the_account_is_named(shop: Shop, emulator: RunningEmulator) -> None:
    shop.run("push", shop.products(5), "--to", "staging")
    shop.run("push", shop.products(9, "more.csv"), "--to", "staging")
    emulator.wait_until_drained()
    first, second = (folder.name for folder in shop.run_folders())

    ended = shop.run("verify", first, "--settle", "0")

    assert f"Note: run {second} sent product records to the account since" in ended.out
    assert "contact" not in ended.out


@pytest.mark.usefixtures("pushed")
def test_old_verifications_are_pruned(shop: Shop) -> None:
    shop.run("verify")
    (folder,) = folders(shop)
    assert shop.run("runs", "prune", "--keep", "0s", "--json").json["verifications"] == []
    old = (datetime.now(UTC) - 40 * A_DAY).timestamp()
    os.utime(folder, (old, old))

    ended = shop.run("runs", "prune")

    assert "1 verification" in ended.out
    assert not folder.exists()


@pytest.mark.usefixtures("pushed")
def test_report_of_the_run_is_written_anew(shop: Shop) -> None:
    report = shop.run_folders()[0] / "report.html"
    before = report.read_bytes()

    assert f"Report:    {report.relative_to(shop.folder)}" in shop.run("verify").out

    assert report.read_bytes() != before
