"""The schema of products. Source: reference/ometria-api.md, "Product"."""

from __future__ import annotations

from ometria_import.options.choices import ObjectType
from ometria_import.schema.field_types import FieldTypeName as T
from ometria_import.schema.model import Field, Items, ObjectSchema, Options, Properties

PRODUCT = ObjectSchema(
    ObjectType.PRODUCT,
    key=("id",),
    grouped_by="listings",
    members=(
        Field("id", T.ID, "the product's id, often the same as its sku", required=True),
        Field("title", T.TEXT, "name shown in emails", example="Linen shirt"),
        Field("sku", T.ID, "stock keeping unit", example="LS-01-M"),
        Field("currency", T.CURRENCY, "currency of the prices"),
        Field("price", T.MONEY, "price before any special price"),
        Field("special_price", T.MONEY, "price while on sale"),
        Field("special_price_dt_from", T.TIMESTAMP, "when the special price begins"),
        Field("special_price_dt_to", T.TIMESTAMP, "when the special price ends"),
        Field("url", T.URL, "the product's page"),
        Field("image_url", T.URL, "the product's main image"),
        Field("is_active", T.BOOLEAN, "false hides the product, whatever its listings say"),
        Field("is_in_stock", T.BOOLEAN, "whether it can be bought now"),
        Field("is_variant", T.BOOLEAN, "true for child SKUs, which have no page of their own"),
        Field("@merge", T.BOOLEAN, "merge into the stored record"),
        Options("attributes", "attribute", "colour, category, brand and the like"),
        Items(
            "listings",
            "listing",
            (
                Field(
                    "store", T.TEXT, "store id, preferably the shop's domain", example="example.com"
                ),
                Field("title", T.TEXT, "title in this store", example="Linen shirt"),
                Field("url", T.URL, "page in this store"),
                Field("image_url", T.URL, "image in this store"),
                Field("currency", T.CURRENCY, "currency of this store"),
                Field("price", T.MONEY, "price in this store"),
                Field("special_price", T.MONEY, "price while on sale in this store"),
                Field("is_active", T.BOOLEAN, "whether it is on sale in this store"),
            ),
            not_if="is_variant",
        ),
        Properties(),
    ),
)
