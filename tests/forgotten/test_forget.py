"""Who asked to be forgotten is gone from the home, and is not sent any more."""

from __future__ import annotations

import codecs
import json
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ometria_import import push, verify
from ometria_import.emulator import RunningEmulator, Settings, running
from tests.cli.program import Shop, finished, packed, rows
from tests.delivery.scripted_server import Answer, Request, ScriptedServer, ok
from tests.forgotten.people import ANN, CONTACTS, PUSH, TEXTS, found_in, open_shop

WORDS = (ANN, "annabel")
LEFT = {"k2", "k3", "k4", "e3", "o3", "o4"}


def home(shop: Shop) -> Path:
    return shop.folder / ".ometria-import"


def received(emulator: RunningEmulator) -> list[str]:
    """The id of every record that both accounts were sent, in their order."""
    return [record_id for (record_id,) in rows(emulator, "SELECT id FROM receipt ORDER BY number")]


def ids_in(package: Path) -> set[str]:
    return {json.loads(record)["id"] for record in packed(package)}


def echoing(request: Request) -> Answer:
    """Refuse all that is about her by name, and repeat it in the list of errors."""
    if not request.body:
        entries = [
            {"error_message": f"no: {ANN}", "error_path": "root > email", "record_id": "k1"},
            {"error_message": "no mail server", "record_id": "k2", "record_type": "contact"},
        ]
        return Answer(200, json.dumps(entries if request.number else []).encode())
    if ANN.encode() in request.body:
        return Answer(422, f"no: {request.body.decode()[:300]}".encode())
    return ok(request)


@pytest.fixture
def echo() -> Iterator[ScriptedServer]:
    with ScriptedServer(echoing).running() as running:
        running.feed = echoing
        yield running


@dataclass(frozen=True)
class World:
    """An emulator without limits, and a home in which everything was pushed, rehearsed and read."""

    emulator: RunningEmulator
    home: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    files = {}
    for object_type, text in TEXTS.items():
        files[object_type] = folder / f"{object_type}s.csv"
        files[object_type].write_text(text)
    settings = Settings(
        rate=10_000,
        read_rate=10_000,
        deletion_reads_per_min=60_000,
        queue=1_000_000,
        drain=1_000_000,
    )
    with running(settings) as emulator, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        config = folder / "settings.toml"
        config.write_text(
            f'[accounts.staging]\nbase_url = "{emulator.base_url}"\nwait_for_errors = 0\n'
        )
        at: dict[str, Any] = {"home": folder / "home", "config": config, "key": "staging-key"}
        assert push(files, to="staging", **at).exit_code == 3
        assert push(files, to="staging", dry_run=True, new=True, **at).exit_code == 3
        emulator.put_record("contact", "k1", {"id": "k1", "email": ANN}, collection="shop")
        # It differs and is not settled, so it may go on.
        assert not verify(sample="all", settle=timedelta(), **at).is_finished
        # Elsewhere than it was made, so that nothing in a copy leads here.
        yield World(emulator, (folder / "home").rename(folder / "kept"))


@pytest.fixture
def sent(shop: Shop, world: World) -> Shop:
    """A shop with a home of its own like that."""
    shop.send_to(world.emulator.base_url)
    open_shop(shop)
    shutil.copytree(world.home, home(shop))
    return shop


@pytest.fixture
def emulator(shop: Shop, world: World) -> Iterator[RunningEmulator]:
    shop.send_to(world.emulator.base_url)
    yield world.emulator
    world.emulator.heal()
    for account in ("staging", "live"):
        httpx.delete(f"{world.emulator.base_url[:-3]}/_admin/accounts/{account}/deletions")


