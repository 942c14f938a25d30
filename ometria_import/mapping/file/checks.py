"""What shows only when all tables of a mapping file are read: contradictions between them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ometria_import.mapping.file.place import Section
from ometria_import.mapping.model import FieldSource, MappingFile, MemberSource
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.targets import TargetKind
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.schema import SCHEMAS, ObjectType


def check_items_only(root: Section, rows: Section) -> None:
    """Refuse a mapping of items that says something of records, and the other way round.

    Raises:
        MappingError: with file and line.
    """
    if "items_of" not in root.values:
        if "record" in rows.values:
            raise rows.error(
                "'record' says nothing of rows that are records themselves",
                "record",
                hint='A file of items alone says items_of = "order" instead of object_type.',
            )
        return
    for section, keys in (
        (root, ("object_type", "fields", "consent", "members", "named_values")),
        (rows, ("group_by", "own_row")),
    ):
        for key in keys:
            if key in section.values:
                raise section.error(
                    f"'{key}' is of records, and with 'items_of' all rows are items",
                    key,
                    hint="Leave it out, or say object_type instead of items_of.",
                )
    if "record" not in rows.values:
        raise rows.error(
            "nothing says which record an item belongs to",
            hint='Set record = "Order number" under [rows], with the name of your column.',
        )
    if len(root.section("items").values) != 1:
        raise root.error("a mapping of items makes items of one kind: [items.lineitems]", "items")


def check_left_out_rows(root: Section, rows: Section) -> None:
    """Refuse words about left-out rows that have no effect, or that would lose an opt-out.

    Raises:
        MappingError: with file and line.
    """
    key = "left_out_rows"
    if rows.chosen(key, ("give_fields", "give_nothing"), "give_fields") == "give_fields":
        return
    for needed in ("group_by", "leave_out"):
        if needed not in rows.values:
            raise rows.error(f"'{key}' has no effect without '{needed}'", key)
    if root.values.get("object_type") == ObjectType.CONTACT:
        raise rows.error(
            "a row of a contact that is left out may hold an opt-out, which must not be lost", key
        )


def check_whole(root: Section, section: Section, mapping: MappingFile) -> None:
    """Refuse a mapping that contradicts itself.

    Args:
        root: The whole file.
        section: The table that says what makes the records: the file itself, or one of several.
        mapping: The contents of the mapping file.

    Raises:
        MappingError: with file and line.
    """
    if mapping.refusal is None:
        _check_mandatory(section, mapping)
    elif mapping.all_fields:
        raise section.error("a mapping that refuses its export cannot have fields", "fields")
    _check_fed_once(root, (*mapping.fields, *mapping.item_fields))
    _check_sums(root, mapping)
    _check_columns(root, mapping)
    if mapping.members is not None:
        _check_members(root, section.section("members"), mapping, mapping.members)


def check_required(section: Section, mapping: MappingFile) -> None:
    """Refuse a mapping that requires what nothing feeds."""
    known = dict(SCHEMAS[mapping.object_type].fields())
    fed = {each.target.path for each in mapping.fields}
    for path in mapping.required:
        if path not in fed or path not in known:
            raise section.error(
                f"'{path}' is required, but no field feeds it{did_you_mean(path, fed)}", "required"
            )


def check_types_once(root: Section, records: Sequence[MappingFile]) -> None:
    """Refuse a second table for an object type."""
    types = [each.object_type for each in records]
    for number, object_type in enumerate(types):
        if object_type in types[:number]:
            section = root.sections("records")[number]
            raise section.error(f"there are already [[records]] for {object_type}", "object_type")


def check_settings(root: Section, types: Collection[ObjectType]) -> None:
    """Refuse a setting that is required for records which the mapping does not make."""
    for section in root.section("settings").tables():
        for name in section.texts_of("of"):
            if name not in types:
                raise section.error(f"the mapping makes no {name} records", "of", near=name)


def _check_mandatory(section: Section, mapping: MappingFile) -> None:
    fed = {each.target.path for each in (*mapping.fields, *mapping.item_fields)}
    if fed & {"customer_id", "phone_number"}:
        fed.add("email")  # whether contacts may lack it is said where they are read
    own_items = tuple(f"{each.name}." for each in mapping.items)
    missing = [
        path
        for path, field in SCHEMAS[mapping.object_type].fields()
        if field.required
        and path not in fed
        and (path.startswith(own_items) or ("." not in path and mapping.record is None))
    ]
    if missing:
        names = ", ".join(f"'{path}'" for path in missing)
        raise section.error(
            f"nothing feeds {names}, which every {mapping.object_type} needs", "fields"
        )


def _check_sums(root: Section, mapping: MappingFile) -> None:
    """What is added up must be fed, unless the items are in a file of their own."""
    fed = {each.target.path for each in mapping.item_fields}
    kinds = {each.name for each in mapping.items}
    for each in mapping.fields:
        path = each.sum_of
        if path and path not in fed and path.partition(".")[0] in kinds:
            raise _at(root, each).error(f"nothing feeds '{path}', which is to be added up")


def _check_fed_once(root: Section, fields: Collection[FieldSource]) -> None:
    fed: set[tuple[TargetKind, str]] = set()
    for each in fields:
        key = (each.target.kind, each.target.path)
        if key in fed:
            raise _at(root, each).error(f"{each.target.path} is fed twice")
        fed.add(key)
    for whole in (each for each in fields if each.target.kind is TargetKind.WHOLE):
        start = f"{whole.target.path}."
        for path in (each.target.path for each in fields):
            if path.startswith(start):
                raise _at(root, whole).error(
                    f"'{path}' and '{whole.target.path}' cannot both be fed"
                )


def _check_columns(root: Section, mapping: MappingFile) -> None:
    """Columns cannot be used and dropped, nor used where they hold secrets."""
    dropped = {name.casefold() for name in mapping.columns.drop}
    for each in (*mapping.all_fields, *([mapping.record] if mapping.record else [])):
        for name in each.source.columns():
            if name.casefold() in dropped:
                raise _at(root, each).error(
                    f"the column '{name}' is used, and dropped in [columns]"
                )
            if is_secret(name) or any(map(is_secret, name.split("."))):
                raise _at(root, each).error(
                    f"the column '{name}' holds secrets, which never leave the file"
                )


def _check_members(
    root: Section, section: Section, mapping: MappingFile, members: MemberSource
) -> None:
    _check_fed_once(root, members.fields)
    fed = {each.target.path: each for each in members.fields}
    for name in SCHEMAS[mapping.object_type].key:
        if name not in fed and any(each.target.path == name for each in mapping.fields):
            raise section.error(
                f"nothing feeds '{name}' of the members, which tells them from their group",
                "fields",
            )
    for each in mapping.fields:
        other = fed.get(each.target.path)
        if other is not None and other.conventions != each.conventions:
            raise _at(root, other).error(
                f"{each.target.path} is read differently here and in [fields]"
            )
    used = {*members.named_columns}
    for name in members.fill_down:
        if name in mapping.group_by:
            raise section.error(
                f"'{name}' is in group_by, so all rows of a group share it",
                "fill_down",
                near=name,
            )
        if name not in used:
            raise section.error(
                f"'{name}' is filled down, but nothing in [members] uses "
                f"it{did_you_mean(name, used)}",
                "fill_down",
                near=name,
            )


def _at(root: Section, source: FieldSource) -> Section:
    return Section(root.place, root.text, {}, source.keys)
