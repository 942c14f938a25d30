from __future__ import annotations

import json
import re
import resource
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, packed, pushes, rows, stored, wait_until
from tests.delivery.scripted_server import Answer, Request, ScriptedServer, ok, said

KEYS = {
    *("run", "account", "rows", "records", "rejected", "superseded", "problems", "batches"),
    *("requests", "retries", "accepted", "refused", "exit_code"),
}
BAD_CONTACT = "id,@collection,email\n1,main,nobody\n2,main,a@example.com\n"


def test_push_stores_what_the_package_holds_and_says_what_comes_next(
    shop: Shop, emulator: RunningEmulator
) -> None:
    ended = shop.run_alone("push", shop.contacts(250), shop.products(120), "--to", "staging")
    assert ended.code == 0, ended.err
    assert stored(emulator) == packed(shop.the_package())
    assert len(stored(emulator)) == 370
    assert stored(emulator, "live") == []
    milestones = [
        "contacts.csv: contact, CSV, UTF-8, comma",
        "contacts.csv: 250 rows, 250 records",
        "packing 370 records",
        "sending 370 records in 5 batches",
        "all product records have been sent",
        "all contact records have been sent",
    ]
    told = iter(ended.err.splitlines())
    assert all(line in told for line in milestones), ended.err
    assert "\nEverything was accepted: 120 products, 250 contacts in 5 requests. " in ended.out
    (run,) = shop.run_folders()
    assert f"Run:       {run.relative_to(shop.folder)}\n" in ended.out
    assert "Next: look at the staging account" in ended.out
    assert "staging-key" not in ended.out + ended.err


def test_json_is_one_object_with_the_sums(shop: Shop, emulator: RunningEmulator) -> None:
    name = shop.write("contacts.csv", BAD_CONTACT)
    ended = shop.run("push", name, "--to", "staging", "--json")
    told = ended.json
    assert told.keys() >= KEYS
    assert (ended.code, told["exit_code"]) == (3, 3)
    assert (told["account"], told["records"]) == ("staging", {"contact": 1})
    assert (told["rejected"], told["superseded"], told["problems"]) == (1, 0, {"E012": 1})
    assert [told[name] for name in ("batches", "requests", "retries")] == [1, 1, 0]
    assert (told["between"], told["paused_s"]) == (None, 0)
    assert [told[name] for name in ("accepted", "refused", "to_send")] == [1, 0, 0]
    assert Path(told["problems_file"]).is_file()
    assert [Path(path).name for path in told["reject_files"]] == ["contacts.csv"]
    assert pushes(emulator) == 1


@pytest.mark.usefixtures("emulator")
def test_rejects_end_with_3_and_say_what_to_mend(shop: Shop) -> None:
    name = shop.write("contacts.csv", BAD_CONTACT)
    ended = shop.run("push", name, "--to", "staging", "--home", "my runs")
    assert ended.code == ExitCode.REJECTS
    assert re.search(r"Next: fix what is in my runs/runs/\S+/rejects, then push those", ended.out)


@pytest.mark.usefixtures("emulator")
def test_quiet_prints_nothing_when_all_is_well(shop: Shop) -> None:
    ended = shop.run("push", shop.contacts(2), "--to", "staging", "-q")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_a_dry_run_tells_how_many_nights_it_takes(shop: Shop) -> None:
    dry = ("push", shop.contacts(950), "--to", "staging", "--dry-run", "--between", "01:00-01:01")
    told = re.sub(r"\s+", " ", shop.run(*dry).out)
    assert "only between 01:00 and 01:01: 1 night, until about " in told
    assert shop.run(*dry, "--json").json["between"] == "01:00-01:01"
    assert shop.run(*dry[:-2], "--json").json["between"] is None


def test_hours_that_end_when_they_begin_are_refused(shop: Shop) -> None:
    ended = shop.run("push", shop.contacts(1), "--to", "staging", "--between", "06:00-06:00")
    assert ended.code == ExitCode.USAGE
    assert "write always to send at any time" in re.sub(r"[\s│]+", " ", ended.err)


def test_a_dry_run_needs_no_key_and_writes_the_very_bytes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMETRIA_STAGING_KEY")
    names = [shop.contacts(950), shop.products(1)]
    shop.send_to("http://127.0.0.1:9/v2", rate=0.5)
    ended = shop.run("push", *names, "--to", "staging", "--dry-run")
    assert ended.code == 0, ended.err
    assert "The first contact records, as they would be sent:" in ended.out
    assert "11 requests with 951 records; at 0.5 requests/s they take 22 s" in ended.out
    assert "Dry run: nothing was sent." in ended.out
    bodies = shop.run_folders()[0] / "bodies"
    written = sorted(line for path in bodies.iterdir() for line in path.read_text().splitlines())
    assert written == packed(shop.the_package())
    for line in (written[0], written[-1]):
        assert line in ended.out
    assert "dry run" in shop.run("runs").out
    shown = shop.run("show")
    assert "dry run, to staging" in shown.out
    assert "Next: push the files without --dry-run" in shown.out
    again = shop.run("resume", shop.run_folders()[0].name)
    assert again.code == ExitCode.USAGE
    assert "is a dry run" in again.err
    assert "there is no unfinished run" in shop.run("resume").err


