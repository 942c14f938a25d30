"""The schema of orders. Source: reference/ometria-api.md, "Order"."""

from __future__ import annotations

from ometria_import.options.choices import ObjectType
from ometria_import.schema.field_types import FieldTypeName as T
from ometria_import.schema.model import Field, Group, Items, ObjectSchema, Options, Properties

FIRST_ONLINE_SALE = "1990-01-01"
"""There were no online shops before; an earlier date is damaged, such as a zero timestamp."""


def _address(name: str) -> Group:
    return Group(
        name,
        (
            Field("city", T.TEXT, "town or city", example="Leeds"),
            Field("state", T.TEXT, "state, province or county", example="West Yorkshire"),
            Field("postcode", T.TEXT, "postal code, as text", example="LS1 4AP"),
            Field("country_code", T.COUNTRY, "country"),
        ),
    )


def _totals(*amounts: str) -> Group:
    def amounts_in(currency: str) -> tuple[Field, ...]:
        return (
            Field("currency", T.CURRENCY, currency, dated_by="timestamp"),
            *(Field(name, T.MONEY, f"{name} in {currency}") for name in amounts),
        )

    return Group(
        "totals",
        (
            Group("base", amounts_in("the account's reporting currency")),
            Group("local", amounts_in("the currency of the sale")),
        ),
    )


_LINE_ITEM = (
    Field("product_id", T.ID, "id of the product", required=True),
    Field("variant_id", T.ID, "id of the variant product"),
    Field("quantity", T.NUMBER, "how many", required=True, example="2"),
    Field("sku", T.ID, "stock keeping unit", example="LS-01-M"),
    Field("unit_price", T.MONEY, "price per unit"),
    Field("quantity_refunded", T.NUMBER, "quantity returned", example="1"),
    Field("refunded", T.MONEY, "amount refunded"),
    Field("subtotal", T.MONEY, "price of the line, before tax and discount"),
    Field("tax", T.MONEY, "tax on the line"),
    Field("total", T.MONEY, "price of the line, as paid"),
    Field("discount", T.MONEY, "discount on the line"),
    Field("is_on_sale", T.BOOLEAN, "whether it was sold at a special price"),
    Options("variant_options", "variant option", "size, colour and the like"),
    _totals("subtotal", "tax", "total", "discount", "unit_price", "refunded"),
    Properties("custom fields of the line item"),
)

ORDER = ObjectSchema(
    ObjectType.ORDER,
    key=("id",),
    grouped_by="lineitems",
    members=(
        Field("id", T.ID, "the order's id", required=True),
        Field(
            "timestamp", T.TIMESTAMP, "when it was placed", required=True, since=FIRST_ONLINE_SALE
        ),
        Field(
            "currency", T.CURRENCY, "currency of every amount", required=True, dated_by="timestamp"
        ),
        Field("grand_total", T.MONEY, "total paid", required=True),
        Field("subtotal", T.MONEY, "sum of the line items"),
        Field("discount", T.MONEY, "discount on the order"),
        Field("shipping", T.MONEY, "cost of delivery"),
        Field("tax", T.MONEY, "total tax"),
        Field("status", T.TEXT, "status of the order", example="complete"),
        Field("is_valid", T.BOOLEAN, "false takes the order out of revenue"),
        Field("web_id", T.TEXT, "order number shown to the customer", example="W-1001"),
        Field("ip_address", T.TEXT, "address from which it was placed", example="192.0.2.10"),
        Field("channel", T.TEXT, "where it was placed", example="online"),
        Field("store", T.TEXT, "store id, preferably the shop's domain", example="example.com"),
        Field("payment_method", T.TEXT, "how it was paid", example="card"),
        Field("shipping_method", T.TEXT, "how it was shipped", example="standard"),
        Field("coupon_code", T.TEXT, "voucher used", example="SPRING10"),
        Group(
            "customer",
            (
                Field("id", T.ID, "the contact's customer_id"),
                Field("email", T.EMAIL, "the customer's address"),
                Field("firstname", T.TEXT, "given name", example="Ada"),
                Field("lastname", T.TEXT, "family name", example="Winter"),
            ),
        ),
        _address("shipping_address"),
        _address("billing_address"),
        Items("lineitems", "line item", _LINE_ITEM, one_of=("unit_price", "subtotal")),
        _totals("shipping", "tax", "discount", "subtotal", "grand_total"),
        Properties(),
    ),
)
