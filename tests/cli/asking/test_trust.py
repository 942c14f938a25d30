"""A settings file of a stranger carries no secret off: whose host and variable it may name."""

from __future__ import annotations

import os
import pty

import pytest

from ometria_import.config import (
    AccountKind,
    AccountName,
    Trust,
    UntrustedAddressError,
    load_settings,
)
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode, UsageError
from tests.cli.program import Shop, finished, stored
from tests.emulator.scenarios.scenarios import fault

EVIL = "https://api.example.net/v2"
WITH_A_KEY = (
    ("push", "contacts.csv", "--to", "staging"),
    ("push", "contacts.csv", "--to", "live", "--yes"),
    ("resume",),
    ("retry", "2", "--refused-too"),
    ("errors",),
    ("errors", "--run", "2"),
    ("doctor",),
)


def pointed_at(shop: Shop, base_url: str, more: str = "") -> None:
    sections = (f'[accounts.{name}]\nbase_url = "{base_url}"\n{more}' for name in AccountKind)
    shop.write("ometria-import.toml", "".join(sections))


@pytest.mark.parametrize("command", WITH_A_KEY)
def test_no_command_sends_a_key_to_a_host_that_only_the_settings_name(
    shop: Shop, emulator: RunningEmulator, command: tuple[str, ...]
) -> None:
    emulator.play(fault("answer", status=422, record_id="c000001"))
    if command[0] == "resume":
        shop.send_to("http://127.0.0.1:1/v2")
    begun = shop.run("push", shop.contacts(3), "--to", "staging", "--give-up-after", "1s")
    assert begun.code in {ExitCode.REJECTS, ExitCode.TEMPORARY}
    pointed_at(shop, EVIL)
    before = shop.run_folders()
    ended = shop.run(*command)
    assert ended.code == ExitCode.USAGE, ended
    told = ended.err + ended.out
    assert "to https://api.example.net/v2, and api.example.net is not Ometria's" in told
    assert "--base-host api.example.net, or OMETRIA_IMPORT_BASE_HOST=api.example.net" in told
    assert shop.run_folders() == before


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.ometria.com.evil.example/v2",
        "https://ometria.com.evil.example/v2",
        "https://api-ometria.com/v2",
        "https://evilometria.com/v2",
        "https://127.0.0.1.evil.example/v2",
        "https://localhost.evil.example/v2",
        "https://xn--metria-3ya.com/v2",
        "https://evil.example/api.ometria.com",
        "https://10.0.0.8/v2",
    ],
)
def test_a_host_that_looks_like_a_good_one_is_none(shop: Shop, base_url: str) -> None:
    pointed_at(shop, base_url)
    settings = load_settings(None, os.environ)
    with pytest.raises(UntrustedAddressError, match="is not Ometria's"):
        settings.account(AccountName.LIVE)


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.ometria.com@evil.example/v2",
        "https://evil.example\\\\.ometria.com/v2",
        "https://evil.example%2f.ometria.com/v2",
        "https://evil.example?.ometria.com/v2",
        "https://evil.example#.ometria.com/v2",
        "https://evil.example;.ometria.com/v2",
        "https://api.\u043emetria.com/v2",
        "http://127.0.0.1.evil.example/v2",
        "http://api.ometria.com/v2",
        "http://0x7f000001/v2",
        "http://[fe80::1%25lo]/v2",
    ],
)
def test_an_address_that_readers_may_understand_in_two_ways_is_refused(
    shop: Shop, base_url: str
) -> None:
    pointed_at(shop, base_url)
    with pytest.raises(UsageError, match="base_url"):
        load_settings(None, os.environ)


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.ometria.com/v2",
        "https://API.Ometria.com/v2",
        "https://eu.api.ometria.com:443/v2",
    ],
)
def test_ometrias_own_hosts_need_no_word(shop: Shop, base_url: str) -> None:
    pointed_at(shop, base_url)
    account = load_settings(None, os.environ).account(AccountName.LIVE)
    assert account.base_url == base_url


@pytest.mark.parametrize(
    ("flags", "variable"),
    [
        (("--base-host", "api.invalid"), ""),
        (("--base-host", "https://API.invalid/v2"), ""),
        ((), "other.example, api.invalid"),
    ],
)
def test_a_host_that_the_user_names_is_asked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], variable: str
) -> None:
    pointed_at(shop, "https://api.invalid/v2")
    monkeypatch.setenv("OMETRIA_IMPORT_BASE_HOST", variable)
    name = shop.contacts(1)
    ended = shop.run("push", name, "--to", "staging", "--give-up-after", "1s", *flags)
    assert ended.code == ExitCode.TEMPORARY, ended
    assert (
        "account staging is at https://api.invalid/v2, which is not an Ometria address" in ended.err
    )
    resume = f"ometria-import resume {shop.run_folders()[0].name} {' '.join(flags)}".strip()
    assert f"Next: {resume}\n" in ended.out
    assert shop.run("doctor", *flags).code == ExitCode.TEMPORARY


