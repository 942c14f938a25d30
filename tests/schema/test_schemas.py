from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ometria_import.problems import Finding
from ometria_import.schema import (
    SCHEMAS,
    Group,
    Items,
    Member,
    ObjectSchema,
    ObjectType,
    Options,
)
from ometria_import.schema.field_types import Conventions, field_type

NAME = re.compile(r"@?[a-z][a-z_]*")
MANDATORY = {
    ObjectType.PRODUCT: {"id"},
    ObjectType.CONTACT: {"id", "email"},
    ObjectType.ORDER: {
        "id",
        "timestamp",
        "grand_total",
        "currency",
        "lineitems.product_id",
        "lineitems.quantity",
    },
    ObjectType.CUSTOM_EVENT: {"id", "event_type", "timestamp"},
}
COUNTS = {
    ObjectType.PRODUCT: 22,
    ObjectType.CONTACT: 26,
    ObjectType.ORDER: 67,
    ObjectType.CUSTOM_EVENT: 6,
}


def levels(members: tuple[Member, ...]) -> Iterator[tuple[Member, ...]]:
    yield members
    for member in members:
        if isinstance(member, Group | Items):
            yield from levels(member.members)


def test_schemas_stand_in_sending_order() -> None:
    assert list(SCHEMAS) == list(ObjectType)
    assert [str(name) for name in SCHEMAS] == ["product", "contact", "order", "custom_event"]
    assert all(schema.object_type is name for name, schema in SCHEMAS.items())


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=str)
def test_names_are_told_apart_on_every_level(schema: ObjectSchema) -> None:
    for members in levels(schema.members):
        names = [re.sub("[@_]", "", member.name) for member in members]
        assert len(set(names)) == len(names)
        assert all(NAME.fullmatch(member.name) for member in members)


@pytest.mark.parametrize("object_type", ObjectType)
def test_mandatory_fields_are_those_of_the_reference(object_type: ObjectType) -> None:
    fields = dict(SCHEMAS[object_type].fields())

    assert {path for path, field in fields.items() if field.required} == MANDATORY[object_type]


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=str)
def test_key_grouping_and_alternatives_name_members(schema: ObjectSchema) -> None:
    names = {member.name for member in schema.members}
    items = {member.name: member for member in schema.items()}

    assert set(schema.key) | set(schema.one_of) <= names
    assert not schema.grouped_by or schema.grouped_by in items
    for item in items.values():
        assert set(item.one_of) <= {member.name for member in item.members}
        assert not item.not_if or item.not_if in names


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=str)
def test_example_of_every_field_is_in_its_normal_form(schema: ObjectSchema) -> None:
    seen: list[str] = []
    for path, field in schema.fields():
        kind = field_type(field.type, Conventions())
        text = field.example or kind.example
        value = kind.parse(text)
        assert not isinstance(value, Finding), path
        assert value == text, path
        assert field.about, path
        assert not field.only_with or field.only_with in seen, "the companion stands before"
        seen.append(path)


def test_options_exist_where_the_reference_has_them() -> None:
    product = [m.name for m in SCHEMAS[ObjectType.PRODUCT].members if isinstance(m, Options)]
    (lineitems,) = SCHEMAS[ObjectType.ORDER].items()

    assert product == ["attributes"]
    assert [m.name for m in lineitems.members if isinstance(m, Options)] == ["variant_options"]


@pytest.mark.parametrize("object_type", ObjectType)
def test_no_field_of_the_reference_is_forgotten(object_type: ObjectType) -> None:
    assert len(list(SCHEMAS[object_type].fields())) == COUNTS[object_type]


def test_fields_are_listed_with_dotted_paths_parents_first() -> None:
    paths = [path for path, _ in SCHEMAS[ObjectType.CONTACT].fields()]

    assert paths[0] == "id"
    assert "channels.sms.allow_marketing" in paths
