"""`--json-lines`: every event as it happens, and how the command ended."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ometria_import.cli.lines.stream import STREAMING, JsonLines
from ometria_import.cli.lines.telling import Telling
from ometria_import.delivery import BatchSettled, Paused, QueueSeen
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from ometria_import.options.choices import ObjectType
from tests.cli.program import Ended, Shop, called, finished, pushes
from tests.delivery.scripted_server import ScriptedServer
from tests.emulator.scenarios.scenarios import fault
from tests.safety.test_leaks import CASES, PUSH, echoing, every_command, refusing
from tests.safety.watching import CONTACTS, LIVE, PERSONAL, SECRETS, STAGING

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "json-lines.schema.json"
WITHOUT_JSON = {"help", "mapping show", "mapping suggest", "emulator"}
"""Commands that print a text or run until Ctrl-C: they have no `--json` either."""


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def lines_of(run: Ended, validator: Draft202012Validator) -> list[dict[str, Any]]:
    """The lines of a command, each of which is what the schema says."""
    lines = [json.loads(line) for line in run.out.splitlines()]
    for line in lines:
        assert list(line)[:3] == ["schema", "event", "at"]
        assert list(validator.iter_errors(line)) == [], line
        assert datetime.fromisoformat(line["at"]).utcoffset() is not None
    assert [line["event"] == "ended" for line in lines] == [False] * (len(lines) - 1) + [True]
    assert lines[-1]["exit_code"] == run.code
    return lines


@pytest.fixture(scope="module")
def used_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which all commands are called, one after the other."""
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(echoing).running() as running:
        running.feed = echoing
        yield running


