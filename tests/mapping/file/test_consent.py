"""`[consent]` of a mapping: what is sent for each row, in tables and JSON, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.file.read import parse_mapping
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, write

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
IN, OUT, NOTHING = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED"
HEAD = """name = "list"
object_type = "contact"
[columns]
missing = "allow"
unmapped = "ignore"
[fields]
id = { hash = "Mail" }
email = "Mail"
"""
CONSENT = """
[consent]
state = "State"
in = ["subscribed"]
out = ["unsubscribed"]
nothing = ["never subscribed"]
suppressed = "Reasons"
bounces = ["HARD_BOUNCE", "INVALID_EMAIL"]
opted_out = "Opted out"
time = "Changed"
out_time = "Left"
"""
EARLY, LATE = "2024-01-05T00:00:00Z", "2024-03-09T00:00:00Z"


def example() -> tuple[str, str]:
    """The worked example of the docs: its mapping and its file."""
    section = PAGE.read_text("utf-8").split("### `[consent]`")[1].split("\n## ")[0]
    (toml, *_) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    rows = "".join(f"{line[4:]}\n" for line in section.splitlines() if line.startswith("    "))
    return toml, rows


def consents(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """What is sent about consent, by the first part of the address."""
    paths = ("marketing_optin", "timestamp_subscribed", "timestamp_unsubscribed", "channels")
    return {
        record["email"].partition("@")[0]: {
            **{path: record[path] for path in paths if path in record},
            **record.get("properties", {}),
        }
        for record in outcome.records
    }


def sent(folder: Path, mapping: str, *rows: dict[str, Any], is_json: bool) -> list[dict[str, Any]]:
    """What is sent about consent of each row, as a table or as JSON."""
    named = [{"Mail": f"m{number}@example.com", **row} for number, row in enumerate(rows)]
    toml = write(folder / "list.toml", mapping)
    if is_json:
        outcome = prepare_text(folder, "list.json", json.dumps(named), mapping=toml)
    else:
        names = list(dict.fromkeys(name for row in named for name in row))
        lines = [names, *([str(row.get(name, "")) for name in names] for row in named)]
        text = "".join(";".join(line) + "\n" for line in lines)
        outcome = prepare_text(folder, "list.csv", text, mapping=toml)
    return list(consents(outcome).values())


def test_example_in_the_docs_sends_what_its_table_says(tmp_path: Path) -> None:
    toml, text = example()
    mapping = write(tmp_path / "newsletter.toml", toml)

    outcome = prepare_text(tmp_path, "people.csv", text, mapping=mapping)

    assert consents(outcome) == {
        "ada": {
            "marketing_optin": IN,
            "timestamp_subscribed": "2024-01-06T00:00:00Z",
            "channels": {"sms": {"allow_marketing": True}},
        },
        "ben": {
            "marketing_optin": OUT,
            "timestamp_unsubscribed": "2024-02-05T00:00:00Z",
            "channels": {"sms": {"allow_marketing": False}},
        },
        "cleo": {"marketing_optin": OUT, "timestamp_unsubscribed": LATE},
        "dov": {"marketing_optin": NOTHING, "email_status": "hard bounce"},
        "eve": {"marketing_optin": OUT},
        "fay": {"marketing_optin": NOTHING},
        "gil": {},
    }
    assert outcome.places("W022") == [(8, "marketing_optin")]


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"State": "SUB-SCRIBED"}, {"marketing_optin": IN}),
        (
            {"State": "subscribed", "Changed": EARLY, "Left": LATE},
            {"marketing_optin": IN, "timestamp_subscribed": EARLY},
        ),
        (
            {"State": "unsubscribed", "Changed": EARLY},
            {"marketing_optin": OUT, "timestamp_unsubscribed": EARLY},
        ),
        (
            {"State": "unsubscribed", "Changed": EARLY, "Left": LATE},
            {"marketing_optin": OUT, "timestamp_unsubscribed": LATE},
        ),
        ({"State": "never_subscribed", "Changed": EARLY}, {"marketing_optin": NOTHING}),
        ({"State": "", "Changed": EARLY, "Left": LATE}, {}),
        (
            {"State": "subscribed", "Reasons": "USER_SUPPRESSED", "Changed": EARLY},
            {"marketing_optin": OUT},
        ),
        (
            {"State": "subscribed", "Reasons": "spam", "Changed": EARLY, "Left": LATE},
            {"marketing_optin": OUT, "timestamp_unsubscribed": LATE},
        ),
        (
            {"State": "unsubscribed", "Reasons": "unsubscribe", "Changed": EARLY},
            {"marketing_optin": OUT, "timestamp_unsubscribed": EARLY},
        ),
        (
            {"State": "subscribed", "Reasons": "hard bounce", "Changed": EARLY},
            {"marketing_optin": NOTHING, "email_status": "hard bounce"},
        ),
        (
            {"State": "unsubscribed", "Reasons": "HARD_BOUNCE"},
            {"marketing_optin": OUT, "email_status": "HARD_BOUNCE"},
        ),
        ({"State": "subscribed", "Reasons": "HARD_BOUNCE, X"}, {"marketing_optin": OUT}),
        (
            {"Reasons": "INVALID_EMAIL|HARD_BOUNCE"},
            {"marketing_optin": NOTHING, "email_status": "INVALID_EMAIL|HARD_BOUNCE"},
        ),
        ({"State": "subscribed", "Reasons": "[]"}, {"marketing_optin": IN}),
        ({"State": "subscribed", "Opted out": "true", "Changed": EARLY}, {"marketing_optin": OUT}),
        ({"State": "subscribed", "Opted out": "no"}, {"marketing_optin": IN}),
        ({"State": "", "Opted out": "false"}, {}),
        ({"State": "subscribed", "Opted out": "perhaps"}, {}),
        ({"State": "paused", "Changed": EARLY}, {}),
        ({"State": "yes", "Changed": EARLY}, {}),
        (
            {"State": "abgemeldet", "Changed": EARLY},
            {"marketing_optin": OUT, "timestamp_unsubscribed": EARLY},
        ),
        ({"State": "paused", "Reasons": "spam"}, {"marketing_optin": OUT}),
        ({"State": "paused", "Reasons": "HARD_BOUNCE"}, {"email_status": "HARD_BOUNCE"}),
    ],
)  # fmt: skip
def test_the_weightiest_counts_and_times_stand_beside_their_state(
    tmp_path: Path, row: dict[str, str], expected: dict[str, str], *, is_json: bool
) -> None:
    filled = {"State": "", "Reasons": "", "Opted out": "", "Changed": "", "Left": "", **row}

    assert sent(tmp_path, HEAD + CONSENT, filled, is_json=is_json) == [expected]


def test_arrays_of_reasons_are_all_looked_at(tmp_path: Path) -> None:
    mapping = HEAD + CONSENT.replace('"Reasons"', '{ column = "why[].reason", all = true }')
    rows: list[dict[str, Any]] = [
        {"State": "subscribed", "why": [{"reason": "HARD_BOUNCE"}, {"reason": "SPAM"}]},
        {"State": "subscribed", "why": [{"reason": "HARD_BOUNCE"}]},
        {"State": "subscribed", "why": []},
    ]

    states = [each["marketing_optin"] for each in sent(tmp_path, mapping, *rows, is_json=True)]

    assert states == [OUT, NOTHING, IN]


SMS = """
[consent.sms]
state = "SMS"
in = ["on"]
out = ["off"]
opted_out = "SMS stop"
in_time = "SMS since"
out_time = "SMS until"
"""


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"SMS": "on"}, {"allow_marketing": True, "dt_updated_marketing": EARLY}),
        ({"SMS": "off"}, {"allow_marketing": False, "dt_updated_marketing": LATE}),
        ({"SMS": "on", "SMS stop": "1"}, {"allow_marketing": False, "dt_updated_marketing": LATE}),
        ({"SMS": "yes"}, None),
        ({"SMS": "later"}, None),
        ({"SMS": ""}, None),
    ],
)  # fmt: skip
def test_text_messages_are_read_alike_and_say_nothing_of_mail(
    tmp_path: Path, row: dict[str, str], expected: dict[str, Any] | None, *, is_json: bool
) -> None:
    filled = {"SMS": "", "SMS stop": "", "SMS since": EARLY, "SMS until": LATE, **row}

    (found,) = sent(tmp_path, HEAD + SMS, filled, is_json=is_json)

    assert found == ({"channels": {"sms": expected}} if expected else {})


def test_settings_are_words_and_patterns_name_columns(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + """
[consent]
state = "State"
in = ["{active}"]
out = ["left"]
opted_out = { any_true = "Opted out of: {kind}" }
[settings.active]
about = "the words for in"
[settings.kind]
about = "the newsletter"
default = "*"
"""
    )
    path = write(
        tmp_path / "list.csv",
        "Mail,State,Opted out of: Offers,Opted out of: News\na@example.com,Active,,\n"
        "b@example.com,confirmed,yes,\nc@example.com,Active,,yes\nd@example.com,Active,no,huh\n",
    )
    toml = write(tmp_path / "list.toml", mapping)

    def states(**settings: str) -> list[str | None]:
        outcome = prepare_files(tmp_path, path, mapping=toml, settings=settings)
        return [each.get("marketing_optin") for each in outcome.records]

    assert states() == [None, OUT, OUT, None]
    assert states(active="active, Confirmed") == [IN, OUT, OUT, None]
    assert states(active="active, Confirmed", kind="Offers") == [IN, OUT, IN, IN]


def test_the_word_suppressed_is_final_and_has_its_time(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "list.toml",
        HEAD + '[consent]\nstate = "State"\nin = ["in"]\nout = ["Suppressed"]\ntime = "At"\n',
    )
    text = f"Mail,State,At\na@example.com,SUPPRESSED,{EARLY}\na@example.com,in,{LATE}\n"

    outcome = prepare_text(tmp_path, "list.csv", text, mapping=mapping)

    assert consents(outcome) == {"a": {"marketing_optin": OUT, "timestamp_unsubscribed": EARLY}}
    (row,) = outcome.summary.cross_checks.consents
    assert (row.suppressed, row.opted_out, row.contradicting) == (1, 0, 1)


def test_records_of_several_kinds_have_consents_of_their_own(tmp_path: Path) -> None:
    mapping = """name = "feed"