def test_nothing_of_her_is_left_and_all_of_the_others(sent: Shop) -> None:
    assert len(found_in(home(sent), *WORDS)) > 9
    run, rehearsal = (folder.name for folder in sent.run_folders())
    ended = sent.run("forget", ANN, "--json")
    assert ended.code == 0, ended
    told = ended.json
    assert (told["new"], told["listed"], told["left"]) == (1, 1, {})
    records = {"contact records": 1, "order records": 2, "custom_event records": 2}
    files = {"rejects": 2, "problems": 2}
    assert told["removed"][run] == {**records, **files, "reports": 2}
    assert told["removed"][rehearsal] == {**records, **files, "bodies of a dry run": 5}
    assert told["removed"]["given to staging"] == {"records": 5}
    assert found_in(home(sent), *WORDS) == []
    assert ids_in(sent.the_package()) == LEFT
    tables = [path.read_bytes() for path in home(sent).rglob("*.csv")]
    assert [each.count(codecs.BOM_UTF8) for each in tables] == [1] * len(tables) != []
    assert ANN not in ended.out + ended.err
    again = sent.run("forget", "--json")
    assert (again.code, again.json["removed"]) == (0, {}), again
    assert "Nothing about them was found" in sent.run("forget", ANN).out


def test_a_run_goes_on_being_one_after_it(sent: Shop) -> None:
    run = sent.run_folders()[0].name
    assert sent.run("forget", ANN).code == 0
    shown = sent.run("show", run, "--json").json
    assert shown["delivered"]["order"]["accepted"] == 2
    assert sent.run("report", run).code == 0
    assert "nothing is left" in sent.run("resume", run).out
    assert "Nothing to do" in sent.run("retry", run).out
    verified = sent.run("verify", run, "--all", "--settle", "0")
    assert "none of them differs and none is missing" in verified.out
    promoted = sent.run("promote", run, "--to", "live", "--yes", "--json")
    assert promoted.code == 3, promoted
    assert promoted.json["accepted"] == 6
    assert found_in(home(sent), *WORDS) == []


def test_a_later_push_leaves_her_out_and_says_how_many(
    sent: Shop, emulator: RunningEmulator
) -> None:
    assert sent.run("forget", ANN).code == 0
    before = len(received(emulator))
    ended = sent.run(*PUSH, "--new", "--json")
    assert ended.code == 3, ended
    assert ended.json["forgotten"] == {"contact": 1, "order": 2, "custom_event": 2}
    assert ended.json["records"] == {"contact": 3, "order": 2, "custom_event": 1}
    assert (
        "people who asked to be forgotten: 1 contact, 2 orders and 2 custom events left out, and "
        "4 rows not kept in the files of rejects and problems" in ended.err
    )
    assert set(received(emulator)[before:]) == LEFT
    assert found_in(home(sent), *WORDS) == []


def test_whose_customer_id_is_shared_keeps_the_orders_without_an_email(
    shop: Shop, emulator: RunningEmulator
) -> None:
    open_shop(shop)
    before = len(received(emulator))
    shop.write("contacts.csv", CONTACTS.replace("bob@example.com,C8", "bob@example.com,C7"))
    assert shop.run("forget", ANN).code == 0
    shop.run(*PUSH)
    assert set(received(emulator)[before:]) >= {"o2", "e2"}


def test_what_an_account_repeated_is_removed_from_the_journal(
    shop: Shop, echo: ScriptedServer
) -> None:
    shop.send_to(echo.base_url)
    open_shop(shop)
    assert shop.run(*PUSH).code == 3
    (run,) = shop.run_folders()
    assert "runs/" + run.name + "/journal.db" in found_in(home(shop), ANN)
    before = shop.run("show", "--json").json
    ended = shop.run("forget", ANN, "--json")
    assert ended.code == 0, ended
    assert ended.json["removed"][run.name]["late errors and answers"] > 0
    assert found_in(home(shop), *WORDS) == []
    after = shop.run("show", "--json").json
    assert before["delivered"]["contact"]["refused"] == 1
    assert after["delivered"]["contact"]["refused"] == 0
    assert after["delivered"]["contact"]["accepted"] == 3
    number = len(echo.requests)
    assert shop.run("retry", run.name, "--refused-too").code in {0, 3}
    assert all(ANN.encode() not in each.body for each in echo.requests[number:])


def test_an_unfinished_run_goes_on_without_her(shop: Shop, echo: ScriptedServer) -> None:
    shop.send_to(echo.base_url)
    open_shop(shop)
    echo.script = lambda _: Answer(503)
    assert shop.run(*PUSH, "--give-up-after", "1s").code == 75
    assert shop.run("forget", ANN).code == 0
    number = len(echo.requests)
    echo.script, echo.feed = echoing, lambda _: Answer(200, b"[]")
    ended = shop.run("resume")
    assert ended.code == 3, ended
    assert {each["id"] for request in echo.requests[number:] for each in request.records} == LEFT


