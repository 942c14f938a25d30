"""`push --consent`: what the account's word stands against never gets there."""

from __future__ import annotations

import codecs
import csv
import io
import json
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ometria_import.config.home import Home, RunFolder
from ometria_import.consent import newest_diff
from ometria_import.delivery import load_request
from ometria_import.emulator import RunningEmulator
from ometria_import.package import Derivation, Package
from tests.cli.program import Ended, Shop, pushes, rows
from tests.emulator.scenarios.scenarios import fault

NOW = datetime.now(UTC)
IN, OUT = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"
HEADER = "id,@collection,email,marketing_optin,timestamp_subscribed,@force_optin,firstname"
LIVE = ("--to", "live", "--yes", "--json")
ALLOWED = (
    *("--allow", "welcome-campaigns", "--allow", "force-optin"),
    *("--allow", "sms-optin", "--allow", "double-optin-sms"),
)


def ago(days: float) -> str:
    return f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def listed(
    emulator: RunningEmulator, name: str, optin: str = "", collection: str = "shop", **more: Any
) -> None:
    """Let live have a contact."""
    own = {"marketing_optin": optin} if optin else {}
    base = {"@type": "contact", "@collection": collection, "id": name}
    body = {**base, "email": f"{name}@example.com", **own, **more}
    emulator.put_record("contact", name, body, collection=collection, account="live")


def person(name: str, optin: str = IN, days: float | None = 3, force: str = "") -> str:
    joined = ago(days) if optin == IN and days is not None else ""
    return f"{name},shop,{name}@example.com,{optin},{joined},{force},Ann"


def contacts(shop: Shop, *people: str, header: str = HEADER, name: str = "contacts.csv") -> str:
    return shop.write(name, "\n".join((header, *people, "")))


def push(shop: Shop, *words: str) -> Ended:
    return shop.run("push", *words, *LIVE, *ALLOWED)


def sent(emulator: RunningEmulator, name: str, collection: str = "shop") -> dict[str, Any]:
    """What live has of a contact."""
    emulator.wait_until_drained()
    ((body,),) = rows(
        emulator,
        "SELECT body FROM record WHERE account = 'live' AND object_type = 'contact' AND "
        f"collection = '{collection}' AND id = '{name}'",
    )
    found = json.loads(body)
    assert isinstance(found, dict)
    return found


def reads(emulator: RunningEmulator, path: str) -> int:
    """How many reads of a path there were."""
    found = rows(emulator, "SELECT path FROM request WHERE method = 'GET'")
    return sum(str(each).partition("?")[0].endswith(path) for (each,) in found)


