from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import typer

from ometria_import import __version__
from ometria_import.cli import command_words as commands
from ometria_import.cli.command_words import EXAMPLES
from ometria_import.cli.main import build_app
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode, InterruptedRunError
from ometria_import.prepare.rows.key_hashes import hash_keys
from tests.cli.program import Shop, finished, pushes

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("command", ["", *commands.COMMANDS])
@pytest.mark.parametrize("width", [60, 80])
def test_help_fits_and_names_values_in_words(
    command: str, width: int, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    ended = shop.run(*filter(None, [command]), "--help")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    examples = [line for line in lines if line.startswith("  ometria-import")]
    assert examples
    too_long = [line for line in lines if len(line) > width and line not in examples]
    assert [line for line in too_long if len(line.split()) > 2] == []
    assert [line for line in lines if "<" in line or "{" in line] == []
    assert "ometria-import help exit-codes" in lines[-1]
    assert "Traceback" not in ended.out


def test_help_shows_every_exit_code(shop: Shop) -> None:
    lines = shop.run("help", "exit-codes").out.splitlines()
    assert [line.split(maxsplit=1)[0] for line in lines] == [str(code.value) for code in ExitCode]


def test_help_of_a_command_is_what_the_command_shows(shop: Shop) -> None:
    assert shop.run("help").out == shop.run("--help").out
    for words in (["push"], ["runs"], ["runs", "prune"], ["consent", "diff"]):
        assert shop.run("help", *words).out == shop.run(*words, "--help").out
    unknown = shop.run("help", "runs", "prun")
    assert (unknown.code, "did you mean 'prune'" in unknown.err) == (2, True)


def examples() -> list[str]:
    return sorted({each for some in EXAMPLES.values() for each in some})


@pytest.mark.parametrize("example", examples())
def test_examples_of_help_are_commands_that_there_are(example: str) -> None:
    words = shlex.split(example.partition(" > ")[0])
    command: Any = typer.main.get_command(build_app(words))
    context = command.make_context("ometria-import", list(words))
    while words and hasattr(command, "commands"):
        name, command, rest = command.resolve_command(context, words)
        words = rest
        context = command.make_context(name, list(rest), parent=context)
    assert command.help


def test_codes_are_explained_by_how_they_begin(shop: Shop) -> None:
    codes = shop.run("explain", "e01", "--json").json["codes"]
    assert {"E010", "E012", "E019"} <= set(codes)
    assert all(code.startswith("E01") for code in codes)
    assert "E012" in shop.run("explain", "E01").out


def test_help_imports_neither_pandas_nor_what_it_stands_on() -> None:
    code = (
        "import sys\n"
        "from ometria_import.cli.main import main\n"
        "sys.argv = ['ometria-import', 'push', '--help']\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n    assert ended.code == 0\n"
        "heavy = {'pandas', 'pyarrow', 'numpy', 'httpx', 'starlette', 'phonenumbers'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Usage: ometria-import push" in ended.stdout


def test_a_small_file_is_checked_without_pandas_until_rows_have_to_be_hashed(shop: Shop) -> None:
    code = (
        "import sys\n"
        "from ometria_import.cli.main import main\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n    assert ended.code == 0\n"
        "import pyarrow\n"
        "assert 'pandas' not in sys.modules\n"
        "from ometria_import.prepare.rows.key_hashes import hash_keys\n"
        "print(hash_keys(pyarrow.array(['a', 'b'], pyarrow.string())).tolist())\n"
    )
    command = [sys.executable, "-c", code, "check", shop.contacts(10)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr.count("\n")) == (0, 2), ended.stderr
    assert ended.stdout.splitlines()[-1] == str(
        hash_keys(pa.array(["a", "b"], pa.string())).tolist()
    )


def test_the_version_is_printed(shop: Shop) -> None:
    ended = shop.run_alone("--version")
    assert (ended.code, ended.out, ended.err) == (0, f"ometria-import {__version__}\n", "")


def test_without_a_command_the_help_is_shown(shop: Shop) -> None:
    ended = shop.run()
    assert ended.code == ExitCode.USAGE
    assert "check" in ended.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nope"], "no such command 'nope'"),
        (["pusch"], "Did you mean 'push'?"),
        (["check", "--nope", "a.csv"], "no such option: --nope"),
        (["check"], "no file is named"),
        (["push", "a.csv"], "missing option '--to'"),
        (["push", "a.csv", "--to", "production"], "no account is called 'production'"),
        (["check", "a.csv", "--date-order", "x"], "'x' is not one of"),
        (["push", "a.csv", "--to", "staging", "--give-up-after", "-1"], "--give-up-after"),
        (["fields", "orders"], "'orders' is not one of"),
        (["check", "a.csv", "--timezone", "Mars/Olympus"], "--timezone: "),
        (["check", "a.csv", "--country", " "], "--country: no value is given"),
        (["check", "a.csv", "./a.csv"], "a.csv is named twice"),
        (["check", "order=a.csv", "a.csv"], "a.csv is named twice"),
        (["check", "order=a.csv", "order=a.csv"], "a.csv is named twice"),
        (["check", "odrer=a.csv"], "'odrer' in 'odrer=a.csv' is not an object type"),
        (["check", "a.csv", "--delimiter", "ab"], "--delimiter 'ab'"),
        (["check", "a.csv", "--encoding", "klingon"], "klingon"),
        (["explain", "E999"], "there is no problem code 'E999'"),
        (["resume"], "there is no unfinished run"),
        (["resume", "2026"], "there is no run"),
        (["show"], "there is no run"),
    ],
)
def test_wrong_usage_is_said_with_a_hint_and_as_one_json_object(
    arguments: list[str], words: str, shop: Shop
) -> None:
    shop.contacts(1, "a.csv")
    ended = shop.run(*arguments)
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    first, second = ended.err.splitlines()
    assert first.startswith("error: ")
    assert words in first
    assert re.match(r"hint: \S", second)
    told = shop.run(*arguments, "--json")
    assert (told.code, told.err) == (ExitCode.USAGE, ended.err)
    assert told.json == {
        "error": first.removeprefix("error: "),
        "hint": second.removeprefix("hint: "),
        "exit_code": 2,
    }
    assert shop.run_folders() == []


