"""The gate before live: each line of it, shut and open."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ometria_import.config import AccountName, AccountSettings
from ometria_import.config.home import Home
from ometria_import.delivery import BatchRange, LateSums, RunHistory, create_journal
from ometria_import.errors import ExitCode
from ometria_import.package import PackageWriter
from ometria_import.promotion import Candidate, Conditions, Ways, candidate_of, gate_lines
from ometria_import.verification import How, Verdict
from tests.cli.program import Shop
from tests.emulator.scenarios.scenarios import fault
from tests.promotion.staging import Staging

ZSTANDARD = b"\x28\xb5\x2f\xfd"
"""What each compressed body in a package begins with."""
EVENTS = (
    "id,event_type,timestamp,profile_id,identity_email\n"
    "e1,back_in_stock,2024-01-05T10:00:00Z,p-77,\n"
    "e2,back_in_stock,2024-01-05T10:00:00Z,,b@example.com\n"
)
LISTS = (
    "id,@collection,email,@add_to_lists,@remove_from_lists\n"
    "1,main,a@example.com,12,\n2,main,b@example.com,,13\n3,main,c@example.com,,\n"
)


def test_a_run_that_staging_took_passes_every_line(staging: Staging) -> None:
    run = staging.push(staging.contacts(200))
    ended = staging.promote(run)
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()[:12]
    assert [line[0] for line in lines] == ["✓"] * 4 + ["\N{EN DASH}"] + ["✓"] * 7
    assert lines[0].startswith("✓ The staging run is finished: 200 of 200 records accepted")
    assert lines[4].endswith("not verified, and not asked to be (--require-verify)")
    assert lines[-1] == "✓ What it sets off in live today is allowed: nothing"
    assert staging.bodies("live") == staging.bodies("staging") != []


def test_an_unfinished_run_is_told_to_be_finished_first(staging: Staging) -> None:
    staging.emulator.play(fault("answer", status=503))
    ended = staging.run(
        *("push", staging.contacts(5), "--to", "staging", "--give-up-after", "0", "--json")
    )
    assert ended.code == ExitCode.TEMPORARY
    run = ended.json["run"]
    staging.emulator.heal()
    shut = staging.shut(run)
    assert shut["finished"] == "0 of 5 records accepted"
    assert "totals" in shut
    assert f"`ometria-import resume {run}`" in staging.promote(run).err
    assert staging.run("resume").code == 0
    assert staging.promote(run).code == 0


def test_what_staging_refused_keeps_a_run_back_until_it_is_resolved(staging: Staging) -> None:
    staging.emulator.play(
        fault("answer", status=422, record_id="c000003")
        + fault("late_refusal", record_id="c000005", message="try again")
    )
    run = staging.push(staging.contacts(20), code=3)
    staging.emulator.heal()
    assert staging.shut(run) == {"open": "1 refused and 1 late error"}
    ended = staging.promote(run)
    assert ended.code == ExitCode.UNUSABLE
    assert ended.err.splitlines()[-3] == (
        f"error: run {run} may not go live as it is (open); nothing was sent"
    )
    assert "promote itself never changes a record" in ended.err.splitlines()[-1]
    retried = staging.run("retry", run, "--refused-too", "--json")
    assert retried.code == 0, retried.err
    again = staging.promote(retried.json["run"])
    assert (again.code, f"only sent some records of run {run} again" in again.err) == (2, True)
    promoted = staging.promote(run)
    assert promoted.code == 0, promoted.err
    assert "no staging run has accepted" not in promoted.err
    assert f"open, since run {retried.json['run']} sent some of them again" in promoted.out


@pytest.mark.parametrize(
    ("late", "words", "way"),
    [
        (LateSums(was_read=True), "read until nothing new came", ""),
        (LateSums(), "was never read", "errors --run"),
        (LateSums(unreadable="it answered 403"), "could not be read: it answered 403", "errors"),
        (LateSums(was_read=True, missed=(BatchRange(1, 2),)), "may have been missed", "retry"),
        (LateSums(was_read=True, unread=(BatchRange(1, 2),)), "may have been missed", "retry"),
        (LateSums(was_read=True, is_at_least=True), "kept changing", "retry"),
    ],
)
def test_late_errors_that_are_not_known_to_the_end_keep_a_run_back(
    a_candidate: Candidate, late: LateSums, words: str, way: str
) -> None:
    ways = Ways(resume="resume R", retry="retry R", errors="errors --run R", verify="verify R")
    asked = Conditions(now=datetime.now(UTC), max_age=timedelta(days=1))
    (line,) = (
        line
        for line in gate_lines(replace(a_candidate, late=late), asked, ways)
        if line.name == "late_errors"
    )
    assert words in line.evidence
    assert line.is_open is not bool(way)
    assert f"`{way}" in line.remedy or not way


def test_late_errors_that_were_never_read_keep_a_run_back(staging: Staging) -> None:
    settings = staging.folder / "ometria-import.toml"
    settings.write_text(settings.read_text().replace("wait_for", "read_errors = false\nwait_for"))
    run = staging.push(staging.contacts(3))
    assert staging.shut(run) == {"late_errors": "the account's error list was never read"}


@pytest.mark.parametrize("what", ["gone", "damaged"])
def test_a_package_that_is_not_what_staging_took_stays_here(staging: Staging, what: str) -> None:
    run = staging.push(staging.contacts(300))
    path = staging.the_package()
    if what == "gone":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        body = content.index(ZSTANDARD) + 40
        content[body : body + 9] = bytes(9)
        path.write_bytes(content)
    shut = staging.shut(run)
    assert list(shut) == ["package"], shut
    assert ("does not exist" if what == "gone" else "is damaged") in shut["package"]
    assert [path.name for path in staging.run_folders()] == [run]


def test_a_run_that_is_older_than_allowed_stays_here(staging: Staging) -> None:
    run = staging.push(staging.contacts(3))
    _say_of_run(staging, run, created_at=(datetime.now(UTC) - timedelta(days=8)).isoformat())
    assert staging.shut(run) == {"age": "its files were read 8 days ago"}
    assert staging.shut(run, "--max-age", "1h").keys() == {"age"}
    assert staging.shut(run, "--max-age", "9d") == {}


def test_a_run_of_another_version_stays_here(staging: Staging) -> None:
    run = staging.push(staging.contacts(3))
    _say_of_run(staging, run, tool_version="0.0.9")
    assert staging.shut(run) == {"version": "version 0.0.9"}
    assert "or promote with version 0.0.9" in staging.promote(run).err


def test_totals_that_do_not_add_up_stay_here(staging: Staging) -> None:
    run = staging.push(staging.contacts(3))
    sums = staging.run_folders()[0] / "sums.json"
    sums.write_text(sums.read_text().replace('"contact": 3', '"contact": 4'))
    assert staging.shut(run) == {"totals": "3 records of 3 rows"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("custom_events.csv", EVENTS, "1 record with profile_id"),
        (
            "contacts.csv",
            LISTS,
            "1 record with @add_to_lists and 1 record with @remove_from_lists",
        ),
    ],
)
def test_ids_that_only_one_account_gives_must_be_confirmed(
    staging: Staging, name: str, content: str, words: str
) -> None:
    run = staging.push(staging.write(name, content))
    assert staging.shut(run) == {"ids": words}
    assert staging.shut(run, "--ids-checked") == {}
    assert len(staging.bodies("live")) == 1


def test_what_live_would_set_off_must_be_allowed_by_name_today(staging: Staging) -> None:
    name = staging.write(
        "contacts.csv",
        "id,@collection,email,marketing_optin,timestamp_subscribed\n"
        "1,main,a@example.com,EXPLICITLY_OPTEDIN,2024-01-31T09:30:00Z\n",
    )
    run = staging.push(name, "--allow", "welcome-campaigns")
    assert staging.shut(run, "--consent-unasked") == {
        "effects": "1 contact would trigger a welcome campaign (opted in, with "
        "timestamp_subscribed)"
    }
    assert "add --allow welcome-campaigns. If not: have the" in staging.promote(run).err
    assert staging.run("consent", "diff", run, "--to", "live").code == 0
    ended = staging.promote(run, "--allow", "welcome-campaigns")
    assert (ended.code, "allowed: 1 contact would be opted in; 1" in ended.out) == (0, True)
    assert staging.run("show", "--json").json["allowed"] == ["welcome-campaigns"]


def test_nobody_who_opted_out_in_live_is_promoted_into_it(staging: Staging) -> None:
    header = "id,@collection,email,marketing_optin,timestamp_acquired\n"
    row = "q1,main,q1@example.com,EXPLICITLY_OPTEDIN,2024-01-31T09:30:00Z\n"
    run = staging.push(staging.write("contacts.csv", header + row))
    unasked = "not compared with everybody in live within 24 hours"
    assert staging.shut(run) == {"consent": unasked}
    assert f"`ometria-import consent diff {run} --to live`" in staging.promote(run).err
    diff = ("consent", "diff", run, "--to", "live", "--since", "2026-11-01")
    assert staging.run(*diff, "--profiles", "sample 5").code == 0
    assert staging.shut(run) == {"consent": unasked}
    body = {"@type": "contact", "@collection": "main", "id": "q1", "email": "q1@example.com"}
    out = {**body, "marketing_optin": "EXPLICITLY_OPTEDOUT"}
    staging.emulator.put_record("contact", "q1", out, collection="main", account="live")
    assert staging.run(*diff).code == ExitCode.REJECTS
    for flags in ((), ("--consent-unasked",)):
        assert "1 person in it opted out in live" in staging.shut(run, *flags)["consent"]
    way = "`ometria-import push contacts.csv --consent keep --to live`"
    assert way in staging.promote(run).err
    # It is what is known now that counts, and only where it is young.
    staging.emulator.put_record("contact", "q1", body, collection="main", account="live")
    assert staging.run(*diff).code == 0
    newest = max((staging.folder / ".ometria-import" / "consent").glob("*/summary.json"))
    kept = json.loads(newest.read_bytes())
    for changes, words in (
        ({"at": (datetime.now(UTC) - timedelta(hours=25)).isoformat()}, "opted out in live"),
        ({"doubts": ["somebody may be missing"]}, "compared, but somebody may be missing"),
        ({"base_url": "https://api.example.com"}, "opted out in live"),
    ):
        newest.write_text(json.dumps({**kept, **changes}))
        assert words in staging.shut(run)["consent"]
    newest.write_text(json.dumps(kept))
    ended = staging.promote(run, "--json")
    assert ended.code == 0
    (line,) = (each for each in ended.json["gate"] if each["name"] == "consent")
    assert (line["mark"], "nobody would be opted in again" in line["evidence"]) == ("passed", True)


def test_a_gate_without_a_comparison_is_opened_by_name(staging: Staging) -> None:
    header = "id,@collection,email,marketing_optin\n"
    run = staging.push(staging.write("c.csv", header + "r1,main,r1@example.com,NOT_SPECIFIED\n"))
    assert "consent" in staging.shut(run)
    marks = staging.marks(run, "--consent-unasked")
    assert marks["consent"] == "not_asked"
    assert len(staging.bodies("live")) == 1


def test_several_lines_that_are_shut_are_all_told(staging: Staging) -> None:
    run = staging.push(staging.write("contacts.csv", LISTS))
    ended = staging.promote(run, "--max-age", "0s", "--json")
    assert [part["hint"] != "" for part in ended.json["errors"]] == [False, True, True]
    assert ended.json["error"].endswith("may not go live as it is (age, ids); nothing was sent")
    quiet = staging.promote(run, "--max-age", "0s", "--quiet")
    assert (quiet.out, quiet.err.count("\n")) == ("", 1)
    assert "(age, ids); nothing was sent" in quiet.err


def test_newer_records_in_staging_or_live_keep_a_run_back(staging: Staging) -> None:
    old = staging.push(staging.contacts(3))
    new = staging.push(staging.contacts(4))
    assert staging.shut(old) == {"newest": f"run {new} sent newer contact records to staging since"}
    pushed = staging.run("push", staging.contacts(5), "--to", "live", "--yes", "--json").json
    assert staging.shut(new) == {
        "newest": f"run {pushed['run']} sent newer contact records to live since"
    }
    assert staging.shut(new, "--even-if-older") == {}


def test_an_older_run_that_is_promoted_later_is_no_newer_one(staging: Staging) -> None:
    old = staging.push(staging.contacts(3))
    new = staging.push(staging.contacts(4))
    assert staging.promote(old, "--even-if-older").code == 0
    assert staging.shut(new) == {}
    assert len(staging.bodies("live")) == 2


def test_differences_that_a_verification_found_stand_against_a_run(staging: Staging) -> None:
    run = staging.push(staging.contacts(200))
    found = staging.verified(run, verdict=Verdict.DIFFERS, sentence="2 of 200 differ.")
    assert staging.shut(run) == {"verified": f"{found.verification}: 2 of 200 differ."}
    same = staging.verified(run)
    assert staging.shut(run, "--require-verify", "0.1%@95") == {}
    told = staging.run("show", run, "--json").json["promoted_by"]
    assert len(told) == 1
    assert same.verification not in told


def test_a_verification_that_proves_less_than_required_is_not_enough(staging: Staging) -> None:
    run = staging.push(staging.contacts(200))
    sample = {"how": How.SAMPLE}
    none = "no finished verification of the whole run"
    for changes, words in (
        ({"is_finished": False}, none),
        ({"package": "00" * 32}, none),
        ({"started_at": datetime(2024, 1, 1, tzinfo=UTC)}, none),
        ({"of_contacts": sample, "bound": 0.002}, "no more than that fewer than 0.2% differ"),
        ({"of_contacts": sample, "bound": None}, "proves nothing about the records"),
        ({"of_contacts": sample, "confidence": 90}, "is only 90% sure"),
        ({"of_contacts": {"how": How.NONE}}, "did not read contact records"),
        ({"verdict": Verdict.NOT_READABLE}, "does not say that they are the same"),
    ):
        staging.verified(run, **changes)
        shut = staging.shut(run, "--require-verify", "0.1%@95")
        assert list(shut) == ["verified"]
        assert words in shut["verified"]
    assert f"ometria-import verify {run}" in staging.promote(run, "--require-verify", "0.1%@95").err


def test_what_a_verification_found_counts_although_it_has_not_ended(staging: Staging) -> None:
    run = staging.push(staging.contacts(200))
    staging.verified(run)
    found = {"same": 198, "not_settled": 2}
    staging.verified(
        run,
        is_finished=False,
        verdict=Verdict.NOT_SETTLED,
        sentence="2 records are not there yet.",
        of_contacts=found,
    )
    shut = staging.shut(run)
    assert shut["verified"].endswith("has not ended, but found: 2 records are not there yet.")
    staging.verified(run, is_finished=False, verdict=Verdict.INTERRUPTED, of_contacts={})
    assert "verified" in staging.shut(run)
    staging.verified(run)
    assert staging.shut(run) == {}


def test_a_sample_that_proves_what_is_required_is_enough(staging: Staging) -> None:
    run = staging.push(staging.contacts(200))
    staging.verified(run, of_contacts={"how": How.SAMPLE}, bound=0.001, confidence=99)
    assert staging.shut(run, "--require-verify", "0.1%@95") == {}


def test_a_later_look_at_a_part_hides_no_difference(staging: Staging) -> None:
    run = staging.push(staging.contacts(200))
    staging.verified(run, verdict=Verdict.DIFFERS)
    part = staging.verified(run)
    staging.verified(run, asked=type(part.asked)(statement="all", source="contacts.csv"))
    assert staging.shut(run) == {}
    staging.verified(
        run,
        asked=type(part.asked)(statement="all", source="contacts.csv"),
        verdict=Verdict.DIFFERS,
    )
    assert staging.run("show", "--json").json["promotes"] == run


@pytest.mark.parametrize("text", ["", "0%@95", "1", "0.1%", "0.1%@20", "half", "0.1%@"])
def test_a_requirement_that_says_nothing_is_refused(staging: Staging, text: str) -> None:
    ended = staging.promote("any", "--require-verify", text)
    assert (ended.code, "is not a statement such as 0.1%@95" in ended.err) == (2, True)


def test_runs_that_cannot_be_promoted_are_refused_in_a_sentence(staging: Staging) -> None:
    live = staging.run("push", staging.contacts(3), "--to", "live", "--yes", "--json").json["run"]
    dry = staging.run("push", staging.contacts(4), "--to", "staging", "--dry-run", "--json").json
    staged = staging.push(staging.contacts(5))
    told = {
        (live, "live"): f"run {live} went to live: only a staging run is promoted",
        (dry["run"], "live"): f"run {dry['run']} is a dry run: nothing was sent",
        (staged, "staging"): "a run is promoted from staging to live",
        ("nonsense", "live"): "there is no run 'nonsense' in .ometria-import",
        ("2", "live"): "3 runs begin with 2",
    }
    before = staging.bodies("live")
    for (run, to), words in told.items():
        ended = staging.run("promote", run, "--to", to, "--yes")
        assert (ended.code, words in ended.err) == (2, True), (run, ended.err)
    assert staging.bodies("live") == before


@pytest.fixture(scope="module")
def a_candidate(tmp_path_factory: pytest.TempPathFactory) -> Candidate:
    """A run that stands for any other: an empty one."""
    folder = tmp_path_factory.mktemp("candidate")
    home = Home(folder / "home")
    run = home.create_run("staging", datetime.now(UTC))
    live = AccountSettings(AccountName.LIVE)
    with PackageWriter(home.packages) as writer, writer.finish([], {}) as package:
        create_journal(
            run, package, AccountSettings(AccountName.STAGING), datetime.now(UTC)
        ).close()
        history = RunHistory.load(home)
        (listed,) = history.runs
        assert listed.info is not None
        return candidate_of(listed, listed.info, package, {}, history, live)


def _say_of_run(shop: Shop, run: str, **values: str) -> None:
    path = Path(shop.folder) / ".ometria-import" / "runs" / run / "journal.db"
    with closing(sqlite3.connect(path)) as database, database:
        for name, value in values.items():
            database.execute(f"UPDATE run SET {name} = ?", (value,))
