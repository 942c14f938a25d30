"""`status`: how the last command to each account ended, however early that was."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.config.home import Home
from ometria_import.emulator import RunningEmulator
from ometria_import.endings import BegunAttempt, Watched, metrics_of
from ometria_import.errors import ExitCode
from tests.cli.program import KEYS, Shop

SAMPLE = re.compile(r"([a-z_]+)(?:\{(.*)\})? (-?[0-9.e+]+)")
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"(?:,|$)')


def samples(text: str) -> dict[tuple[str, str | None], float]:
    """Each sample by its name and account, as Prometheus reads the text format 0.0.4."""
    read, kinds = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            found = SAMPLE.fullmatch(line)
            assert found is not None, line
            assert kinds[found[1]] == "gauge"
            labels = {name: _unescaped(value) for name, value in LABEL.findall(found[2] or "")}
            assert "".join(m[0] for m in LABEL.finditer(found[2] or "")) == (found[2] or "")
            read[found[1], labels.get("account")] = float(found[3])
    return read


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")) | st.just("\n")))
def test_labels_are_escaped(account: str) -> None:
    text = metrics_of([Watched(account=account, kind="live", last=None)], 4)
    assert text.count("\n") == 3 * (3 if account else 2)
    read = samples(text)
    assert read["ometria_import_running", account] == 0
    # Nothing can succeed that names no account.
    assert (("ometria_import_last_success_timestamp_seconds", account) in read) == bool(account)


def test_status_tells_of_the_last_command_to_each_account_and_of_its_age(
    shop: Shop, emulator: RunningEmulator
) -> None:
    del emulator
    none = shop.run("status")
    assert none.code == ExitCode.UNUSABLE
    assert "Nothing has ever run from .ometria-import." in none.out
    shop.run("push", shop.contacts(2), "--to", "staging")
    good = shop.run("status")
    assert good.code == 0
    never, ended = good.out.splitlines()
    assert never == "live: nothing has ever run to it"
    assert re.fullmatch(r"staging: push ended \d+ s ago, 2 of 2 records accepted", ended)
    again = shop.run("push", shop.contacts(2), "--to", "staging")
    assert again.code == 0
    assert "staging: push ended 0 s ago, nothing new to send" in shop.run("status").out
    failed = shop.run("push", "none.csv", "--to", "live", "--yes")
    assert failed.code == ExitCode.UNUSABLE
    both = shop.run("status", "--json")
    assert both.code == ExitCode.UNUSABLE
    live, staging = both.json["accounts"]
    assert (live["account"], live["last_exit_code"], live["succeeded_at"]) == ("live", 4, None)
    assert "none.csv" in live["reason"]
    assert (staging["account"], staging["exit_code"]) == ("staging", 0)
    assert shop.run("status", "--to", "staging").code == 0
    old = shop.run("status", "--to", "staging", "--max-age", "0s")
    assert (old.code, "; the last success was 0 s ago" in old.out) == (ExitCode.UNUSABLE, True)
    shop.run("push", "none.csv", "--to", "staging")
    assert shop.run("status", "--json").json["accounts"][1]["succeeded_at"] is not None


def no_key(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    del shop
    patch.delenv("OMETRIA_LIVE_KEY")


def failing_key_command(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    no_key(shop, patch)
    patch.setenv("OMETRIA_LIVE_KEY_COMMAND", "sh -c 'exit 7'")


def broken_settings(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    del patch
    shop.write("ometria-import.toml", "[accounts.live")


def nothing(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    del shop, patch


@pytest.mark.parametrize(
    ("prepare", "arguments", "code", "why"),
    [
        (no_key, ("--yes",), ExitCode.USAGE, "OMETRIA_LIVE_KEY is not set"),
        (failing_key_command, ("--yes",), ExitCode.USAGE, "ended with exit code 7"),
        (broken_settings, ("--yes",), ExitCode.USAGE, "ometria-import.toml:1: the settings file"),
        (nothing, (), ExitCode.USAGE, "sending to live must be confirmed"),
        (nothing, ("--yes", "none.csv"), ExitCode.UNUSABLE, "none.csv does not exist"),
        (nothing, ("--max-reject=1",), ExitCode.USAGE, "no such option: --max-reject"),
        (nothing, ("--yes", "--timezone", "Mars/Olympus"), ExitCode.USAGE, "Mars/Olympus"),
        (nothing, ("--json", "--json-lines"), ExitCode.USAGE, "cannot be used together"),
        (nothing, ("--yes", "--max-rejects", "0", "bad.csv"), ExitCode.UNUSABLE, "--max-rejects"),
    ],
)
def test_a_command_that_ends_before_a_run_is_made_is_told_with_its_reason(
    shop: Shop,
    emulator: RunningEmulator,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Shop, pytest.MonkeyPatch], None],
    arguments: tuple[str, ...],
    code: ExitCode,
    why: str,
) -> None:
    """There is no home before, and no terminal: so a scheduled command begins its life."""
    del emulator
    contacts = shop.contacts(1)
    shop.write("bad.csv", "id,@collection,email\nc1,main,nobody\n")
    prepare(shop, monkeypatch)
    assert shop.run("push", contacts, "--to", "live", *arguments).code == code
    told = shop.run("status", "--json", "--prometheus", "m.prom")
    assert told.code == code
    (live,) = (each for each in told.json["accounts"] if each["account"] == "live")
    assert why in live["reason"]
    assert (live["command"], live["last_exit_code"], live["kind"]) == ("push", code, "live")
    assert "\n" not in live["words"]
    read = samples((shop.folder / "m.prom").read_text())
    assert read["ometria_import_last_exit_code", "live"] == code
    assert read["ometria_import_last_success_timestamp_seconds", "live"] == 0
    assert read["ometria_import_status_exit_code", None] == code


def test_a_slip_at_a_terminal_makes_no_home_and_calls_nobody(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    del emulator
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.delenv("OMETRIA_STAGING_KEY")
    assert shop.run("push", "none.csv", "--to", "staging").code == ExitCode.USAGE
    monkeypatch.setenv("OMETRIA_STAGING_KEY", KEYS["OMETRIA_STAGING_KEY"])
    assert not (shop.folder / ".ometria-import").exists()
    told = shop.run("status", "--json")
    assert (told.code, [each["exit_code"] for each in told.json["accounts"]]) == (4, [None, None])
    assert shop.run("push", shop.contacts(1), "--to", "staging").code == 0
    assert shop.run("push", "--too", "staging").code == ExitCode.USAGE
    assert shop.run("status").code == 0


def test_a_command_that_names_no_account_is_told_until_the_next_one_ends(
    shop: Shop, emulator: RunningEmulator
) -> None:
    del emulator
    contacts = shop.contacts(1)
    assert shop.run("push", contacts, "--to", "lvie", "--yes").code == ExitCode.USAGE
    told = shop.run("status")
    assert told.code == ExitCode.USAGE
    assert (
        "no account: push ended 0 s ago, and sent nothing (exit code 2): no account is" in told.out
    )
    assert shop.run("push", contacts, "--to", "staging").code == 0
    assert (shop.run("status").code, "no account" in shop.run("status").out) == (0, False)


def test_accounts_that_never_ran_or_are_gone_count_only_where_they_are_asked_for(
    shop: Shop, emulator: RunningEmulator
) -> None:
    settings = shop.folder / "ometria-import.toml"
    before = settings.read_text()
    for name, kind in {"de": "live", "fr": "staging"}.items():
        with settings.open("a") as file:
            file.write(f'[accounts.{name}]\nkind = "{kind}"\nbase_url = "{emulator.base_url}"\n')
    contacts = shop.contacts(1)
    assert shop.run("push", contacts, "--to", "staging").code == 0
    assert shop.run("push", contacts, "--to", "de", "--yes").code == ExitCode.USAGE
    told = shop.run("status", "--json", "--prometheus", "m.prom")
    assert told.code == ExitCode.USAGE
    by_name = {each["account"]: each for each in told.json["accounts"]}
    assert {name: each["exit_code"] for name, each in by_name.items()} == {
        "de": 2,
        "fr": None,
        "live": None,
        "staging": 0,
    }
    assert by_name["fr"]["words"] == "fr: nothing has ever run to it"
    assert shop.run("status", "--to", "FR").code == ExitCode.UNUSABLE
    assert shop.run("status", "--to", "staging").code == 0
    assert shop.run("status", "--to", "es").code == ExitCode.USAGE
    aged = shop.run("status", "--max-age", "26h", "--json")
    codes = {each["account"]: each["exit_code"] for each in aged.json["accounts"]}
    # That its settings are wrong says more than that it never succeeded.
    assert codes == {"de": 2, "fr": 4, "live": 4, "staging": 0}
    read = samples((shop.folder / "m.prom").read_text())
    accounts = {account for _, account in read}
    assert accounts == {None, "de", "fr", "live", "staging"}
    assert ("ometria_import_last_exit_code", "fr") not in read
    assert read["ometria_import_last_success_timestamp_seconds", "fr"] == 0

    settings.write_text(before)
    told = shop.run("status", "--prometheus", "m.prom")
    assert told.code == 0
    assert "de: push ended" in told.out
    assert "; no longer in the settings" in told.out
    accounts = {account for _, account in samples((shop.folder / "m.prom").read_text())}
    assert accounts == {None, "live", "staging"}
    assert [path.name for path in shop.folder.glob("*m.prom*")] == ["m.prom"]


def test_exit_code_of_rejects_is_told_by_their_number_or_says_what_is_open(
    shop: Shop, emulator: RunningEmulator
) -> None:
    del emulator
    name = shop.write("contacts.csv", "id,@collection,email\n1,main,ann@example.com\n2,main,x@@\n")
    for number in ("1 of 1 record accepted, 1 rejected (exit code 3)", "nothing new to send"):
        assert shop.run("push", name, "--to", "staging").code == ExitCode.REJECTS
        assert number in shop.run("status").out
    told = shop.run("status").out
    assert "(exit code 3: rejects or errors of the run that sent it are still open)" in told


def test_status_goes_on_without_settings_that_cannot_be_read(
    shop: Shop, emulator: RunningEmulator
) -> None:
    del emulator
    assert shop.run("push", shop.contacts(1), "--to", "staging").code == 0
    broken_settings(shop, pytest.MonkeyPatch())
    told = shop.run("status", "--prometheus", "m.prom")
    assert told.code == ExitCode.USAGE
    assert "staging: push ended" in told.out
    assert "error: ometria-import.toml:1" in told.err
    read = samples((shop.folder / "m.prom").read_text())
    assert read["ometria_import_last_exit_code", "staging"] == 0
    assert read["ometria_import_status_exit_code", None] == ExitCode.USAGE


def test_metrics_never_take_the_place_of_another_file(
    shop: Shop, emulator: RunningEmulator
) -> None:
    del emulator
    contacts = shop.contacts(1)
    before = (shop.folder / contacts).read_bytes()
    refused = shop.run("status", "--prometheus", contacts)
    assert (refused.code, (shop.folder / contacts).read_bytes()) == (ExitCode.USAGE, before)
    assert "contacts.csv exists and is not metrics of this tool" in refused.err
    for _ in range(2):
        assert shop.run("status", "--prometheus", "m.prom").code == ExitCode.UNUSABLE
    # An exporter that runs as another user reads it.
    assert (shop.folder / "m.prom").stat().st_mode & 0o777 == 0o644


def test_what_passes_by_itself_does_not_hide_what_somebody_must_see(
    shop: Shop, emulator: RunningEmulator
) -> None:
    """By number, 130 would come before all others."""
    del emulator
    home = Home(Path(".ometria-import"))
    assert shop.run("push", "none.csv", "--to", "live", "--yes").code == ExitCode.UNUSABLE
    with BegunAttempt(home, "staging", "push", datetime.now(UTC)):
        running = shop.run("status", "--to", "staging")
        assert "staging: push has been running for " in running.out
    # It has not said that it has ended: so it is where a process is killed.
    killed = shop.run("status", "--json")
    assert killed.code == ExitCode.UNUSABLE
    live, staging = killed.json["accounts"]
    assert (live["exit_code"], staging["exit_code"]) == (4, ExitCode.INTERRUPTED)
    assert (staging["is_killed"], staging["ended_at"]) == (True, None)
    assert "it was killed, or the machine or its disk failed" in staging["words"]
    assert shop.run("status", "--to", "staging", "--max-age", "1d").code == ExitCode.UNUSABLE
    assert shop.run("push", shop.contacts(1), "--to", "staging").code == 0
    assert shop.run("status", "--to", "staging").code == 0
