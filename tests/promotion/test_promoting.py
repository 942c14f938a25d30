"""What a promotion sends, how it goes on, and what it leaves."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from datetime import UTC, datetime

import pytest

from ometria_import.errors import ExitCode
from tests.cli.program import stored
from tests.emulator.scenarios.scenarios import fault
from tests.promotion.staging import PROMOTE, Staging


def test_live_gets_the_bodies_that_staging_got_byte_for_byte(staging: Staging) -> None:
    orders = staging.write(
        "orders.csv",
        "id,timestamp,grand_total,currency,customer.email\n"
        + "".join(f"o{n},2024-01-05T10:00:00Z,{n}.10,GBP,p{n}@example.com\n" for n in range(150)),
    )
    run = staging.push(staging.products(250), staging.contacts(130), orders)
    ended = staging.promote(run, "--json")
    assert ended.code == 0, ended.err
    told = ended.json
    assert (told["promotes"], told["accepted"], told["account"]) == (run, 530, "live")
    assert (told["attestation"], told["signature"]) == (None, None)
    assert staging.bodies("live") == staging.bodies("staging")
    assert len(staging.bodies("live")) == 7
    assert stored(staging.emulator, "live") == stored(staging.emulator)


def test_runs_and_show_say_what_was_promoted(staging: Staging) -> None:
    run = staging.push(staging.contacts(3))
    live = staging.promote(run, "--json").json["run"]
    assert f"finished, promotes {run}" in staging.run("runs").out
    listed = {each["run"]: each["promotes"] for each in staging.run("runs", "--json").json["runs"]}
    assert listed == {live: run, run: None}
    assert f"Promotes:  run {run}\n" in staging.run("show", live).out
    assert staging.run("show", live, "--json").json["promotes"] == run
    assert f"Promoted:  by run {live}\n" in staging.run("show", run).out
    assert staging.run("show", run, "--json").json["promoted_by"] == [live]


def test_results_of_a_promotion_tell_of_live_even_once_the_staging_run_is_gone(
    staging: Staging,
) -> None:
    run = staging.push(staging.contacts(3))
    staging.emulator.play(fault("answer", status=422, record_id="c000001"))
    assert staging.promote(run).code == ExitCode.REJECTS
    staging.emulator.heal()
    verdicts = {"accepted": 2, "refused": 1}
    for _ in range(2):
        shown = staging.run("show", "--results", "live.csv", "--json").json
        assert (shown["promotes"], shown["results"]["verdicts"]) == (run, verdicts)
        for folder in staging.run_folders():
            if folder.name == run:
                shutil.rmtree(folder)
    assert [folder.name for folder in staging.run_folders()] != [run]


@pytest.mark.parametrize("opts_in", [False, True])
def test_each_command_suggests_the_next_one_from_staging_to_a_verified_live(
    staging: Staging, *, opts_in: bool
) -> None:
    name = staging.contacts(30)
    if opts_in:
        now = datetime.now(UTC).isoformat()
        person = f"c1,main,ann@example.com,EXPLICITLY_OPTEDIN,{now}\n"
        header = "id,@collection,email,marketing_optin,timestamp_subscribed\n"
        name = staging.write("contacts.csv", header + person)
    told: list[str] = []
    words = ["push", name, "--to", "staging"]
    while len(told) < 8 and told.count("verify") < 2:
        allowed = ("--yes", "--require-verify", "5%@95", "--allow", "welcome-campaigns")
        confirming = allowed if words[0] == "promote" else ()
        ended = staging.run(*words, *confirming)
        assert ended.code == 0, ended.err
        told.append(words[0])
        words = ended.out.splitlines()[-1].partition("ometria-import ")[2].split()
    assert told == ["push", "verify", *(["consent"] if opts_in else []), "promote", "verify"]
    assert staging.run("show", "--json").json["account"] == "live"


def test_a_promotion_that_stopped_goes_on_by_the_same_command_or_by_resume(
    staging: Staging,
) -> None:
    for way, count in (("promote", 250), ("resume", 180)):
        run = staging.push(staging.contacts(count, f"{way}.csv"))
        staging.emulator.play(fault("answer", status=503))
        stopped = staging.promote(run, "--even-if-older", "--give-up-after", "0", "--json")
        staging.emulator.heal()
        assert (stopped.code, stopped.json["to_send"]) == (ExitCode.TEMPORARY, count)
        assert stopped.json["promotes"] == run
        live = stopped.json["run"]
        if way == "promote":
            ended = staging.promote(run, "--json")
            assert f"is unfinished, {count} records to send: continuing it" in ended.err
            assert ended.json["gate"] == stopped.json["gate"]
        else:
            ended = staging.run("resume", "--yes", "--json")
        assert (ended.code, ended.json["run"], ended.json["accepted"]) == (0, live, count)
        again = staging.promote(run)
        assert (again.code, again.out.count("\n")) == (0, 1), again.err
        assert f"Nothing to do: run {live} has sent this very package to live" in again.out
        assert staging.promote(run, "--json").json["nothing_to_do"] is True
    assert staging.bodies("live") == staging.bodies("staging")


def test_a_promotion_of_which_records_are_left_does_not_go_over_newer_ones(
    staging: Staging,
) -> None:
    run = staging.push(staging.contacts(3))
    staging.emulator.play(fault("answer", status=503))
    stopped = staging.promote(run, "--give-up-after", "0", "--json").json
    staging.emulator.heal()
    assert staging.run("push", staging.contacts(4, "new.csv"), "--to", "live", "--yes").code == 0
    ended = staging.promote(run)
    assert (ended.code, "may overwrite newer records" in ended.err) == (2, True)
    assert f"resume {stopped['run']} --even-if-older" in ended.err


def test_a_live_push_of_the_same_files_is_not_sent_again(staging: Staging) -> None:
    name = staging.contacts(3)
    run = staging.push(name)
    staging.emulator.play(fault("answer", status=503))
    push = ("push", name, "--to", "live", "--yes")
    stopped = staging.run(*push, "--give-up-after", "0", "--json")
    staging.emulator.heal()
    pushed = stopped.json["run"]
    ended = staging.promote(run)
    assert (ended.code, "it was pushed, not promoted" in ended.err) == (2, True)
    assert f"ometria-import resume {pushed}" in ended.err
    assert staging.run("resume", "--yes").code == 0
    assert staging.promote(run, "--json").json["run"] == pushed
    unattested = staging.promote(run, "--attest", "statement.json")
    assert (unattested.code, "no gate was passed" in unattested.err) == (2, True)
    assert len(staging.bodies("live")) == 1


def test_a_push_of_files_that_were_promoted_finds_nothing_to_do(staging: Staging) -> None:
    name = staging.contacts(3)
    live = staging.promote(staging.push(name), "--json").json["run"]
    told = staging.run("push", name, "--to", "live", "--yes", "--json").json
    assert (told["run"], told["nothing_to_do"]) == (live, True)


def test_rows_that_were_rejected_while_preparing_are_told_and_lead_to_their_files(
    staging: Staging,
) -> None:
    name = staging.write("contacts.csv", "id,@collection,email\n1,main,a@example.com\n2,main,no\n")
    run = staging.push(name, code=3)
    ended = staging.promote(run)
    assert ended.code == ExitCode.REJECTS
    assert "1 record of 2 rows; 1 rejected while preparing, which are not sent" in ended.out
    assert f"fix what is in .ometria-import/runs/{run}/rejects" in ended.out
    command = f"ometria-import push .ometria-import/runs/{run}/rejects/contacts.csv --to live"
    assert command in ended.out
    live = staging.run("show", "--json").json
    assert live["reject_files"] == [f".ometria-import/runs/{run}/rejects/contacts.csv"]
    rejects = staging.folder / live["reject_files"][0]
    rejects.write_text(rejects.read_text().replace("main,no,", "main,b@example.com,"))
    mended = staging.push(str(rejects))
    assert staging.promote(mended).code == 0
    assert staging.run("show", live["run"], "--json").json["mended"] == 1
    assert staging.promote(run).code == 0


def test_what_live_refuses_is_told_as_after_a_push(staging: Staging) -> None:
    run = staging.push(staging.contacts(20))
    staging.emulator.play(fault("answer", status=422, record_id="c000003"))
    ended = staging.promote(run, "--attest", "a.json", "--json")
    staging.emulator.heal()
    assert (ended.code, ended.json["refused"], ended.json["accepted"]) == (3, 1, 19)
    said = json.loads((staging.folder / "a.json").read_text())["predicate"]
    assert (said["exit_code"], said["live"]["problems"]) == (3, {"E060": 1})
    assert said["live"]["counts"]["contact"]["refused"] == 1
    again = staging.promote(run, "--json")
    assert (again.code, again.json["open"]["refused"]) == (3, 1)
    assert "1 refused" in staging.promote(run, "--quiet").err


def test_nothing_is_sent_unless_somebody_types_live(
    staging: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = staging.push(staging.contacts(3))
    unattended = staging.run("promote", run, "--to", "live")
    assert (unattended.code, "there is no terminal to ask on" in unattended.err) == (2, True)
    for typed, code in (("staging\n", ExitCode.USAGE), ("live\n", ExitCode.OK)):
        terminal = io.StringIO(typed)
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", terminal)
        ended = staging.run("promote", run, "--to", "live")
        assert ended.code == code
        assert "To the LIVE account at" in ended.err
        assert len(staging.run_folders()) == (2 if code is ExitCode.OK else 1)
        assert len(staging.bodies("live")) == (1 if code is ExitCode.OK else 0)


def test_a_key_that_is_missing_is_said_before_anything_else(
    staging: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = staging.push(staging.contacts(3))
    monkeypatch.delenv("OMETRIA_LIVE_KEY")
    ended = staging.promote(run)
    assert (ended.code, ended.out) == (2, "")
    assert "OMETRIA_LIVE_KEY" in ended.err


def test_the_gate_is_kept_before_the_first_request_and_cannot_be_invented(
    staging: Staging,
) -> None:
    run = staging.push(staging.contacts(3))
    staging.emulator.play(fault("answer", status=503))
    live = staging.promote(run, "--give-up-after", "0", "--json").json["run"]
    staging.emulator.heal()
    gate = staging.folder / ".ometria-import" / "runs" / live / "gate.json"
    kept = json.loads(gate.read_text())
    assert {line["mark"] for line in kept["lines"]} == {"passed", "not_asked"}
    assert gate.stat().st_mode & 0o777 == 0o600
    assert "live-key" not in gate.read_text()
    gate.write_text("{}")
    ended = staging.promote(run)
    assert (ended.code, "is missing or damaged" in ended.err) == (ExitCode.UNUSABLE, True)
    assert staging.bodies("live") == []
    assert staging.run("resume", live, "--yes").code == 0


def test_a_terminal_without_such_signs_gets_words(staging: Staging) -> None:
    run = staging.push(staging.contacts(3))
    ended = staging.run_alone(
        "promote", run, *PROMOTE, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert ended.code == 0, ended.err
    assert ended.out.startswith("ok The staging run is finished")
    assert "\n-- What staging holds is the same" in ended.out
