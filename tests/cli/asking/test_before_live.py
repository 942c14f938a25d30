from __future__ import annotations

import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from ometria_import.package import (
    Package,
    effects_of,
)
from tests.cli.program import Shop, pushes, stored

DANGEROUS = (
    "id,@collection,email,marketing_optin,timestamp_subscribed,@force_optin\n"
    "1,main,a@example.com,EXPLICITLY_OPTEDIN,2024-01-31T09:30:00Z,\n"
    "2,main,b@example.com,EXPLICITLY_OPTEDIN,,true\n"
    "3,main,c@example.com,EXPLICITLY_OPTEDOUT,2024-01-31T09:30:00Z,\n"
    "4,optin:sms,d@example.com,,,\n"
    "5,double_optin:sms,e@example.com,NOT_SPECIFIED,2024-01-31T09:30:00Z,false\n"
)
ALL = (
    *("--allow", "welcome-campaigns", "--allow", "force-optin"),
    *("--allow", "sms-optin", "--allow", "double-optin-sms"),
)
COUNTS = {
    "opted_in": 2,
    "opted_out": 1,
    "undated_optins": 1,
    "undated_optouts": 1,
    "welcome_campaigns": 1,
    "forced_optins": 1,
    "sms_optins": 1,
    "double_optin_sms": 1,
    "sms_ignored": 0,
    "young_orders": 0,
    "recent_events": 0,
    "future_events": 0,
}


@pytest.fixture
def contacts(shop: Shop) -> str:
    return shop.write("contacts.csv", DANGEROUS)


def orders(shop: Shop, *ages: timedelta) -> str:
    """Write a file of orders of such ages; returns its name."""
    now = datetime.now(UTC)
    rows = [f"o{n},{now - age:%Y-%m-%dT%H:%M:%SZ},12.50,EUR\n" for n, age in enumerate(ages)]
    return shop.write("orders.csv", "id,timestamp,grand_total,currency\n" + "".join(rows))


def test_dangers_stop_a_live_run_before_its_first_request_with_counts_and_the_way_out(
    shop: Shop, emulator: RunningEmulator, contacts: str
) -> None:
    ended = shop.run("push", contacts, "--to", "live", "--yes")
    assert ended.code == ExitCode.USAGE
    error, hint = ended.err.splitlines()[-2:]
    assert "1 contact would trigger a welcome campaign (opted in, with timestamp_subs" in error
    assert "1 contact would override the preference centre (@force_optin)" in error
    assert "1 contact would get a double-opt-in text message (collection optin:sms)" in error
    assert "1 contact would count as having confirmed text messages elsewhere" in error
    assert "nothing was sent" in error
    assert f"If this is what you want, add {' '.join(ALL)}. If not: have the welcome" in hint
    # A contact without the time would be dated to the import.
    assert "timestamp_subscribed" not in hint
    told = shop.run("push", contacts, "--to", "live", "--yes", "--json")
    assert (told.code, told.json["exit_code"], told.json["sets_off"]) == (2, 2, COUNTS)
    assert told.json["error"] in ended.err
    assert pushes(emulator) == 0
    assert "there is no unfinished run" in shop.run("resume").err


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("welcome-campaigns", "trigger a welcome campaign"),
        ("force-optin", "override the preference centre"),
        ("sms-optin", "double-opt-in text message"),
        ("double-optin-sms", "having confirmed text messages elsewhere"),
    ],
)
def test_each_danger_is_allowed_by_its_own_name_only(
    shop: Shop, emulator: RunningEmulator, contacts: str, flag: str, words: str
) -> None:
    ended = shop.run("push", contacts, "--to", "live", "--yes", "--allow", flag)
    assert ended.code == ExitCode.USAGE
    assert words not in ended.err.splitlines()[-2]
    assert f"--allow {flag}" not in ended.err.splitlines()[-1]
    assert pushes(emulator) == 0


def test_what_is_allowed_goes_live(shop: Shop, emulator: RunningEmulator, contacts: str) -> None:
    ended = shop.run("push", contacts, "--to", "live", "--yes", *ALL, "--json")
    assert (ended.code, ended.json["accepted"]) == (0, 5), ended.err
    assert ended.json["sets_off"] == COUNTS
    assert len(stored(emulator, "live")) == 5
    assert shop.run("show", "--json").json["allowed"] == sorted(ALL[1::2])


