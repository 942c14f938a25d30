"""What shells are told could be typed next, and what they make of it."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ometria_import.cli.command_words import COMMANDS
from ometria_import.cli.completing import complete
from ometria_import.emulator import RunningEmulator
from ometria_import.problems import CAUSES
from tests.cli.program import Shop

WITHIN_S = 30


def offered(line: str, shell: str = "bash", folder: Path | None = None) -> list[str]:
    """The words that a shell is offered at the end of a line."""
    words = line.split(" ")
    asked = {
        "_OMETRIA_IMPORT_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": "\n".join(words),
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    answer = complete(asked, folder or Path())
    assert answer is not None
    text, code = answer
    assert code == 0
    return text.split("\n") if text else []


@pytest.mark.parametrize(
    ("line", "among"),
    [
        ("ometria-import sh", ["show"]),
        ("ometria-import mapping s", ["show", "suggest"]),
        ("ometria-import push --to l", ["live"]),
        ("ometria-import push --to=l", ["--to=live"]),
        ("ometria-import push --consent ", ["keep", "lower", "file"]),
        ("ometria-import push --consent=k", ["--consent=keep"]),
        ("ometria-import push --pseud", ["--pseudonymise"]),
        ("ometria-import check a.csv --timezone Europe/Lond", ["Europe/London"]),
        ("ometria-import mapping show shopify-o", ["shopify-orders"]),
        ("ometria-import fields o", ["order"]),
        ("ometria-import help exp", ["explain"]),
        ("ometria-import push --dry-run --to staging --al", ["--allow"]),
    ],
)
def test_commands_flags_and_words_are_completed(line: str, among: list[str]) -> None:
    assert set(among) <= set(offered(line))
    begun = line.rpartition(" ")[2]
    assert all(each.startswith(begun) for each in offered(line))


def test_all_commands_and_all_codes_are_offered() -> None:
    assert offered("ometria-import ") == list(COMMANDS)
    codes = [code for cause in CAUSES.values() for code in cause.codes]
    assert sorted(offered("ometria-import explain ")) == sorted(codes)
    assert "E012\t" in "\n".join(offered("ometria-import explain E012", "fish")) + "\t"


def test_files_are_left_to_the_shell() -> None:
    assert offered("ometria-import check contacts.c") == []
    assert offered("ometria-import check contacts.c", "zsh") == ["_files"]


def test_runs_are_offered_newest_first_with_account_date_and_state(
    shop: Shop, emulator: RunningEmulator
) -> None:
    del emulator
    for count in (1, 2):
        shop.run("push", shop.contacts(count), "--to", "staging")
    listed = shop.run("runs", "--json").json["runs"]
    names = [each["run"] for each in listed]
    assert offered("ometria-import show ", folder=shop.folder) == names
    assert offered("ometria-import resume 2", folder=shop.folder) == names
    (first, _) = offered("ometria-import errors --run ", "fish", shop.folder)
    assert re.fullmatch(
        rf"{names[0]}\tstaging, \d{{4}}-\d\d-\d\d \d\d:\d\d, {listed[0]['state']}", first
    )
    elsewhere = f"ometria-import show --home {shop.folder}/.ometria-import "
    assert offered(elsewhere, folder=Path("/")) == names
    assert offered("ometria-import show ", folder=Path("/")) == []


def test_accounts_are_those_of_the_settings(shop: Shop) -> None:
    shop.write("ometria-import.toml", '[accounts.de]\nkind = "live"\n[accounts.live]\nrate = 4\n')
    assert offered("ometria-import push --to ", folder=shop.folder) == ["staging", "live", "de"]
    shop.write("ometria-import.toml", "no toml")
    assert offered("ometria-import push --to ", folder=shop.folder) == ["staging", "live"]


def test_what_a_shell_would_run_is_never_offered(shop: Shop) -> None:
    odd = shop.folder / ".ometria-import" / "runs" / "$(touch owned)"
    odd.mkdir(parents=True)
    for shell in ("bash", "zsh", "fish"):
        assert "owned" not in "".join(offered("ometria-import show ", shell, shop.folder))


def test_an_answer_needs_neither_the_parser_nor_what_commands_use() -> None:
    code = (
        "import sys\nfrom ometria_import.cli.entry import run\n"
        "try:\n    run()\nexcept SystemExit:\n    pass\n"
        "print('', *sorted({'typer', 'rich', 'pyarrow', 'msgspec'} & set(sys.modules)))\n"
    )
    asked = {"_OMETRIA_IMPORT_COMPLETE": "complete_bash", "COMP_WORDS": "o\nsho", "COMP_CWORD": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "show\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the program, to stand first in the path."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "ometria-import"
    script.write_text(f"#!{sys.executable}\nfrom ometria_import.cli.entry import run\nrun()\n")
    script.chmod(0o755)
    return folder


def environ_of(program: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{program}:{os.environ['PATH']}", "HOME": str(program)}


def script_for(shell: str, program: Path) -> Path:
    """What the user puts into the shell's own settings."""
    path = program / f"completion.{shell}"
    with path.open("w") as file:
        subprocess.run(
            [str(program / "ometria-import")],
            stdout=file,
            env=environ_of(program) | {"_OMETRIA_IMPORT_COMPLETE": f"source_{shell}"},
            check=True,
        )
    return path


def needs(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed, so completion was not tried in it")
    return found


def test_bash_completes(program: Path) -> None:
    shell, script = needs("bash"), script_for("bash", program)
    ask = (
        f"source {script}; COMP_WORDS=(ometria-import mapping s); COMP_CWORD=2;"
        '_ometria_import_completion ometria-import; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    ended = subprocess.run(
        [shell, "--norc", "-c", ask],
        env=environ_of(program),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "show\nsuggest\n"


def test_fish_completes(program: Path) -> None:
    shell, script = needs("fish"), script_for("fish", program)
    ask = f"source {script}; complete -C 'ometria-import explain E01'"
    ended = subprocess.run(
        [shell, "--no-config", "-c", ask],
        env=environ_of(program),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = ended.stdout.splitlines()
    assert "E012\tMalformed email address" in lines
    assert all(line.startswith("E01") for line in lines)


def test_zsh_completes(program: Path) -> None:
    shell, script = needs("zsh"), script_for("zsh", program)
    start = f"autoload -Uz compinit; compinit -u; source {script}; PS1='ready> '\n"
    process, terminal = pty.fork()
    if process == 0:
        os.execve(shell, [shell, "-f", "-i"], environ_of(program) | {"TERM": "dumb"})
    try:
        os.write(terminal, start.encode())
        wait_for(terminal, b"ready> ")
        os.write(terminal, b"ometria-import mapping sug\t")
        wait_for(terminal, b"suggest")
        os.write(terminal, b"\x15ometria-import explain E01\t\t")
        wait_for(terminal, b"Malformed email address")
    finally:
        os.write(terminal, b"\x15exit\n")
        os.close(terminal)
        os.waitpid(process, 0)


def wait_for(terminal: int, text: bytes) -> None:
    """Read until a text has come."""
    seen, until = b"", time.monotonic() + WITHIN_S
    for piece in pieces(terminal, until):
        seen += piece
        if text in seen:
            return
    pytest.fail(f"{text!r} did not come: {seen!r}")


def pieces(terminal: int, until: float) -> Iterator[bytes]:
    while (left := until - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            yield os.read(terminal, 10_000)
