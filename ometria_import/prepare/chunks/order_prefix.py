"""A prefix for the order ids of one source, so that two shops' equal ids do not collide."""

from __future__ import annotations

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.mapping.objects.mapped import MappedShape
from ometria_import.prepare.chunks.object_shapes import ObjectShape
from ometria_import.prepare.options import PrepareOptions
from ometria_import.schema import ObjectType

ORDER_PREFIX = "order_prefix"
"""The setting's name."""


def order_prefix(mapping: BoundMapping | ObjectShape, options: PrepareOptions) -> str:
    """The prefix of the ids of a source's orders.

    Empty where the records are not orders, and where the mapping has such a setting itself: the
    mapping then decides which ids get the prefix.
    """
    if mapping.schema.object_type is not ObjectType.ORDER:
        return ""
    own: set[str] = set()
    if isinstance(mapping, BoundMapping):
        own = {each.name for each in mapping.file.settings}
    elif isinstance(mapping, MappedShape):
        own = set(mapping.mapping.settings)
    if ORDER_PREFIX in own:
        return ""
    return options.settings.get(ORDER_PREFIX, "").strip()
