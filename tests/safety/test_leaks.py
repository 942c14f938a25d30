"""The key and the columns with secrets are nowhere, whatever a command does or suffers."""

from __future__ import annotations

import json
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from ometria_import.cli.command_list import load_command
from ometria_import.cli.command_words import COMMANDS
from tests.cli.program import Shop
from tests.delivery.scripted_server import Answer, Request, ScriptedServer, ok
from tests.safety.watching import LIVE, PERSONAL, SECRETS, STAGING, Watched
from tests.servers.tls_server import Authority, Certificate

GIVE_UP = ("--give-up-after", "1s")
PUSH = ("push", "contacts.csv", "--to", "staging", *GIVE_UP)
LATELY = f"{datetime.now(UTC) - timedelta(hours=9):%Y-%m-%dT%H:%M}"
CONSENT = ("consent", "diff", "contacts.csv", "--to", "staging", "--since", LATELY, *GIVE_UP)
CASES: dict[str, tuple[tuple[str, ...], ...]] = {
    "inspect": (("inspect", "contacts.csv"),),
    "init": (("init", "contacts.csv"),),
    "check": (("check", "contacts.csv"), ("check", "contacts.csv", "--json")),
    "push": (PUSH, ("push", "contacts.csv", "--to", "staging", "--dry-run", "--json")),
    "resume": (("resume",),),
    "retry": (("retry",),),
    "verify": (("verify", "--settle", "0"), ("verify", "--all", "--json")),
    "promote": (("promote", "none", "--to", "live", "--yes"),),
    "report": (("report",), ("report", "--examples", "--json")),
    "tracking check": (
        ("tracking", "check", "page.html", "https://127.0.0.1:9/"),
        ("tracking", "check", "none.html", "https://127.0.0.1:9/", "--allow-private", "--json"),
    ),
    "checklist": (("checklist",), ("checklist", "--to", "staging", "--json")),
    "consent diff": ((*CONSENT, "--profiles", "sample 1"), (*CONSENT, "--json")),
    "given show": (("given", "show", "--to", "staging"),),
    "given rebuild": (("given", "rebuild", "--to", "staging"),),
    "given forget": (("given", "forget", "--to", "staging"),),
    "forget": (("forget", "canary@example.com"), ("forget", "--from", "staging", "--json")),
    "errors": (("errors",), ("errors", "--json")),
    "login": (("login", "--to", "staging", "--stdin"),),
    "logout": (("logout", "--to", "staging"),),
    "status": (("status",), ("status", "--prometheus", "live.prom", "--json")),
    "runs": (("runs",), ("runs", "--json")),
    "runs prune": (("runs", "prune", "--keep", "30d"),),
    "show": (("show",), ("show", "--results", "results.csv", "--json")),
    "pseudonym of": (
        (*PUSH, "--pseudonymise", "--dry-run"),
        ("pseudonym", "of", "canary@example.com"),
    ),
    "mapping list": (("mapping", "list"),),
    "mapping show": (("mapping", "show", "shopify-orders"),),
    "mapping check": (("mapping", "check", "contacts.csv"),),
    "mapping suggest": (("mapping", "suggest", "contact=contacts.csv"),),
    "doctor": (("doctor",), ("doctor", "--json")),
    "fields": (("fields", "contact"),),
    "explain": (("explain", "E012"),),
    "help": (("help", "push"),),
    "emulator": (),
}
"""How each command is called; what `promote` sends has a test of its own. The emulator is never
given a real key, and runs until Ctrl-C."""
SIGNER = """#!/bin/sh
echo "-----BEGIN SSH SIGNATURE-----"
echo "$@"
env
"""
"""Stands for `ssh-keygen`, and tells all that it was given."""


def every_command() -> set[str]:
    """The program's commands, asked of itself."""
    app = typer.Typer()
    for name in COMMANDS:
        load_command(app, name)
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    found: set[str] = set()
    for name, command in root.commands.items():
        inner = command.commands if isinstance(command, TyperGroup) else {}
        found.update(f"{name} {each}" for each in inner)
        if not inner or getattr(command, "invoke_without_command", False):
            found.add(name)
    return found


