"""What a till wrote, and a mapping for it."""

from __future__ import annotations

TILL = """
name = "till"
object_type = "order"
[settings.currency]
about = "currency of the till"
required = true
[rows]
group_by = ["Receipt"]
[fields]
id = "Receipt"
timestamp = "Sold"
grand_total = "Total"
currency = { constant = "{currency}" }
[items.lineitems.fields]
product_id = "Article"
quantity = "Qty"
unit_price = "Price"
"""
SALES = (
    "Receipt,Sold,Total,Article,Qty,Price\n"
    "R1,2024-01-05T10:00:00Z,30.00,a,1,10.00\nR1,2024-01-05T10:00:00Z,30.00,b,2,10.00\n"
    "R2,2024-01-06T10:00:00Z,10.00,a,1,10.00\n"
)
