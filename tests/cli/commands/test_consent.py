"""`consent diff`: what files and account say of people's consent, against the emulator."""

from __future__ import annotations

import codecs
import csv
import json
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ometria_import.config.home import Home
from ometria_import.consent import newest_diff
from ometria_import.emulator import RunningEmulator
from tests.cli.program import Ended, Shop, pushes
from tests.emulator.scenarios.scenarios import fault

NOW = datetime.now(UTC)
IN, OUT = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"
HEADER = "id,@collection,email,marketing_optin,timestamp_subscribed,timestamp_acquired,@force_optin"


def ago(days: float) -> str:
    return f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def listed(
    emulator: RunningEmulator, name: str, email: str, optin: str | None = None, **more: Any
) -> None:
    """Let the account have a contact."""
    own = {"marketing_optin": optin} if optin else {}
    body = {"@type": "contact", "@collection": "main", "id": name, "email": email, **own, **more}
    emulator.put_record("contact", name, body, collection="main", account="live")


def contacts(shop: Shop, *rows: str, header: str = HEADER, name: str = "contacts.csv") -> str:
    return shop.write(name, "\n".join((header, *rows, "")))


def person(name: str, optin: str = IN, days: float = 3, email: str = "", force: str = "") -> str:
    joined = ago(days) if optin == IN else ""
    return f"{name},main,{email or f'{name}@example.com'},{optin},{joined},{ago(9)},{force}"


def diff(shop: Shop, *words: str) -> Ended:
    return shop.run("consent", "diff", *words, "--to", "live", "--json")