def test_two_outspoken_object_types_make_two_sources_of_one_file(shop: Shop) -> None:
    name = shop.write("people.csv", "id,@collection,email,title\n1,main,a@example.com,Kettle\n")
    ended = shop.run("check", f"contact={name}", f"product={name}", "--json")
    assert ended.json["records"] == {"product": 1, "contact": 1}


def test_a_usage_error_of_a_process_of_its_own(shop: Shop) -> None:
    ended = shop.run_alone("check", "--nope")
    assert (ended.code, ended.out) == (2, "")
    assert "See ometria-import check --help." in ended.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_emulator_runs_until_it_is_told_to_stop(shop: Shop, number: signal.Signals) -> None:
    process = shop.start("emulator", "--port", "0")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Emulator ready at http://127.0.0.1:")
    process.send_signal(number)
    ended = finished(process)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    refused = shop.run("emulator", "--host", "0.0.0.0", "--port", "0")
    assert refused.code == ExitCode.USAGE
    assert "not a loopback address" in refused.err


def test_a_working_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    program = shlex.quote(str(Path(sys.executable).with_name("ometria-import")))
    script = f"cd {shlex.quote(str(gone))} && rmdir ../gone && exec {program} init ."
    ended = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == ExitCode.USAGE
    assert "error: the working folder is not there any more" in ended.stderr


