"""A text before the ids of one source's orders: two shops that count alike stay apart by it."""

from __future__ import annotations

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.mapping.binding.joined import JoinedMapping
from ometria_import.mapping.events import EventRecords
from ometria_import.mapping.model import TableMapping
from ometria_import.prepare.inputs.object_shapes import ObjectShape
from ometria_import.prepare.options import PrepareOptions
from ometria_import.schema import ObjectType

ORDER_PREFIX = "order_prefix"
"""The setting's name."""


def order_prefix(mapping: TableMapping | ObjectShape, options: PrepareOptions) -> str:
    """What stands before the ids of a source's orders.

    Empty where its records are none, and where the mapping has such a setting of its own: then it
    knows best which ids want it.
    """
    if mapping.schema.object_type is not ObjectType.ORDER:
        return ""
    if ORDER_PREFIX in _own_settings(mapping):
        return ""
    return options.settings.get(ORDER_PREFIX, "").strip()


def _own_settings(mapping: TableMapping | ObjectShape) -> set[str]:
    match mapping:
        case BoundMapping():
            return {setting.name for setting in mapping.file.settings}
        case JoinedMapping():
            return _own_settings(mapping.records)
        case EventRecords():
            return {setting.name for setting in mapping.mapping.settings}
        case _:
            return set()