def test_who_opted_out_in_live_stays_out_and_everything_else_is_sent(
    shop: Shop, emulator: RunningEmulator
) -> None:
    for name in ("a-left", "a-forced", "a-back", "a-blank"):
        listed(emulator, name, OUT)
    listed(emulator, "a-in", IN)
    emulator.unsubscribe("A-Back@example.com", timestamp=ago(2.5), account="live")
    name = contacts(
        shop,
        *(person("a-left"), person("a-forced", force="true"), person("a-back", days=2)),
        *(person("a-blank", "NOT_SPECIFIED"), person("a-in"), person("a-new")),
        person("a-out", OUT),
    )
    ended = push(shop, name)
    assert ended.code == 0, ended.err
    for held in ("a-left", "a-forced", "a-blank"):
        found = sent(emulator, held)
        assert (found["marketing_optin"], found["firstname"]) == (OUT, "Ann")
        assert not {"@force_optin", "timestamp_subscribed"} & found.keys()
    for own in ("a-back", "a-in", "a-new"):
        assert sent(emulator, own)["marketing_optin"] == IN
        assert "timestamp_subscribed" in sent(emulator, own)
    assert sent(emulator, "a-out")["marketing_optin"] == OUT
    told = ended.json["consent"]
    assert (told["rule"], told["held"], told["asked"]) == ("keep", {"email": 3}, 6)
    assert "3 people by email stay as live has them, of 6 people" in ended.err
    assert told["file"] in ended.err
    path = Path(told["file"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(codecs.BOM_UTF8)
    with path.open(encoding="utf-8-sig", newline="") as file:
        listing = list(csv.DictReader(file))
    assert [each["id"] for each in listing] == ["a-left", "a-forced", "a-blank"]
    assert {each["account_says"] for each in listing} == {"out"}
    assert [each["line"] for each in listing] == ["2", "3", "5"]
    assert "example.com" not in path.read_text()


def test_what_was_changed_is_a_package_of_its_own_that_names_its_parent(
    shop: Shop, emulator: RunningEmulator
) -> None:
    listed(emulator, "b-left", OUT)
    ended = push(shop, contacts(shop, person("b-left"), person("b-new")))
    with Package(Path(shop.run("show", "--json").json["files"]["package"])) as package:
        (step,) = Derivation.chain(package.sums)
        own = package.content_hash
    assert (step.changed, step.left_out) == (1, 0)
    assert step.reason == "without opt-ins of who has opted out in the account"
    home, day = Home(shop.folder / ".ometria-import"), timedelta(days=1)
    found = newest_diff(home, "live", step.package, datetime.now(UTC), day)
    assert found is not None
    assert (found.danger, found.sample) == (1, None)
    assert found.summary_file == ended.json["consent"]["diff"]
    assert newest_diff(home, "live", own, datetime.now(UTC), day) is None


def test_lower_opts_in_nobody_who_is_not_in_already(shop: Shop, emulator: RunningEmulator) -> None:
    listed(emulator, "c-in", IN)
    listed(emulator, "c-forced", IN)
    listed(emulator, "c-none")
    listed(emulator, "c-left", OUT)
    name = contacts(
        shop,
        *(person("c-in"), person("c-none"), person("c-left", days=0.1), person("c-new")),
        *(person("c-forced", force="true"), person("c-blank", "NOT_SPECIFIED")),
        person("c-out", OUT),
    )
    ended = push(shop, name, "--consent", "lower")
    assert ended.json["consent"]["held"] == {"email": 4}
    assert sent(emulator, "c-in")["marketing_optin"] == IN
    assert "marketing_optin" not in sent(emulator, "c-none")
    assert "marketing_optin" not in sent(emulator, "c-new")
    assert sent(emulator, "c-left")["marketing_optin"] == OUT
    assert "@force_optin" not in sent(emulator, "c-forced")
    assert sent(emulator, "c-blank")["marketing_optin"] == "NOT_SPECIFIED"
    assert sent(emulator, "c-out")["marketing_optin"] == OUT


def test_file_and_staging_ask_nobody(shop: Shop, emulator: RunningEmulator) -> None:
    listed(emulator, "d-left", OUT)
    name, before = contacts(shop, person("d-left")), reads(emulator, "/profiles")
    assert shop.run("push", name, "--to", "staging").code == 0
    ended = push(shop, name, "--consent", "file")
    assert (ended.code, "consent" in ended.json) == (0, False)
    assert sent(emulator, "d-left")["marketing_optin"] == IN
    assert reads(emulator, "/profiles") == before
    settings = shop.folder / "ometria-import.toml"
    text = settings.read_text()
    settings.write_text(text.replace("[accounts.live]", '[accounts.live]\nconsent = "lower"'))
    assert push(shop, name, "--new").json["consent"]["rule"] == "lower"
    settings.write_text(text.replace("[accounts.live]", '[accounts.live]\nconsent = "yes"'))
    refused = push(shop, name)
    assert (refused.code, "'consent'" in refused.json["error"]) == (2, True), refused.json


def test_who_opts_nobody_in_asks_nobody(shop: Shop, emulator: RunningEmulator) -> None:
    before = reads(emulator, "/profiles") + reads(emulator, "/unsubscribes")
    name = contacts(shop, person("e-out", OUT), person("e-none", ""))
    assert push(shop, name, shop.products(3)).code == 0
    assert reads(emulator, "/profiles") + reads(emulator, "/unsubscribes") == before


def test_few_are_looked_up_one_by_one_and_many_by_pages(
    shop: Shop, emulator: RunningEmulator
) -> None:
    for number in range(260):
        listed(emulator, f"f{number}", OUT if number == 7 else IN)
    before = reads(emulator, "/profiles")
    for count, is_one_by_one in ((1, True), (3, False)):
        people = [person(f"f{number}") for number in range(7, 7 + count)]
        told = push(shop, contacts(shop, *people, name=f"{count}.csv")).json["consent"]
        assert told["held"] == {"email": 1}
        assert json.loads(Path(told["diff"]).read_bytes())["is_only_askers"] is is_one_by_one
        if is_one_by_one:
            assert reads(emulator, "/profiles") == before + 2


def test_who_is_known_by_a_customer_id_alone_is_looked_for_among_everybody(
    shop: Shop, emulator: RunningEmulator
) -> None:
    for number in range(300):
        listed(emulator, f"g{number}")
    listed(emulator, "g-old", OUT, customer_id="g7")
    header = f"{HEADER},customer_id"
    ended = push(shop, contacts(shop, f"{person('g-new')},g7", header=header))
    assert ended.json["consent"]["held"] == {"email": 1}
    assert "marketing_optin" not in sent(emulator, "g-new")


@pytest.mark.parametrize("strangers", [0, 300])
def test_who_has_another_email_now_is_known_by_their_contact(
    shop: Shop, emulator: RunningEmulator, strangers: int
) -> None:
    for number in range(strangers):
        listed(emulator, f"m{number}", IN)
    old = f"m-old{strangers}"
    listed(emulator, old, OUT)
    listed(emulator, f"{old}-by-link", IN)
    emulator.unsubscribe(f"{old}-by-link@example.com", timestamp=ago(40), account="live")
    for name, count in ((old, 1), (f"{old}-by-link", 1), ("m-new", 0)):
        moved = person(name, days=None).replace(f"{name}@", f"{name}{strangers}-now@")
        ended = push(shop, contacts(shop, moved, name=f"{name}.csv"))
        assert ended.json["consent"]["held"] == ({"email": 1} if count else {}), ended.err
        assert sent(emulator, name)["email"] == f"{name}{strangers}-now@example.com"
    assert sent(emulator, old)["marketing_optin"] == OUT


def test_text_messages_have_their_own_word(shop: Shop, emulator: RunningEmulator) -> None:
    off = {"sms": {"allow_marketing": False, "dt_updated_marketing": ago(2)}}
    listed(emulator, "h-off", IN, channels=off)
    listed(emulator, "h-off", collection="optin:sms", channels=off)
    emulator.unsubscribe(
        "h-stop@example.com", timestamp=ago(1), account="live", type="stopword_unsubscribe_DO"
    )
    sms = "channels.sms.allow_marketing,channels.sms.dt_updated_marketing"
    ended = push(
        shop,
        contacts(
            shop,
            *(f"{person(name)},true,{ago(3)}" for name in ("h-off", "h-stop", "h-on")),
            f"{person('h-off').replace(',shop,', ',optin:sms,')},,",
            header=f"{HEADER},{sms}",
        ),
    )
    assert ended.json["consent"]["held"] == {"sms": 2}, ended.err
    assert "2 people by text message stay" in ended.err
    assert sent(emulator, "h-off")["channels"] == off
    assert sent(emulator, "h-off")["marketing_optin"] == IN
    assert "firstname" not in sent(emulator, "h-off", "optin:sms")
    assert "channels" not in sent(emulator, "h-stop")
    assert sent(emulator, "h-on")["channels"]["sms"]["allow_marketing"] is True
    assert ended.json["records"] == {"contact": 3}


def test_results_say_which_rows_went_without_their_opt_in(
    shop: Shop, emulator: RunningEmulator
) -> None:
    off = {"sms": {"allow_marketing": False, "dt_updated_marketing": ago(2)}}
    listed(emulator, "r-off", OUT, channels=off)
    listed(emulator, "r-off", collection="optin:sms", channels=off)
    sms = "channels.sms.allow_marketing,channels.sms.dt_updated_marketing"
    ended = push(
        shop,
        contacts(
            shop,
            *(f"{person(name)},true,{ago(3)}" for name in ("r-off", "r-on")),
            f"{person('r-off').replace(',shop,', ',optin:sms,')},,",
            header=f"{HEADER},{sms}",
        ),
    )
    assert ended.code == 0, ended.err
    assert shop.run("show", "--results", "results.csv").code == 0
    with (shop.folder / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        told = [(each["key"], each["verdict"], each["why"]) for each in csv.DictReader(file)]
    otherwise = "the account says otherwise"
    assert told == [
        ("r-off", "accepted", f"without its opt-in by email and by text message: {otherwise}"),
        ("r-on", "accepted", ""),
        ("r-off", "consent", f"{otherwise} of the person's consent"),
    ]


def test_files_without_a_time_go_by_what_the_account_says(
    shop: Shop, emulator: RunningEmulator
) -> None:
    listed(emulator, "i-left", OUT)
    ended = push(shop, contacts(shop, person("i-left", days=None)))
    assert (ended.code, ended.json["consent"]["held"]) == (0, {"email": 1})
    assert "none of the contacts has a time" in ended.err


@pytest.mark.parametrize("path", ["profiles", "unsubscribes"])
def test_an_account_that_cannot_be_read_is_asked_about(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    name = contacts(shop, person(f"j-{path}"))
    emulator.play(fault("no_reads", paths=[path]))
    before = pushes(emulator)
    alone = push(shop, name)
    assert (alone.code, "does not say who has opted out there" in alone.json["error"]) == (2, True)
    assert "add --consent file" in alone.json["hint"]
    assert pushes(emulator) == before
    for typed, code in (("live\n", 2), ("file\n", 0)):
        terminal = io.StringIO(typed)
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", terminal)
        ended = push(shop, name)
        assert (ended.code, f"GET /{path}" in ended.err) == (code, True), ended.err
    assert sent(emulator, f"j-{path}")["marketing_optin"] == IN
    assert load_request(RunFolder(shop.run_folders()[-1])).consent == "file"


def test_a_failing_account_ends_with_75_and_nothing_is_sent(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("answer", on="reads", status=503))
    before = pushes(emulator)
    ended = push(shop, contacts(shop, person("k")), "--give-up-after", "0.2s")
    assert (ended.code, pushes(emulator)) == (75, before)
    emulator.heal()
    assert push(shop, "contacts.csv").code == 0


def test_a_dry_run_says_what_a_push_would_ask(shop: Shop, emulator: RunningEmulator) -> None:
    name = contacts(shop, person("l"), person("l-out", OUT))
    before = reads(emulator, "/profiles")
    ended = shop.run("push", name, "--to", "live", "--dry-run")
    assert ended.code == 0
    assert "a push asks live about the people of 1 contact that opt somebody in" in ended.err
    assert reads(emulator, "/profiles") == before
    assert "a push asks" not in shop.run("push", name, "--to", "staging", "--dry-run").err