def test_a_dry_run_with_rejects_tells_json_where_the_bodies_are(shop: Shop) -> None:
    name = shop.write("contacts.csv", BAD_CONTACT)
    ended = shop.run("push", name, "--to", "live", "--dry-run", "--json")
    told = ended.json
    assert told.keys() >= KEYS
    assert (ended.code, told["dry_run"], told["account"]) == (3, True, "live")
    assert (told["requests"], told["accepted"], told["to_send"]) == (1, 0, 1)
    (path,) = told["bodies"]
    assert json.loads(Path(path).read_text())["id"] == "2"


def test_nothing_to_send_is_said(shop: Shop, emulator: RunningEmulator) -> None:
    name = shop.write("contacts.csv", "id,@collection,email\n1,main,nobody\n")
    ended = shop.run("push", name, "--to", "staging")
    assert ended.code == ExitCode.REJECTS
    assert "Nothing to send." in ended.out
    assert "fix what is in" in ended.out
    empty = shop.write("contacts.csv", "id,@collection,email\n")
    told = shop.run("push", empty, "--to", "staging", "--allow-empty", "--json")
    assert (told.code, told.json["accepted"], told.json["exit_code"]) == (0, 0, 0)
    assert told.json.keys() >= KEYS
    assert pushes(emulator) == 0
    told = shop.run("show", "--json")
    stopped = [told.json[name] for name in ("state", "rejected", "exit_code")]
    assert stopped == ["stopped", 1, 3]
    (_, second) = shop.run_folders()
    shown = shop.run("show", second.name)
    assert shown.code == ExitCode.USAGE
    assert "ended before anything could be sent" in shown.err


