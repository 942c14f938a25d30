"""Suppression lists that know people by their email alone: `[rows] join`."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.file.read import parse_mapping
from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.prepare import PrepareOptions, prepare
from tests.prepare.outcomes import Outcome, assert_sums_come_out, read_package, write

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
IN, OUT, NOTHING = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED"
HEAD = "id,email,firstname,marketing_optin,timestamp_subscribed\n"
LIST_HEAD = "Email,Reason,When\n"


def example() -> tuple[str, str]:
    section = PAGE.read_text("utf-8").split("### `join`")[1].split("\n## ")[0]
    (toml,) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    rows = "".join(f"{line[4:]}\n" for line in section.splitlines() if line.startswith("    "))
    return toml, rows


def hashed(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()


def pushed(folder: Path, *paths: Path) -> Outcome:
    """Prepare files; a list of suppressions is read with the mapping of the docs."""
    mapping = write(folder / "suppressions.toml", example()[0])
    out = folder / f"out-{next(_NUMBERS)}"
    arguments = [parse_source_argument(str(path)) for path in paths]
    of_lists = PrepareOptions(mapping=mapping)
    options = PrepareOptions(
        of_sources={each: of_lists for each in arguments if each.path.name.startswith("list")}
    )
    prepared = prepare(arguments, options, out / "run", out / "packages")
    outcome = Outcome(prepared.summary, prepared.package.path, prepared.package.id)
    with prepared.package as package:
        read_package(package, outcome)
    assert_sums_come_out(outcome)
    return outcome


_NUMBERS = itertools.count(1)


def profiles(folder: Path, *people: dict[str, Any], is_json: bool) -> Path:
    if is_json:
        objects = [{"@type": "contact", **each} for each in people]
        return write(folder / "profiles.json", json.dumps(objects))
    names = HEAD.strip().split(",")
    lines = [",".join(str(each.get(name, "")) for name in names) for each in people]
    return write(folder / "profiles.csv", HEAD + "".join(f"{line}\n" for line in lines))


ADA = {
    "id": "7",
    "email": "Ada@example.com",
    "firstname": "Ada",
    "marketing_optin": "yes",
    "timestamp_subscribed": "2024-05-01T00:00:00Z",
}


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize("is_turned", [False, True])
def test_example_in_the_docs_joins_in_any_order_of_files(
    tmp_path: Path, *, is_json: bool, is_turned: bool
) -> None:
    files = [profiles(tmp_path, ADA, is_json=is_json), write(tmp_path / "list.csv", example()[1])]

    outcome = pushed(tmp_path, *(reversed(files) if is_turned else files))

    records = {record["id"]: record for record in outcome.records}
    records["7"].pop("@collection", None)
    assert records == {
        "7": {
            "@type": "contact",
            "id": "7",
            "email": "ada@example.com",
            "firstname": "Ada",
            "marketing_optin": OUT,
            "timestamp_unsubscribed": "2024-02-01T00:00:00Z",
        },
        hashed("bo@example.com"): {
            "@type": "contact",
            "id": hashed("bo@example.com"),
            "email": "bo@example.com",
            "marketing_optin": OUT,
            "timestamp_unsubscribed": "2024-03-01T00:00:00Z",
        },
    }
    assert outcome.summary.merged == 1
    (told,) = (row for row in outcome.problems if row["code"] == "W070")
    assert told["value"] == IN
    assert "list.csv:2" in told["message"]


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_bounce_is_no_opt_out_in_any_order(tmp_path: Path, *, is_turned: bool) -> None:
    bounced = write(tmp_path / "list.csv", f"{LIST_HEAD}ada@example.com,hard_bounce,2024-06-01\n")
    files = [profiles(tmp_path, ADA, is_json=False), bounced]

    outcome = pushed(tmp_path, *(reversed(files) if is_turned else files))

    (record,) = outcome.records
    assert (record["id"], record["marketing_optin"]) == ("7", NOTHING)
    assert record["properties"] == {"email_status": "hard_bounce"}
    assert not {"timestamp_subscribed", "timestamp_unsubscribed"} & record.keys()


def test_every_contact_with_the_email_gets_the_opt_out(tmp_path: Path) -> None:
    people = [ADA, {**ADA, "id": "8"}, {**ADA, "id": "9", "email": "other@example.com"}]
    path = write(tmp_path / "list.csv", f"{LIST_HEAD}ada@example.com,spam,\n")

    outcome = pushed(tmp_path, path, profiles(tmp_path, *people, is_json=False))

    states = {record["id"]: record["marketing_optin"] for record in outcome.records}
    assert states == {"7": OUT, "8": OUT, "9": IN}
    assert outcome.summary.merged == 1
    assert outcome.summary.rows.merged == 1


def test_rows_of_several_lists_meet_with_and_without_a_contact(tmp_path: Path) -> None:
    first = write(tmp_path / "list-1.csv", f"{LIST_HEAD}bo@example.com,HARD_BOUNCE,\n")
    rows = "bo@example.com,spam,2024-01-01\nada@example.com,,\n"
    second = write(tmp_path / "list-2.csv", LIST_HEAD + rows)
    third = write(tmp_path / "list-3.csv", f"{LIST_HEAD}ada@example.com,spam,2023-01-01\n")

    outcome = pushed(tmp_path, first, second, profiles(tmp_path, ADA, is_json=True), third)

    states = {record["id"]: record["marketing_optin"] for record in outcome.records}
    assert states == {hashed("bo@example.com"): OUT, "7": OUT}
    assert outcome.summary.merged == 3
    assert outcome.summary.records == {"contact": 2}


def test_a_row_with_an_id_of_its_own_does_not_join(tmp_path: Path) -> None:
    mapping = parse_mapping(
        tmp_path / "x.toml",
        example()[0].replace("[fields]", '[columns]\nmissing = "allow"\n[fields]\nid = "Nr"'),
    )
    path = write(tmp_path / "x.toml", mapping.text)
    text = "Nr,Email,Reason,When\n5,ada@example.com,spam,\n,ada@example.com,,\n"
    options = PrepareOptions(mapping=path)
    source = write(tmp_path / "people.csv", text)

    prepared = prepare(
        [parse_source_argument(str(source))], options, tmp_path / "run", tmp_path / "packages"
    )
    outcome = Outcome(prepared.summary, prepared.package.path, prepared.package.id)
    with prepared.package as package:
        read_package(package, outcome)

    assert [record["id"] for record in outcome.records] == ["5"]


def test_values_that_the_contact_has_itself_are_told_and_not_taken(tmp_path: Path) -> None:
    mapping = example()[0].replace("[fields]", '[fields]\nfirstname = "Name"\nlastname = "Last"')
    write(tmp_path / "named.toml", mapping)
    listed = write(
        tmp_path / "names.csv", "Email,Reason,When,Name,Last\nada@example.com,spam,,A.,Winter\n"
    )
    paths = [listed, profiles(tmp_path, ADA, is_json=False)]
    arguments = [parse_source_argument(str(path)) for path in paths]
    options = PrepareOptions(
        of_sources={arguments[0]: PrepareOptions(mapping=tmp_path / "named.toml")}
    )

    prepared = prepare(arguments, options, tmp_path / "run", tmp_path / "packages")

    outcome = Outcome(prepared.summary, prepared.package.path, prepared.package.id)
    with prepared.package as package:
        read_package(package, outcome)
    (record,) = outcome.records
    assert (record["firstname"], record["lastname"]) == ("Ada", "Winter")
    (told,) = (row for row in outcome.problems if row["code"] == "W040")
    assert "profiles.csv:2; that row says otherwise of firstname" in told["message"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('join = "email"', 'join = "phone"'), "'join' cannot be 'phone'"),
        (('join = "email"', 'join = "email"\ngroup_by = ["Email"]'), "'group_by' contradicts it"),
        (('email = "Email"', 'id = "Email"\nphone_number = "P"'), "nothing feeds email"),
        (('object_type = "contact"', 'object_type = "order"'), "has no"),
    ],
)
def test_what_cannot_join_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(MappingError) as error:
        parse_mapping(tmp_path / "x.toml", example()[0].replace(*change))

    assert message in str(error.value)
