"""Mappings that call their items by name, as `lineitem=FILE` and the settings do."""

from __future__ import annotations

from dataclasses import replace

from ometria_import.mapping.file.place import Section
from ometria_import.options.did_you_mean import plain
from ometria_import.schema import SCHEMAS, ObjectType

_OWNERS = {
    plain(items.singular): (owner, f"{owner}_id")
    for owner in ObjectType
    for items in SCHEMAS[owner].items()
}
"""By the items' name: whose they are, and what names their record among the fields."""


def with_items_named(root: Section) -> Section:
    """`object_type = "lineitem"` means `items_of = "order"`, its field `order_id` the `record`.

    Raises:
        MappingError: something else stands among the fields; with file and line.
    """
    name = root.values.get("object_type")
    if not isinstance(name, str) or plain(name) not in _OWNERS or "items_of" in root.values:
        return root
    owner, record = _OWNERS[plain(name)]
    fields = root.section("fields")
    fields.only(record)
    values = {
        key: each for key, each in root.values.items() if key not in {"object_type", "fields"}
    }
    if record in fields.values:
        values["rows"] = {**root.section("rows").values, "record": fields.values[record]}
    return replace(root, values={**values, "items_of": str(owner)})