def test_a_danger_that_is_unknown_is_refused(shop: Shop, contacts: str) -> None:
    ended = shop.run("push", contacts, "--to", "live", "--yes", "--allow", "everything")
    assert ended.code == ExitCode.USAGE
    assert "'everything' is not one of 'welcome-campaigns', 'force-optin', 'sms-o" in ended.err


def test_staging_and_a_dry_run_tell_what_live_would_set_off(
    shop: Shop, emulator: RunningEmulator, contacts: str
) -> None:
    pushed = shop.run("push", contacts, "--to", "staging")
    shown = shop.run("show")
    rehearsed = shop.run("push", contacts, "--to", "live", "--dry-run")
    assert (pushed.code, rehearsed.code) == (0, 0)
    assert "\nIf this package were pushed to live:\n  2 contacts would be opted in\n" in pushed.out
    assert "\nIn the live account:\n  2 contacts would be opted in\n" in rehearsed.out
    for ended in (pushed, shown, rehearsed):
        assert " 1 contact would be opted out" in ended.out
        assert "  If this is what you want, add --allow welcome-campaigns" in ended.out
    assert shop.run("show", "--json").json["sets_off"] == COUNTS
    assert len(stored(emulator)) == 5


def test_opt_ins_and_opt_outs_without_their_time_are_counted(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = shop.write(
        "contacts.csv",
        "id,email,marketing_optin,timestamp_subscribed,timestamp_unsubscribed\n"
        "1,a@example.com,EXPLICITLY_OPTEDIN,,\n"
        "2,b@example.com,EXPLICITLY_OPTEDIN,,\n"
        "3,c@example.com,EXPLICITLY_OPTEDOUT,2023-05-01T00:00:00Z,\n"
        "4,d@example.com,EXPLICITLY_OPTEDOUT,,2023-05-01T00:00:00Z\n"
        "5,e@example.com,NOT_SPECIFIED,,\n",
    )
    ended = shop.run("push", name, "--to", "live", "--yes")
    assert ended.code == 0
    words = "Ometria would use the time of the import"
    assert f"  2 opt-ins without timestamp_subscribed: {words}\n" in ended.err
    assert f"  1 opt-out without timestamp_unsubscribed: {words}\n" in ended.err
    counts = shop.run("show", "--json").json["sets_off"]
    assert (counts["undated_optins"], counts["undated_optouts"]) == (2, 1)
    assert len(stored(emulator, "live")) == 5


def test_text_message_opt_ins_that_an_account_with_double_opt_in_ignores_are_counted(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = shop.write(
        "contacts.csv",
        "id,@collection,email,phone_number,channels.sms.allow_marketing\n"
        "1,shop,a@example.com,+447400123456,yes\n"
        "2,shop,b@example.com,+447400123457,no\n"
        "3,shop,c@example.com,+447400123458,\n"
        "4,optin:sms,d@example.com,+447400123459,yes\n"
        "5,Double_Optin:SMS,e@example.com,+447400123460,yes\n",
    )
    allow = ("--allow", "sms-optin", "--allow", "double-optin-sms")
    ended = shop.run("push", name, "--to", "live", "--yes", *allow)
    assert ended.code == 0, ended.err
    assert "  1 contact would opt in to text messages outside the collections optin" in ended.err
    counts = shop.run("show", "--json").json["sets_off"]
    kinds = ("sms_optins", "double_optin_sms", "sms_ignored")
    assert [counts[kind] for kind in kinds] == [1, 1, 1]
    assert len(stored(emulator, "live")) == 5


def events(shop: Shop, *ages: timedelta) -> str:
    """Write a file of custom events of such ages; returns its name."""
    now = datetime.now(UTC)
    rows = [f"e{n},viewed,{now - age:%Y-%m-%dT%H:%M:%SZ},p{n}\n" for n, age in enumerate(ages)]
    return shop.write("events.csv", "id,event_type,timestamp,profile_id\n" + "".join(rows))


def test_custom_events_that_enter_automations_are_counted_and_not_stopped(
    shop: Shop, emulator: RunningEmulator
) -> None:
    ages = (-9, -1, 0.1, 3.9, 4.1, 30, 9_000)
    name = events(shop, *(timedelta(hours=age) for age in ages))
    ended = shop.run("push", f"custom_event={name}", "--to", "live", "--yes")
    assert ended.code == 0, ended.err
    assert (
        "  2 custom events younger than four hours would enter automations at once\n"
        "  2 custom events in the future would enter automations when due\n"
    ) in ended.err
    counts = shop.run("show", "--json").json["sets_off"]
    assert (counts["recent_events"], counts["future_events"]) == (2, 2)
    assert len(stored(emulator, "live")) == 7


def test_more_events_than_one_automation_takes_are_told_of(shop: Shop) -> None:
    name = events(shop, *[timedelta(minutes=5)] * 1_001, *[timedelta(days=9)] * 50)
    ended = shop.run("push", f"custom_event={name}", "--to", "live", "--dry-run")
    assert ended.code == 0, ended.err
    assert (
        "  1,001 custom events younger than four hours would enter automations at once; only"
        " 1,000 contacts can enter at a time, and Ometria ignores the rest\n"
    ) in ended.out


def test_values_of_custom_fields_are_no_danger(shop: Shop, emulator: RunningEmulator) -> None:
    record = {
        "@type": "contact",
        "id": "1",
        "@collection": "main",
        "email": "a@example.com",
        "properties": {
            "marketing_optin": "EXPLICITLY_OPTEDIN",
            "timestamp_subscribed": "2024-01-31T09:30:00Z",
            "force_optin": "true",
        },
    }
    name = shop.write("contacts.ndjson", json.dumps(record))
    ended = shop.run("push", name, "--to", "live", "--yes", "--json")
    assert ended.code == 0, ended.err
    assert set(ended.json["sets_off"].values()) == {0}
    assert pushes(emulator) == 1


def test_young_orders_are_counted_in_every_zone_and_not_stopped(
    shop: Shop, emulator: RunningEmulator
) -> None:
    ages = (timedelta(days=-1), timedelta(hours=71), timedelta(hours=73), timedelta(days=400))
    name = orders(shop, *ages)
    abroad = datetime.now(UTC) - timedelta(hours=71)
    with (shop.folder / name).open("a") as file:
        file.write(f"o9,{abroad + timedelta(hours=12):%Y-%m-%dT%H:%M:%S}+12:00,12.50,EUR\n")
    ended = shop.run("push", name, "--to", "live", "--yes")
    assert ended.code == 0
    assert "  3 orders younger than three days\n" in ended.err
    assert shop.run("show", "--json").json["sets_off"]["young_orders"] == 3
    assert len(stored(emulator, "live")) == 5


@pytest.mark.parametrize("year", [1970, 2099])
def test_young_orders_that_a_wrong_clock_has_counted_are_counted_again(
    shop: Shop, year: int
) -> None:
    name = orders(shop, timedelta(hours=5), timedelta(days=400))
    shop.run("push", name, "--to", "live", "--dry-run")
    (kept,) = (shop.folder / ".ometria-import" / "packages").glob("*.effects.json")
    kept.unlink()
    with Package(shop.the_package()) as package:
        effects_of(package, datetime(year, 1, 2, tzinfo=UTC))
        now = datetime.now(UTC)
        assert effects_of(package, now).young_orders(now) == 1


def test_resume_remembers_what_was_allowed(
    shop: Shop, emulator: RunningEmulator, contacts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMETRIA_LIVE_KEY", "not-yet-valid")
    push = ("push", contacts, "--to", "live", "--yes", "--consent", "file", *ALL)
    assert shop.run(*push).code == ExitCode.REFUSED
    monkeypatch.setenv("OMETRIA_LIVE_KEY", "live-key")
    (run,) = shop.run_folders()
    kept = (run / "request.json").read_bytes()
    for lost in (b"", b"[]", b'{"asked": "", "state": "", "allowed": ["all"]}'):
        (run / "request.json").write_bytes(lost)
        stopped = shop.run("resume", "--yes")
        assert stopped.code == ExitCode.USAGE
        assert "--allow welcome-campaigns" in stopped.err
    assert pushes(emulator) == 0
    (run / "request.json").write_bytes(kept)
    assert shop.run("resume", "--yes").code == 0
    assert len(stored(emulator, "live")) == 5


def test_resume_can_be_allowed_more(
    shop: Shop, emulator: RunningEmulator, contacts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMETRIA_LIVE_KEY", "not-yet-valid")
    push = ("push", contacts, "--to", "live", "--yes", "--consent", "file", *ALL)
    assert shop.run(*push).code == ExitCode.REFUSED
    (run,) = shop.run_folders()
    (run / "request.json").unlink()
    assert shop.run("resume", "--yes", *ALL).code == ExitCode.REFUSED
    monkeypatch.setenv("OMETRIA_LIVE_KEY", "live-key")
    assert shop.run("resume", "--yes").code == 0
    assert len(stored(emulator, "live")) == 5


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"counts": {}, "seal": ""}', b"\xff["])
def test_counts_that_were_tampered_with_are_counted_again(
    shop: Shop, emulator: RunningEmulator, contacts: str, damage: bytes
) -> None:
    shop.run("push", contacts, "--to", "live", "--dry-run")
    (kept,) = (shop.folder / ".ometria-import" / "packages").glob("*.effects.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    whole = kept.read_bytes()
    for content in (damage, whole.replace(b'"forced_optins": 1', b'"forced_optins": 0')):
        kept.write_bytes(content)
        assert shop.run("push", contacts, "--to", "live", "--yes").code == ExitCode.USAGE
        assert kept.read_bytes() == whole
    assert pushes(emulator) == 0


def test_live_without_staging_is_warned_of_and_after_it_not(
    shop: Shop, emulator: RunningEmulator
) -> None:
    words = "warning: no staging run has accepted exactly these records before"
    first = shop.run("push", shop.contacts(3), "--to", "live", "--yes")
    assert (first.code, words in first.err) == (0, True)
    name = shop.contacts(4)
    assert shop.run("push", name, "--to", "staging").code == 0
    second = shop.run("push", name, "--to", "live", "--yes")
    assert (second.code, words in second.err) == (0, False)
    assert "To the LIVE account" in second.err
    assert len(stored(emulator, "live")) == 4


def test_the_numbers_stand_above_the_question(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = orders(shop, timedelta(hours=1), timedelta(days=9))
    master, slave = os.openpty()
    with os.fdopen(slave, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        os.write(master, b"live\n")
        ended = shop.run("push", name, "--to", "live")
    os.close(master)
    assert ended.code == 0
    before, sign, _ = ended.err.partition("Type live to send them")
    assert sign
    assert re.search(
        r"  2 orders\n  1 request, about 0 s at 100 a second\n"
        r"  orders of 20\d\d(?: to 20\d\d)? that count: 2, 25\.00 EUR\n"
        r"  1 order younger than three days\nwarning: no staging run",
        before,
    )
    assert pushes(emulator) == 1


def test_the_nights_that_it_takes_stand_above_the_question(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    master, slave = os.openpty()
    with os.fdopen(slave, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        os.write(master, b"no\n")
        ended = shop.run("push", shop.contacts(3), "--to", "live", "--between", "01:00-06:00")
    os.close(master)
    assert (ended.code, pushes(emulator)) == (ExitCode.USAGE, 0)
    before, sign, _ = ended.err.partition("Type live to send them")
    assert sign
    assert "a second, only between 01:00 and 06:00: 1 night, until about " in " ".join(
        before.split()
    )


def test_yes_is_quiet_where_quiet_is_wanted(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO())
    ended = shop.run("push", shop.contacts(3), "--to", "live", "--yes", "-q")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert pushes(emulator) == 1


def test_young_orders_are_held_back_and_sent_by_the_same_command_once_they_are_old(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = orders(shop, timedelta(days=2), timedelta(days=4), timedelta(days=400))
    checked = shop.run("check", name, "--older-than", "3d")
    assert checked.code == 0
    assert "3 rows = 2 that start a record + 1 of orders held back\n" in checked.out
    assert f"push {name} --older-than 3d --to staging\n" in checked.out
    options = ("--to", "live", "--yes", "--older-than")
    first = shop.run("push", name, *options, "3d", "--json")
    assert (first.code, first.json["held_back"], first.json["accepted"]) == (0, 1, 2)
    assert first.json["sets_off"]["young_orders"] == 0
    assert "Prepared:  0 rejected, 1 held back" in shop.run("show").out
    # A day later more of them would be old enough, so this is looked at again.
    again = shop.run("push", name, *options, "3d")
    assert again.out.startswith("Nothing to do: ")
    assert "packing 2 records" in again.err
    last = shop.run("push", name, *options, "36h", "--json")
    assert (last.code, last.json["accepted"]) == (0, 3)
    assert len(stored(emulator, "live")) == 3


@pytest.mark.parametrize("text", ["3 moons", "-3d", "", "3"])
def test_an_age_that_is_none_is_refused(shop: Shop, text: str) -> None:
    ended = shop.run("check", orders(shop, timedelta(1)), "--older-than", text)
    assert ended.code == ExitCode.USAGE
    assert "--older-than" in ended.err
