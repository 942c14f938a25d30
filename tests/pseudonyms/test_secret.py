"""The secret: made once, private, and never replaced by another one in silence."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ometria_import.config import PSEUDONYM_VARIABLE
from tests.cli.program import Shop
from tests.pseudonyms.people import ANN, CONTACTS, FAKES

SECRET = "0123456789abcdef" * 4
PUSH = ("push", "contacts.csv", *FAKES, "--dry-run")


@pytest.fixture
def secret(shop: Shop) -> Path:
    """The file of a secret that was used."""
    shop.write("contacts.csv", CONTACTS)
    assert shop.run(*PUSH).code == 0
    return shop.folder / ".ometria-import" / "pseudonyms" / "secret"


def test_it_is_made_once_for_its_owner_alone(shop: Shop, secret: Path) -> None:
    first, fake = secret.read_text(), shop.run("pseudonym", "of", ANN).out
    assert len(bytes.fromhex(first.strip())) == 32
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert {path.name for path in secret.parent.iterdir()} == {"secret", "mark"}
    assert shop.run(*PUSH, "--new").code == 0
    assert (secret.read_text(), shop.run("pseudonym", "of", ANN).out) == (first, fake)
    home = shop.folder / ".ometria-import"
    holding = [path for path in home.rglob("*") if path.is_file() and path != secret]
    assert [path for path in holding if first.strip().encode() in path.read_bytes()] == []


def test_the_environment_may_hold_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_VARIABLE, f"{SECRET}\n")
    shop.write("contacts.csv", CONTACTS)
    assert shop.run(*PUSH).code == 0
    folder = shop.folder / ".ometria-import" / "pseudonyms"
    assert [path.name for path in folder.iterdir()] == ["mark"]
    fake = shop.run("pseudonym", "of", ANN).out
    monkeypatch.delenv(PSEUDONYM_VARIABLE)
    lost = shop.run(*PUSH)
    assert (lost.code, f"{PSEUDONYM_VARIABLE} is not set" in lost.err) == (2, True)
    (folder / "secret").write_text(SECRET)
    (folder / "secret").chmod(0o600)
    assert shop.run("pseudonym", "of", ANN).out == fake


def test_a_lost_secret_is_said(shop: Shop, secret: Path) -> None:
    secret.unlink()
    for words in (PUSH, ("pseudonym", "of", ANN)):
        ended = shop.run(*words)
        assert ended.code == 2
        assert "the secret that pseudonyms were made with is lost" in ended.err
        assert "have staging emptied" in ended.err
    assert not secret.exists()


def test_another_secret_is_said(shop: Shop, secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = secret.read_text()
    secret.write_text(SECRET)
    ended = shop.run(*PUSH)
    assert (ended.code, "holds another secret" in ended.err) == (2, True)
    secret.write_text(own)
    monkeypatch.setenv(PSEUDONYM_VARIABLE, SECRET)
    ended = shop.run(*PUSH)
    assert (ended.code, f"{PSEUDONYM_VARIABLE} holds another secret" in ended.err) == (2, True)
    assert SECRET not in ended.err


@pytest.mark.parametrize("text", ["", "abc", f"{SECRET}0", f"{SECRET[:-1]}x", "\u00e9\n\x00"])
def test_what_is_no_secret_is_said_and_not_repeated(shop: Shop, secret: Path, text: str) -> None:
    secret.write_text(text)
    ended = shop.run(*PUSH)
    assert (ended.code, "64 hexadecimal digits" in ended.err) == (2, True), ended
    assert SECRET[:-1] not in ended.err


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_secret_that_others_can_read_is_not_used(shop: Shop, secret: Path, mode: int) -> None:
    secret.chmod(mode)
    ended = shop.run(*PUSH)
    assert (ended.code, f"chmod 600 {Path('.ometria-import/pseudonyms/secret')}" in ended.err) == (
        2,
        True,
    )


def test_it_is_no_key_of_an_account(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_VARIABLE, SECRET)
    shop.write("contacts.csv", CONTACTS)
    shop.write("ometria-import.toml", f'[accounts.staging]\nkey_env = "{PSEUDONYM_VARIABLE}"\n')
    ended = shop.run(*PUSH)
    assert (ended.code, "the secret of the pseudonyms" in ended.err) == (2, True)


def test_a_damaged_list_of_sample_phones_is_said(shop: Shop, secret: Path) -> None:
    (secret.parent / "phones.json").write_text("[1")
    ended = shop.run(*PUSH, "--phones", "sample")
    assert (ended.code, "phones.json is damaged" in ended.err) == (2, True)
    (run,) = shop.run_folders()
    assert not list((run / "plain").glob("*"))
