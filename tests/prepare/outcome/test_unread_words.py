"""Words about consent that nobody understands are named, with the line that explains them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prepare.outcomes import Outcome, prepare_text, write

ROWS = "id,email,marketing_optin\n" + "".join(
    f"{number},p{number}@example.com,{word}\n"
    for number, word in enumerate(["ja bitte", "yes", "ja bitte", "nein danke", "no"])
)
MAPPING = """name = "people"
object_type = "contact"
[fields]
id = "id"
email = "email"
"""
PLAIN = 'marketing_optin = "marketing_optin"\n'
FIRST = 'marketing_optin = { first = ["marketing_optin"], translate = { x = "NOT_SPECIFIED" } }\n'
CONSENT = '[consent]\nstate = "marketing_optin"\nin = ["yes"]\nout = []\nnothing = ["no"]\n'


def told(outcome: Outcome) -> list[str]:
    return [row["message"] for row in outcome.problems if row["code"] == "W117"]


def test_own_names_are_explained_by_a_mapping_to_be_drafted(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "contacts.csv", ROWS)

    (message,) = told(outcome)
    line = (
        'marketing_optin = { column = "marketing_optin", translate = { "ja bitte" = '
        '"NOT_SPECIFIED", "nein danke" = "NOT_SPECIFIED" } }'
    )
    assert message == (
        "'ja bitte' (2), 'nein danke' (1): nothing of them is sent; to explain them, draft a "
        f"mapping (ometria-import mapping suggest {tmp_path / 'contacts.csv'} > my.toml) and add "
        f"to it, with EXPLICITLY_OPTEDIN or EXPLICITLY_OPTEDOUT for those that say so: {line}"
    )
    said = line.replace('"ja bitte" = "NOT_SPECIFIED"', '"ja bitte" = "EXPLICITLY_OPTEDIN"')
    mapping = write(tmp_path / "my.toml", f"{MAPPING}{said}\n")
    explained = prepare_text(tmp_path, "people.csv", ROWS, mapping=mapping)
    states = [each["marketing_optin"] for each in explained.records]
    assert states == [
        *["EXPLICITLY_OPTEDIN"] * 3,
        *["NOT_SPECIFIED"] * 2,
    ]
    assert told(explained) == []


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (PLAIN, 'marketing_optin = { column = "marketing_optin", translate = {'),
        (FIRST, 'to the translate of marketing_optin: "ja bitte" = "NOT_SPECIFIED", "nein'),
        (CONSENT, 'under [consent] (or to in or out): nothing = ["ja bitte", "nein danke"]'),
    ],
)
def test_mapping_is_named_with_the_place_of_the_line(tmp_path: Path, said: str, line: str) -> None:
    mapping = write(tmp_path / "my.toml", MAPPING + said)

    (message,) = told(prepare_text(tmp_path, "people.csv", ROWS, mapping=mapping))

    assert f"to explain them, add to {mapping}" in message
    assert line in message


def test_preset_is_to_be_copied_and_text_messages_have_words_of_their_own(tmp_path: Path) -> None:
    head = (
        "First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,Address2,City,"
        "Province,Province Code,Country,Country Code,Zip,Phone,Accepts SMS Marketing,Total Spent,"
        "Total Orders,Tags,Note,Tax Exempt\n"
    )
    row = "Ada,Winter,ada@example.com,yes,,,,,,,,,,,perhaps,0,0,,,no\n"

    (message,) = told(prepare_text(tmp_path, "customers_export.csv", head + row))

    assert message == (
        "'perhaps' (1): nothing of them is sent; to explain them, copy the preset (ometria-import "
        "mapping show shopify-customers > my.toml) and add to it, with true or false for those "
        'that say so, to the translate of channels.sms.allow_marketing: "perhaps" = ""'
    )


def test_many_words_are_counted_and_the_most_frequent_are_shown(tmp_path: Path) -> None:
    rows = [f"{n},p{n}@example.com,word {n % 8}" for n in range(12)]

    (message,) = told(
        prepare_text(tmp_path, "contacts.csv", "\n".join([ROWS.split("\n")[0], *rows, ""]))
    )

    assert message.startswith(
        "'word 0' (2), 'word 1' (2), 'word 2' (2), 'word 3' (2), 'word 4' (1)"
    )
    assert "'word 5' (1) and 2 more: nothing" in message
