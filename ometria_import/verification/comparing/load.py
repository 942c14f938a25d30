"""The proof of load: orders and revenue by month and currency, from the files to the account.

Of each step it says which orders were lost and why. Months are those that the timestamps have as
they are written, in the file's own time zone, as in the overview before sending.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from ometria_import.delivery import BatchState, Journal, Scope
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package, money_of
from ometria_import.verification.comparing.found_orders import (
    DIFFERS,
    MISSING,
    NOT_SETTLED,
    Amount,
    FoundOrders,
    Place,
)
from ometria_import.verification.summary import LoadMonth, LoadStep, LoadSummary

FILE_TO_SENT, SENT_TO_ACCEPTED, ACCEPTED_TO_FOUND = (
    "file→sent",
    "sent→accepted",
    "accepted→found",
)
_REFUSED, _NOT_SENT = "refused", "not sent"
_REFUSED_LATER = "refused later"
_CAUSES = {
    FILE_TO_SENT: ("rejected", "superseded", "repeated", "held_back", "left_out", "unchanged"),
    SENT_TO_ACCEPTED: (_REFUSED, _NOT_SENT),
    ACCEPTED_TO_FOUND: (_REFUSED_LATER, MISSING, NOT_SETTLED, DIFFERS),
}
"""Those of the first step are as the sums of a run have them."""


class _Sales(msgspec.Struct):
    period: str
    currency: str
    orders: int
    revenue: Decimal
    invalid_orders: int = 0


class _Across(msgspec.Struct):
    unsent: dict[str, list[_Sales]]


class _Sums(msgspec.Struct):
    """The part of a run's sums that is about orders that are not in its package."""

    across: _Across
    rejected_of: dict[str, int] = {}
    earlier_states: int = 0

    def uncounted(self) -> dict[str, int]:
        """Orders, or rows of orders, that no month has."""
        known = self.across.unsent.get("rejected", ())
        rejected = self.rejected_of.get(ObjectType.ORDER, 0)
        rejected -= sum(each.orders + each.invalid_orders for each in known)
        counts = {"rejected": rejected, "superseded": self.earlier_states}
        return {cause: count for cause, count in counts.items() if count > 0}


@dataclass(slots=True)
class _Table:
    """Sums by place, and what is lost between two of them by step, cause and place."""

    sent: dict[Place, Amount] = field(default_factory=dict)
    lost: dict[tuple[str, str], dict[Place, Amount]] = field(default_factory=dict)

    def lose(self, step: str, cause: str, place: Place, amount: Amount) -> None:
        own = self.lost.setdefault((step, cause), {})
        own[place] = own.get(place, Amount()).plus(*amount)

    def losses(self, step: str, place: Place) -> Iterator[tuple[str, Amount]]:
        """What is lost at a place in one step, by cause."""
        for cause in _CAUSES[step]:
            amount = self.lost.get((step, cause), {}).get(place, Amount())
            if any(amount):
                yield cause, amount

    def places(self) -> list[Place]:
        """Every month and currency, sorted."""
        return sorted({*self.sent, *(place for each in self.lost.values() for place in each)})


def proof_of_load(
    package: Package,
    journal: Journal,
    sums: Mapping[str, Any] | None,
    found: FoundOrders,
) -> LoadSummary | None:
    """Follow the orders of a run from its files to the account; None if there are none.

    Args:
        package: What was sent.
        journal: What became of it.
        sums: What preparing summed up, as `sums.json` or the package has it. Sums of an earlier
            version, or of a run that retries another, do not say what the files hold.
        found: What became of the orders that were read back.

    Raises:
        PackageError: the package or the journal is damaged.
    """
    table = _Table()
    expected = _follow(package, journal, table)
    unsent = _unsent(sums)
    if unsent is not None:
        for cause, sales in unsent.across.unsent.items():
            for each in sales:
                amount = Amount(each.orders, each.revenue)
                if any(amount):
                    table.lose(FILE_TO_SENT, cause, (each.period, each.currency), amount)
    is_whole = found.read == expected
    if is_whole:
        for cause, place, amount in found.lost():
            table.lose(ACCEPTED_TO_FOUND, cause, place, amount)
    months = tuple(
        _month(table, place, has_file=unsent is not None, is_whole=is_whole)
        for place in table.places()
    )
    uncounted = {} if unsent is None else unsent.uncounted()
    if not months and not uncounted:
        return None
    return LoadSummary(
        is_whole=is_whole, read_orders=found.read, months=months, uncounted=uncounted
    )


def _month(table: _Table, place: Place, *, has_file: bool, is_whole: bool) -> LoadMonth:
    sent = table.sent.get(place, Amount())
    of_steps = {step: list(table.losses(step, place)) for step in _CAUSES}
    accepted = _less(sent, of_steps[SENT_TO_ACCEPTED])
    return LoadMonth(
        month=place[0],
        currency=place[1],
        file=_more(sent, of_steps[FILE_TO_SENT]).sum if has_file else None,
        sent=sent.sum,
        accepted=accepted.sum,
        found=_less(accepted, of_steps[ACCEPTED_TO_FOUND]).sum if is_whole else None,
        steps=tuple(
            LoadStep(
                step=step,
                cause=cause.replace("_", " "),
                orders=amount.orders,
                revenue=amount.sum.revenue,
            )
            for step, losses in of_steps.items()
            for cause, amount in losses
        ),
    )


def _less(amount: Amount, losses: Iterable[tuple[str, Amount]]) -> Amount:
    for _, each in losses:
        amount = amount.minus(each)
    return amount


def _more(amount: Amount, losses: Iterable[tuple[str, Amount]]) -> Amount:
    for _, each in losses:
        amount = amount.plus(*each)
    return amount


def _follow(package: Package, journal: Journal, table: _Table) -> int:
    """Sum up what was sent and what was not accepted; returns how many orders should be there.

    Where it is not known which records of a request were taken, all of them should be: the
    account knows.
    """
    batches = {each.number: each for each in journal.batches()}
    refused = {(number, record.position) for number, record in journal.refused_records()}
    late = {(error.batches.first, error.position) for error in journal.late.errors(Scope.RECORD)}
    expected = 0
    for batch in package.batches(ObjectType.ORDER):
        known = batches.get(batch.number)
        is_settled = known is not None and known.state is not BatchState.STARTED
        is_taken = known is not None and bool(known.accepted or known.skipped or known.unclear)
        for position, order in enumerate(money_of(batch)):
            amount = Amount(
                int(order.is_valid), order.grand_total if order.is_valid else Decimal(0)
            )
            place, key = (order.month, order.currency), (batch.number, position)
            if order.is_valid:
                table.sent[place] = table.sent.get(place, Amount()).plus(*amount)
            step, cause = "", ""
            if not is_taken or key in refused:
                step, cause = SENT_TO_ACCEPTED, _REFUSED if is_settled else _NOT_SENT
            elif key in late:
                step, cause = ACCEPTED_TO_FOUND, _REFUSED_LATER
            else:
                expected += 1
            if step and order.is_valid:
                table.lose(step, cause, place, amount)
    return expected


def _unsent(sums: Mapping[str, Any] | None) -> _Sums | None:
    with suppress(msgspec.ValidationError):
        return msgspec.convert(sums, _Sums)
    return None