def test_a_run_of_nobody_else_has_nothing_to_send(shop: Shop, echo: ScriptedServer) -> None:
    shop.send_to(echo.base_url)
    shop.write("contacts.csv", f"id,@collection,email\nk1,shop,{ANN}\n")
    echo.script = lambda _: Answer(503)
    assert shop.run("push", "contacts.csv", "--to", "staging", "--give-up-after", "1s").code == 75
    assert shop.run("forget", ANN).code == 0
    number, echo.script = len(echo.requests), echoing
    assert shop.run("resume").code == 0
    assert shop.run("show").code == 0
    assert shop.run("report").code == 0
    ended = shop.run("push", "contacts.csv", "--to", "staging", "--new")
    assert ended.code == 0, ended
    assert not any(request.body for request in echo.requests[number:])


CRASH = """
import os, signal
real, left = os.fsync, [{number}]
def fsync(descriptor):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(descriptor)
os.fsync = fsync
"""


@pytest.mark.parametrize("number", [1, 4, 8])
def test_the_same_command_ends_what_a_kill_cut_short(sent: Shop, number: int) -> None:
    from tests.starting import warm

    process = sent.start("forget", ANN, code=CRASH.format(number=number) + warm.PROGRAM)
    ended = finished(process)
    assert ended.code in {-signal.SIGKILL, 0}, ended
    again = sent.run("forget", ANN)
    assert again.code == 0, again
    assert found_in(home(sent), *WORDS) == []
    run = sent.run_folders()[0].name
    assert sent.run("promote", run, "--to", "live", "--yes").code == 3
    assert ids_in(sent.the_package()) == LEFT


def test_who_is_on_the_list_and_still_in_a_package_is_not_sent(
    sent: Shop, emulator: RunningEmulator
) -> None:
    run = sent.run_folders()[0].name
    emulator.ask_to_forget(ANN.upper(), timestamp="2024-05-01T10:00:00Z")
    # The list begins with somebody else: from then on each push asks the account.
    assert sent.run("forget", "somebody@example.com").code == 0
    pushed = sent.run(*PUSH, "--new")
    assert "1 deletion request of staging added to the list" in pushed.err
    assert "1 contact, 2 orders and 2 custom events left out" in pushed.err
    before = len(received(emulator))
    shutil.rmtree(home(sent) / "verify")
    promoted = sent.run("promote", run, "--to", "live", "--yes", "--even-if-older")
    assert promoted.code == 2, promoted
    assert "5 records of run" in promoted.err
    assert "asked to be forgotten: nothing was sent" in promoted.err
    assert "ometria-import forget." in promoted.err
    assert len(received(emulator)) == before
    cleaned = sent.run("forget", "--json")
    assert cleaned.json["removed"][run]["contact records"] == 1
    assert found_in(home(sent), *WORDS) == []
    assert sent.run("promote", run, "--to", "live", "--yes", "--even-if-older").code == 3


def test_an_account_is_asked_by_hand_too(sent: Shop, emulator: RunningEmulator) -> None:
    emulator.ask_to_forget(ANN, timestamp="2024-05-01T10:00:00Z", account="live")
    told = sent.run("forget", "--from", "live", "--from", "staging", "--json").json
    assert (told["new"], told["listed"]) == (1, 1)
    assert found_in(home(sent), *WORDS) == []


def test_a_key_that_may_not_read_it_is_said_once_and_the_push_goes_on(
    sent: Shop, emulator: RunningEmulator
) -> None:
    emulator.play('[[fault]]\ndo = "no_reads"\npaths = ["data-deletion-requests"]\n')
    refused = sent.run("forget", "--from", "staging")
    assert refused.code == 5, refused
    assert "/data-deletion-requests" in refused.err
    assert sent.run("forget", ANN).code == 0
    pushed = sent.run(*PUSH, "--new")
    assert pushed.code == 3, pushed
    assert pushed.err.count("it is not known whom staging was asked to forget") == 1
    assert "left out" in pushed.err


