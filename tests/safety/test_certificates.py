"""HTTPS certificates are always verified: what is not right gets nothing, not even a header."""

from __future__ import annotations

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, stored
from tests.servers.tls_server import Authority, Certificate, TlsFront

pytestmark = pytest.mark.usefixtures("public_authorities")
BAD = [each for each in Certificate if each is not Certificate.GOOD]


def trust(shop: Shop, ca_file: object) -> None:
    """Name an authority in the settings of staging."""
    settings = shop.folder / "ometria-import.toml"
    text = settings.read_text()
    value = f'"{ca_file}"' if isinstance(ca_file, str) else f"{ca_file}"
    settings.write_text(
        text.replace("[accounts.staging]\n", f"[accounts.staging]\nca_file = {value}\n")
    )


@pytest.fixture
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("certificate", list(Certificate))
def test_a_certificate_that_nobody_vouches_for_stops_the_run_before_anything_is_sent(
    shop: Shop, emulator: RunningEmulator, authority: Authority, certificate: Certificate
) -> None:
    with TlsFront(emulator.base_url, authority.server(certificate)).running() as front:
        shop.send_to(front.base_url)
        ended = shop.run("push", shop.contacts(3), "--to", "staging")
    assert ended.code == ExitCode.TEMPORARY, ended
    assert "error: the server's certificate is not trusted: " in ended.err
    assert "hint: Nothing was sent to it" in ended.err
    assert "ometria-import resume" in ended.out
    assert bytes(front.received) == b""
    assert stored(emulator) == []


@pytest.mark.parametrize("place", ["ca_file", "SSL_CERT_FILE"])
@pytest.mark.parametrize("certificate", list(Certificate))
def test_a_private_authority_is_trusted_where_it_is_named_and_only_for_good_certificates(
    shop: Shop,
    emulator: RunningEmulator,
    authority: Authority,
    certificate: Certificate,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if place == "SSL_CERT_FILE":
        monkeypatch.setenv(place, str(authority.ca_file))
    with TlsFront(emulator.base_url, authority.server(certificate)).running() as front:
        shop.send_to(front.base_url)
        if place == "ca_file":
            shop.write("ours.pem", authority.ca_file.read_bytes())
            trust(shop, "ours.pem")
        ended = shop.run("push", shop.contacts(3), "--to", "staging")
    is_good = certificate is Certificate.GOOD
    assert ended.code == (ExitCode.OK if is_good else ExitCode.TEMPORARY), ended
    assert len(stored(emulator)) == (3 if is_good else 0)
    assert bool(front.received) is is_good


@pytest.mark.parametrize("value", ["none.pem", ".", 1, ["a"]])
def test_a_ca_file_that_is_no_file_is_refused_before_anything_is_read(
    shop: Shop, emulator: RunningEmulator, value: object
) -> None:
    trust(shop, value)
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert ended.code == ExitCode.USAGE, ended
    assert "'ca_file' in [accounts.staging] " in ended.err
    assert shop.run_folders() == []
    assert stored(emulator) == []


@pytest.mark.parametrize("content", [b"", b"no certificate", b"\xff\xfe"])
@pytest.mark.parametrize("place", ["ca_file", "SSL_CERT_FILE"])
def test_a_ca_file_without_a_certificate_trusts_nobody(
    shop: Shop,
    emulator: RunningEmulator,
    place: str,
    content: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = shop.write("ours.pem", content)
    if place == "SSL_CERT_FILE":
        monkeypatch.setenv(place, name)
    else:
        trust(shop, name)
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert ended.code == ExitCode.USAGE, ended
    assert "ours.pem" in ended.err
    assert "it holds no certificate in PEM form" in ended.err
    assert stored(emulator) == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_authorities_of_the_environment_that_do_not_exist_trust_nobody(
    shop: Shop,
    emulator: RunningEmulator,
    authority: Authority,
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, "none")
    with TlsFront(emulator.base_url, authority.server()).running() as front:
        shop.send_to(front.base_url)
        ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert ended.code in {ExitCode.USAGE, ExitCode.TEMPORARY}, ended
    assert "Traceback" not in ended.err
    assert bytes(front.received) == b""


@pytest.mark.parametrize("name", ["verify", "insecure", "verify_tls", "ssl_verify"])
def test_no_setting_turns_verifying_off(shop: Shop, name: str) -> None:
    shop.send_to("https://127.0.0.1:9/v2")
    settings = shop.folder / "ometria-import.toml"
    settings.write_text(settings.read_text().replace("\nrate", f"\n{name} = false\nrate"))
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert ended.code == ExitCode.USAGE
    assert f"unknown key '{name}' in [accounts.staging]" in ended.err
