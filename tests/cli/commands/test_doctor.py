from __future__ import annotations

import os
import re
import time
from typing import Any

import pytest

from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.errors import ExitCode
from tests.cli.program import KEYS, Ended, Shop, pushes
from tests.delivery.scripted_server import Answer, ScriptedServer, ok
from tests.servers.tls_server import Authority, TlsFront


def checks(ended: Ended) -> dict[str, dict[str, Any]]:
    assert ended.json["exit_code"] == ended.code
    return {each["what"]: each for each in ended.json["checks"]}


def test_all_well_ends_with_0_and_pushes_nothing(shop: Shop, emulator: RunningEmulator) -> None:
    ended = shop.run("doctor")
    assert ended.code == 0, ended
    assert re.search(
        r"ok +account staging: http\S+ accepts the key in OMETRIA_STAGING_KEY", ended.out
    )
    assert re.search(r"ok +clock, by live: within a minute", ended.out)
    assert re.search(r"(ok|warning) +disk: [0-9.,]+ GB free", ended.out)
    assert re.search(r"ok +SQLite: 3\.", ended.out)
    told = shop.run("doctor", "--json")
    assert {each["state"] for each in checks(told).values()} <= {"ok", "warning"}
    assert pushes(emulator) == 0
    assert not (shop.folder / ".ometria-import").exists()
    for key in KEYS.values():
        assert key not in ended.out.replace("OMETRIA_", "") + told.out


