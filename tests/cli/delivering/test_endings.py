"""What follows when a command that sends has ended: its hook is told, whatever that does."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.endings import run_hook
from ometria_import.errors import ExitCode, InterruptedRunError
from tests.cli.program import KEYS, Shop


@pytest.fixture
def hook(shop: Shop, emulator: RunningEmulator) -> Path:
    """Hooks that write down what they are told, with the environment; returns the file."""
    del emulator  # which has written the settings
    told, program = shop.folder / "told.txt", shop.folder / "hook.py"
    program.write_text(
        "import os, sys, json\n"
        "with open(sys.argv[2], 'a') as file:\n"
        "    told = [sys.argv[1], json.load(sys.stdin), dict(os.environ)]\n"
        "    file.write(json.dumps(told) + '\\n')\n"
        "print('told them')\n"
    )
    with (shop.folder / "ometria-import.toml").open("a") as file:
        file.write("[hooks]\n")
        for name in ("on_success", "on_failure"):
            file.write(f"{name} = '{sys.executable} {program} {name} {told}'\n")
    return told


def test_a_hook_gets_the_summary_and_no_key(shop: Shop, hook: Path) -> None:
    pushed = shop.run("push", shop.contacts(2), "--to", "staging", "--hooks")
    assert (pushed.code, "on_success: told them" in pushed.err) == (0, True)
    failed = shop.run("push", "none.csv", "--to", "staging", "--hooks")
    assert failed.code == ExitCode.UNUSABLE
    (first, good, environ), (second, bad, _) = map(json.loads, hook.read_text().splitlines())
    assert (first, second) == ("on_success", "on_failure")
    about = ("event", "schema", "command", "account", "exit_code")
    assert [good[each] for each in about] == ["ended", 1, "push", "staging", 0]
    assert good["accepted"] == 2
    assert [bad[each] for each in about] == ["ended", 1, "push", "staging", 4]
    assert "none.csv" in bad["error"]
    assert not {*KEYS} & {*environ}
    assert not {*KEYS.values()} & {*environ.values()}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--max-reject", "1%"), "no such option: --max-reject"),
        (("--json", "--json-lines"), "cannot be used together"),
        (("--to", "lvie"), "no account is called 'lvie'"),
    ],
)
def test_a_hook_is_told_of_a_command_that_could_not_begin(
    shop: Shop, hook: Path, arguments: tuple[str, ...], why: str
) -> None:
    refused = shop.run("push", shop.contacts(1), "--to", "staging", "--hooks", *arguments)
    assert refused.code == ExitCode.USAGE
    name, told, _ = json.loads(hook.read_text())
    assert (name, told["command"], told["exit_code"]) == ("on_failure", "push", ExitCode.USAGE)
    assert why in told["error"]


def test_no_hook_of_a_settings_file_runs_unless_the_user_allows_it(
    shop: Shop, hook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = shop.run("push", shop.contacts(2), "--to", "staging")
    assert (pushed.code, hook.exists()) == (0, False)
    assert "on_success of the settings file is not run" in pushed.err
    monkeypatch.setenv("OMETRIA_IMPORT_HOOKS", "1")
    assert shop.run("push", shop.contacts(3), "--to", "staging").code == 0
    assert len(hook.read_text().splitlines()) == 1
    assert shop.run("push", shop.contacts(4), "--to", "staging", "--dry-run").code == 0
    assert len(hook.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-program", "on_success: it cannot be run: No such file or directory"),
        ("sh -c 'echo lost; exit 3'", "on_success: lost\non_success: it ended with exit code 3"),
    ],
)
def test_a_hook_that_fails_is_said_and_changes_no_exit_code(
    shop: Shop, emulator: RunningEmulator, command: str, words: str
) -> None:
    del emulator
    with (shop.folder / "ometria-import.toml").open("a") as file:
        file.write(f'[hooks]\non_success = "{command}"\n')
    pushed = shop.run("push", shop.contacts(2), "--to", "staging", "--hooks")
    assert (pushed.code, words in pushed.err) == (0, True), pushed


def test_hooks_that_are_no_commands_are_refused_before_anything_is_sent(shop: Shop) -> None:
    shop.write("ometria-import.toml", '[hooks]\non_success = "sh -c \'odd"\n')
    refused = shop.run("push", shop.contacts(1), "--to", "staging")
    assert refused.code == ExitCode.USAGE
    assert ":2: 'on_success' is no command: its quotes are odd in [hooks]" in refused.err


def test_the_last_line_of_json_lines_is_what_a_hook_gets(shop: Shop, hook: Path) -> None:
    good = shop.run("push", shop.contacts(2), "--to", "staging", "--hooks", "--json-lines")
    bad = shop.run("push", "none.csv", "no.csv", "--to", "staging", "--hooks", "--json-lines")
    assert (good.code, bad.code) == (0, ExitCode.UNUSABLE)
    for run, line in zip((good, bad), hook.read_text().splitlines(), strict=True):
        ended, told = json.loads(run.out.splitlines()[-1]), json.loads(line)[1]
        assert ended.pop("at") >= told.pop("at")
        assert ended == told


TOLD = {"summary": "x" * 300_000}
"""More than a pipe takes, so that a hook that does not read would hold up who writes."""


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("true", []),
        ("sh -c 'exec <&-; sleep 0.1'", []),
        ("sh -c 'wc -c'", ["300015"]),
        ("sh -c 'kill -9 $$'", ["it was stopped by signal 9"]),
        ("sh -c 'yes | head -c 9000000'", ["y"] * 20 + ["it printed more, which is not shown"]),
        ("sh -c 'head -c 200000 /dev/zero'", None),
        ("sh -c 'sleep 60 & echo begun $!'", None),
        ("/", ["it cannot be run: Permission denied"]),
        ("sh -c 'sleep 60; true'", ["it was stopped after 0.5 s"]),
        ("yes", ["y"] * 20 + ["it printed more, which is not shown", "it was stopped after 0.5 s"]),
    ],
)
def test_a_hook_may_do_what_it_likes_and_holds_up_nobody(
    command: str, words: list[str] | None
) -> None:
    began = time.monotonic()
    printed = run_hook(command, TOLD, {"PATH": "/usr/bin:/bin"}, within_s=0.5)
    assert time.monotonic() - began < 5
    if words is None:
        word, _, number = printed[0].partition(" ")
        if word == "begun":
            # It goes on when the hook has ended well: that is what it was put there for.
            subprocess.run(["kill", number], check=True)
        assert len("".join(printed)) < 2_000
    else:
        assert [line.strip() for line in printed] == words


def test_what_a_hook_has_begun_is_stopped_with_it(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    command = f"sh -c 'while true; do touch {alive}; sleep 0.05; done & wait'"
    assert run_hook(command, {}, {"PATH": "/usr/bin:/bin"}, within_s=0.5) == [
        "it was stopped after 0.5 s"
    ]
    alive.unlink()
    time.sleep(0.3)
    assert not alive.exists()


def test_a_signal_stops_the_hook_and_nothing_else() -> None:
    def interrupt(_number: int, _frame: object) -> None:
        raise InterruptedRunError("interrupted")

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        main = threading.main_thread().ident
        assert main is not None
        threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGTERM)).start()
        assert run_hook("sleep 60", {}, {"PATH": "/usr/bin:/bin"}) == ["it was stopped by a signal"]
    finally:
        signal.signal(signal.SIGTERM, before)
