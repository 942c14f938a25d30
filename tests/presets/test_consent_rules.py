"""What holds for consent in every preset, whatever the platform."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ometria_import.mapping.binding.rows import HeaderNames, TableRows
from ometria_import.mapping.expressions.consenting import State, Time
from ometria_import.mapping.expressions.model import ELEMENTS
from ometria_import.mapping.expressions.origins import Constant, First
from ometria_import.mapping.model import FieldSource, MappingFile
from ometria_import.mapping.objects.elements import ObjectRows
from ometria_import.mapping.presets import presets
from ometria_import.schema import ObjectType
from ometria_import.schema.field_types.consent_names import name_words, names_refusal
from ometria_import.schema.field_types.words import parse_optin

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
IN, OUT = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"
OF_OMETRIA = {"ometria-contacts", "rudderstack-events"}
"""They read Ometria's own fields under Ometria's own names, and add nothing to what these say."""
OF_MAIL = (
    "braze",
    "bronto",
    "campaign-monitor",
    "dotdigital",
    "emarsys",
    "hubspot",
    "klaviyo",
    "mailchimp",
    "salesforce-marketing-cloud",
)
"""The folders of platforms that send email: their contacts are a collection of their own."""
NEVER = re.compile(
    r"rating|score|track|can_receive|marketing contact|push|partner|\$consent|created|acquired",
    re.IGNORECASE,
)
"""Columns that say nothing about consent to email, however much they sound like it."""
OF_TEXT_MESSAGES = re.compile(r"sms|phone", re.IGNORECASE)
TIMES = {"timestamp_subscribed", "timestamp_unsubscribed", "channels.sms.dt_updated_marketing"}


def contacts() -> Iterator[MappingFile]:
    for preset in (each.file for each in presets()):
        for record in preset.records or (preset,):
            if record.object_type is ObjectType.CONTACT and preset.name not in OF_OMETRIA:
                yield record


CONTACTS = {each.name: each for each in contacts()}


def fed(record: MappingFile) -> dict[str, FieldSource]:
    return {each.target.path: each for each in record.all_fields}


@pytest.mark.parametrize("name", CONTACTS)
def test_no_preset_forces_a_consent(name: str) -> None:
    assert "@force_optin" not in fed(CONTACTS[name])


@pytest.mark.parametrize("name", CONTACTS)
def test_consent_to_text_messages_comes_from_columns_about_them(name: str) -> None:
    for path, field in fed(CONTACTS[name]).items():
        if path.startswith("channels.sms."):
            columns = list(field.source.columns())
            assert columns
            assert [each for each in columns if not OF_TEXT_MESSAGES.search(each)] == []
        elif path == "marketing_optin" or path in TIMES:
            assert [each for each in field.source.columns() if "sms" in each.lower()] == []


@pytest.mark.parametrize("name", CONTACTS)
def test_times_are_read_together_with_their_state(name: str) -> None:
    fields = fed(CONTACTS[name])
    for path in TIMES & fields.keys():
        source = fields[path].source
        own = source.alternatives if isinstance(source, First) else (source,)
        assert all(isinstance(each, Time) for each in own), f"{path} stands beside any state"


@pytest.mark.parametrize("name", CONTACTS)
def test_no_column_feeds_consent_that_says_nothing_about_it(name: str) -> None:
    field = fed(CONTACTS[name]).get("marketing_optin")
    columns = list(field.source.columns()) if field else []
    assert [each for each in columns if NEVER.search(each)] == []


def states(record: MappingFile, rows: list[dict[str, str]]) -> list[Any]:
    """What the rows of a table say about consent; a column that no row names is blank."""
    source = fed(record)["marketing_optin"].source
    columns = list(dict.fromkeys(source.columns()))
    header = [each.replace("*", "News") for each in columns]
    cells = {
        name: pa.array([row.get(column, "") for row in rows], pa.string())
        for name, column in zip(header, columns, strict=True)
    }
    settings = {each.name: each.default for each in record.settings}
    if any(ELEMENTS in column for column in columns):
        objects = source.texts(ObjectRows([nested(row) for row in rows], settings))
        return [] if objects is None else [parse_optin(text) for text in objects.to_pylist()]
    names = HeaderNames(header, record.columns.aliases)
    texts = source.texts(TableRows(pa.table(cells), names, settings))
    return [] if texts is None else [parse_optin(text.strip()) for text in texts.to_pylist()]


def nested(row: dict[str, str]) -> dict[str, Any]:
    """An object with one element in each array that the names of some cells lead through."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        *above, last = name.split(".")
        inner = found
        for key in above:
            if key.endswith(ELEMENTS):
                (inner,) = inner.setdefault(key.removesuffix(ELEMENTS), [{}])
            else:
                inner = inner.setdefault(key, {})
        inner[last] = value
    return found


@pytest.mark.parametrize("name", CONTACTS)
def test_a_column_that_says_who_left_never_opts_in(name: str) -> None:
    record = CONTACTS[name]
    field = fed(record).get("marketing_optin")
    columns = list(dict.fromkeys(field.source.columns())) if field else []
    for column in (each for each in columns if names_refusal(name_words(each))):
        words = ("", "yes", "true", "1", "no", "false", "0", "2024-01-01", "subscribed", "spam")
        found = states(record, [{column: word} for word in words])
        assert IN not in found, f"{column} opts in"


@pytest.mark.parametrize("name", CONTACTS)
def test_an_opt_out_in_another_column_beats_the_opt_in(name: str) -> None:
    record = CONTACTS[name]
    field = fed(record).get("marketing_optin")
    if field is None or not isinstance(field.source, State):
        return
    said = field.source.said
    words = [each.filled({}) for each in said.words.opted_in if not each.names]
    columns = list(dict.fromkeys(said.state.columns())) if said.state and words else []
    opted_in = dict.fromkeys(columns, words[0]) if columns else {}
    for source in (*said.suppressed, *said.opted_out):
        for column in source.columns():
            found = states(record, [opted_in | {column: "yes"}])
            assert IN not in found


@pytest.mark.parametrize("folder", OF_MAIL)
def test_contacts_of_email_platforms_are_a_collection_of_their_own(folder: str) -> None:
    own = [
        each for each in CONTACTS.values() if each.place.parent.name == folder and not each.refusal
    ]
    collections = {each.name: fed(each).get("@collection") for each in own}
    for name, field in collections.items():
        assert field is not None, name
        assert isinstance(field.source, Constant), name


@pytest.mark.parametrize(
    "path",
    [
        each
        for each in sorted(GOLDEN.glob("*.json"))
        if each.stem not in {"ometria", "rudderstack", "sample_data"}
    ],
    ids=lambda path: path.stem,
)
def test_frozen_bodies_have_times_beside_their_state_only(path: Path) -> None:
    for name, export in json.loads(path.read_text("utf-8")).items():
        for text in export.get("bodies", {}).get("contact", ()):
            for record in _records(json.loads(text)):
                state, where = record.get("marketing_optin"), f"{name}: {record['id']}"
                assert "@force_optin" not in record, where
                assert "timestamp_subscribed" not in record or state == IN, where
                assert "timestamp_unsubscribed" not in record or state == OUT, where
                assert "@" not in record["id"], where


def _records(body: Any) -> list[dict[str, Any]]:
    return body if isinstance(body, list) else [body]