def echoing(request: Request) -> Answer:
    """Say all that came, wherever an answer has room for it."""
    key = request.headers.get("x-ometria-auth", "")
    if not request.body:
        entry = {"message": f"bad {key}", "path": f"root > {key}", "id": key, "request_id": key}
        return Answer(200, json.dumps([entry]).encode(), {"X-Echo": key})
    name = f"{key} {request.number}"
    said = {"status": "OK", "request_id": name, "accepted": len(request.records), "rejected": 0}
    return Answer(202, json.dumps({**said, "echo": dict(request.headers)}).encode(), {"X": key})


def refusing(status: int) -> Callable[[Request], Answer]:
    """Refuse everything and repeat the key and the records, as a careless server does."""

    def script(request: Request) -> Answer:
        key = request.headers.get("x-ometria-auth", "")
        body = f"no: {key} {request.body.decode()[:300]}".encode()
        return Answer(status, body, {"Location": f"/v2/{key}", "WWW-Authenticate": key})

    return script


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(echoing).running() as running:
        running.feed = echoing
        yield running


@pytest.fixture
def watched(shop: Shop, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Watched:
    shop.send_to(server.base_url)
    return Watched(shop, monkeypatch)


def assert_clean(watched: Watched) -> None:
    """No key and no secret anywhere; of shoppers nothing in the log and in the report."""
    assert watched.leaks_of(STAGING, LIVE, *SECRETS) == []
    for path in watched.files():
        if path.name.startswith(("run.log", "report.")):
            text = path.read_text()
            assert [word for word in PERSONAL if word in text] == [], text
    assert all(b"Traceback" not in trace.shown for trace in watched.traces)


def test_every_command_has_a_case() -> None:
    assert set(CASES) == every_command()


def test_no_command_shows_or_writes_a_key(watched: Watched, server: ScriptedServer) -> None:
    server.script = server.feed = refusing(403)
    assert watched.run_alone(*PUSH).code == 5
    server.script = server.feed = echoing
    for calls in CASES.values():
        for number, call in enumerate(calls):
            run = watched.run if number else watched.run_alone
            assert run(*call).code != 1, watched.traces[-1]
    emulator = watched.start("emulator", "--port", "0")
    assert emulator.stdout is not None
    assert emulator.stdout.readline().startswith(b"Emulator ready")
    emulator.send_signal(signal.SIGINT)
    watched.watch(emulator)
    assert any(request.headers["x-ometria-auth"] == STAGING for request in server.requests)
    assert_clean(watched)


def test_a_promotion_gives_no_key_away_nor_does_who_signs_its_statement(
    watched: Watched, server: ScriptedServer
) -> None:
    server.script = ok
    server.feed = lambda _: Answer(200, b"[]")
    assert watched.run(*PUSH).code == 3
    (run,) = watched.shop.run_folders()
    signer = watched.spare / "ssh-keygen"
    signer.write_text(SIGNER)
    signer.chmod(0o700)
    words = ("promote", run.name, "--to", "live", "--yes", "--attest", "a.json")
    key = watched.shop.write("id_test", "a secret of another kind")
    path = {"PATH": f"{watched.spare}:/usr/bin:/bin"}
    assert watched.run(*words, "--sign-with", key, env=path).code == 3, watched.traces[-1]
    folder = watched.shop.folder
    told = (folder / "a.json").read_text() + (folder / "a.json.sig").read_text()
    assert "-----BEGIN SSH SIGNATURE-----" in told
    assert "-n ometria-import -f id_test" in told
    assert [word for word in PERSONAL if word in told] == []
    assert any(request.headers["x-ometria-auth"] == LIVE for request in server.requests)
    assert_clean(watched)


def test_a_run_with_fakes_leaves_nothing_of_a_shopper(
    watched: Watched, server: ScriptedServer
) -> None:
    server.feed = lambda _: Answer(200, b"[]")
    secret = "c0ffee" + "4711" * 14 + "ab"
    assert watched.run(*PUSH, "--pseudonymise", env={"OMETRIA_PSEUDONYM_KEY": secret}).code == 3
    watched.run("report", "--examples")
    watched.run("show", "--json")
    assert len(server.requests[-1].records) == 2
    sent = b"".join(request.body for request in server.requests)
    assert [word for word in PERSONAL if word.encode() in sent] == []
    assert watched.leaks_of(*PERSONAL, secret) == []
    assert_clean(watched)


@pytest.mark.parametrize("status", [200, 302, 401, 422, 500])
def test_an_answer_that_repeats_the_key_is_repeated_without_it(
    watched: Watched, server: ScriptedServer, status: int
) -> None:
    server.script = server.feed = refusing(status)
    trace = watched.run(*PUSH)
    assert trace.code in {3, 5, 75}, trace
    watched.run("errors")
    assert server.requests
    assert server.feed_requests
    assert_clean(watched)


@pytest.mark.parametrize("status", [200, 403, 409, 422, 429, 500])
def test_the_log_repeats_no_answer_that_repeats_a_shopper(
    shop: Shop, server: ScriptedServer, status: int
) -> None:
    about = b"canary.person@example.com of Canaria, +447700900123: not now"
    server.script = lambda _: Answer(status, about, {"Retry-After": "9"})
    server.feed = lambda request: server.script(request) if request.number else Answer(200, b"[]")
    shop.send_to(server.base_url)
    ended = shop.run("push", shop.contacts(1), "--to", "staging", "--give-up-after", "2s")
    assert ended.code in {3, 5, 75}, ended
    assert status == 422 or "Canaria" in ended.err
    (run,) = shop.run_folders()
    log = (run / "run.log").read_text()
    assert status == 422 or f"answered {status}" in log
    assert [word for word in PERSONAL if word in log] == []


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        (f"{STAGING}\n", b"line break"),
        (f"{STAGING}\r\nX-Evil: 1", b"line break"),
        (f"{STAGING}\u00e9\u4e2d", b"no key has"),
        (f" {STAGING}", b"blank"),
        (LIVE, b"same key"),
    ],
)
def test_a_key_that_cannot_be_one_is_not_repeated(watched: Watched, key: str, hint: bytes) -> None:
    for command in (PUSH, ("errors",), ("doctor",)):
        watched.run(*command, env={"OMETRIA_STAGING_KEY": key})
    assert watched.traces[0].code == 2
    assert hint in watched.traces[0].err
    assert_clean(watched)


