"""What follows when a command that sends has ended: `status`, metrics and hooks."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
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


def test_status_tells_of_the_last_command_to_each_account_and_of_its_age(
    shop: Shop, emulator: RunningEmulator
) -> None:
    del emulator
    none = shop.run("status")
    assert (none.code, "Nothing was ever sent" in none.out) == (ExitCode.UNUSABLE, True)
    shop.run("push", shop.contacts(2), "--to", "staging")
    good = shop.run("status")
    assert good.code == 0
    assert re.fullmatch(r"staging: push ended \d+ s ago, 2 of 2 records accepted\n", good.out)
    again = shop.run("push", shop.contacts(2), "--to", "staging")
    assert again.code == 0
    assert "staging: push ended 0 s ago, nothing new to send" in shop.run("status").out
    failed = shop.run("push", "none.csv", "--to", "live", "--yes")
    assert failed.code == ExitCode.UNUSABLE
    both = shop.run("status", "--json")
    assert both.code == ExitCode.UNUSABLE
    live, staging = both.json["accounts"]
    assert (live["account"], live["last_exit_code"], live["succeeded_at"]) == ("live", 4, None)
    assert (staging["account"], staging["exit_code"]) == ("staging", 0)
    assert shop.run("status", "--to", "staging").code == 0
    old = shop.run("status", "--to", "staging", "--max-age", "0s")
    assert (old.code, "; the last success was 0 s ago" in old.out) == (ExitCode.UNUSABLE, True)
    shop.run("push", "none.csv", "--to", "staging")
    assert shop.run("status", "--json").json["accounts"][1]["succeeded_at"] is not None


def test_metrics_are_what_prometheus_reads(shop: Shop, emulator: RunningEmulator) -> None:
    del emulator
    shop.run("push", shop.contacts(2), "--to", "staging")
    assert shop.run("status", "--prometheus", "m.prom").code == 0
    text = (shop.folder / "m.prom").read_text()
    assert 'ometria_import_last_records_accepted{account="staging",kind="staging"} 2\n' in text
    assert 'ometria_import_last_exit_code{account="staging",kind="staging"} 0\n' in text
    sample = re.compile(r'[a-z_]+\{account="staging",kind="staging"\} [0-9.]+')
    names = []
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            assert line.endswith(" gauge")
            names.append(line.split()[2])
        elif not line.startswith("# HELP "):
            assert sample.fullmatch(line), line
            assert line.partition("{")[0] == names[-1]
    assert len(names) == len(set(names)) == 9


def test_the_last_line_of_json_lines_is_what_a_hook_gets(shop: Shop, hook: Path) -> None:
    good = shop.run("push", shop.contacts(2), "--to", "staging", "--hooks", "--json-lines")
    bad = shop.run("push", "none.csv", "no.csv", "--to", "staging", "--hooks", "--json-lines")
    assert (good.code, bad.code) == (0, ExitCode.UNUSABLE)
    for run, line in zip((good, bad), hook.read_text().splitlines(), strict=True):
        ended, told = json.loads(run.out.splitlines()[-1]), json.loads(line)[1]
        assert ended.pop("at") >= told.pop("at")
        assert ended == told
