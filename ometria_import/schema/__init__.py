"""What Ometria knows of each object type, as one declarative list of fields."""

from types import MappingProxyType

from ometria_import.options.choices import ObjectType
from ometria_import.schema.contact import CONTACT, CONTACT_WITHOUT_EMAIL
from ometria_import.schema.custom_event import CUSTOM_EVENT
from ometria_import.schema.model import (
    Field,
    Group,
    Items,
    Member,
    ObjectSchema,
    Options,
    Properties,
    kind_of,
)
from ometria_import.schema.order import ORDER
from ometria_import.schema.product import PRODUCT

SCHEMAS = MappingProxyType(
    {schema.object_type: schema for schema in (PRODUCT, CONTACT, ORDER, CUSTOM_EVENT)}
)
"""Every schema by its object type, in sending order."""

__all__ = [
    "CONTACT_WITHOUT_EMAIL",
    "SCHEMAS",
    "Field",
    "Group",
    "Items",
    "Member",
    "ObjectSchema",
    "ObjectType",
    "Options",
    "Properties",
    "kind_of",
]