@pytest.mark.parametrize(
    "settings",
    [
        f'[accounts.staging]\nkey = "{STAGING}"\n',
        f'[accounts.staging]\nkey_env = "{STAGING} "\n',
        f'[accounts.staging]\nkey_env = "{STAGING}\n',
        f"[accounts.staging]\nkey = {STAGING}\n",
        f'[accounts.staging]\nbase_url = "https://{STAGING}@example.com/v2"\n',
        f'[accounts.staging]\nbase_url = "https://example.com/v2?key={STAGING}"\n',
        f"[accounts.staging\n# {STAGING}\n",
    ],
)
def test_a_key_that_stands_in_the_settings_by_mistake_is_not_repeated(
    watched: Watched, settings: str
) -> None:
    watched.shop.write("ometria-import.toml", settings)
    assert watched.run(*PUSH).code == 2
    assert_clean(watched)


def test_a_key_of_another_variable_is_no_less_secret(
    watched: Watched, server: ScriptedServer
) -> None:
    other = "CANARYotherKEY99z"
    settings = watched.shop.folder / "ometria-import.toml"
    settings.write_text(settings.read_text().replace("[accounts.staging]", "[accounts.staging]\n"
        'key_env = "SHOP_KEY"'))  # fmt: skip
    server.script = server.feed = refusing(500)
    assert watched.run(*PUSH, env={"SHOP_KEY": other}).code == 2
    assert server.requests == []
    assert watched.run(*PUSH, "--key-env", "SHOP_KEY", env={"SHOP_KEY": other}).code == 75
    assert {each.headers["x-ometria-auth"] for each in server.requests} == {other}
    assert watched.leaks_of(other) == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/v2", "https://push.shop.invalid/v2"])
