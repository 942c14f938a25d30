"""What docs/cron.md says, done as cron does it: no environment, no home, no terminal."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.errors import ExitCode
from tests.cli.program import KEYS, Ended, Shop, finished, pushes, rows, stored, wait_until

DOCS = Path(__file__).resolve().parents[3] / "docs" / "cron.md"
SOURCES = '\n[[sources]]\npath = "exports/contacts-*.csv"\n'


@pytest.fixture
def slow(shop: Shop) -> Iterator[RunningEmulator]:
    """An emulator that takes a request a second; the shop is as the page sets it up."""
    with running(Settings(rate=10_000, drain=1_000_000, latency=0.1)) as emulator:
        send_to(shop, emulator, rate=1)
        (shop.folder / "exports").mkdir()
        shop.contacts(3_000, "exports/contacts-1.csv")
        shop.write("keys.env", "".join(f"{name}={key}\n" for name, key in KEYS.items()))
        (shop.folder / "keys.env").chmod(0o600)
        yield emulator


def send_to(shop: Shop, emulator: RunningEmulator, rate: float) -> None:
    """Write the settings, with the sources of the page."""
    shop.send_to(emulator.base_url, rate=rate)
    with (shop.folder / "ometria-import.toml").open("a") as settings:
        settings.write(SOURCES)


def cron_line() -> str:
    """The page's own line, without the time, as cron hands it to the shell."""
    (line,) = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("30 2 *")]
    return line.split(maxsplit=5)[5].replace("\\%", "%")


def test_the_pages_lines_as_they_stand_mail_what_must_be_seen_and_nothing_else(
    shop: Shop, slow: RunningEmulator
) -> None:
    send_to(shop, slow, rate=100)
    shop.contacts(30, "exports/contacts-1.csv")
    push, prune = crontab_lines()
    assert as_cron(shop, push) == (0, "", "")
    assert len(stored(slow, "live")) == 30
    assert as_cron(shop, push) == (0, "", "")
    assert as_cron(shop, prune) == (0, "", "")

    rows = "".join(f"n{number},main,n{number}@example.com\n" for number in range(199))
    shop.write("exports/contacts-2.csv", f"id,@collection,email\n{rows}b1,main,nobody\n")
    (code, out, err) = as_cron(shop, push)
    newest = shop.run_folders()[-1].name
    line = f"live: 229 accepted, 1 rejected; ometria-import show {newest}\n"
    assert (code, out, err) == (3, "", line)
    assert shop.run("show", newest).code == 0

    (code, out, err) = as_cron(shop, push)
    line = "live: nothing to do; still open from the last run: 1 rejected; ometria-import show"
    assert (code, out, err) == (3, "", f"{line} {newest}\n")

    shop.write("exports/contacts-3.csv", "id,@collection,email\n" + "b,main,nobody\n" * 9)
    (code, out, err) = as_cron(shop, push)
    newest = shop.run_folders()[-1].name
    assert (code, out) == (4, "")
    assert err == (
        "live: 10 of 239 contact records were rejected, --max-rejects allows 1% of each object "
        f"type; nothing was sent; ometria-import show {newest}\n"
    )
    assert len(stored(slow, "live")) == 229


def crontab_lines() -> list[str]:
    """The commands of the page's crontab, as cron hands them to the shell."""
    (block,) = re.findall(r"```crontab\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    lines = [line for line in block.splitlines() if not line.startswith("MAILTO")]
    return [line.split(maxsplit=5)[5].replace("\\%", "%") for line in lines]


def as_cron(shop: Shop, line: str) -> tuple[int, str, str]:
    """Run a line as cron does; only where the folder and the program are is not the page's."""
    program = shop.folder / "ometria-import"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m ometria_import "$@"\n')
    program.chmod(0o755)
    line = line.replace("/srv/ometria", shlex.quote(str(shop.folder)))
    line = line.replace("/opt/ometria/bin/ometria-import", shlex.quote(str(program)))
    ended = subprocess.run(
        ["/usr/bin/env", "-i", "SHELL=/bin/sh", "PATH=/usr/bin:/bin", "/bin/sh", "-c", line],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
        start_new_session=True,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def start(shop: Shop) -> subprocess.Popen[str]:
    """Run the page's line in an empty environment, detached from any terminal."""
    program = f"exec {shlex.quote(sys.executable)} -m ometria_import"
    line = cron_line().replace("/srv/ometria", shlex.quote(str(shop.folder)))
    line = line.replace("/opt/ometria/bin/ometria-import", program).replace("--quiet", "")
    return subprocess.Popen(
        ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "/bin/sh", "-c", line],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        start_new_session=True,
    )


def run(shop: Shop) -> Ended:
    return finished(start(shop))


def test_of_two_overlapping_starts_the_second_ends_with_6_and_a_killed_one_is_gone_on_with(
    shop: Shop, slow: RunningEmulator
) -> None:
    first = start(shop)
    wait_until(lambda: bool(rows(slow, "SELECT 1 FROM receipt")))
    (folder,) = shop.run_folders()
    second = run(shop)
    assert second.code == ExitCode.BUSY
    assert f"live is held by run {folder.name} (process {first.pid} on " in second.err
    assert shop.run_folders() == [folder]

    first.kill()
    assert finished(first).code == -signal.SIGKILL
    assert pushes(slow) < 30
    send_to(shop, slow, rate=100)
    third = run(shop)
    assert third.code == 0, third
    assert f"run {folder.name} of these files is unfinished" in third.err
    assert "sending " in third.err
    assert len(stored(slow, "live")) == 3_000
    assert shop.run_folders() == [folder]

    fourth = run(shop)
    assert (fourth.code, fourth.err, fourth.out.count("\n")) == (0, "", 1)
    assert fourth.out.startswith(f"Nothing to do: run {folder.name} sent these files to live")
    log = [json.loads(line) for line in (folder / "run.log").read_text().splitlines()]
    assert [each["event"] for each in log].count("run_started") == 2
    assert log[-1]["event"] == "run_ended"
    for path in (shop.folder / ".ometria-import").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    shown = "".join(ended.out + ended.err for ended in (second, third, fourth))
    assert not [key for key in KEYS.values() if key in shown]


def test_the_page_names_every_exit_code_and_only_flags_that_there_are(shop: Shop) -> None:
    page = DOCS.read_text("utf-8")
    table = page.partition("## What to alert on")[2]
    named = {word for line in table.splitlines() for word in line.split("|")[1:2]}
    numbers = {
        int(number)
        for words in named
        for number in words.replace(",", " ").split()
        if number.isdigit()
    }
    assert numbers == {int(code) for code in ExitCode}
    help_text = " ".join(
        shop.run(*command, "--help").out for command in (["push"], ["runs", "prune"])
    )
    for flag in ("--max-rejects", "--older-than", "--give-up-after", "--keep", "--new", "--allow"):
        assert flag in page
        assert flag in help_text