[recognise]
where = [{ column = "kind", equals = ["person"] }]
[[records]]
object_type = "contact"
where = [{ column = "kind", equals = ["person"] }]
[records.fields]
id = "id"
email = "mail"
[records.consent]
state = "consent.state"
in = ["subscribed"]
out = ["left"]
time = "consent.at"
"""
    people = [
        {"kind": "person", "id": "1", "mail": "a@example.com",
         "consent": {"state": "left", "at": EARLY}},
        {"kind": "person", "id": "2", "mail": "b@example.com",
         "consent": {"state": "SUBSCRIBED", "at": LATE}},
    ]  # fmt: skip
    toml = write(tmp_path / "feed.toml", mapping)

    outcome = prepare_text(tmp_path, "feed.json", json.dumps(people), mapping=toml)

    assert consents(outcome) == {
        "a": {"marketing_optin": OUT, "timestamp_unsubscribed": EARLY},
        "b": {"marketing_optin": IN, "timestamp_subscribed": LATE},
    }


def test_a_suppression_overrides_a_later_opt_in_of_another_file(tmp_path: Path) -> None:
    mapping = write(tmp_path / "list.toml", HEAD + CONSENT)
    head = "Mail,State,Reasons,Changed,Left\n"
    first = write(tmp_path / "1.csv", f"{head}a@example.com,,spam,,2020-01-01\n")
    second = write(tmp_path / "2.csv", f"{head}a@example.com,subscribed,,2024-01-05,\n")

    for paths in ((first, second), (second, first)):
        outcome = prepare_files(tmp_path, *paths, mapping=mapping)
        assert consents(outcome) == {
            "a": {"marketing_optin": OUT, "timestamp_unsubscribed": "2020-01-01T00:00:00Z"}
        }


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ('state = "S"\n', 10, "nothing says which words of 'state' mean in or out"),
        ('stat = "S"\n', 10, "did you mean 'state'?"),
        ('in = ["a"]\n', 9, "consent needs 'state', 'suppressed' or 'opted_out'"),
        ('opted_out = "S"\nin = ["a"]\n', 11, "'in' has no effect without 'state'"),
        ('suppressed = "S"\ntime = "T"\n', 11, "'time' has no effect without 'state'"),
        ('opted_out = "S"\nbounces = ["a"]\n', 11, "'bounces' has no effect without 'suppressed'"),
        ('state = "S"\nin = ["a"]\nout = ["A"]\n', 12, "'A' is in 'in' and in 'out'"),
        ('state = "S"\nin = ["{a}"]\n', 11, "'{a}' is not a setting"),
        ('state = "S"\nout = ["a"]\nin_time = "T"\n', 12, "'in_time' has no effect without 'in'"),
        ('state = "Unsubscribed"\nin = ["no"]\n', 10, "'Unsubscribed' says who left"),
        ('state = "HasOptedOut"\nin = ["no"]\n', 10, "'HasOptedOut' says who left"),
        ("opted_out = []\n", 10, "'opted_out' must be a source or a list of sources"),
        ('state = { column = "S", split = "," }\nin = ["a"]\n', 10, "'state' takes one value"),
        (
            'state = "S"\nin = ["a"]\ntime = { column = "T", date_order = "dmy" }\nin_time = "U"\n',
            12,
            "they must be read in the same way",
        ),
        ('[consent.sms]\nstate = "S"\n', 11, "nothing says which words"),
        (
            'state = "S"\nin = ["a"]\n[consent.sms]\nstate = "S"\nin = ["a"]\n',
            13,
            "'S' is about e-mail here, so it says nothing about text messages",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_line(
    tmp_path: Path, table: str, line: int, message: str
) -> None:
    with pytest.raises(MappingError) as error:
        parse_mapping(tmp_path / "list.toml", f"{HEAD}[consent]\n{table}")

    assert message in str(error.value)
    assert f"list.toml:{line}: " in str(error.value)


@pytest.mark.parametrize(
    "field", ["marketing_optin", "timestamp_subscribed", "timestamp_unsubscribed", '"@force_optin"']
)
def test_fields_of_consent_cannot_be_fed_beside_it(tmp_path: Path, field: str) -> None:
    text = f'{HEAD}{field} = "X"\n[consent]\nstate = "S"\nin = ["a"]\n'

    with pytest.raises(MappingError, match=r"list.toml:9: .* cannot be fed beside \[consent\]"):
        parse_mapping(tmp_path / "list.toml", text)


def test_only_contacts_have_consent(tmp_path: Path) -> None:
    text = 'name = "x"\nobject_type = "product"\n[fields]\nid = "i"\ntitle = "t"\n'
    text += 'price = "p"\nurl = "u"\n[consent]\nstate = "S"\nin = ["a"]\n'

    with pytest.raises(MappingError, match="a product has no consent"):
        parse_mapping(tmp_path / "x.toml", text)
