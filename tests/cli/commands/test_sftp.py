"""Files over SFTP, from a real server: only from hosts that are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from ometria_import.errors import ExitCode
from tests.cli.program import Shop
from tests.servers.sftp import sftp_server

CONTACTS = "id,@collection,email\n1,main,a@example.com\n"


@pytest.fixture(scope="module")
def key() -> paramiko.RSAKey:
    return paramiko.RSAKey.generate(2048)


@pytest.fixture
def port(
    shop: Shop, key: paramiko.RSAKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    served = tmp_path_factory.mktemp("served")
    (served / "night").mkdir()
    (served / "night" / "contacts.csv").write_text(CONTACTS)
    assert shop.folder != served
    with sftp_server(served, key) as port:
        yield port


@pytest.fixture
def ssh(
    key: paramiko.RSAKey, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The folder `.ssh` of a user with a key."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (home / ".ssh").mkdir()
    key.write_private_key_file(str(home / ".ssh" / "id_rsa"))
    return home / ".ssh"


def test_files_of_a_known_host_are_read(
    shop: Shop, port: int, ssh: Path, key: paramiko.RSAKey
) -> None:
    (ssh / "known_hosts").write_text(f"[127.0.0.1]:{port} ssh-rsa {key.get_base64()}\n")
    url = f"sftp://shop@127.0.0.1:{port}/night"
    told = shop.run("check", f"{url}/*.csv", "--json")
    assert told.code == ExitCode.OK, told.err
    assert [each["path"] for each in told.json["sources"]] == [f"{url}/contacts.csv"]
    folder = shop.run("check", f"{url}/", "--json")
    assert folder.json["sources"] == told.json["sources"]
    missing = shop.run("check", f"{url}/none.csv")
    assert missing.code == ExitCode.UNUSABLE
    assert f"{url}/none.csv does not exist" in missing.err


def test_a_file_is_copied_again_whose_connection_breaks_in_the_middle(
    shop: Shop, ssh: Path, key: paramiko.RSAKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ometria_import.sources.remote.source._WAITS_S", (0, 0))
    (shop.folder / "served").mkdir()
    shop.contacts(8_000, "served/contacts.csv")
    with sftp_server(shop.folder / "served", key, [100_000]) as port:
        (ssh / "known_hosts").write_text(f"[127.0.0.1]:{port} ssh-rsa {key.get_base64()}\n")
        ended = shop.run("check", f"sftp://shop@127.0.0.1:{port}/", "--json")
    assert ended.code == ExitCode.OK, ended.err
    assert ended.json["records"] == {"contact": 8_000}
    assert ended.err.count("copying it again") == 1


@pytest.mark.usefixtures("ssh")
def test_a_host_that_nobody_knows_is_not_believed(shop: Shop, port: int) -> None:
    ended = shop.run("check", f"sftp://shop@127.0.0.1:{port}/night/contacts.csv")
    assert ended.code == ExitCode.UNUSABLE
    assert "known_hosts" in ended.err
    assert "Traceback" not in ended.err
