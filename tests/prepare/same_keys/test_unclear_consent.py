"""A word about consent that nobody understands may be an opt-out, so no opt-in wins against it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.prepare.outcomes import Outcome, prepare_files, write

IN, OUT = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"
WORD = "maybe later"


def contact(word: str = "", joined: str = "", left: str = "", **more: Any) -> dict[str, Any]:
    said = {
        "marketing_optin": word,
        "timestamp_subscribed": joined,
        "timestamp_unsubscribed": left,
    }
    return {"id": "1", "email": "ada@example.com"} | {k: v for k, v in said.items() if v} | more


def prepared(folder: Path, *rows: dict[str, Any], kind: str) -> Outcome:
    """Prepare the rows as one table, as tables of their own, or as JSON."""
    if kind == "json":
        objects = [{"@type": "contact", **row} for row in rows]
        return prepare_files(folder, write(folder / "contacts.json", json.dumps(objects)))
    names = list(dict.fromkeys(["marketing_optin", *(name for row in rows for name in row)]))
    lines = [",".join(str(row.get(name, "")) for name in names) for row in rows]
    tables = [[line] for line in lines] if kind == "files" else [lines]
    paths = [
        write(folder / f"contacts-{number}.csv", "\n".join([",".join(names), *own, ""]))
        for number, own in enumerate(tables)
    ]
    return prepare_files(folder, *paths)


@pytest.mark.parametrize("kind", ["table", "files", "json"])
@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize(
    ("unclear", "yes", "state"),
    [
        (contact(WORD), contact("yes"), None),
        (contact(WORD), contact("yes", "2024-05-01"), None),
        (contact(WORD, left="2023-01-01"), contact("yes"), None),
        (contact(WORD, left="2024-05-01"), contact("yes", "2024-05-01"), None),
        (contact(WORD, "2020-01-01", "2024-06-01"), contact("yes", "2024-05-01"), None),
        (contact(WORD, left="2023-01-01"), contact("yes", "2024-05-01"), IN),
        (contact(WORD), contact("unsubscribed"), OUT),
        (contact(WORD), contact("no"), "NOT_SPECIFIED"),
    ],
)
def test_a_yes_gives_way_unless_it_is_later_for_certain(
    tmp_path: Path,
    unclear: dict[str, Any],
    yes: dict[str, Any],
    state: str | None,
    kind: str,
    *,
    is_turned: bool,
) -> None:
    rows = [yes, unclear] if is_turned else [unclear, yes]

    outcome = prepared(tmp_path, *rows, kind=kind)

    (record,) = outcome.records
    assert record.get("marketing_optin") == state
    if state is None:
        assert "timestamp_subscribed" not in record or "timestamp_subscribed" in unclear
        (problem,) = (row for row in outcome.problems if row["code"] == "W078")
        assert (problem["field"], problem["value"]) == ("marketing_optin", IN)
        (other,) = (row for row in outcome.problems if row["code"] == "W022")
        assert f"{other['source']}:{other['line']} has a word" in problem["message"]
        assert (problem["source"], problem["line"]) != (other["source"], other["line"])
        assert "translate" in problem["hint"]
    else:
        assert outcome.places("W078") == []


def test_contacts_without_ids_meet_by_their_address(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "list.toml",
        'name = "list"\nobject_type = "contact"\n[fields]\nid = { hash = "Mail" }\n'
        'email = "Mail"\nmarketing_optin = "Newsletter"\n',
    )
    text = f"Mail,Newsletter\nADA@example.com,{WORD}\nada@example.com,yes\n"

    outcome = prepare_files(tmp_path, write(tmp_path / "list.csv", text), mapping=mapping)

    (record,) = outcome.records
    assert "marketing_optin" not in record
    assert outcome.places("W078") == [(3, "marketing_optin")]


@pytest.mark.parametrize("is_turned", [False, True])
def test_rows_of_one_group_are_weighed_alike(tmp_path: Path, *, is_turned: bool) -> None:
    mapping = write(
        tmp_path / "till.toml",
        'name = "till"\nobject_type = "contact"\n[rows]\ngroup_by = ["Nr"]\n[fields]\n'
        'id = "Nr"\nemail = "Mail"\nmarketing_optin = "News"\ntimestamp_subscribed = "Since"\n',
    )
    rows = ["1,ada@example.com,yes,2020-01-01", f"1,ada@example.com,{WORD},"]
    text = "\n".join(["Nr,Mail,News,Since", *(reversed(rows) if is_turned else rows), ""])

    outcome = prepare_files(tmp_path, write(tmp_path / "till.csv", text), mapping=mapping)

    assert outcome.records == [{"@type": "contact", "id": "1", "email": "ada@example.com"}]
    (problem,) = (row for row in outcome.problems if row["code"] == "W078")
    yes, unclear = (3, 2) if is_turned else (2, 3)
    assert (problem["line"], problem["value"]) == (str(yes), "yes")
    assert f"line {unclear} of the same contact says '{WORD}', which may be" in problem["message"]
    assert outcome.places("W022") == [(unclear if is_turned else yes, "marketing_optin")]


def test_the_times_of_an_overruled_row_of_a_group_are_not_sent(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "till.toml",
        'name = "till"\nobject_type = "contact"\n[rows]\ngroup_by = ["Nr"]\n[fields]\nid = "Nr"\n'
        'email = "Mail"\nmarketing_optin = "News"\ntimestamp_subscribed = "Since"\n'
        'timestamp_unsubscribed = "Until"\n',
    )
    text = (
        "Nr,Mail,News,Since,Until\n1,ada@example.com,yes,2020-01-01,\n"
        "1,ada@example.com,unsubscribed,,\n1,ada@example.com,,,2022-01-01\n"
    )

    outcome = prepare_files(tmp_path, write(tmp_path / "till.csv", text), mapping=mapping)

    (record,) = outcome.records
    assert record["marketing_optin"] == OUT
    assert record["timestamp_unsubscribed"] == "2022-01-01T00:00:00Z"
    assert "timestamp_subscribed" not in record


def test_a_null_word_of_the_field_is_no_unclear_word(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "till.toml",
        'name = "till"\nobject_type = "contact"\n[rows]\ngroup_by = ["Nr"]\n[fields]\n'
        'id = "Nr"\nemail = "Mail"\nmarketing_optin = "News"\n',
    )
    path = write(
        tmp_path / "till.csv", f"Nr,Mail,News\n1,ada@example.com,yes\n1,ada@example.com,{WORD}\n"
    )

    outcome = prepare_files(tmp_path, path, mapping=mapping, null=[f"marketing_optin={WORD}"])

    assert [each["marketing_optin"] for each in outcome.records] == [IN]


@pytest.mark.parametrize("wrong", ["perhaps", {"state": "left"}, ["no"]])
@pytest.mark.parametrize("channels", [None, {"sms": ["no"]}, {"sms": "no"}, "no"])
def test_text_messages_and_json_of_another_shape_are_unclear_too(
    tmp_path: Path, wrong: Any, channels: Any
) -> None:
    yes = contact("yes", channels={"sms": {"allow_marketing": True}})
    unclear = contact(wrong, channels=channels or {"sms": {"allow_marketing": wrong}})

    outcome = prepared(tmp_path, unclear, yes, kind="json")

    (record,) = outcome.records
    assert "marketing_optin" not in record
    assert "channels" not in record
    assert outcome.places("W078") == [(2, "channels.sms.allow_marketing"), (2, "marketing_optin")]


def test_a_suppression_is_final(tmp_path: Path) -> None:
    rows = [
        contact("suppressed", left="2020-01-01"),
        contact("yes", "2024-05-01"),
    ]

    outcome = prepared(tmp_path, *rows, kind="files")

    (record,) = outcome.records
    assert (record["marketing_optin"], "timestamp_subscribed" in record) == (OUT, False)
    assert outcome.places("W070") == [(2, "marketing_optin")]


def test_an_unclear_word_under_another_id_of_the_same_address_is_told(tmp_path: Path) -> None:
    outcome = prepared(tmp_path, contact("yes"), contact(WORD, id="2"), kind="files")

    (problem,) = (row for row in outcome.problems if row["code"] == "W073")
    assert problem["source"].endswith("contacts-0.csv")
    assert ["marketing_optin" in each for each in outcome.records] == [False, False]
    assert (
        "contacts-1.csv:2 has the same address and has a word about consent" in problem["message"]
    )
