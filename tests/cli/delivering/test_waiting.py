"""A run that waits for its hours: what `runs`, `show` and `status` say of it while it does."""

from __future__ import annotations

import json
import re
import signal
from datetime import datetime, timedelta

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, finished, pushes, wait_until


def test_it_says_until_when_it_waits_and_nothing_once_it_is_killed(
    shop: Shop, emulator: RunningEmulator
) -> None:
    opens = (datetime.now().astimezone() + timedelta(hours=2)).replace(second=0, microsecond=0)
    closes = opens + timedelta(hours=1)
    hours = f"{opens:%H:%M}-{closes:%H:%M}"
    push = ("push", shop.contacts(3), "--to", "staging", "--between", hours)
    waiting = shop.start(*push, "--json-lines")
    assert waiting.stdout is not None
    for line in waiting.stdout:
        if json.loads(line)["event"] == "outside_hours":
            break

    def run_says() -> object:
        return shop.run("runs", "--json").json["runs"][0]["waits_until"]

    wait_until(lambda: run_says() is not None)
    assert datetime.fromisoformat(str(run_says())) == opens
    (listed,) = shop.run("runs", "--json").json["runs"]
    assert (listed["state"], listed["ended_at"]) == ("running", None)
    words = f"waiting until {opens:%H:%M %Z}"
    if opens.date() != datetime.now().astimezone().date():
        words = f"waiting until {opens:%a %H:%M %Z}"
    assert words in shop.run("runs").out
    shown = shop.run("show")
    assert words in shown.out.splitlines()[0]
    assert "resume" not in shown.out
    assert shop.run("show", "--json").json["between"] == hours
    busy = shop.run("push", "contacts.csv", "--to", "staging")
    assert busy.code == ExitCode.BUSY
    told = shop.run("status", "--to", "staging", "--prometheus", "m.prom")
    assert told.code == ExitCode.BUSY
    assert "the account staging is held by run" in told.out
    assert f"; push has been running for 0 s, {words}" in re.sub(r"\d+ s,", "0 s,", told.out)
    metrics = (shop.folder / "m.prom").read_text()
    about = '{account="staging",kind="staging"}'
    assert f"ometria_import_running{about} 1\n" in metrics
    assert f"_waiting_until_timestamp_seconds{about} {opens.timestamp():.15g}\n" in metrics
    waiting.kill()
    assert finished(waiting).code == -signal.SIGKILL
    (killed,) = shop.run("runs", "--json").json["runs"]
    assert (killed["state"], killed["waits_until"]) == ("stopped", None)
    assert words not in shop.run("runs").out + shop.run("show").out
    told = shop.run("status", "--to", "staging", "--json")
    (staging,) = told.json["accounts"]
    assert (told.code, staging["is_killed"]) == (ExitCode.INTERRUPTED, True)
    assert (staging["running"], staging["command"]) == (None, "push")
    gone_on = shop.run("resume", "--between", "always", "--json")
    assert (gone_on.code, pushes(emulator)) == (ExitCode.OK, 1)
    assert gone_on.json["paused_s"] == 0
    assert shop.run("show", "--json").json["waits_until"] is None


def test_a_run_that_was_stopped_and_gone_on_with_still_tells_how_long_it_waited(
    shop: Shop, emulator: RunningEmulator
) -> None:
    del emulator
    opens = datetime.now().astimezone() + timedelta(hours=2)
    hours = f"{opens:%H:%M}-{opens + timedelta(hours=1):%H:%M}"
    waiting = shop.start(
        "push", shop.contacts(3), "--to", "staging", "--between", hours, "--json-lines"
    )
    assert waiting.stdout is not None
    for line in waiting.stdout:
        if json.loads(line)["event"] == "outside_hours":
            break
    waiting.send_signal(signal.SIGTERM)
    ended = json.loads(finished(waiting).out.splitlines()[-1])
    assert (ended["event"], ended["exit_code"]) == ("ended", ExitCode.INTERRUPTED)
    assert ended["paused_s"] == ended["paused_total_s"] > 0
    gone_on = shop.run("resume", "--between", "always", "--json").json
    assert (gone_on["paused_s"], gone_on["paused_total_s"]) == (0, ended["paused_total_s"])
    assert shop.run("show", "--json").json["paused_total_s"] == ended["paused_total_s"]
    assert " of it waiting for its hours)" in shop.run("show").out
    page = (shop.run_folders()[0] / "report.html").read_text("utf-8")
    assert re.search(r"of which it waited [^<]+ for the hours in which it may send", page)
