"""What the checks across files found, as values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from ometria_import.problems import Origin


@dataclass(frozen=True, slots=True)
class Orphan:
    """An id that is referred to and that the input does not have."""

    id: str
    """Of an email address only the first letter and the domain."""
    count: int


@dataclass(frozen=True, slots=True)
class Join:
    """How many of those that refer to something in the input find it."""

    asked: int = 0
    joined: int = 0
    is_known: bool = False
    """Whether the input has what they refer to; if not, nothing can be said."""
    orphans: tuple[Orphan, ...] = ()
    """The most frequent ones."""

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None where nothing can be said."""
        return self.joined / self.asked if self.is_known and self.asked else None

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "asked": self.asked,
            "joined": self.joined if self.is_known else None,
            "share": None if self.share is None else round(self.share, 4),
            "orphans": [asdict(orphan) for orphan in self.orphans],
        }


@dataclass(frozen=True, slots=True)
class LineTotals:
    """Orders whose line items do not come near what was paid in all."""

    checked: int = 0
    off: int = 0
    places: tuple[Origin, ...] = ()
    """The first three."""

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        places = [{"source": place.source, "line": place.line} for place in self.places]
        return {"checked": self.checked, "off": self.off, "places": places}


@dataclass(frozen=True, slots=True)
class Sales:
    """Orders and revenue of one year or month in one currency."""

    period: str
    """`2024`, or `2024-03`."""
    currency: str
    orders: int
    revenue: Decimal
    """Exact."""
    invalid_orders: int
    """Those that `is_valid` takes out of revenue; not among `orders`."""
    invalid_revenue: Decimal


@dataclass(frozen=True, slots=True)
class CrossCheckReport:
    """What a person can compare with the shop before anything is sent.

    Only records that are ready to be sent count.
    """

    products: Join = Join()
    """Line items that refer to a product, by product_id or variant_id."""
    contacts: Join = Join()
    """Orders that refer to a contact, by customer id or email address."""
    line_totals: LineTotals = LineTotals()
    sales: tuple[Sales, ...] = ()
    """By period and currency, in order."""
    optins: dict[str, int] = field(default_factory=dict)
    """Contacts by opt-in state; an empty state where none is given."""

    def as_json(self) -> dict[str, Any]:
        """For `--json`; amounts are texts, because JSON readers round numbers."""
        return {
            "line_items_to_products": self.products.as_json(),
            "orders_to_contacts": self.contacts.as_json(),
            "line_totals": self.line_totals.as_json(),
            "sales": [
                {
                    **asdict(each),
                    "revenue": f"{each.revenue:f}",
                    "invalid_revenue": f"{each.invalid_revenue:f}",
                }
                for each in self.sales
            ],
            "contacts_by_optin": self.optins,
        }