def dangers(ended: Ended) -> list[dict[str, str]]:
    path = Path(ended.json["danger_file"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(codecs.BOM_UTF8)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_state_meets_every_other(shop: Shop, emulator: RunningEmulator) -> None:
    rows = []
    states = {"in": IN, "out": OUT, "none": ""}
    for ours, value in states.items():
        for theirs in (*states, "absent"):
            name = f"{ours}-{theirs}"
            rows.append(person(name, value))
            if theirs != "absent":
                listed(emulator, name, f"{name}@example.com", states[theirs])
    ended = diff(shop, contacts(shop, *rows))
    assert ended.code == 3, ended.err
    everywhere = dict.fromkeys((*states, "absent"), 1)
    assert ended.json["channels"]["email"]["cells"] == dict.fromkeys(states, everywhere)
    assert ended.json["channels"]["sms"]["cells"] == {}
    (danger,) = dangers(ended)
    assert (danger["id"], danger["line"], danger["collection"]) == ("in-out", "3", "main")
    assert danger["source"].endswith("contacts.csv")
    assert (danger["files_say"], danger["account_says"]) == ("in", "out")
    assert danger["opted_in_at"] == ago(3).replace("Z", "+00:00")
    assert danger["opted_out_at"] == ""
    assert "example.com" not in Path(ended.json["danger_file"]).read_text()
    told = shop.run("consent", "diff", "contacts.csv", "--to", "live")
    assert "1 person opted out in live and opted in in the files" in " ".join(told.out.split())
    assert "ometria-import push contacts.csv --consent keep --to live" in told.out
    read = ("--country", "GB", "--timezone", "Europe/London")
    flagged = shop.run("consent", "diff", "contacts.csv", "--to", "live", *read)
    assert "push contacts.csv --timezone Europe/London --country GB --consent keep" in flagged.out
    quiet = shop.run("consent", "diff", "contacts.csv", "--to", "live", "--quiet")
    assert (quiet.code, quiet.out, quiet.err.count("\n")) == (3, "", 1)


def test_the_later_word_counts(shop: Shop, emulator: RunningEmulator) -> None:
    rows = [person("back", days=2), person("stale", days=6), person("undated")]
    rows[2] = rows[2].replace(ago(3), "")
    for name in ("back", "stale", "undated"):
        listed(emulator, name, f"{name}@example.com", IN)
    emulator.unsubscribe(
        *(f"{name.title()}@Example.com" for name in ("back", "stale", "undated")),
        timestamp=ago(4),
        account="live",
    )
    ended = diff(shop, contacts(shop, *rows), "--since", ago(10))
    assert (ended.code, ended.json["channels"]["email"]["came_back"]) == (3, 1)
    assert [each["id"] for each in dangers(ended)] == ["stale", "undated"]
    assert dangers(ended)[0]["opted_out_at"] == ago(4).replace("Z", "+00:00")
    assert (ended.json["undated"], ended.json["opt_outs"]) == (1, 3)


def test_people_are_known_by_any_email_in_any_case_and_by_their_customer_id(
    shop: Shop, emulator: RunningEmulator
) -> None:
    header = f"{HEADER},customer_id"
    rows = [
        person("case", email="Case@EXAMPLE.com") + ",",
        person("moved", email="new@example.com") + ",7",
        person("two") + ",",
        person("fine") + ",",
    ]
    listed(emulator, "a", "case@example.com", OUT)
    listed(emulator, "b", "old@example.com", OUT, customer_id="7")
    listed(emulator, "c", "two@example.com", IN)
    listed(emulator, "d", "TWO@example.com", OUT)
    listed(emulator, "e", "fine@example.com")
    ended = diff(shop, contacts(shop, *rows, header=header))
    assert [each["id"] for each in dangers(ended)] == ["case", "moved", "two"]
    assert ended.json["channels"]["email"]["cells"] == {"in": {"out": 3, "none": 1}}


def test_a_person_whom_the_files_have_in_and_out_ends_out_unless_forced(
    shop: Shop, emulator: RunningEmulator
) -> None:
    rows = [
        person("a1", email="a@example.com"),
        person("a2", OUT, email="A@example.com"),
        person("b1", email="b@example.com", force="true"),
        person("b2", OUT, email="b@example.com"),
    ]
    for name in "ab":
        listed(emulator, name, f"{name}@example.com", OUT)
    ended = diff(shop, contacts(shop, *rows))
    email = ended.json["channels"]["email"]
    assert email["cells"] == {"out": {"out": 1}, "in": {"out": 1}}
    assert (email["contradictory"], email["forced"], email["danger"]) == (2, 1, 1)
    assert [(each["id"], each["force_optin"]) for each in dangers(ended)] == [("b1", "yes")]


@pytest.mark.parametrize("profiles", ["all", "sample 10"])
def test_text_messages_have_a_matrix_of_their_own(
    shop: Shop, emulator: RunningEmulator, profiles: str
) -> None:
    sms = "channels.sms.allow_marketing,channels.sms.dt_updated_marketing"
    rows = [f"{person(name, '')},true,{ago(3)}" for name in ("stale", "back", "stop", "new")]
    rows.append(f"{person('none', '')},,")
    for name, days in {"stale": 2, "back": 5}.items():
        said = {"allow_marketing": False, "dt_updated_marketing": ago(days)}
        listed(emulator, name, f"{name}@example.com", channels={"sms": said})
    emulator.unsubscribe(
        "stop@example.com", timestamp=ago(1), account="live", type="stopword_unsubscribe_DO"
    )
    ended = diff(shop, contacts(shop, *rows, header=f"{HEADER},{sms}"), "--profiles", profiles)
    matrix = ended.json["channels"]["sms"]
    assert matrix["cells"] == {"in": {"out": 3, "absent": 1}}
    assert (matrix["danger"], matrix["came_back"]) == (2, 1)
    assert [(each["channel"], each["id"]) for each in dangers(ended)] == [
        ("sms", "stale"),
        ("sms", "stop"),
    ]
    assert ended.json["channels"]["email"]["danger"] == 0


def test_a_sample_is_said_to_be_one_and_sees_all_who_left(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = contacts(shop, *(person(f"p{n}") for n in range(30)))
    emulator.unsubscribe(*(f"p{n}@example.com" for n in range(5)), timestamp=ago(1), account="live")
    ended = diff(shop, name, "--profiles", "sample 3", "--since", ago(2))
    assert (ended.code, ended.json["channels"]["email"]["danger"]) == (3, 5)
    assert (ended.json["sample"], ended.json["people"]) == (3, 30)
    assert 5 <= ended.json["looked"] <= 8
    told = shop.run("consent", "diff", name, "--to", "live", "--profiles", "sample 3")
    assert "a sample and all who left since" in " ".join(told.out.split())


def test_what_a_run_has_is_kept_for_its_package_and_account(
    shop: Shop, emulator: RunningEmulator
) -> None:
    assert shop.run("push", contacts(shop, person("a")), "--to", "staging").code == 0
    (run,) = shop.run_folders()
    before = pushes(emulator)
    ended = diff(shop, run.name)
    assert (ended.code, ended.json["run"], ended.json["danger_file"]) == (0, run.name, "")
    assert pushes(emulator) == before
    kept = json.loads(Path(ended.json["summary_file"]).read_bytes())
    assert kept == ended.json
    home, package = Home(shop.folder / ".ometria-import"), ended.json["package"]
    later, day = datetime.now(UTC), timedelta(days=1)
    found = newest_diff(home, "live", package, later, day)
    assert found is not None
    assert (json.loads(json.dumps(found.as_json())), found.danger) == (ended.json, 0)
    assert newest_diff(home, "staging", package, later, day) is None
    assert newest_diff(home, "live", "other", later, day) is None
    assert newest_diff(home, "live", package, later + day, day) is None
    Path(ended.json["summary_file"]).write_text("{")
    assert newest_diff(home, "live", package, later, day) is None
    shown = shop.run("consent", "diff", run.name, "--to", "live").out
    assert f"Next: ometria-import promote {run.name} --to live" in shown
    shutil.rmtree(shop.the_package().parent)
    assert (diff(shop, run.name).code, "does not exist" in diff(shop, run.name).err) == (4, True)


@pytest.mark.parametrize("count", [10, 20])
def test_a_round_number_of_opt_outs_is_asked_for_again_by_halves(
    shop: Shop, emulator: RunningEmulator, count: int
) -> None:
    names = [f"p{n}" for n in range(count)]
    for number, name in enumerate(names):
        emulator.unsubscribe(f"{name}@example.com", timestamp=ago(1 - number / 200), account="live")
    ended = diff(shop, contacts(shop, *map(person, names)), "--since", ago(2))
    assert ended.json["channels"]["email"]["danger"] == count
    assert ended.json["doubts"] == []


def test_opt_outs_of_one_second_that_may_be_cut_are_said(
    shop: Shop, emulator: RunningEmulator
) -> None:
    names = [f"p{n}" for n in range(10)]
    emulator.unsubscribe(
        *(f"{name}@example.com" for name in names), timestamp=ago(1), account="live"
    )
    ended = diff(shop, contacts(shop, *map(person, names)), "--since", ago(2))
    assert ended.json["channels"]["email"]["danger"] == 10
    assert "there may be more of them" in ended.json["doubts"][0]


@pytest.mark.parametrize("path", ["profiles", "unsubscribes"])
def test_an_account_that_may_not_be_read_is_named(
    shop: Shop, emulator: RunningEmulator, path: str
) -> None:
    emulator.play(fault("no_reads", paths=[path]))
    ended = diff(shop, contacts(shop, person("a")))
    assert ended.code == 5
    assert f"GET /{path}" in ended.json["error"]
    assert "may not read this" in ended.json["hint"]
    assert not (shop.folder / ".ometria-import" / "consent").exists()


def test_an_account_that_fails_for_a_time_ends_with_75(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("answer", on="reads", status=503))
    ended = diff(shop, contacts(shop, person("a")), "--give-up-after", "1s")
    assert ended.code == 75


@pytest.mark.usefixtures("emulator")
def test_what_cannot_be_compared_is_said_in_a_sentence(shop: Shop) -> None:
    for flags in ((), ("--pseudonymise",)):
        assert shop.run("push", contacts(shop, person("a")), "--to", "staging", *flags).code == 0
    run, fakes = (each.name for each in shop.run_folders())
    bare = contacts(shop, "a,main,a@example.com", header="id,@collection,email", name="bare.csv")
    for words, said in {
        (bare,): "none of the contacts has a time",
        (shop.products(1),): "there are no contacts",
        (bare, "--since", "soon"): "'soon' is not a date",
        (bare, "--since", ago(-3)): "is in the future",
        (bare, "--profiles", "some"): "neither all nor a sample",
        ("20240101-000000-live-0000",): "there is no run",
        (run, "--encoding", "utf-8"): "is a run",
        (fakes,): "sent fakes instead of people",
    }.items():
        ended = diff(shop, *words)
        assert (ended.code, said in ended.json["error"]) == (2, True), ended
    assert diff(shop, bare, "--since", ago(1)).code == 0
