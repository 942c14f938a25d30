"""Keys that a command prints, or that the system's keyring keeps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import StringIO

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, stored

pytestmark = pytest.mark.usefixtures("emulator")
COMMAND = "OMETRIA_STAGING_KEY_COMMAND"


class InMemory(KeyringBackend):
    """A keyring as a desktop has one, which may be locked."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise KeyringLocked(f"CANARY {self.entries}")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.is_locked:
            raise KeyringLocked(f"CANARY {password}")
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


@pytest.fixture
def kept() -> Iterator[InMemory]:
    before, backend = keyring.get_keyring(), InMemory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def _no_key(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    del shop  # which has set one
    monkeypatch.delenv("OMETRIA_STAGING_KEY")


def printing(text: str, code: int = 0) -> str:
    """A command that prints something."""
    return f'{sys.executable} -c "print({text!r}); raise SystemExit({code})"'


def test_a_command_of_the_environment_prints_the_key(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(COMMAND, printing("staging-key"))
    pushed = shop.run("push", shop.contacts(2), "--to", "staging")
    assert pushed.code == 0, pushed
    assert len(stored(emulator)) == 2
    assert f"accepts the key in {COMMAND}" in shop.run("doctor").out.replace("\n", " ")


def test_the_command_runs_once_and_inherits_no_key(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = shop.folder / "log"
    monkeypatch.setenv(COMMAND, f"sh -c 'echo run$OMETRIA_LIVE_KEY >> {log}; echo staging-key'")
    assert shop.run("push", shop.contacts(2), "--to", "staging").code == 0
    assert log.read_text() == "run\n"
    assert shop.run("verify").code == 0
    assert log.read_text() == "run\nrun\n"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (printing("CANARY", 3), "ended with exit code 3"),
        ("no-such-program CANARY", "cannot be run: No such file"),
        (printing(""), "printed no key"),
        (printing("CANARY\\nCANARY"), "printed several lines"),
        ("sh -c 'CANARY", "its quotes are odd"),
        (printing("CANÄRY"), "holds a line break, a blank or a character that no key has"),
    ],
)
def test_a_command_that_prints_no_key_is_said_without_what_it_printed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, command: str, words: str
) -> None:
    monkeypatch.setenv(COMMAND, command)
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert (ended.code, words in ended.err) == (ExitCode.USAGE, True), ended
    assert COMMAND in ended.err
    assert "CAN" not in ended.err


def test_a_settings_file_runs_no_command(shop: Shop) -> None:
    settings = shop.folder / "ometria-import.toml"
    ran = shop.folder / "ran"
    settings.write_text(f"[accounts.staging]\nkey_command = 'touch {ran}'\n")
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert (ended.code, "unknown key 'key_command'" in ended.err) == (ExitCode.USAGE, True)
    assert "OMETRIA_LIVE_KEY_COMMAND" in ended.err
    assert not ran.exists()


def test_a_key_that_the_account_accepts_is_kept_and_used_until_logout(
    shop: Shop, kept: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("staging-key\n"))
    assert shop.run("login", "--to", "staging", "--stdin").code == 0
    assert kept.entries == {("ometria-import", "staging@127.0.0.1"): "staging-key"}
    assert shop.run("push", shop.contacts(2), "--to", "staging").code == 0
    assert "accepts the key in the keyring" in shop.run("doctor").out.replace("\n", " ")
    assert shop.run("logout", "--to", "staging", "--json").json["was_kept"] is True
    assert kept.entries == {}
    ended = shop.run("push", shop.contacts(3), "--to", "staging")
    assert (ended.code, "no key for the account staging" in ended.err) == (ExitCode.USAGE, True)
    assert "ometria-import login --to staging" in ended.err
    assert shop.run("logout", "--to", "staging", "--json").json["was_kept"] is False


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        ("wrong-key\n", ExitCode.REFUSED, "does not accept this key, which is not kept"),
        ("live-key\n", ExitCode.USAGE, "staging and live have the same key"),
        ("two words\n", ExitCode.USAGE, "a blank or a character that no key has"),
        ("", ExitCode.USAGE, "no key was given; nothing was kept"),
    ],
)
def test_a_key_that_cannot_be_right_is_not_kept(
    shop: Shop,
    kept: InMemory,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    code: ExitCode,
    words: str,
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(typed))
    ended = shop.run("login", "--to", "staging", "--stdin")
    assert (ended.code, words in ended.err) == (code, True), ended
    assert typed.strip() == "" or typed.strip() not in ended.err
    assert kept.entries == {}


def test_a_key_of_one_host_is_not_sent_to_another(shop: Shop, kept: InMemory) -> None:
    kept.entries["ometria-import", "staging@api.ometria.com"] = "staging-key"
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert (ended.code, "no key for the account staging" in ended.err) == (ExitCode.USAGE, True)


def test_a_keyring_that_is_locked_is_said_without_its_own_words(
    shop: Shop, kept: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.is_locked = True
    monkeypatch.setattr("sys.stdin", StringIO("staging-key\n"))
    for words in (
        ("push", shop.contacts(1), "--to", "staging"),
        ("login", "--to", "staging", "--stdin"),
    ):
        ended = shop.run(*words)
        assert (ended.code, "CANARY" in ended.err) == (ExitCode.USAGE, False), ended
        assert "the keyring cannot be used for the key of staging (KeyringLocked)" in ended.err


def test_without_a_keyring_the_key_is_not_kept_and_the_other_ways_are_named(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setattr("sys.stdin", StringIO("staging-key\n"))
    ended = shop.run("login", "--to", "staging", "--stdin")
    assert ended.code == ExitCode.USAGE
    assert "the package keyring is not installed" in ended.err
    assert COMMAND in ended.err
