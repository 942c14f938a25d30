"""Which of Ometria's records the rows of a table are: by its columns, and by the file's name."""

from __future__ import annotations

from collections.abc import Mapping

from ometria_import.drafting.columns.matching import Level
from ometria_import.drafting.tables.consent import consent_of
from ometria_import.drafting.tables.tables import LINES, Table

KINDS = ("order", LINES, "contact", "product", "custom_event")
_HINTS = {
    "order": "order sale receipt document invoice",
    "contact": "customer contact subscriber member user newsletter subscribe person optout "
    "unsubscribe",
    "product": "product item sku stock list",
    "custom_event": "event",
}
"""What a file's name says that its rows are."""
_NOTHING = frozenset(
    "store staff warehouse campaign currency country partner company purchasing pay gift "  # noqa: SIM905
    "coupon review waiting survey ship shipped category brand".split()
)
"""What a file's name says of rows that are nothing of Ometria's."""
_NO_ORDERS = frozenset("returned purchasing points support cart quote bank".split())  # noqa: SIM905
_NEVER: Mapping[str, frozenset[str]] = {
    "order": _NO_ORDERS,
    LINES: _NO_ORDERS,
    "contact": frozenset(
        "returned purchasing support cart quote booking event dispatch".split()  # noqa: SIM905
    ),
}
"""What a file's name says of rows that are not these, whatever else it says: they look alike."""
_OF_PEOPLE = frozenset({"newsletter", "email", "customer", "contact", "subscriber", "member"})
_OF_PARTIES = frozenset({"name", "id", "number", "code", "key"})
_EVIDENCE: Mapping[str, Mapping[str, float]] = {
    "order": {
        "timestamp": 2,
        "grand_total": 2,
        **dict.fromkeys(("currency", "customer.id", "customer.email", "payment_method"), 0.5),
        **dict.fromkeys(("shipping_method", "shipping", "status", "store"), 0.5),
    },
    "contact": {
        "email": 2,
        "lastname": 1.5,
        "id": 0.5,
        **dict.fromkeys(("timestamp_acquired", "phone_number", "country_id"), 0.5),
        **dict.fromkeys(("gender", "prefix", "date_of_birth"), 0.5),
    },
    "product": {
        "title": 1.5,
        "price": 1.5,
        **dict.fromkeys(("url", "image_url", "is_in_stock", "is_active", "sku"), 0.5),
        **dict.fromkeys(("attributes.brand", "attributes.category", "special_price"), 0.5),
    },
    LINES: {"unit_price": 1, "total": 1},
}
"""How much each field speaks for a kind of record, beside those that it cannot do without."""
_OF_HEADS = (
    *("timestamp", "customer.email", "customer.id", "customer.lastname"),
    *("payment_method", "shipping_method"),
)
"""Fields of orders that lines in a file of their own do not have."""
_OF_PURCHASES = (
    *("grand_total", "subtotal", "tax", "shipping", "discount", "currency", "payment_method"),
    *("customer.id", "customer.email", "shipping_method", "coupon_code"),
)
"""Fields of which every order has some."""
_OF_CATALOGUES = (
    *("price", "special_price", "url", "image_url", "is_active", "attributes.brand"),
    *("attributes.category", "attributes.color", "attributes.size", "is_in_stock"),
)
"""Fields of which every list of products has one, or two where it says no titles."""
_FEWEST_WITHOUT_TITLE = 2
_OF_SALES = frozenset({"order", "sale", "receipt"})
_LEAST = 2.5
_BY_NAME, _BY_NAME_OF_OTHERS = 2.0, 4.0
_OWN_ID = 4
"""Patterns of an order's id up to this rank name the order; others are ids of anything."""
_ONE_EACH = 0.98


def kind_of(table: Table, levels: Mapping[str, Level]) -> str:
    """An object type, `lineitem`, or empty where the rows are nothing of Ometria's."""
    scores = {
        "order": _order_score(table, levels),
        LINES: _lines_score(levels),
        "contact": _contact_score(table, levels),
        "product": _product_score(table, levels),
        "custom_event": _event_score(table, levels["custom_event"]),
    }
    words = table.words
    scores = {
        kind: score
        for kind, score in scores.items()
        if score
        and not words & _NEVER.get(kind, frozenset())
        and not _is_bought(kind, table, levels)
    }
    are_lines = "line" in words or ("order" in words and bool(words & {"item", "product"}))
    hinted = (
        {LINES} if are_lines else {k for k, hints in _HINTS.items() if words & {*hints.split()}}
    )
    if words & _NOTHING and not hinted:
        scores = {  # visits to a store are events
            kind: score if kind == "custom_event" else score - _BY_NAME_OF_OTHERS
            for kind, score in scores.items()
        }
    for kind in hinted & set(scores):
        scores[kind] += _BY_NAME
    best = max(scores, key=lambda kind: scores[kind], default="")
    return best if best and scores[best] >= _LEAST else ""


