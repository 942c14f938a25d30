"""Runs with fakes: what they leave behind, what goes on with them, and what they never do."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

import ometria_import
from ometria_import.config.storage import at_work
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import UsageError
from tests.cli.program import Shop, finished, stored, values
from tests.emulator.scenarios.scenarios import fault
from tests.pseudonyms.people import ANN, BEN, CONTACTS, FAKES, PARTS, TO, files
from tests.safety.watching import contents
from tests.starting import warm

BAD = f"{CONTACTS}9,main,annabel.winterbourne@@,C9,,,Annabel,,Winterbourne,,,,,,\n"
NEVER = "never go to live"


def home(shop: Shop) -> Path:
    return shop.folder / ".ometria-import"


def test_nothing_of_a_run_holds_a_real_person(shop: Shop, emulator: RunningEmulator) -> None:
    shop.write("contacts.csv", BAD)
    names = [*files(shop)[1:], f"contact={shop.write('contacts.csv', BAD)}"]
    ended = shop.run("push", *names, *FAKES)
    assert ended.code == 3, ended.err
    assert shop.run("verify", "--all", "--settle", "0").code in {0, 3}
    assert shop.run("report", "--examples").code == 0
    shown = [ended.out, ended.err]
    kept = [path for path in home(shop).rglob("*") if path.is_file()]
    shown += [text.decode("latin-1") for path in kept for text in contents(path)]
    shown += stored(emulator)
    found = [part for part in PARTS for text in shown if part in text.lower()]
    assert found == []
    (run,) = shop.run_folders()
    rejects = (run / "rejects" / "contacts.masked.csv").read_text("utf-8")
    assert rejects == (
        "\ufeffline,codes,reasons,row\n"
        "4,E012,Malformed email address,masked: this run is pseudonymised\n"
    )
    assert "masked: this run is pseudonymised" in (run / "problems.csv").read_text()
    assert len(list((home(shop) / "packages").glob("*.db"))) == 1
    assert not (run / "plain").exists()


def test_every_command_about_a_run_says_what_it_is(shop: Shop, emulator: RunningEmulator) -> None:
    assert shop.run("push", *files(shop), *FAKES).code == 0
    assert len(stored(emulator)) == 5
    verified = shop.run("verify", "--all", "--settle", "0")
    assert (verified.code, "is pseudonymised" in verified.err) == (0, True), verified
    assert "push the same files plainly:\n" in verified.out
    assert "ometria-import push FILE --to live\n" in verified.out
    assert "pseudonymised" in shop.run("runs").out
    assert "People:" in shop.run("show").out
    assert shop.run("show", "--json").json["pseudonymised"] is True
    assert shop.run("runs", "--json").json["runs"][0]["pseudonymised"] is True
    assert shop.run("report").code == 0
    (run,) = shop.run_folders()
    assert "a fake stands for each person" in (run / "report.html").read_text()


def test_resume_and_retry_go_on_with_fakes(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(fault("answer", status=503, from_request=2))
    stopped = shop.run("push", *files(shop), *FAKES, "--give-up-after", "0.1s")
    assert stopped.code == 75, stopped
    emulator.play(fault("late_refusal", record_id="1", message="try later"))
    resumed = shop.run("resume")
    assert "is pseudonymised" in resumed.err, resumed
    (run,) = shop.run_folders()
    assert resumed.code == 3
    emulator.play("")
    retried = shop.run("retry", run.name)
    assert (retried.code, "is pseudonymised" in retried.err) == (0, True), retried
    assert "pseudonymised" in shop.run("show").out
    text = "".join(stored(emulator)).lower()
    assert [part for part in PARTS if part in text] == []


def test_a_push_with_fakes_never_goes_on_with_real_people(
    shop: Shop, emulator: RunningEmulator
) -> None:
    names = files(shop)
    emulator.play(fault("answer", status=503, from_request=1))
    assert shop.run("push", *names, *TO, "--give-up-after", "0.1s").code == 75
    emulator.play("")
    assert shop.run("push", *names, *FAKES).code == 0
    text = "".join(stored(emulator)).lower()
    assert [part for part in PARTS if part in text] == []
    again = shop.run("push", *names, *FAKES, "--json")
    assert (again.code, again.json["nothing_to_do"]) == (0, True)
    changed = shop.run("push", *names, *FAKES, "--changed", "--json")
    assert (changed.code, changed.json["records"]) == (0, {})


def test_fakes_never_go_to_live(shop: Shop, emulator: RunningEmulator) -> None:
    names = files(shop)
    refused = shop.run("push", *names, "--to", "live", "--yes", "--pseudonymise")
    assert (refused.code, NEVER in refused.err) == (2, True)
    assert "ometria-import push FILE --to live" in refused.err
    assert not (home(shop) / "pseudonyms").exists()
    assert shop.run("push", *names, *FAKES).code == 0
    (run,) = shop.run_folders()
    promoted = shop.run("promote", run.name, "--to", "live", "--yes")
    assert (promoted.code, NEVER in promoted.err) == (2, True)
    assert "ometria-import push FILE --to live" in promoted.err
    (run / "request.json").unlink()
    assert NEVER in shop.run("promote", run.name, "--to", "live", "--yes").err
    assert stored(emulator, "live") == []


def test_what_a_run_with_fakes_wrote_never_goes_to_live(
    shop: Shop, emulator: RunningEmulator
) -> None:
    assert shop.run("push", *files(shop), *FAKES, "--dry-run").code == 0
    (run,) = shop.run_folders()
    name = str(run / "bodies" / "contact.ndjson")
    ended = shop.run("push", name, "--to", "live", "--yes")
    assert (ended.code, NEVER in ended.err) == (2, True)
    twice = shop.run("push", name, *FAKES)
    assert (twice.code, "fakes of fakes" in twice.err) == (2, True)
    assert shop.run("push", name, *TO).code == 0
    assert len(stored(emulator)) == 2
    assert shop.run("show", "--json").json["pseudonymised"] is True
    promoted = shop.run("promote", shop.run_folders()[-1].name, "--to", "live", "--yes")
    assert (promoted.code, NEVER in promoted.err) == (2, True)
    assert stored(emulator, "live") == []


def test_the_fake_of_a_person_can_be_asked_for(shop: Shop, emulator: RunningEmulator) -> None:
    assert "no pseudonyms" in shop.run("pseudonym", "of", ANN).err
    assert shop.run("push", *files(shop), *FAKES).code == 0
    emails = {
        record["id"]: record["email"]
        for kind, _, record in values(stored(emulator))
        if kind == "contact"
    }
    assert shop.run("pseudonym", "of", BEN.upper()).out.strip() == emails["7002"]
    told = shop.run("pseudonym", "of", ANN, "--json").json
    assert told["pseudonym"] in emails.values()
    bad = shop.run("pseudonym", "of", "annabel")
    assert (bad.code, "no email address" in bad.err) == (2, True)


def test_real_people_on_staging_are_said(shop: Shop, emulator: RunningEmulator) -> None:
    names = files(shop)
    assert shop.run("push", *names, *TO).code == 0
    (plain,) = shop.run_folders()
    ended = shop.run("push", *names, *FAKES)
    assert ended.code == 0
    assert f"run {plain.name} sent people to staging as they are" in ended.err
    assert len(stored(emulator)) > 5
    again = shop.run("push", *names, *TO, "--new")
    assert (again.code, "stop it now, and add --pseudonymise" in again.err) == (0, True)


def test_python_sends_fakes_too(shop: Shop, emulator: RunningEmulator) -> None:
    shop.write("contacts.csv", CONTACTS)
    result = ometria_import.push(
        "contacts.csv", to="staging", pseudonymise=True, phones="sample", keep=["tier"]
    )
    assert result.ok
    text = "".join(stored(emulator))
    assert ("gold" in text, "+447700900" in text, "annabel" in text.lower()) == (True, True, False)
    with pytest.raises(UsageError, match="none are wanted"):
        ometria_import.push("contacts.csv", to="staging", keep=["tier"])


def test_options_of_fakes_are_checked(shop: Shop) -> None:
    shop.write("contacts.csv", CONTACTS)
    for words in (("--keep", "tier"), ("--phones", "sample")):
        ended = shop.run("push", "contacts.csv", *TO, *words, "--dry-run")
        assert (ended.code, "none are wanted" in ended.err) == (2, True)
    ended = shop.run("push", "contacts.csv", *FAKES, "--keep", "colour", "--dry-run")
    assert (ended.code, "--keep colour: no record" in ended.err) == (0, True)


def said(shop: Shop, text: str, account: str = "staging") -> None:
    """Add to the settings of an account."""
    settings = shop.folder / "ometria-import.toml"
    head = f"[accounts.{account}]"
    settings.write_text(settings.read_text().replace(head, f"{head}\n{text}"))


def test_the_settings_of_an_account_ask_for_fakes(shop: Shop, emulator: RunningEmulator) -> None:
    said(shop, 'pseudonymise = true\nphones = "sample"\nkeep = ["tier"]')
    name = shop.write("contacts.csv", CONTACTS)
    assert shop.run("push", name, *TO).code == 0
    text = "".join(stored(emulator))
    assert ("gold" in text, "+447700900" in text, "annabel" in text.lower()) == (True, True, False)
    (run,) = shop.run_folders()
    # What is there of the run is of fakes already.
    bodies = run / "contacts.ndjson"
    bodies.write_text("".join(f"{each}\n" for each in stored(emulator)))
    twice = shop.run("push", str(bodies), *TO)
    assert (twice.code, "--no-pseudonymise" in twice.err) == (2, True)
    assert shop.run("push", str(bodies), *TO, "--no-pseudonymise").code == 0
    assert sorted("".join(stored(emulator))) == sorted(text)
    other = shop.run("push", name, *TO, "--keep", "colour", "--dry-run")
    assert (other.code, "--keep colour: no record" in other.err) == (0, True)
    assert ometria_import.push("contacts.csv", to="staging").ok
    assert "annabel" not in "".join(stored(emulator)).lower()


def test_what_the_settings_say_of_staging_is_not_said_of_live(
    shop: Shop, emulator: RunningEmulator
) -> None:
    said(shop, "pseudonymise = true")
    name = shop.write("contacts.csv", CONTACTS)
    live = ("--to", "live", "--yes", "--consent", "file", "--allow", "welcome-campaigns")
    assert shop.run("push", name, *live).code == 0
    assert "annabel" in "".join(stored(emulator, "live")).lower()
    said(shop, "pseudonymise = true", "live")
    refused = shop.run("push", name, *live, "--new")
    assert (refused.code, NEVER in refused.err) == (2, True)
    assert shop.run("push", name, *TO).code == 0
    assert "annabel" not in "".join(stored(emulator)).lower()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('keep = ["tier"]', "'keep' says how fakes are made, and 'pseudonymise' is not true"),
        ('phones = "sample"', "'phones' says how fakes are made, and 'pseudonymise' is not true"),
        ('pseudonymise = true\nkeep = [" "]', "'keep' holds a blank word"),
        ('pseudonymise = true\nphones = "all"', "phones"),
        ('pseudonymise = "yes"', "pseudonymise"),
    ],
)
def test_settings_of_fakes_are_checked(shop: Shop, text: str, words: str) -> None:
    shop.send_to("https://staging.example.com")
    said(shop, text)
    ended = shop.run("push", shop.write("contacts.csv", CONTACTS), *TO, "--dry-run")
    assert (ended.code, words in ended.err, "ometria-import.toml:" in ended.err) == (2, True, True)


KILLED = """
import os, signal
from ometria_import.package import PackageWriter
def finish(*_):
    os.kill(os.getpid(), signal.SIGKILL)
PackageWriter.finish = finish
"""


def test_real_people_that_a_kill_left_behind_are_removed_by_the_next_command(
    shop: Shop, emulator: RunningEmulator
) -> None:
    names = files(shop)
    process = shop.start("push", *names, *FAKES, code=KILLED + warm.PROGRAM)
    assert finished(process).code == -signal.SIGKILL
    (run,) = shop.run_folders()
    assert list((run / "plain").iterdir())
    with at_work(run):
        # A process is at work in it.
        shop.run("checklist")
        assert (run / "plain").exists()
    ended = shop.run("doctor")
    assert not (run / "plain").exists()
    assert f"run {run.name} was killed before it had made fakes" in ended.err
    assert "was killed" not in shop.run("doctor").err
    assert stored(emulator) == []