@pytest.fixture
def used(
    used_folder: Path,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shop:
    shop = Shop(used_folder, monkeypatch, capsys)
    monkeypatch.setenv("HOME", str(used_folder))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    if not shop.run_folders():
        shop.write("contacts.csv", CONTACTS)
        shop.send_to(server.base_url)
        assert shop.run(*PUSH).code == ExitCode.REJECTS
        assert shop.run(*PUSH, "--pseudonymise", "--dry-run").code == ExitCode.REJECTS
        # Else `doctor` compares it with what this server says, which is nothing that it can read.
        assert shop.run("given", "forget", "--to", "staging").code == ExitCode.OK
    return shop


@pytest.mark.parametrize("command", sorted(every_command()))
def test_every_line_of_every_command_is_what_the_schema_says(
    used: Shop, validator: Draft202012Validator, command: str
) -> None:
    for call in CASES[command] or ((command,),):
        if " ".join(call).startswith(command):
            run = used.run(*(word for word in call if word != "--json"), "--json-lines")
            *events, ended = lines_of(run, validator)
            assert ended["command"] == command
            assert command in STREAMING or events == []
            assert run.code != ExitCode.UNEXPECTED, run
            is_unknown = "no such option: --json-lines" in ended.get("error", "")
            assert is_unknown == (command in WITHOUT_JSON)


def words_of(lines: Sequence[dict[str, Any]]) -> list[str]:
    """What happened, in order; what comes or not by chance is left out."""
    by_chance = {"queue_seen", "source_progress", "noted", "rate_changed", "awaiting_errors"}
    return [line["event"] for line in lines if line["event"] not in by_chance]


def test_a_run_is_told_from_its_files_to_live(
    shop: Shop, emulator: RunningEmulator, validator: Draft202012Validator
) -> None:
    name = shop.contacts(250)
    checked = lines_of(shop.run("check", name, "--json-lines"), validator)
    assert words_of(checked) == [
        "sources_named",
        "source_opened",
        "source_done",
        "prepared",
        "ended",
    ]
    assert checked[-2]["records"] == checked[-1]["records"] == {"contact": 250}
    pushed = lines_of(shop.run("push", name, "--to", "staging", "--json-lines"), validator)
    told = words_of(pushed)
    assert told[:3] == ["sources_named", "source_opened", "source_done"]
    assert told[-3:] == ["delivery_ended", "delivered", "ended"]
    assert sum(each["accepted"] for each in pushed if each["event"] == "batches_settled") == 250
    run, folder = pushed[-1]["run"], pushed[-2]["run"]
    assert (run, pushed[-1]["accepted"], pushes(emulator)) == (folder, 250, 3)
    again = lines_of(shop.run("push", name, "--to", "staging", "--json-lines"), validator)
    assert words_of(again)[-2:] == ["already_sent", "ended"]
    assert again[-1]["nothing_to_do"] is True
    assert words_of(lines_of(shop.run("retry", run, "--json-lines"), validator)) == [
        "nothing_to_retry",
        "ended",
    ]
    diff = ("consent", "diff", name, "--to", "live", "--since", "2024-01-01", "--json-lines")
    assert "source_opened" in words_of(lines_of(shop.run(*diff), validator))
    verified = words_of(
        lines_of(shop.run("verify", run, "--settle", "0", "--json-lines"), validator)
    )
    assert verified[0] == "counting_records"
    assert verified[-2:] == ["run_verified", "ended"]
    promote = ("promote", run, "--to", "live", "--yes", "--attest", "a.json", "--json-lines")
    promoted = lines_of(shop.run(*promote), validator)
    assert {"gate_checked", "promotion_begun", "batches_settled"} < {*words_of(promoted)}
    assert words_of(promoted)[-3:] == ["delivered", "promotion_ended", "ended"]
    assert promoted[-1]["promotes"] == run
    assert words_of(lines_of(shop.run(*promote), validator))[-2:] == ["already_promoted", "ended"]


def test_what_an_earlier_run_left_is_told_and_ends_nothing(
    shop: Shop, emulator: RunningEmulator, validator: Draft202012Validator
) -> None:
    push = ("push", shop.contacts(120), "--to", "staging", "--json-lines")
    emulator.play(fault("answer", status=503))
    stopped = lines_of(shop.run(*push, "--give-up-after", "0"), validator)
    assert stopped[-1]["exit_code"] == ExitCode.TEMPORARY
    assert {"error", "hint", "run"} < stopped[-1].keys()
    emulator.heal()
    shop.contacts(130)
    pushed = lines_of(shop.run(*push), validator)
    told = words_of(pushed)
    assert (told.count("rest_begun"), told.count("rest_ended"), told.count("delivered")) == (
        1,
        1,
        2,
    )
    assert pushed[-1]["accepted"] == 130


def test_an_interrupt_has_a_last_line(
    shop: Shop, emulator: RunningEmulator, validator: Draft202012Validator
) -> None:
    shop.send_to(emulator.base_url, rate=10)
    process = shop.start("push", shop.contacts(3_000), "--to", "staging", "--json-lines")
    assert process.stdout is not None
    begun: list[str] = []
    while not begun or '"batches_settled"' not in begun[-1]:
        begun.append(process.stdout.readline())
        assert begun[-1]
    process.send_signal(signal.SIGINT)
    rest = finished(process)
    lines = lines_of(Ended(rest.code, "".join(begun) + rest.out, rest.err), validator)
    assert lines[-1]["exit_code"] == ExitCode.INTERRUPTED
    assert lines[-1]["error"].startswith("interrupted")
    settled = [line["accepted"] for line in lines if line["event"] == "batches_settled"]
    assert sum(settled) == lines[-1]["accepted"] < 3_000
    shop.send_to(emulator.base_url)
    assert shop.run("resume").code == ExitCode.OK
    run = lines[-1]["run"]
    left = lines_of(shop.run("resume", run, "--json-lines"), validator)
    assert words_of(left) == ["nothing_left", "delivered", "ended"]
    assert left[-1]["exit_code"] == ExitCode.OK


def test_a_dry_run_and_too_many_rejects_are_told(
    shop: Shop, emulator: RunningEmulator, validator: Draft202012Validator
) -> None:
    del emulator
    name = shop.write("contacts.csv", "id,@collection,email\n1,main,a@example.com\n2,main,no\n")
    push = ("push", name, "--to", "staging", "--json-lines")
    rehearsed = lines_of(shop.run(*push, "--dry-run"), validator)
    assert words_of(rehearsed)[-2:] == ["rehearsed", "ended"]
    assert rehearsed[-1]["dry_run"] is True
    limited = lines_of(shop.run(*push, "--max-rejects", "0"), validator)
    assert words_of(limited)[-2:] == ["too_many_rejected", "ended"]
    assert limited[-2]["rejected"] == 1
    assert "error" in limited[-1]
    only_bad = shop.write("bad.csv", "id,@collection,email\n2,main,no\n")
    empty = shop.run("push", f"contact={only_bad}", "--to", "staging", "--json-lines")
    assert words_of(lines_of(empty, validator))[-2:] == ["nothing_to_send", "ended"]


def test_the_last_line_is_what_json_says(shop: Shop, validator: Draft202012Validator) -> None:
    for words in (("explain", "E012"), ("show", "none"), ("runs",), ("push", "none.csv")):
        single = shop.run(*words, "--json")
        (ended,) = lines_of(shop.run(*words, "--json-lines"), validator)
        head = {name: ended.pop(name) for name in ("schema", "event", "at", "command")}
        assert head["command"] == words[0]
        assert ended == {"exit_code": single.code, **single.json}


def test_the_page_shows_lines_that_there_are(validator: Draft202012Validator) -> None:
    page = SCHEMA.with_name("json-lines.md").read_text("utf-8")
    shown = page.partition("```json\n")[2].partition("```")[0].splitlines()
    assert len(shown) == 3
    assert [list(validator.iter_errors(json.loads(line))) for line in shown] == [[]] * 3


def test_both_forms_at_once_are_refused(shop: Shop, validator: Draft202012Validator) -> None:
    (ended,) = lines_of(shop.run("runs", "--json", "--json-lines"), validator)
    assert ended["error"] == "--json and --json-lines cannot be used together"
    assert ended["exit_code"] == ExitCode.USAGE


def test_help_is_help(shop: Shop) -> None:
    shown = shop.run("push", "--json-lines", "--help")
    assert (shown.code, '"ended"' in shown.out) == (0, False)
    assert "--json-lines" in shown.out


@pytest.mark.parametrize("status", [403, 422, 500])
def test_no_event_repeats_a_key_or_a_shopper(
    shop: Shop, server: ScriptedServer, validator: Draft202012Validator,
    monkeypatch: pytest.MonkeyPatch, status: int,
) -> None:  # fmt: skip
    monkeypatch.setenv("OMETRIA_STAGING_KEY", STAGING)
    monkeypatch.setenv("OMETRIA_LIVE_KEY", LIVE)
    shop.write("contacts.csv", CONTACTS)
    shop.send_to(server.base_url)
    with monkeypatch.context() as patch:
        patch.setattr(server, "script", refusing(status))
        patch.setattr(server, "feed", refusing(status))
        run = shop.run(*PUSH, "--json-lines")
    *events, _ = lines_of(run, validator)
    assert len(events) > 3
    assert [word for word in (STAGING, LIVE, *SECRETS) if word in run.out] == []
    assert [word for word in PERSONAL if word in json.dumps(events)] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_lines_that_are_lost_stop_no_delivery_and_are_a_failure(
    shop: Shop, emulator: RunningEmulator
) -> None:
    push = ("push", shop.contacts(3), "--to", "staging", "--json-lines")
    with Path("/dev/full").open("w") as full:
        ended = shop.run_alone(*push, stdout=full)
    assert (ended.code, pushes(emulator)) == (ExitCode.USAGE, 1)
    assert "stdout cannot be written: No space left on device" in ended.err
    for flag in ("--json", "--json-lines"):
        with Path("/dev/full").open("w") as full:
            failed = shop.run_alone("show", "none", flag, stdout=full)
        assert failed.code == ExitCode.USAGE
        assert "there is no run" in failed.err
        assert "Traceback" not in failed.err


def test_nobody_need_read_on(shop: Shop, emulator: RunningEmulator) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    push = ("push", shop.contacts(3), "--to", "staging", "--json-lines", "--quiet")
    with os.fdopen(writer, "w") as closed:
        ended = shop.run_alone(*push, stdout=closed)
    assert (ended.code, ended.err, pushes(emulator)) == (ExitCode.OK, "", 1)


class Kept(JsonLines):
    """Lines that are kept instead of printed."""

    def __init__(self) -> None:
        super().__init__("push")
        self.lines: list[dict[str, Any]] = []

    def write(self, line: Any) -> None:
        self.lines.append(dict(line))


@given(
    st.lists(
        st.tuples(
            st.floats(0, 0.6), st.sampled_from(list(ObjectType)), st.integers(0, 100)
        ) | st.none()
    )
)  # fmt: skip
def test_settled_batches_are_told_seldom_and_none_is_lost(
    steps: list[tuple[float, ObjectType, int] | None],
) -> None:
    kept, now = Kept(), 0.0
    telling = Telling(kept, lambda: now)
    sums = dict.fromkeys(ObjectType, 0)
    for step in steps:
        if step is None:
            telling(Paused(1.0, "the server asks for it"))
            continue
        waited, kind, refused = step
        now += waited
        sums[kind] += 100
        telling(BatchSettled(1, kind, 100, 100 - refused, refused, 0, 0, 0.1, None))
        telling(QueueSeen(10, 1.0))
    telling.flush()
    settled = [line for line in kept.lines if line["event"] == "batches_settled"]
    for kind in ObjectType:
        own = [line for line in settled if line["object_type"] == kind]
        assert sum(line["records"] for line in own) == sums[kind]
        assert sum(line["accepted"] + line["refused"] for line in own) == sums[kind]
    assert sum(line["event"] == "queue_seen" for line in kept.lines) <= now / 0.25 + 1


def test_progress_is_told_a_few_times_a_second() -> None:
    kept, now = Kept(), 0.0
    telling = Telling(kept, lambda: now)
    for _ in range(1_000):
        now += 0.001
        telling(BatchSettled(1, ObjectType.CONTACT, 100, 100, 0, 0, 0, 0.1, None))
    telling.flush()
    assert len(kept.lines) <= 6
    assert sum(line["batches"] for line in kept.lines) == 1_000
    assert datetime.fromisoformat(kept.lines[0]["at"]) <= datetime.now(UTC)


class _InterruptedStream(io.StringIO):
    """A stdout that takes a line in two pieces, and between them comes a signal."""

    def write(self, text: str, /) -> int:
        half = len(text) // 2
        super().write(text[:half])
        if '"event": "source_done"' in text:
            os.kill(os.getpid(), signal.SIGTERM)
        return half + super().write(text[half:])


def test_a_signal_in_the_middle_of_a_line_waits_until_it_is_whole(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, validator: Draft202012Validator
) -> None:
    stdout = _InterruptedStream()
    monkeypatch.setattr("sys.stdout", stdout)
    code = called("check", shop.contacts(3), "--json-lines")
    assert code == ExitCode.INTERRUPTED
    lines = lines_of(Ended(code, stdout.getvalue(), ""), validator)
    assert "source_done" in words_of(lines)
    assert "prepared" not in words_of(lines)