def test_a_key_that_is_refused_ends_with_5_and_the_run_resumes_with_the_right_one(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMETRIA_STAGING_KEY", "of-another-shop")
    ended = shop.run("push", shop.contacts(150), "--to", "staging")
    assert ended.code == ExitCode.REFUSED
    assert "error: " in ended.err
    assert "of-another-shop" not in ended.out + ended.err
    (run,) = shop.run_folders()
    assert f"Next: ometria-import resume {run.name}\n" in ended.out
    monkeypatch.setenv("OMETRIA_STAGING_KEY", "staging-key")
    assert shop.run("resume").code == 0
    assert stored(emulator) == packed(shop.the_package())


def test_a_server_that_is_down_ends_with_75_as_json_says_too(shop: Shop) -> None:
    with running(Settings()) as gone:
        pass
    shop.send_to(gone.base_url)
    config = "my settings.toml"
    (shop.folder / "ometria-import.toml").rename(shop.folder / config)
    options = ["--to", "staging", "--give-up-after", "0.1", "--config", config]
    ended = shop.run("push", shop.contacts(3), *options)
    assert ended.code == ExitCode.TEMPORARY
    (run,) = shop.run_folders()
    assert f"Next: ometria-import resume {run.name} --config 'my settings.toml'" in ended.out
    told = shop.run("resume", "--give-up-after", "0.1", "--config", config, "--json")
    assert told.code == ExitCode.TEMPORARY
    assert told.json.keys() >= KEYS
    assert (told.json["accepted"], told.json["to_send"], told.json["exit_code"]) == (0, 3, 75)
    assert told.json["error"]
    # Nothing was settled there, so the run may go to another address.
    with running(Settings(rate=1000, drain=10_000)) as emulator:
        shop.send_to(emulator.base_url)
        assert shop.run("resume").code == 0
        assert stored(emulator) == packed(shop.the_package())


def test_a_second_run_at_once_ends_with_6_and_leaves_no_folder(shop: Shop) -> None:
    with running(Settings(latency=30)) as slow:
        shop.send_to(slow.base_url)
        name = shop.contacts(3)
        first = shop.start("push", name, "--to", "staging")
        wait_until(lambda: bool(rows(slow, "SELECT 1 FROM receipt")))
        (run,) = shop.run_folders()
        ended = shop.run("push", name, "--to", "staging", "--json")
        assert ended.code == ExitCode.BUSY
        assert f"held by run {run.name}" in ended.err
        assert ended.json["exit_code"] == 6
        assert shop.run("resume").code == ExitCode.BUSY
        assert shop.run_folders() == [run]
        assert f"{run.name}  staging  running" in shop.run("runs").out
        first.kill()
        first.communicate()
        # Only the lock knows that its process is gone.
        (killed,) = shop.run("runs", "--json").json["runs"]
        assert (killed["state"], killed["ended_at"] is None) == ("stopped", False)
        assert "Stopped:   its process was killed" in shop.run("show").out


def test_records_that_the_api_refuses_are_named(shop: Shop) -> None:
    def refuse_one(request: Request) -> Answer:
        if any(record["id"] == "c000007" for record in request.records):
            return Answer(422, b'{"message": "c000007 is not welcome"}')
        return ok(request)

    with ScriptedServer(refuse_one).running() as server:
        shop.send_to(server.base_url)
        ended = shop.run("push", shop.contacts(10), "--to", "staging")
        assert ended.code == ExitCode.REJECTS
        assert "Done, but not everything was imported." in ended.out
        assert re.search(r"\ncontact +10 +9 +1 +0\n", ended.out)
        assert "Refused:   " in ended.out
        assert "\nNext: look into what was refused" in ended.out
        again = shop.run("resume", shop.run_folders()[0].name)
    assert again.code == ExitCode.REJECTS
    assert "is finished: nothing is left to send." in again.out
    assert "c000007" in next(shop.run_folders()[0].glob("rejects/*.ndjson")).read_text()


def test_receipts_that_do_not_add_up_are_flagged(shop: Shop) -> None:
    with ScriptedServer(lambda _: said(accepted=1)).running() as server:
        shop.send_to(server.base_url)
        ended = shop.run("push", shop.contacts(1_101), "--to", "staging")
    assert ended.code == ExitCode.REJECTS
    assert re.search(r"\(W062\): batches 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 …", ended.out)
    assert re.search(r"object type +records +accepted +refused +unclear +to send\n", ended.out)


def test_no_room_before_anything_is_sent_leaves_nothing_to_resume(shop: Shop) -> None:
    name = shop.contacts(20_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        ended = shop.run("push", name, "--to", "staging", "--dry-run")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ended.code == ExitCode.USAGE
    assert re.search(r"error: (no room left on|the disk of) .*; nothing was sent\n", ended.err)
    assert "Then run the same command again." in ended.err
    assert "resume" not in ended.err
    assert "Traceback" not in ended.err
    assert shop.run_folders() == []
    assert shop.run("push", name, "--to", "staging", "--dry-run").code == 0


def test_no_room_for_the_bodies_of_a_dry_run_is_said_too(shop: Shop) -> None:
    name = shop.contacts(2_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, hard))
    try:
        ended = shop.run("push", name, "--to", "staging", "--dry-run")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ended.code == ExitCode.USAGE, ended
    assert "no room left on the disk of" in ended.err


def test_a_home_that_is_a_file_is_a_usage_error(shop: Shop) -> None:
    name = shop.contacts(1)
    ended = shop.run("check", name, "--home", name)
    assert ended.code == ExitCode.USAGE
    assert "--home" in ended.err


@pytest.mark.usefixtures("emulator")
def test_what_a_run_leaves_is_its_owners_alone(shop: Shop) -> None:
    name = shop.write("contacts.csv", BAD_CONTACT)
    shop.run("push", name, "--to", "staging")
    home = shop.folder / ".ometria-import"
    for path in (home, *home.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.usefixtures("emulator")
def test_what_a_check_or_a_run_showed_is_not_shown_again(shop: Shop) -> None:
    rows = "1,main,ann@example.com,+44 20 7946 0018\n2,main,x@@,\n"
    name = shop.write("contacts.csv", f"id,@collection,email,phone_number\n{rows}")
    push = ("push", name, "--to", "staging")
    checked = shop.run("check", name)
    assert "E012 Malformed email address" in checked.out
    assert "W053 Values rewritten in their normal form" in checked.out
    (check,) = (shop.folder / ".ometria-import" / "checks").iterdir()
    pushed = shop.run(*push)
    assert f"2 rows in 1 file, with the same problems and totals as {check.name}\n" in pushed.out
    assert "1 reject and 0 warnings\nProblems:  " in pushed.out
    assert len(pushed.out.splitlines()) <= 14, pushed.out
    (run,) = shop.run_folders()
    (run / "sums.json").write_text("[")
    again = shop.run(*push, "--new")
    assert f"the same problems and totals as {check.name}\n" in again.out
    shop.write("contacts.csv", "id,@collection,email\n1,main,ann@example.com\n2,main,\n3,main,\n")
    assert "E010 Mandatory field missing" in shop.run(*push).out


def test_tables_have_no_blanks_at_the_ends_of_lines_where_no_terminal_is(shop: Shop) -> None:
    lines = shop.run("check", shop.contacts(3)).out.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
