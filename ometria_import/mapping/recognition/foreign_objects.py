"""JSON objects of other systems, told by keys that no record of Ometria's has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

_JSON_API = "JSON:API, as Klaviyo's API and others write it"
_SHOPIFY_ID = "gid://shopify/"
_SHOPIFY_ANSWER = "an answer of Shopify's GraphQL API, of which only bulk exports can be read"
_SHOWN_SIGNS = 3


@dataclass(frozen=True, slots=True)
class _Signature:
    title: str
    all: tuple[str, ...]
    any: tuple[str, ...] = ()

    def signs_in(self, keys: Collection[str]) -> tuple[str, ...]:
        """The keys that it is told by; none where these are no such objects."""
        some = tuple(key for key in self.any if key in keys)
        is_so = all(key in keys for key in self.all) and (some or not self.any)
        return (*self.all, *some) if is_so else ()


_SIGNATURES = (
    _Signature("a bulk export of Shopify's GraphQL API", ("__parentId",)),
    _Signature("objects of Shopify's REST API", ("admin_graphql_api_id",)),
    _Signature(
        "orders of Shopify's REST API", ("line_items",), ("financial_status", "checkout_token")
    ),
    _Signature("products of Shopify's REST API", ("variants", "handle"), ("body_html", "vendor")),
    _Signature(
        "customers of Shopify's REST API",
        ("orders_count",),
        ("email_marketing_consent", "verified_email"),
    ),
    _Signature(
        "orders of WooCommerce's REST API", ("line_items",), ("order_key", "date_created_gmt")
    ),
    _Signature(
        "products of WooCommerce's REST API", ("permalink",), ("regular_price", "stock_status")
    ),
    _Signature("customers of WooCommerce's REST API", ("avatar_url", "billing")),
    _Signature(
        "objects of Magento's REST API",
        (),
        ("extension_attributes", "custom_attributes", "base_grand_total", "attribute_set_id"),
    ),
    _Signature(
        "order products of BigCommerce's API", ("order_id", "product_id"), ("base_price", "name")
    ),
    _Signature(
        "orders of BigCommerce's API", ("date_created",), ("total_inc_tax", "subtotal_inc_tax")
    ),
    _Signature(
        "objects of Square's API", ("location_id",), ("line_items", "net_amounts", "total_money")
    ),
    _Signature(_JSON_API, ("relationships",)),
    _Signature("objects of Stripe's API", ("object", "livemode")),
    _Signature("documents of MongoDB", ("_id.$oid",)),
    _Signature("documents of Elasticsearch", ("_source", "_index")),
    _Signature("order lines of a warehouse's table", ("order_id", "quantity")),
    _Signature("orders of a shop's REST API", ("line_items",)),
)
"""The first that fits says it; what is more certain stands before what is less."""


def find_foreign(objects: Sequence[dict[str, Any]], keys: Collection[str]) -> str:
    """What objects look like and by which keys that shows; empty where no other system is plain.

    Args:
        objects: Some of them.
        keys: All their keys, nested ones dotted.
    """
    if any(str(record.get("id", "")).startswith(_SHOPIFY_ID) for record in objects):
        own, sign = _SIGNATURES[0], f"id: {_SHOPIFY_ID}…"
        if connections := [key for key in keys if key.endswith((".edges", ".nodes"))]:
            return _described(_SHOPIFY_ANSWER, (*connections, sign))
        return _described(own.title, (*own.signs_in(keys), sign))
    if any("type" in record and isinstance(record.get("attributes"), dict) for record in objects):
        return _described(_JSON_API, ("type", "attributes"))
    for signature in _SIGNATURES:
        if signs := signature.signs_in(keys):
            return _described(signature.title, signs)
    return ""


def _described(title: str, signs: tuple[str, ...]) -> str:
    shown = ", ".join(f"'{sign}'" for sign in signs[:_SHOWN_SIGNS])
    return f"{title} ({shown})"
