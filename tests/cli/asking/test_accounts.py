from __future__ import annotations

import os
import pty
import sys

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import KEYS, Shop, finished, pushes, stored


def refused(shop: Shop, *arguments: str) -> str:
    """What a push says that is refused before it reads anything."""
    ended = shop.run("push", "missing.csv", "--to", "staging", *arguments)
    assert (ended.code, ended.out) == (ExitCode.USAGE, ""), ended
    first, second = ended.err.splitlines()
    assert first.startswith("error: ")
    assert second.startswith("hint: ")
    for key in KEYS.values():
        assert key not in ended.err.replace("staging-key-", "")
    # Nothing but that it was refused: it is told to whoever asks for the status.
    assert [path.name for path in (shop.folder / ".ometria-import").iterdir()] == ["endings"]
    return ended.err


def test_a_missing_key_is_asked_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMETRIA_STAGING_KEY")
    assert "OMETRIA_STAGING_KEY is not set" in refused(shop)


def test_one_key_for_both_accounts_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMETRIA_LIVE_KEY", "staging-key")
    assert "staging and live have the same key" in refused(shop)


@pytest.mark.parametrize("key", ["staging\nkey", "staging-key\r\n", " staging-key", "schlüssel"])
def test_a_key_with_more_than_a_key_in_it_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("OMETRIA_STAGING_KEY", key)
    assert "the key in OMETRIA_STAGING_KEY holds a line break" in refused(shop)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[accounts.staging]\nbase_url = 'http://api.example.com/v2'", "plain HTTP"),
        ("[accounts.staging]\nbase_url = 'ftp://127.0.0.1/v2'", "neither https:// nor http://"),
        ("[accounts.staging\n", "is not TOML: "),
        ("[accounts.staging]\nrates = 8", "unknown key 'rates' in [accounts.staging]"),
        ("[accounts.stagging]\nrate = 8", "(did you mean 'staging'?)"),
        ("[accounts.staging]\nrate = 0", "must be a number from 0.01 to 100"),
        ("[accounts.staging]\nkey = 'sesame'", "unknown key 'key'"),
        ("[acounts]", "(did you mean 'accounts'?)"),
    ],
)
def test_settings_that_are_wrong_are_refused_with_their_place(
    shop: Shop, settings: str, words: str
) -> None:
    shop.write("ometria-import.toml", settings)
    told = refused(shop)
    assert "ometria-import.toml" in told
    assert words in told
    assert "sesame" not in told


def test_settings_that_are_missing_are_refused_where_they_are_named(shop: Shop) -> None:
    assert "other.toml: the settings file cannot be read" in refused(shop, "--config", "other.toml")


def test_the_key_may_stand_in_another_variable(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (shop.folder / "ometria-import.toml").open("a") as file:
        file.write('key_env = "SHOP_KEY"\n')
    monkeypatch.setenv("SHOP_KEY", "live-key")
    monkeypatch.delenv("OMETRIA_LIVE_KEY")
    push = ("push", shop.contacts(3), "--to", "live", "--yes", "--key-env", "SHOP_KEY")
    assert shop.run(*push).code == 0
    assert len(stored(emulator, "live")) == 3


def test_live_without_a_terminal_or_yes_is_refused_before_anything_is_read(
    shop: Shop, emulator: RunningEmulator
) -> None:
    ended = shop.run_alone("push", "missing.csv", "--to", "live")
    assert ended.code == ExitCode.USAGE
    assert ended.err == (
        "error: sending to live must be confirmed, and there is no terminal to ask on\n"
        "hint: Add --yes if this is what you want.\n"
    )
    assert [path.name for path in (shop.folder / ".ometria-import").iterdir()] == ["endings"]
    assert pushes(emulator) == 0


def test_yes_confirms(shop: Shop, emulator: RunningEmulator) -> None:
    assert shop.run("push", shop.contacts(3), "--to", "live", "--yes").code == 0
    assert (len(stored(emulator, "live")), stored(emulator)) == (3, [])


def test_live_is_confirmed_by_typing_its_name(shop: Shop, emulator: RunningEmulator) -> None:
    master, slave = pty.openpty()
    process = shop.start(
        *("push", shop.contacts(3), shop.products(1), "--to", "live"), stdin=slave, stderr=slave
    )
    os.close(slave)
    shown = b""
    while b"Type live" not in shown:
        shown += os.read(master, 1000)
    assert pushes(emulator) == 0
    os.write(master, b"live\n")
    ended = finished(process)
    os.close(master)
    assert ended.code == 0, (ended, shown)
    assert b"To the LIVE account" in shown
    assert b"3 contacts" in shown
    assert b"1 product" in shown
    assert len(stored(emulator, "live")) == 4


@pytest.mark.parametrize("typed", [b"yes\n", b"staging\n", b"\x04"])
def test_anything_else_that_is_typed_sends_nothing(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch, typed: bytes
) -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        os.write(master, typed)
        ended = shop.run("push", shop.contacts(3), "--to", "live", "--json")
    os.close(master)
    assert ended.code == ExitCode.USAGE
    assert "error: not confirmed; nothing was sent\nhint: " in ended.err
    assert ended.json["exit_code"] == 2
    assert pushes(emulator) == 0
    assert "there is no unfinished run" in shop.run("resume").err


def test_resuming_a_live_run_is_confirmed_too(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMETRIA_LIVE_KEY", "not-yet-valid")
    ended = shop.run("push", shop.contacts(3), "--to", "live", "--yes")
    assert ended.code == ExitCode.REFUSED
    monkeypatch.setenv("OMETRIA_LIVE_KEY", "live-key")
    with open(os.devnull) as nothing:  # noqa: PTH123 -- a stream that is no terminal
        monkeypatch.setattr(sys, "stdin", nothing)
        ended = shop.run("resume")
    assert ended.code == ExitCode.USAGE
    assert "must be confirmed" in ended.err
    assert shop.run("resume", "--yes").code == 0
    assert len(stored(emulator, "live")) == 3


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks5://shop:sesame@127.0.0.1:9"),
        ("HTTPS_PROXY", "ftp://shop:sesame@127.0.0.1:9"),
        ("HTTPS_PROXY", "http://shop:ses/ame@127.0.0.1:9"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_no_bug_of_ours(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    shop.send_to("https://push.shop.invalid/v2")
    monkeypatch.setenv("OMETRIA_IMPORT_BASE_HOST", "push.shop.invalid")
    monkeypatch.setenv(variable, value)
    for command in (("push", shop.contacts(1), "--to", "staging"), ("errors",), ("doctor",)):
        ended = shop.run(*command)
        assert ended.code == ExitCode.USAGE, ended
        assert "the proxy that the environment names cannot be used" in ended.out + ended.err
        assert "sesame" not in ended.out + ended.err
    monkeypatch.delenv(variable)
    assert shop.run("resume", "--give-up-after", "0").code == ExitCode.TEMPORARY
