"""Five years of orders: what was bought, by whom, when and where."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from sample_data.shop.catalogue import CURRENCY_OF, EU_STORE, UK_STORE, Product
from sample_data.shop.dice import Dice
from sample_data.shop.people import Person, ascii_name

ORDERS = 5_000

_FIRST_DAY = datetime(2021, 1, 1, tzinfo=UTC)
_DAYS = 1_826
_WEIGHT_OF_MONTH = (9, 7, 8, 8, 9, 9, 8, 7, 9, 11, 17, 19)
_GROWTH_OF_YEAR = {2021: 10, 2022: 12, 2023: 13, 2024: 15, 2025: 17}
_DELIVERY = {UK_STORE: 395, EU_STORE: 690}
_FREE_FROM = {UK_STORE: 7_500, EU_STORE: 12_000}
_VAT_PERCENT = {UK_STORE: 20, EU_STORE: 19}
_STATUSES = {"complete": 78, "shipped": 9, "refunded": 6, "cancelled": 4, "pending": 3}


@dataclass(frozen=True, slots=True)
class Line:
    """One line item; amounts in pence or cents."""

    product: Product
    size: str
    """Empty for a product without variants."""
    quantity: int
    unit_price: int
    discount: int
    """Of the whole line."""
    is_on_sale: bool
    quantity_refunded: int

    @property
    def total(self) -> int:
        """What the line cost."""
        return self.quantity * self.unit_price - self.discount

    @property
    def refunded(self) -> int:
        """What of it was paid back."""
        return self.total * self.quantity_refunded // self.quantity


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whom an order names; everything empty where a till did not ask."""

    customer_id: str = ""
    email: str = ""
    firstname: str = ""
    lastname: str = ""
    town: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One order; amounts in pence or cents."""

    number: int
    time: datetime
    store: str
    channel: str
    status: str
    buyer: Buyer
    lines: tuple[Line, ...]
    shipping: int
    coupon: str
    payment: str

    @property
    def id(self) -> str:
        """With leading zeros, which a spreadsheet would eat."""
        return f"{self.number:09d}"

    @property
    def is_valid(self) -> bool:
        """Cancelled orders are no revenue."""
        return self.status != "cancelled"

    @property
    def currency(self) -> str:
        """The store's."""
        return CURRENCY_OF[self.store]

    @property
    def discount(self) -> int:
        """Of all lines."""
        return sum(line.discount for line in self.lines)

    @property
    def subtotal(self) -> int:
        """Before discounts and delivery."""
        return sum(line.quantity * line.unit_price for line in self.lines)

    @property
    def grand_total(self) -> int:
        """What was paid."""
        return self.subtotal - self.discount + self.shipping

    @property
    def tax(self) -> int:
        """The VAT that the total includes."""
        percent = _VAT_PERCENT[self.store]
        return self.grand_total * percent // (100 + percent)


def make_orders(products: Sequence[Product], people: Sequence[Person]) -> list[Order]:
    """Every order, by time."""
    dice = Dice(20_213)
    customers = [person for person in people if person.collection == "customers"]
    arrivals = [person.acquired for person in customers]
    times = sorted(_times(dice))
    orders = []
    for position, time in enumerate(times):
        known = customers[: bisect_right(arrivals, time)]
        orders.append(_order(dice, 4_100 + position * 3, time, (known, products)))
    return orders


def _times(dice: Dice) -> list[datetime]:
    days = [_FIRST_DAY + timedelta(days=day) for day in range(_DAYS)]
    weights = [
        _GROWTH_OF_YEAR[day.year] * _WEIGHT_OF_MONTH[day.month - 1] * (3 if _is_sale(day) else 2)
        for day in days
    ]
    sums = list(accumulate(weights))
    drawn = [days[bisect_right(sums, dice.between(0, sums[-1] - 1))] for _ in range(ORDERS)]
    return [day + timedelta(seconds=dice.between(7 * 3600, 23 * 3600)) for day in drawn]


def _is_sale(time: datetime) -> bool:
    """The end of November, and the fortnights after Christmas and after midsummer."""
    return (time.month, time.day // 16) in {(11, 1), (1, 0), (7, 0)}


def _order(
    dice: Dice, number: int, time: datetime, market: tuple[Sequence[Person], Sequence[Product]]
) -> Order:
    known, products = market
    is_offline = dice.chance(0.15)
    buyer, store = _buyer(dice, known, is_offline=is_offline)
    status = "complete" if is_offline else dice.weighted(_STATUSES)
    coupon = dice.pick(("WELCOME10", "PINE10")) if dice.chance(0.08) else ""
    count = dice.weighted({1: 55, 2: 25, 3: 12, 4: 6, 6: 2})
    lines = tuple(
        _line(dice, products, (store, time), is_coupon=bool(coupon), is_back=status == "refunded")
        for _ in range(count)
    )
    goods = sum(line.total for line in lines)
    is_free = is_offline or goods >= _FREE_FROM[store]
    return Order(
        number=number,
        time=time,
        store=store,
        channel="offline" if is_offline else "online",
        status=status,
        buyer=buyer,
        lines=lines,
        shipping=0 if is_free else _DELIVERY[store],
        coupon=coupon,
        payment=dice.pick(("card", "cash") if is_offline else ("card", "wallet", "invoice")),
    )


def _buyer(dice: Dice, known: Sequence[Person], *, is_offline: bool) -> tuple[Buyer, str]:
    """The buyer and the store: the till is in the UK, and asks few for their name."""
    if is_offline and dice.chance(0.6):
        return Buyer(), UK_STORE
    # Squared, so that a few come back often.
    fraction = dice.fraction()
    person = known[int(fraction * fraction * len(known))]
    store = UK_STORE if is_offline or person.country == "GB" else EU_STORE
    is_guest = not is_offline and dice.chance(0.12)
    guest = f"{ascii_name(person.firstname)}.{dice.between(1, 9999)}@guest.example.net"
    return Buyer(
        customer_id="" if is_guest else person.customer_id,
        email=guest if is_guest else person.email,
        firstname=person.firstname,
        lastname=person.lastname,
        town="" if is_offline else person.town,
        postcode="" if is_offline else person.postcode,
        country="" if is_offline else person.country,
    ), store


def _line(
    dice: Dice,
    products: Sequence[Product],
    where: tuple[str, datetime],
    *,
    is_coupon: bool,
    is_back: bool,
) -> Line:
    store, time = where
    fraction = dice.fraction()
    product = products[int(fraction * fraction * len(products))]
    if time.month not in product.peak_months:
        # A second draw, taken if it is in season: winter coats sell in winter.
        other = dice.pick(products)
        product = other if time.month in other.peak_months else product
    unit_price = product.pence if store == UK_STORE else product.cents(product.pence)
    quantity = dice.weighted({1: 80, 2: 15, 4: 4, 6: 1})
    is_on_sale = _is_sale(time) and dice.chance(0.5)
    percent = 20 * is_on_sale + 10 * is_coupon
    return Line(
        product=product,
        size=dice.pick(product.sizes) if product.sizes else "",
        quantity=quantity,
        unit_price=unit_price,
        discount=quantity * unit_price * percent // 100,
        is_on_sale=is_on_sale,
        quantity_refunded=dice.between(1, quantity) if is_back else 0,
    )
