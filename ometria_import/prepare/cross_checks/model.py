"""The results of the checks across files, as values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any, Self

from ometria_import.problems import Origin


@dataclass(frozen=True, slots=True)
class Orphan:
    """A missing id: one that is referred to but is not in the input."""

    id: str
    """The id; an email address is reduced to its first letter and domain."""
    count: int


@dataclass(frozen=True, slots=True)
class Join:
    """How many references from one kind of record to another can be resolved in the input."""

    asked: int = 0
    joined: int = 0
    is_known: bool = False
    """Whether the input has the records referred to; if not, the references cannot be checked."""
    orphans: tuple[Orphan, ...] = ()
    """The most frequent missing ids."""

    @property
    def share(self) -> float | None:
        """The share of resolved references, 0 to 1; None if they cannot be checked."""
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
    """Orders whose line items do not add up to roughly their grand total."""

    checked: int = 0
    off: int = 0
    places: tuple[Origin, ...] = ()
    """The first three such orders."""

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
    """The revenue, exact to the last digit."""
    invalid_orders: int
    """Orders that `is_valid` excludes from revenue; `orders` does not count them."""
    invalid_revenue: Decimal

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            **asdict(self),
            "revenue": f"{self.revenue:f}",
            "invalid_revenue": f"{self.invalid_revenue:f}",
        }


@dataclass(frozen=True, slots=True)
class SourceConsents:
    """What is sent about marketing because one source says so.

    Every contact that is sent counts once, at the source whose row decides.
    """

    source: str
    opted_in: int
    opted_out: int
    none: int
    """NOT_SPECIFIED, or nothing at all."""
    suppressed: int
    """Opted out by a suppression."""
    contradicting: int
    """Rows that opt in or out and are overruled by another row of their contact."""


@dataclass(frozen=True, slots=True)
class CrossCheckReport:
    """An overview that a person can compare with the shop before anything is sent.

    Only records that are ready to be sent count.
    """

    products: Join = Join()
    """References of line items to a product, by product_id or variant_id."""
    contacts: Join = Join()
    """References of orders to a contact, by customer id or email address."""
    line_totals: LineTotals = LineTotals()
    sales: tuple[Sales, ...] = ()
    """Orders and revenue by period and currency, sorted."""
    unsent: dict[str, tuple[Sales, ...]] = field(default_factory=dict)
    """The same by month for orders that are not sent, by why they are not."""
    optins: dict[str, int] = field(default_factory=dict)
    """The number of contacts by opt-in state; the state is empty where none is given."""
    consents: tuple[SourceConsents, ...] = ()
    """The same by the source that says it."""

    def without_ids(self) -> Self:
        """The same without the ids of people that are missing."""
        return replace(self, contacts=replace(self.contacts, orphans=()))

    def as_json(self) -> dict[str, Any]:
        """For `--json`; amounts are texts, because JSON readers round numbers."""
        return {
            "line_items_to_products": self.products.as_json(),
            "orders_to_contacts": self.contacts.as_json(),
            "line_totals": self.line_totals.as_json(),
            "sales": [each.as_json() for each in self.sales],
            "unsent": {
                cause: [each.as_json() for each in sales] for cause, sales in self.unsent.items()
            },
            "contacts_by_optin": self.optins,
            "consents": [asdict(each) for each in self.consents],
        }
