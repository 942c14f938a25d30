"""The kinds of record that the push API takes, and the order in which they are sent."""

from __future__ import annotations

from enum import StrEnum


class ObjectType(StrEnum):
    """A record's `@type`.

    Listed in sending order: an order refers to products and people, so those go first.
    Source: reference/ometria-api.md, "Order of import, and why".
    """

    PRODUCT = "product"
    CONTACT = "contact"
    ORDER = "order"
    CUSTOM_EVENT = "custom_event"