def test_a_key_that_is_refused_ends_with_5(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMETRIA_LIVE_KEY", "of-another-shop")
    ended = shop.run("doctor", "--json")
    assert ended.code == ExitCode.REFUSED
    found = checks(ended)
    assert found["account staging"]["state"] == "ok"
    assert found["account live"]["state"] == "problem"
    assert (
        "answered 403: it does not accept the key in OMETRIA_LIVE_KEY"
        in (found["account live"]["details"])
    )
    assert "of-another-shop" not in ended.out
    assert pushes(emulator) == 0


def test_a_key_that_is_said_to_push_only_is_no_problem(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play('[[fault]]\ndo = "answer"\non = "errors"\nstatus = 403\n')
    settings = shop.folder / "ometria-import.toml"
    settings.write_text(settings.read_text().replace("wait_for", "read_errors = false\nwait_for"))
    ended = shop.run("doctor", "--json")
    assert (ended.code, checks(ended)["account staging"]["state"]) == (0, "warning")


def test_one_key_is_enough_and_none_is_a_problem(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMETRIA_LIVE_KEY")
    ended = shop.run("doctor", "--json")
    assert (ended.code, checks(ended)["account live"]["state"]) == (0, "warning")
    monkeypatch.delenv("OMETRIA_STAGING_KEY")
    ended = shop.run("doctor", "--json")
    assert (ended.code, checks(ended)["keys"]["state"]) == (2, "problem")
    assert emulator.base_url


def test_a_key_with_a_line_break_is_a_problem_of_the_configuration(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMETRIA_LIVE_KEY", "live\nkey")
    ended = shop.run("doctor", "--json")
    assert (ended.code, checks(ended)["account staging"]["state"]) == (2, "ok")
    assert "holds a line break" in checks(ended)["account live"]["details"]
    assert emulator.base_url


def test_an_account_that_is_not_reached_ends_with_75(shop: Shop) -> None:
    with running(Settings()) as gone:
        pass
    shop.send_to(gone.base_url)
    ended = shop.run("doctor", "--json")
    assert ended.code == ExitCode.TEMPORARY
    assert "cannot be reached: " in checks(ended)["account live"]["details"]


def test_an_answer_that_is_none_of_the_push_api_says_nothing_about_the_key(shop: Shop) -> None:
    with ScriptedServer(ok).running() as server:
        server.feed = lambda _: Answer(302, b"<html>")
        shop.send_to(server.base_url)
        ended = shop.run("doctor", "--json")
    assert ended.code == ExitCode.TEMPORARY
    assert "answered 302, which says nothing" in checks(ended)["account live"]["details"]


def test_a_clock_that_is_off_is_a_problem(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time
    monkeypatch.setattr(
        "ometria_import.delivery.api.probing.probe_account.__defaults__", (lambda: now() - 600,)
    )
    ended = shop.run("doctor", "--json")
    assert ended.code == ExitCode.USAGE
    assert re.match(r"(599|60\d) s behind the serv", checks(ended)["clock, by live"]["details"])
    assert emulator.base_url


@pytest.mark.usefixtures("emulator")
def test_what_others_can_read_is_a_problem(shop: Shop) -> None:
    assert shop.run("push", shop.contacts(1), "--to", "staging", "--dry-run").code == 0
    assert shop.run("doctor").code == 0
    shop.the_package().chmod(0o644)
    ended = shop.run("doctor", "--json")
    assert ended.code == ExitCode.USAGE
    details = checks(ended)["folder .ometria-import"]["details"]
    assert (
        f"1 in it can be read by others: {shop.the_package().relative_to(shop.folder)}" in details
    )
    assert "chmod -R go= .ometria-import" in details


@pytest.mark.usefixtures("emulator")
def test_what_belongs_to_another_user_is_a_problem(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after one run with sudo: the next one as oneself may not write there."""
    assert shop.run("push", shop.contacts(1), "--to", "staging", "--dry-run").code == 0
    monkeypatch.setattr(os, "geteuid", lambda: shop.folder.stat().st_uid + 1)
    ended = shop.run("doctor", "--json")
    assert ended.code == ExitCode.USAGE
    details = checks(ended)["folder .ometria-import"]["details"]
    assert re.match(r"\d+ in it belong to another user: \.ometria-import, ", details)
    assert details.endswith('; run sudo chown -R "$(id -un)" .ometria-import')


@pytest.mark.usefixtures("emulator")
def test_a_home_whose_name_is_too_long_is_a_problem(shop: Shop) -> None:
    name = "a" * 300
    ended = shop.run("doctor", "--home", name, "--json")
    assert (ended.code, checks(ended)[f"folder {name}"]["state"]) == (2, "problem")


@pytest.mark.usefixtures("emulator")
def test_a_home_that_is_a_link_is_looked_at_where_it_leads(shop: Shop) -> None:
    (shop.folder / "disk").mkdir(mode=0o755)
    (shop.folder / "home").symlink_to("disk")
    ended = shop.run("doctor", "--home", "home", "--json")
    assert (ended.code, "1 in it can be read by others" in ended.out) == (2, True)


@pytest.mark.usefixtures("emulator")
def test_a_home_that_leads_nowhere_is_a_problem(shop: Shop) -> None:
    (shop.folder / "home").symlink_to("gone")
    ended = shop.run("doctor", "--home", "home", "--json")
    assert (ended.code, checks(ended)["folder home"]["state"]) == (2, "problem")


@pytest.mark.usefixtures("emulator")
def test_a_home_that_is_a_file_is_a_problem(shop: Shop) -> None:
    ended = shop.run("doctor", "--home", shop.contacts(1), "--json")
    assert (ended.code, checks(ended)["folder contacts.csv"]["state"]) == (2, "problem")


def test_settings_that_are_wrong_are_refused(shop: Shop) -> None:
    shop.write("ometria-import.toml", "[acounts]")
    assert shop.run("doctor").code == ExitCode.USAGE


def test_a_certificate_that_nobody_trusts_and_a_ca_file_that_is_none(
    shop: Shop, emulator: RunningEmulator
) -> None:
    authority = Authority(shop.folder)
    with TlsFront(emulator.base_url, authority.server()).running() as front:
        shop.send_to(front.base_url)
        ended = shop.run("doctor", "--json")
        assert ended.code == ExitCode.TEMPORARY
        assert "CERTIFICATE_VERIFY_FAILED" in checks(ended)["account live"]["details"]
        settings = shop.folder / "ometria-import.toml"
        with_ca = settings.read_text().replace("\nrate", '\nca_file = "ca.pem"\nrate')
        settings.write_text(with_ca)
        assert shop.run("doctor").code == 0
        authority.ca_file.write_text("no certificate")
        ended = shop.run("doctor", "--json")
        assert ended.code == ExitCode.USAGE
        assert checks(ended)["account live"]["state"] == "problem"