def _is_bought(kind: str, table: Table, levels: Mapping[str, Level]) -> bool:
    """Whether orders name a supplier and nobody who bought: the shop itself did."""
    if kind != "order" or levels[LINES].has("product_id"):
        return False  # a product has a supplier, too
    has_supplier = any(
        "purchasing" in column.words
        and (column.words & _OF_PARTIES or not column.are_numbers)  # no `Einkaufspreis`
        and all(each & (_OF_PARTIES | {"purchasing"}) for each in column.meanings)
        for column in table.columns
    )
    return has_supplier and not any("customer" in column.words for column in table.columns)


def _evidence(kind: str, level: Level) -> float:
    return sum(weight for path, weight in _EVIDENCE[kind].items() if level.has(path))


def _order_score(table: Table, levels: Mapping[str, Level]) -> float:
    order, lines = levels["order"], levels[LINES]
    own = order.best("id")
    if own is None or not (order.has("timestamp") or order.has("grand_total")):
        return 0
    has_lines = lines.has("product_id", "quantity")
    is_said = has_lines or "order" in table.words
    if not is_said and not any(order.has(each) for each in _OF_PURCHASES):
        return 0  # tickets of a help desk have an id, a date and a status, too
    if own.rank > _OWN_ID and not has_lines and not order.has("grand_total"):
        return 0  # rows of anything have an id and a date
    return 1 + _evidence("order", order) + 0.5 * (own.rank <= _OWN_ID) + has_lines


def _lines_score(levels: Mapping[str, Level]) -> float:
    order, lines = levels["order"], levels[LINES]
    own = order.best("id")
    if own is None or not lines.has("product_id", "quantity"):
        return 0
    of_heads = sum(order.has(each) for each in _OF_HEADS)
    return 4.5 + _evidence(LINES, lines) - 2 * of_heads - 0.5 * (own.rank > _OWN_ID)


def _contact_score(table: Table, levels: Mapping[str, Level]) -> float:
    contact, order = levels["contact"], levels["order"]
    when, number = order.best("timestamp"), order.best("id")
    is_dated = when is not None and when.column.words & _OF_SALES
    if is_dated or (number is not None and "order" in number.column.words):
        return 0  # what has an order is no person, whatever else is known of it: a parcel
    email = contact.best("email")
    if email is None and not contact.has("id", "lastname"):
        return 0
    is_said = consent_of(table.columns).is_said
    if not is_said and _is_unread(table, contact):
        return 0
    score = _evidence("contact", contact) + 1.5 * is_said
    if email and email.column.filled:
        is_one_each = len(email.column.distinct) >= _ONE_EACH * len(email.column.filled)
        score += 1 if is_one_each else -2
    return max(score, 0) if not _are_deliveries(table) else 0


def _is_unread(table: Table, contact: Level) -> bool:
    """Whether nothing but an address is known, in a language of which nobody can read the rest.

    Orders have addresses, too.
    """
    others = [path for path, fits in contact.fits.items() if fits and path != "email"]
    unread = sum(not column.words for column in table.columns)
    is_named = bool(table.words & {*_HINTS["contact"].split()})
    return not (others or is_named) and 2 * unread > len(table.columns)


def _are_deliveries(table: Table) -> bool:
    """Whether rows are subscriptions to goods: nothing but the file's name speaks of them."""
    is_named = "subscription" in table.words and not table.words & _OF_PEOPLE
    return is_named and not consent_of(table.columns).is_said


def _product_score(table: Table, levels: Mapping[str, Level]) -> float:
    product, order = levels["product"], levels["order"].best("id")
    least = 1 if product.has("title") or product.has("url") else _FEWEST_WITHOUT_TITLE
    is_said = (
        product.has("title") and table.words & {"product", "item"} and "sale" not in table.words
    )
    if not product.has("id") or (
        not is_said and sum(product.has(each) for each in _OF_CATALOGUES) < least
    ):
        return 0  # a list of prices alone, or of how many were counted or sold, is no catalogue
    of_orders = order is not None and order.rank < _OWN_ID
    return max(1 + _evidence("product", product) - 3 * of_orders, 0)


def _event_score(table: Table, event: Level) -> float:
    identified = event.has("identity_email") or event.has("identity_account_id")
    if not event.has("event_type", "timestamp") or not identified:
        return 0
    words = table.words.union(*(column.words for column in table.columns))
    return 4.5 if "event" in words else 0