def test_the_fake_of_somebody_is_forgotten_with_her(shop: Shop, emulator: RunningEmulator) -> None:
    open_shop(shop)
    assert shop.run(*PUSH, "--pseudonymise").code == 3
    fake = shop.run("pseudonym", "of", ANN).out.strip()
    assert found_in(home(shop), fake)
    told = shop.run("forget", ANN, "--json").json
    assert (told["new"], told["listed"]) == (1, 1)
    assert found_in(home(shop), fake, *WORDS) == []
    number = len(received(emulator))
    ended = shop.run(*PUSH, "--pseudonymise", "--new")
    assert ended.code == 3, ended
    assert len(received(emulator)) == number + 6
    assert not any((run / "plain").exists() for run in shop.run_folders())


def test_addresses_come_from_a_file_and_are_never_repeated(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = shop.write("asked.csv", f"when,Email\n2024,{ANN}\n2024,bob@example.com\n")
    assert shop.run("forget", "--file", table, "--json").json["new"] == 2
    lines = shop.write("asked.txt", f"{ANN}\n\n cleo@example.com\n")
    assert shop.run("forget", "--file", lines, "--json").json["new"] == 1
    bad = shop.write("bad.txt", "cleo@example.com\ncanary@@example\n")
    for words in (("--file", bad), ("canary@@example",), ("--file", "none.txt")):
        ended = shop.run("forget", *words)
        assert ended.code in {2, 4}, ended
        assert "canary" not in ended.out + ended.err
    wrong = shop.write("wrong.csv", f"name,address\nAnn,{ANN}\n")
    assert "wrong.csv line 1 is no email address" in shop.run("forget", "--file", wrong).err
    with (shop.folder / "asked.txt").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert shop.run("forget", "--file", "-", "--json").json["new"] == 0
    assert found_in(home(shop), "ann.", "bob@", "cleo@") == []


def test_a_list_that_cannot_be_used_stops_every_push(shop: Shop, emulator: RunningEmulator) -> None:
    assert "nobody was named" in shop.run("forget").err
    open_shop(shop)
    before = len(received(emulator))
    assert shop.run("forget", ANN).code == 0
    folder = home(shop) / "forgotten"
    assert (folder / "secret").stat().st_mode & 0o777 == 0o600
    assert (folder / "people.json").stat().st_mode & 0o777 == 0o600
    whole = {path: path.read_bytes() for path in folder.iterdir()}
    for name, content, words in (
        ("secret", None, "is lost"),
        ("secret", b"00" * 32, "holds another secret"),
        ("secret", b"no", "holds no secret"),
        ("people.json", None, "is gone"),
        ("people.json", b"{", "is damaged"),
        ("people.json", b'{"format": 2, "people": []}', "another version"),
    ):
        path = folder / name
        path.unlink()
        if content is not None:
            path.write_bytes(content)
            path.chmod(0o600)
        ended = shop.run(*PUSH)
        assert ended.code == 2, (name, content, ended)
        assert words in ended.err
        path.write_bytes(whole[path])
        path.chmod(0o600)
    assert len(received(emulator)) == before
    assert shop.run(*PUSH).code == 3


def test_nothing_is_removed_while_somebody_is_at_work(sent: Shop) -> None:
    import fcntl

    lock = home(sent) / "locks" / "live.lock"
    run = sent.run_folders()[0]
    for path in (lock, run, home(sent) / "packages" / "unfinished-x.db"):
        if not path.exists():
            path.write_bytes(b"")
        descriptor = os.open(path, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        ended = sent.run("forget", ANN)
        os.close(descriptor)
        assert ended.code == 6, (path, ended)
        assert found_in(home(sent), ANN)
    assert sent.run("forget", ANN).code == 0
    assert not (home(sent) / "packages" / "unfinished-x.db").exists()


def test_what_cannot_be_searched_is_named(sent: Shop) -> None:
    package = sent.the_package()
    whole = package.read_bytes()
    package.write_bytes(whole[: len(whole) // 2])
    (home(sent) / "notes.txt").write_text(f"call {ANN} back")
    ended = sent.run("forget", ANN, "--json")
    assert ended.code == 4, ended
    left = ended.json["left"]
    assert any(path.endswith("notes.txt") for path in left)
    assert any(path.endswith(package.name) for path in left)
    assert ANN not in ended.out