def test_a_bug_is_called_one_without_a_traceback(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*, json: bool = False) -> None:
        raise LookupError("secret-value", json)

    monkeypatch.setattr("ometria_import.cli.commands.explain.explain", explode)
    ended = shop.run("explain")
    told = shop.run("explain", "--json")
    assert (ended.code, ended.out, told.code) == (ExitCode.UNEXPECTED, "", ExitCode.UNEXPECTED)
    assert "error: unexpected error, this is a bug: LookupError" in ended.err
    assert re.search(r"hint: .*test_program\.py:\d+ in explode", ended.err)
    assert "Traceback" not in ended.err
    assert "secret-value" not in ended.err + told.out
    assert told.json["exit_code"] == 1
    assert "this is a bug" in told.json["error"]


def test_what_a_library_trips_over_after_an_interrupt_is_no_bug(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in `Thread.start`, which removes a thread that has begun already."""

    def trip(*, json: bool = False) -> None:
        error = KeyError(json)
        error.__context__ = InterruptedRunError("interrupted", hint="Run the command again.")
        raise error

    monkeypatch.setattr("ometria_import.cli.commands.explain.explain", trip)
    ended = shop.run("explain")
    assert ended.code == ExitCode.INTERRUPTED
    assert "error: interrupted\n" in ended.err


def test_nobody_reading_on_changes_nothing(shop: Shop) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = shop.start("check", shop.contacts(3), stdout=writing, stderr=writing)
    os.close(writing)
    assert finished(process).code == 0
    reading, writing = os.pipe()
    os.close(reading)
    process = shop.start("explain", "--json", stdout=writing)
    os.close(writing)
    assert finished(process).code == 0


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_changes_nothing(closed: str) -> None:
    program = f"{shlex.quote(sys.executable)} -m ometria_import explain --json {closed}"
    ended = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert bool(ended.stdout) == (closed == "2>&-")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "words", [["explain"], ["explain", "--json"], ["--help"], ["--version"], ["push", "--help"]]
)
def test_output_that_is_lost_is_a_failure_and_no_bug(shop: Shop, words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = shop.run_alone(*words, stdout=full)
    assert ended.code == ExitCode.USAGE
    assert "stdout cannot be written: No space left on device" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("words", [["explain"], ["explain", "--json"], ["--help"], ["--version"]])
def test_a_reader_that_has_read_enough_is_no_failure(shop: Shop, words: list[str]) -> None:
    """As in `ometria-import --help | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        ended = shop.run_alone(*words, stdout=closed)
    assert (ended.code, ended.err) == (ExitCode.OK, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_push_whose_output_is_lost_ends_its_run_or_begins_none(
    shop: Shop, emulator: RunningEmulator, flags: list[str]
) -> None:
    name = shop.contacts(3)
    push = ("push", name, "--to", "staging", *flags)
    with Path("/dev/full").open("w") as full:
        ended = shop.run_alone(*push, stdout=full)
    assert ended.code == ExitCode.USAGE
    assert "stdout cannot be written" in ended.err
    # People read what is found in the files before anything is sent, a program reads the end.
    is_sent = flags == ["--json"]
    assert pushes(emulator) == (1 if is_sent else 0)
    told = shop.run("runs", "--json").json["runs"]
    assert [run["state"] for run in told] == (["finished"] if is_sent else [])
    assert shop.run(*push).code == ExitCode.OK
    assert pushes(emulator) == 1


def test_a_log_that_cannot_be_written_stops_nothing(shop: Shop) -> None:
    with Path("/dev/full").open("w") as full:
        ended = shop.run_alone("check", shop.contacts(3), stderr=full)
    assert ended.code == 0
    assert "Ready to send: 3 contacts" in ended.out


def test_a_terminal_of_another_encoding_gets_everything_all_the_same(shop: Shop) -> None:
    name = shop.write("contacts.csv", "id,@collection,email\n1,main,nö\n")
    ended = shop.run_alone("check", name, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert (ended.code, "Traceback" in ended.err) == (3, False)
    assert r"\u2192" in ended.out


NASTY = "[red]x[/red] [/y] \x1b[31mz\x07\u202e\x9b"


def test_texts_of_users_never_become_markup_or_control_characters(shop: Shop) -> None:
    name = shop.write(
        "con[b]tacts\x1b[2J.csv",
        f"id,@collection,email,{NASTY}\n1,main,{NASTY}\n2,main,a@example.com,ok\n"
        f"3,main,b@example.com,{NASTY}\n",
    )
    for arguments in (["check", name], ["push", name, "--to", "staging", "--dry-run"]):
        ended = shop.run(*arguments)
        assert ended.code == ExitCode.REJECTS, ended
        shown = ended.out + ended.err
        assert not set("\x1b\x07\u202e\x9b") & set(shown)
        assert "con[b]tacts\\x1b[2J.csv" in shown
        # What a push has in common with the check before it is not shown twice.
        assert ("[red]x[/red] [/y] \\x1b[31mz" in shown) == (arguments[0] == "check")
    ended = shop.run("show")
    assert "con[b]tacts\\x1b[2J.csv: contact, 3 rows" in ended.out
    assert "\x1b" not in ended.out
    missing = shop.run("check", "\x1b[31m[/x].csv")
    assert missing.code == ExitCode.UNUSABLE
    assert "error: \\x1b[31m[/x].csv does not exist" in missing.err


def test_a_path_that_is_no_text_is_shown_all_the_same(shop: Shop) -> None:
    name = os.fsdecode(b"contacts-\xff.csv")
    shop.contacts(2, name)
    ended = shop.run("check", name)
    assert ended.code == 0, ended
    assert "contacts-\\udcff.csv" in ended.out
    told = shop.run("check", name, "--json")
    assert told.json["sources"][0]["path"] == name


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Rich take what the test reads for a terminal of 80 columns."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("_terminal")
def test_terminals_have_colours_unless_no_color_is_set(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = shop.write("contacts.csv", "id,@collection,email\n1,main,nobody\n")
    assert "\x1b[1;31mE012" in shop.run("check", name).out
    monkeypatch.setenv("NO_COLOR", "1")
    plain = shop.run("check", name).out
    assert "E012" in plain
    assert not re.search(r"\x1b\[[0-9;]*3[0-9][;m]", plain)


def test_no_codes_of_a_terminal_are_written_to_a_file(shop: Shop) -> None:
    name = shop.write("contacts.csv", "id,@collection,email\n1,main,nobody\n")
    ended = shop.run("check", name)
    assert "\x1b" not in ended.out + ended.err


@pytest.mark.usefixtures("_terminal")
def test_a_terminal_breaks_hints_between_words_and_keeps_their_indent(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = shop.write("contacts.csv", "id,@collection,email\n1,main\n")
    lines = [line.rstrip() for line in ANSI.sub("", shop.run("check", name).out).splitlines()]
    first = next(number for number, line in enumerate(lines) if "→" in line)
    assert lines[first].startswith("     → Look for an unquoted delimiter inside a")
    assert lines[first + 1].startswith("     ")
    assert len(lines[first]) <= 80
    monkeypatch.delenv("FORCE_COLOR")
    assert "or a truncated line. In the reject file" in shop.run("check", name).out


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_help_of_the_program_says_of_each_command_what_its_own_help_says(
    shop: Shop, name: str
) -> None:
    own = " ".join(shop.run(name, "--help").out.replace("│", " ").split())

    assert commands.COMMANDS[name] in own


def test_windows_is_sent_to_wsl_before_anything_is_imported_that_it_lacks() -> None:
    code = (
        "import sys\n"
        "sys.platform = 'win32'\n"
        "sys.modules.update(fcntl=None, resource=None)\n"
        "from ometria_import.cli.entry import run\n"
        "run()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (ExitCode.USAGE, "")
    assert "needs Linux or macOS" in ended.stderr
    assert "hint: Run it in WSL" in ended.stderr
    assert "Traceback" not in ended.stderr
