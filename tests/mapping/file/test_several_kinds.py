"""Mappings of several object types: members, what is left out, and settings of single types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ometria_import.actions.inspection.inspecting import inspect_source
from ometria_import.errors import MappingError, UsageError
from ometria_import.mapping.file.read import parse_mapping
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.prepare.options import PrepareOptions
from tests.prepare.outcomes import Outcome, prepare_text, write

MAPPING = """
[settings.currency]
about = "currency of the prices"
required = true
of = ["product"]
unless = ["price.currency"]
[columns]
missing = "allow"
[rows]
leave_out = [{ column = "test", equals = ["true"] }]
[otherwise]
kind = "kind"
reason = "only products and people are read"

[[records]]
object_type = "product"
where = [{ column = "kind", equals = ["product"] }]
[records.fields]
id = "id"
title = "title"
currency = { first = ["price.currency", { constant = "{currency}" }] }
[records.members]
each = "sizes"
[records.members.fields]
id = "sizes[].id"
is_variant = { constant = "true" }

[[records]]
object_type = "contact"
where = [{ column = "kind", equals = ["person"] }]
[records.fields]
id = "id"
"@collection" = { constant = "till" }
email = "mail"
"""
PERSON = {"kind": "person", "id": "p1", "mail": "ada@example.com"}
MUG = {"kind": "product", "id": "m1", "title": "Mug"}


def several(folder: Path, *objects: dict[str, Any], **options: Any) -> Outcome:
    """Prepare objects by the mapping."""
    path = write(folder / "several.toml", MAPPING)
    text = "".join(f"{json.dumps(each)}\n" for each in objects)
    return prepare_text(folder, "several.ndjson", text, mapping=path, **options)


def test_elements_of_an_array_are_records_beside_theirs_in_a_file_of_several_kinds(
    tmp_path: Path,
) -> None:
    mug = MUG | {"sizes": [{"id": "m1-s"}, {"id": "m1-l"}]}

    outcome = several(tmp_path, PERSON, mug, settings={"currency": "EUR"})

    assert [(each["@type"], each["id"]) for each in outcome.records] == [
        ("product", "m1"),
        ("product", "m1-s"),
        ("product", "m1-l"),
        ("contact", "p1"),
    ]


def test_what_is_left_out_is_counted_whatever_it_would_be(tmp_path: Path) -> None:
    settings = {"currency": "EUR"}
    outcome = several(tmp_path, MUG, PERSON, PERSON | {"test": True}, settings=settings)

    assert len(outcome.records) == 2
    assert outcome.summary.rows.left_out == 1
    assert {each["code"] for each in outcome.problems} == {"W100"}


def test_a_setting_of_one_type_is_asked_for_only_if_such_records_need_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs currency: currency of the prices"):
        several(tmp_path, PERSON, MUG)

    assert len(several(tmp_path, PERSON).records) == 1
    assert len(several(tmp_path, PERSON, MUG | {"price": {"currency": "EUR"}}).records) == 2


def test_inspect_names_the_setting_of_a_type_beside_that_type(tmp_path: Path) -> None:
    mapping = write(tmp_path / "several.toml", MAPPING)
    path = write(tmp_path / "both.ndjson", f"{json.dumps(PERSON)}\n{json.dumps(MUG)}\n")
    options = PrepareOptions(mapping=mapping, settings={"currency": "EUR"})

    reports = list(inspect_source(SourceArgument(path, None), options))

    assert [(each.object_type, [one.name for one in each.settings]) for each in reports] == [
        ("product", ["currency"]),
        ("contact", []),
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('of = ["product"]', 'of = ["prodct"]', "'prodct' is not an object type (did you mean"),
        ('of = ["product"]', 'of = ["order"]', "the mapping makes no order records"),
        ("required = true\nof", "of", "'of' has no effect on a setting that is not required"),
        ('each = "sizes"', 'where = { filled = ["id"] }', "members of objects need 'each'"),
        ("leave_out", "group_by", "unknown key 'group_by'"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = MAPPING.replace(old, new, 1)
    if old == "required = true\nof":
        text = text.replace('unless = ["price.currency"]\n', "")

    with pytest.raises(MappingError) as refused:
        parse_mapping(tmp_path / "my.toml", text)

    assert words in refused.value.message
    assert refused.value.message.startswith(f"{tmp_path / 'my.toml'}:")
