"""What a user is told of the API's own rules, and what can be said about them."""

from __future__ import annotations

import json

import pytest

from ometria_import.emulator import RunningEmulator
from tests.cli.program import Shop, stored


def test_custom_fields_are_counted_over_all_files(shop: Shop) -> None:
    for part, names in (("a", range(60)), ("b", range(50, 101))):
        header = ",".join(["id", "@collection", "email", *(f"properties.f{n}" for n in names)])
        cells = ",".join(["x"] * len(names))
        shop.write(f"contacts-{part}.csv", f"{header}\n{part},main,{part}@example.com,{cells}\n")
    ended = shop.run("check", "contacts-a.csv", "contacts-b.csv", "--json")
    assert ended.json["problems"]["W054"] == 1
    alone = shop.run("check", "contacts-a.csv", "--json")
    assert "W054" not in alone.json["problems"]


CONTACTS = (
    "id,@collection,email,customer_id,phone_number\n"
    "1,main,a@example.com,k-1,\n2,main,,k-2,\n3,main,,,+442079460000\n4,main,,,\n5,main,nobody,,\n"
)


def test_contacts_without_an_email_are_rejected_with_the_way_out(shop: Shop) -> None:
    ended = shop.run("check", shop.write("contacts.csv", CONTACTS))
    assert "E010" in ended.out + ended.err
    assert "--without-email send" in ended.out + ended.err
    assert shop.run("check", "contacts.csv", "--json").json["records"] == {"contact": 1}


@pytest.mark.parametrize("where", ["flag", "settings"])
def test_contacts_without_an_email_can_be_sent_with_another_identifier(
    shop: Shop, emulator: RunningEmulator, where: str
) -> None:
    shop.write("contacts.csv", CONTACTS)
    files: tuple[str, ...] = ("contacts.csv", "--without-email", "send")
    if where == "settings":
        settings = shop.folder / "ometria-import.toml"
        source = '\n[[sources]]\npath = "contacts.csv"\nwithout_email = "send"\n'
        settings.write_text(settings.read_text() + source)
        files = ()
    ended = shop.run("push", *files, "--to", "staging", "--json")
    assert (ended.code, ended.json["records"]) == (3, {"contact": 3})
    assert ended.json["problems"]["E032"] == 2
    assert ended.json["problems"]["W012"] == 1
    sent = [json.loads(body) for body in stored(emulator)]
    assert [(each["id"], each.get("email")) for each in sent] == [
        ("1", "a@example.com"),
        ("2", None),
        ("3", None),
    ]


def test_a_file_without_emails_at_all_can_be_sent(shop: Shop, emulator: RunningEmulator) -> None:
    name = shop.write("contacts.csv", "id,@collection,customer_id\n1,main,k-1\n2,main,\n")
    refused = shop.run("check", f"contact={name}")
    assert refused.code == 4
    assert "--without-email send" in refused.err
    ended = shop.run(
        "push", f"contact={name}", "--without-email", "send", "--to", "staging", "--json"
    )
    assert (ended.code, ended.json["records"]) == (3, {"contact": 1})
    assert len(stored(emulator)) == 1
    wrong = shop.run("check", name, "--without-email", "perhaps")
    assert wrong.code == 2


@pytest.mark.parametrize("command", ["push", "doctor"])
def test_a_refused_key_may_be_new_or_of_another_kind(
    shop: Shop, emulator: RunningEmulator, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert emulator.base_url
    monkeypatch.setenv("OMETRIA_STAGING_KEY", "not-known")
    files = (shop.contacts(2), "--to", "staging") if command == "push" else ()
    ended = shop.run(command, *files)
    assert ended.code == 5
    told = " ".join((ended.out + ended.err).split())
    assert "A new key can take ten minutes to become active" in told
    assert "a Query API key does not work here" in told