def test_an_address_that_cannot_be_reached_gets_no_word(watched: Watched, address: str) -> None:
    watched.shop.send_to(address)
    vouched = {"OMETRIA_IMPORT_BASE_HOST": "push.shop.invalid"}
    assert watched.run(*PUSH, env=vouched).code == 75
    watched.run("doctor", env=vouched)
    watched.run("errors", env=vouched)
    assert_clean(watched)


@pytest.mark.usefixtures("public_authorities")
def test_a_server_that_is_not_trusted_learns_nothing(watched: Watched, tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    folder.mkdir()
    authority = Authority(folder)
    with ScriptedServer(ok, authority.server(Certificate.GOOD)).running() as server:
        watched.shop.send_to(server.base_url)
        for command in (PUSH, ("errors",), ("doctor",)):
            watched.run(*command)
        assert server.requests == server.feed_requests == []
    assert watched.traces[0].code == 75
    assert_clean(watched)


BROKEN = [
    ("delivery.api.push_api", "PushApiSink._receipt"),
    ("delivery.journal.journal", "Journal.mark_started"),
    ("delivery.runs.run_log", "RunLog.__call__"),
    ("config.settings", "Settings.account"),
    ("prepare.outcome.rejects", "RejectFiles.add"),
    ("config.home", "Home.create_run"),
]


@pytest.mark.parametrize(("module", "name"), BROKEN)
def test_a_bug_of_ours_shows_no_value(watched: Watched, module: str, name: str) -> None:
    holder, _, method = name.rpartition(".")
    broken = (
        f"import os, ometria_import.{module} as module\n"
        "def broken(*found, **named):\n"
        "    key = os.environ['OMETRIA_STAGING_KEY']\n"
        "    raise ValueError(f'{key} {found!r}')\n"
        f"module.{holder}.{method} = broken\n"
    )
    trace = watched.run_alone(*PUSH, code=broken)
    assert trace.code == 1, trace
    assert b"this is a bug: ValueError" in trace.err
    assert_clean(watched)


def test_a_full_disk_shows_no_key(watched: Watched) -> None:
    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, 4_096))

    assert watched.run_alone(*PUSH, preexec_fn=small).code in {2, 75}
    assert_clean(watched)


def test_a_damaged_journal_and_package_show_no_key(
    watched: Watched, server: ScriptedServer
) -> None:
    server.script = server.feed = refusing(403)
    watched.run(*PUSH)
    (run,) = watched.shop.run_folders()
    for path in (watched.shop.the_package(), run / "journal.db"):
        whole = path.read_bytes()
        path.write_bytes(whole[:3000] + STAGING[::-1].lower().encode() * 9 + whole[3200:])
        assert watched.run("resume").code in {2, 4}
        watched.run("show")
        path.write_bytes(whole)
    assert_clean(watched)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGQUIT])
def test_a_run_that_is_stopped_leaves_no_key(
    watched: Watched, server: ScriptedServer, number: signal.Signals
) -> None:
    server.script = lambda request: Answer(503, request.headers["x-ometria-auth"].encode())
    # Whatever started the tests may ignore it, as a shell does for what runs in its background.
    quit_as_usual = "import signal; signal.signal(signal.SIGQUIT, signal.SIG_DFL)"
    process = watched.start(*PUSH[:-1], "1h", code=quit_as_usual)
    while not server.requests:
        assert process.poll() is None
        time.sleep(0.02)
    limits = Path(f"/proc/{process.pid}/limits").read_text().splitlines()
    (core,) = (line.split()[4] for line in limits if line.startswith("Max core file size"))
    process.send_signal(number)
    trace = watched.watch(process)
    assert trace.code in {130, -signal.SIGKILL, -signal.SIGQUIT}
    assert core == "0"
    with suppress(StopIteration):
        assert next(watched.shop.folder.rglob("core*")) is None
    assert_clean(watched)