def test_naming_another_host_or_port_vouches_for_nothing(shop: Shop) -> None:
    pointed_at(shop, "https://api.example.net:8443/v2")
    settings = load_settings(None, os.environ)
    for host in ("example.net", "api.example.net.", "api.example.net:443", "net"):
        with pytest.raises(UntrustedAddressError):
            settings.account(AccountName.LIVE, Trust.of([host], ()))
    for host in ("api.example.net", "API.example.net:8443"):
        account = settings.account(AccountName.LIVE, Trust.of([host], ()))
        assert account.base_url.endswith(":8443/v2")


@pytest.mark.parametrize("host", ["", "a@b.example", "http://[", "a:port"])
def test_what_is_no_host_is_refused(shop: Shop, host: str) -> None:
    ended = shop.run("push", shop.contacts(1), "--to", "staging", "--base-host", host)
    assert (ended.code, "is not a host" in ended.err) == (ExitCode.USAGE, True)


@pytest.mark.parametrize(("typed", "is_sent"), [("api.invalid", True), ("no", False), ("", False)])
def test_at_a_terminal_the_user_is_shown_the_host_and_asked(
    shop: Shop, typed: str, *, is_sent: bool
) -> None:
    pointed_at(shop, "https://api.invalid/v2")
    master, slave = pty.openpty()
    process = shop.start(
        *("push", shop.contacts(1), "--to", "live", "--yes", "--give-up-after", "1s"),
        stdin=slave,
        stderr=slave,
    )
    os.close(slave)
    shown = b""
    while b"Type api.invalid" not in shown:
        shown += os.read(master, 1000)
    assert b"https://api.invalid/v2, and api.invalid is not Ometria's" in b" ".join(shown.split())
    os.write(master, f"{typed}\n".encode() if typed else b"\x04")
    while True:
        try:
            os.read(master, 1000)
        except OSError:
            break
    ended = finished(process)
    os.close(master)
    assert ended.code == (ExitCode.TEMPORARY if is_sent else ExitCode.USAGE)
    assert bool(shop.run_folders()) is is_sent


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "SHOP_KEY", "XOMETRIA_KEY"])
def test_a_variable_that_is_not_called_like_a_key_of_ours_is_not_read(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pointed_at(shop, emulator.base_url)
    with (shop.folder / "ometria-import.toml").open("a") as file:
        file.write(f'key_env = "{name}"\n')
    monkeypatch.setenv(name, "live-key")
    push = ("push", shop.contacts(3), "--to", "live", "--yes")
    ended = shop.run(*push)
    assert ended.code == ExitCode.USAGE
    assert f"takes the key from {name}, which does not begin with OMETRIA_" in ended.err
    assert f"--key-env {name}" in ended.err
    assert stored(emulator, "live") == []
    assert name in shop.run("doctor").out
    monkeypatch.delenv("OMETRIA_LIVE_KEY")
    assert shop.run(*push, "--key-env", name).code == 0
    assert len(stored(emulator, "live")) == 3
    assert shop.run("doctor", "--key-env", name).code == 0


@pytest.mark.parametrize("name", ["ometria_key", "CANARY4711", "OMETRIA", "OMETRIA_"])
def test_what_may_be_a_key_in_place_of_a_name_is_not_repeated(shop: Shop, name: str) -> None:
    pointed_at(shop, "http://127.0.0.1:9/v2", f'key_env = "{name}"\n')
    ended = shop.run("push", shop.contacts(1), "--to", "live", "--yes")
    assert ended.code == ExitCode.USAGE
    assert "takes the key from a variable, which does not begin with OMETRIA_" in ended.err
    assert name in "OMETRIA_" or name not in ended.err


def test_a_variable_that_is_named_on_the_command_line_wins_over_the_settings(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMETRIA_STAGING_KEY")
    monkeypatch.setenv("SHOP_KEY", "staging-key")
    push = ("push", shop.contacts(3), "--to", "staging", "--key-env")
    assert shop.run(*push, "SHOP_KEY").code == 0
    assert len(stored(emulator)) == 3
    refused = shop.run(*push, "staging-key")
    assert (refused.code, "staging-key" in refused.err) == (ExitCode.USAGE, False)


@pytest.mark.parametrize(("account", "other"), [("staging", "LIVE"), ("live", "STAGING")])
def test_one_accounts_variable_is_not_the_others(shop: Shop, account: str, other: str) -> None:
    """With both swapped, what is pushed to staging would go to live without being confirmed."""
    shop.write("ometria-import.toml", f'[accounts.{account}]\nkey_env = "OMETRIA_{other}_KEY"\n')
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert ended.code == ExitCode.USAGE
    assert f"which holds the key of {other.lower()}" in ended.err


def test_authorities_that_only_the_settings_name_are_trusted_for_no_other_machine(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("ca.pem", "")
    pointed_at(shop, "https://api.ometria.com/v2", 'ca_file = "ca.pem"\n')
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert ended.code == ExitCode.USAGE
    assert "trusts ca.pem to say who api.ometria.com is" in ended.err
    assert "SSL_CERT_FILE=ca.pem" in ended.err
    monkeypatch.setenv("SSL_CERT_FILE", str(shop.folder / "ca.pem"))
    assert "holds no certificate" in shop.run("push", "contacts.csv", "--to", "staging").err
