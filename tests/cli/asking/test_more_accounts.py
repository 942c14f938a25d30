"""Accounts beside staging and live: brands and regions have one each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, pushes, stored

KINDS = {"de": "live", "de-test": "staging"}


@pytest.fixture
def emulator(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningEmulator]:
    """An emulator that has them, and a shop whose settings name them."""
    keys = {name: f"key-of-{name}" for name in KINDS}
    settings = Settings(rate=10_000, read_rate=10_000, queue=10**6, drain=10**6, more_keys=keys)
    with running(settings) as emulator:
        shop.send_to(emulator.base_url)
        with (shop.folder / "ometria-import.toml").open("a") as file:
            for name, kind in KINDS.items():
                file.write(
                    f'[accounts.{name}]\nkind = "{kind}"\nbase_url = "{emulator.base_url}"\n'
                    "rate = 100\nread_rate = 100\nwait_for_errors = 0\n"
                )
        for name, key in keys.items():
            monkeypatch.setenv(f"OMETRIA_{name.upper().replace('-', '_')}_KEY", key)
        yield emulator


def test_each_goes_its_own_way_from_staging_to_live_by_its_kind(
    shop: Shop, emulator: RunningEmulator
) -> None:
    contacts = shop.contacts(3)
    pushed = shop.run("push", contacts, "--to", "de-test", "--json")
    assert (pushed.code, pushed.json["account"]) == (0, "de-test")
    run = pushed.json["run"]
    assert "-de-test-" in run
    verified = shop.run("verify", run, "--json")
    assert (verified.code, verified.json["account"]) == (0, "de-test")
    assert "--to ACCOUNT" in shop.run("verify", run).out
    wrong = shop.run("promote", run, "--to", "de-test", "--yes")
    assert (wrong.code, "de-test is staging" in wrong.err) == (ExitCode.USAGE, True)
    promoted = shop.run("promote", run, "--to", "de", "--yes", "--json")
    assert (promoted.code, promoted.json["account"]) == (0, "de")
    assert len(stored(emulator, "de")) == 3
    assert (stored(emulator, "staging"), stored(emulator, "live")) == ([], [])
    shown = shop.run("checklist", "--to", "de")
    assert run in shown.out
    assert promoted.json["run"] in shown.out
    assert "de-test: has a key of its own" in shown.out


def test_rules_of_live_hold_for_every_account_of_that_kind(
    shop: Shop, emulator: RunningEmulator
) -> None:
    contacts = shop.contacts(1)
    unconfirmed = shop.run("push", contacts, "--to", "de")
    assert (unconfirmed.code, pushes(emulator)) == (ExitCode.USAGE, 0)
    assert "sending to live must be confirmed" in unconfirmed.err
    fakes = shop.run("push", contacts, "--to", "de", "--yes", "--pseudonymise")
    assert (fakes.code, pushes(emulator)) == (ExitCode.USAGE, 0)
    assert "fakes never go to live" in fakes.err
    assert "--to de" in fakes.err


def test_a_run_to_an_account_of_which_the_settings_say_nothing_any_more_is_not_gone_on_with(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play('[[fault]]\ndo = "answer"\nstatus = 503\nfrom_request = 2\n')
    stopped = shop.run("push", shop.contacts(150), "--to", "de", "--yes", "--give-up-after", "0s")
    assert stopped.code == ExitCode.TEMPORARY
    emulator.heal()
    settings = shop.folder / "ometria-import.toml"
    whole = settings.read_text()
    shop.send_to(emulator.base_url)
    gone = shop.run("resume", "--yes")
    assert gone.code == ExitCode.USAGE
    assert "the account de was live, and ometria-import.toml has no such account" in gone.err
    settings.write_text(
        whole.replace('[accounts.de]\nkind = "live"', '[accounts.de]\nkind = "staging"')
    )
    other = shop.run("resume", "--yes")
    assert other.code == ExitCode.USAGE
    assert "the account de was live, and ometria-import.toml says that it is staging" in other.err
    settings.write_text(whole)
    assert shop.run("resume", "--yes").code == 0
    assert len(stored(emulator, "de")) == 150


def test_a_name_that_no_account_has_is_refused_with_the_nearest(
    shop: Shop, emulator: RunningEmulator
) -> None:
    refused = shop.run("push", shop.contacts(1), "--to", "de-tets")
    assert (refused.code, pushes(emulator)) == (ExitCode.USAGE, 0)
    assert "no account is called 'de-tets' (did you mean 'de-test'?)" in refused.err
    assert "staging, live, de, de-test" in refused.err
