"""The statement about a promotion, and its signature."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from ometria_import.errors import ExitCode
from tests.emulator.scenarios.scenarios import fault
from tests.promotion.staging import Staging

ME = "ada@example.com"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `plain`, `closed` (with a passphrase) and `other`."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("no ssh-keygen on this machine")
    folder = tmp_path_factory.mktemp("keys")
    for name, passphrase in (("plain", ""), ("closed", "open sesame"), ("other", "")):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", name]
        subprocess.run(command, cwd=folder, check=True)
    return folder


def is_signed(statement: Path, key: Path) -> bool:
    """Whether `ssh-keygen` finds the statement signed by a key, as docs/promotion.md checks it."""
    signers = statement.with_name("allowed_signers")
    signers.write_text(f"{ME} {key.with_suffix('.pub').read_text()}")
    command = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", ME, "-n", "ometria-import"]
    with statement.open("rb") as file:
        done = subprocess.run(
            [*command, "-s", f"{statement}.sig"], stdin=file, capture_output=True, check=False
        )
    return done.returncode == 0


def test_a_statement_says_what_went_where_and_who_can_check_it(
    staging: Staging, keys: Path
) -> None:
    run = staging.push(staging.contacts(130), staging.products(20))
    verification = staging.verified(run)
    ended = staging.promote(run, "--attest", "a.json", "--sign-with", str(keys / "plain"), "--json")
    assert ended.code == 0, ended.err
    assert (ended.json["attestation"], ended.json["signature"]) == ("a.json", "a.json.sig")
    path = staging.folder / "a.json"
    said = json.loads(path.read_text())
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    shown = staging.run("show", run, "--json").json
    names = {each["name"]: each["digest"]["sha256"] for each in said["subject"]}
    assert names.pop("package") == staging.hash_of(shown["files"]["package"])
    dry = staging.run(
        "push", "contacts.csv", "products.csv", "--to", "live", "--dry-run", "--json"
    ).json
    assert names == {
        Path(body).name: hashlib.sha256(Path(body).read_bytes()).hexdigest()
        for body in dry["bodies"]
    }
    predicate = said["predicate"]
    assert (predicate["staging"]["run"], predicate["live"]["run"]) == (run, ended.json["run"])
    assert predicate["live"]["counts"]["contact"]["accepted"] == 130
    assert predicate["verification"]["verification"] == verification.verification
    assert predicate["prepared"]["counts"]["rows"] == 150
    assert len(predicate["account_fingerprint"]) == 64
    for secret in ("live-key", "staging-key", "contacts.csv", "@example.com", "c000001"):
        assert secret not in path.read_text()
    assert is_signed(path, keys / "plain")
    assert not is_signed(path, keys / "other")
    path.write_text(path.read_text().replace('"accepted": 130', '"accepted": 131'))
    assert not is_signed(path, keys / "plain")


def test_an_unsigned_statement_is_said_to_be_unsigned(staging: Staging) -> None:
    run = staging.push(staging.contacts(3))
    ended = staging.promote(run, "--attest", "a.json")
    assert ended.code == 0, ended.err
    assert "Attested:  a.json\nSigned:    no: it does not prove who wrote it" in ended.out
    assert not (staging.folder / "a.json.sig").exists()


def test_the_same_promotion_is_attested_in_the_same_bytes_whenever_it_is_asked(
    staging: Staging, keys: Path
) -> None:
    run = staging.push(staging.contacts(3))
    assert staging.promote(run, "--attest", "a.json").code == 0
    for _ in range(2):
        ended = staging.promote(run, "--attest", "b.json", "--sign-with", str(keys / "plain"))
        assert (ended.code, "Signed:    b.json.sig" in ended.out) == (0, True), ended.err
    assert (staging.folder / "a.json").read_bytes() == (staging.folder / "b.json").read_bytes()
    assert is_signed(staging.folder / "b.json", keys / "plain")
    assert len(staging.bodies("live")) == 1


def test_a_run_that_stops_is_attested_once_it_has_ended(staging: Staging) -> None:
    run = staging.push(staging.contacts(3))
    staging.emulator.play(fault("answer", status=503))
    stopped = staging.promote(run, "--attest", "a.json", "--give-up-after", "0")
    staging.emulator.heal()
    assert stopped.code == ExitCode.TEMPORARY
    assert "Nothing is attested yet: the run has not ended." in stopped.out
    assert not (staging.folder / "a.json").exists()
    assert staging.run("resume", "--yes").code == 0
    ended = staging.promote(run, "--attest", "a.json", "--json")
    assert (ended.code, ended.json["attestation"]) == (0, "a.json")
    said = json.loads((staging.folder / "a.json").read_text())
    assert said["predicate"]["live"]["counts"]["contact"]["accepted"] == 3


def test_a_statement_takes_no_other_file_s_place(staging: Staging) -> None:
    run = staging.push(staging.contacts(3))
    for name in ("a.json", "a.json.sig"):
        staging.write(name, "mine")
        ended = staging.promote(run, "--attest", "a.json")
        assert (ended.code, f"{name} exists, and is not" in ended.err) == (2, True)
        assert (staging.folder / name).read_text() == "mine"
        (staging.folder / name).unlink()
    nowhere = staging.promote(run, "--attest", "no/where.json")
    assert (nowhere.code, "there is no folder no" in nowhere.err) == (2, True)
    assert staging.bodies("live") == []
    assert staging.promote(run, "--attest", "a.json").code == 0
    nowhere = staging.promote(run, "--attest", "no/where.json")
    assert (nowhere.code, "not attested: --attest: there is no folder no" in nowhere.err) == (
        2,
        True,
    )
    staging.write("b.json", "mine")
    late = staging.promote(run, "--attest", "b.json", "--json")
    assert (late.code, late.json["promotes"]) == (2, run)
    assert late.json["error"].endswith(
        "is finished, but not attested: b.json exists, and is not the statement about this "
        "promotion"
    )


def test_a_key_that_cannot_sign_stops_before_anything_is_sent(
    staging: Staging, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = staging.push(staging.contacts(3))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    open_to_all = keys / "open"
    open_to_all.write_bytes((keys / "plain").read_bytes())
    open_to_all.chmod(0o644)
    told = {
        keys / "closed": "has a passphrase, which is not asked for here",
        keys / "none": f"there is no file {keys / 'none'}",
        open_to_all: "others may read the key",
        Path(staging.write("words.txt", "no key\n")): "words.txt is no SSH key",
    }
    for key, words in told.items():
        ended = staging.promote(run, "--attest", "a.json", "--sign-with", str(key))
        assert (ended.code, words in ended.err) == (2, True), ended.err
    alone = staging.promote(run, "--sign-with", str(keys / "plain"))
    assert (alone.code, "--sign-with has nothing to sign" in alone.err) == (2, True)
    monkeypatch.setenv("PATH", str(staging.folder))
    missing = staging.promote(run, "--attest", "a.json", "--sign-with", str(keys / "plain"))
    assert (missing.code, "needs ssh-keygen, which is not on this" in missing.err) == (2, True)
    assert staging.bodies("live") == []
    assert [path.name for path in staging.run_folders()] == [run]


def test_a_key_with_a_passphrase_signs_by_its_agent(
    staging: Staging, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = staging.push(staging.contacts(3))
    socket = keys / "agent"
    agent = subprocess.Popen(
        ["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        ask = keys / "ask"
        ask.write_text("#!/bin/sh\necho open sesame\n")
        ask.chmod(0o700)
        monkeypatch.setenv("SSH_ASKPASS", str(ask))
        monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
        while not socket.exists():
            assert agent.poll() is None
        subprocess.run(["ssh-add", "-q", keys / "closed"], check=True)
        ended = staging.promote(run, "--attest", "a.json", "--sign-with", str(keys / "closed"))
    finally:
        agent.terminate()
        agent.wait()
    assert ended.code == 0, ended.err
    assert is_signed(staging.folder / "a.json", keys / "closed")
