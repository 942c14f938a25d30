"""The lists of an account that can be read back."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from ometria_import.options.choices import ObjectType

_PATHS = {
    ObjectType.PRODUCT: "/products",
    ObjectType.CONTACT: "/contacts",
    ObjectType.ORDER: "/orders",
}
DEFAULT_COLLECTION = "default"
"""Assumption: where contacts are that name no collection; the documentation does not say it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: all products, all orders, or the contacts of one collection."""

    object_type: ObjectType
    """Not custom events: the API has no path that reads them."""
    collection: str = ""
    """Of contacts only; empty for those that were sent without one."""

    @property
    def path(self) -> str:
        """The address of the list, percent-encoded, from the base address on."""
        path = _PATHS[self.object_type]
        if self.object_type is not ObjectType.CONTACT:
            return path
        return f"{path}/{quote(self.collection or DEFAULT_COLLECTION, safe='')}"

    @property
    def query(self) -> dict[str, str]:
        """What the list needs to be told in order to show everything."""
        # Source: without it, "GET /products may leave variants out".
        return {"includeVariants": "true"} if self.object_type is ObjectType.PRODUCT else {}

    def one_path(self, record_id: str) -> str:
        """The address of one of its records."""
        name = quote(record_id, safe="")
        # Addresses with these are shortened on their way, even to another record's.
        name = name.replace(".", "%2E") if name in {".", ".."} else name
        return f"{self.path}/{name}"
