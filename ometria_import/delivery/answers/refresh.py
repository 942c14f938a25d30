"""The account's error list as it stands: to look at, or to add to a run that is over."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ometria_import.config import Account
from ometria_import.delivery.answers.attribution import attribute_errors, trace
from ometria_import.delivery.answers.feed_window import FeedMemory
from ometria_import.delivery.answers.findings import origins_of
from ometria_import.delivery.api.feed_entries import FeedEntry, FeedReadError
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import BatchRange, Change, LateError, MissReason, Scope
from ometria_import.errors import ABOUT_KEYS, AccountRefusedError, TemporaryFailureError
from ometria_import.package import Package
from ometria_import.problems import Origin

_REFUSED_ACCOUNT = frozenset({401, 403, 404})


@dataclass(frozen=True, slots=True)
class KnownError:
    """An entry of the list that one run explains."""

    entry: FeedEntry
    batch: int
    origin: Origin | None
    """Where its record stands; None where only the batch is known."""


def read_error_list(account: Account) -> list[FeedEntry]:
    """Ask an account once for its last hundred validation errors, in its own order.

    Raises:
        AccountRefusedError: the key may not read it.
        TemporaryFailureError: there was no such list in the answer, or no answer.
    """
    # Here and not above: only what goes to the network pays for importing httpx.
    from ometria_import.delivery.api.error_feed import PushErrors

    async def read() -> list[FeedEntry]:
        async with PushErrors(account) as feed:
            return list((await feed.read()).entries)

    try:
        return asyncio.run(read())
    except FeedReadError as error:
        if error.status in _REFUSED_ACCOUNT:
            raise AccountRefusedError(
                f"account {account.name}: {error}",
                hint=f"Check the key in {account.key_env} and base_url; perhaps it may push "
                f"and not read. {ABOUT_KEYS}",
            ) from None
        raise TemporaryFailureError(
            f"account {account.name}: {error}", hint="Give the same command again later."
        ) from None


def traced_in(package: Package, journal: Journal, entries: Sequence[FeedEntry]) -> list[KnownError]:
    """Find the entries that are certainly about a run's records, in the order of its batches."""
    counts = Counter(entries)
    unread = [
        LateError(number, entry, count, "", BatchRange(0, 0))
        for number, (entry, count) in enumerate(counts.items())
    ]
    origin = origins_of(package)
    found = []
    traced = trace(package, journal, unread)
    for error in sorted(traced, key=lambda each: (each.batches, each.position)):
        first, last = error.batches
        if error.scope is Scope.RECORD:
            found.append(KnownError(error.entry, first, origin(first, error.position)))
        elif first == last and journal.late.knows_request(error.entry.request_id):
            found.append(KnownError(error.entry, first, None))
    return found


def add_late_errors(
    package: Package, journal: Journal, reading: Sequence[FeedEntry], *, is_alone: bool
) -> int:
    """Write down what a list says of a finished run that it did not say before.

    Args:
        package: The run's.
        journal: The run's.
        reading: The list as it stands.
        is_alone: Whether no later run can be meant: only then do entries count that name none
            of this run's requests.

    Returns:
        How many entries were added.
    """
    late = journal.late
    known = late.last_reading()
    was_cut_short = bool(late.sums().unreadable)
    change = FeedMemory(known).compare(reading)
    missed = None
    if known is None:
        # Only a request's id tells what of a first reading is ours.
        counts = Counter(each for each in reading if late.knows_request(each.request_id))
        change = Change(tuple(counts.items()))
        missed = MissReason.UNREAD if counts.total() < len(reading) else None
    else:
        ours = change.new
        if not is_alone:
            ours = tuple(each for each in ours if late.knows_request(each[0].request_id))
        # Of a run that had read to its end, nothing was waited for any more.
        missed = MissReason.OVERFLOW if change.is_overflow and was_cut_short else None
        change = replace(change, new=ours, is_at_least=change.is_at_least and bool(ours))
    added = late.add(reading, change, late.sent_range(), missed)
    attribute_errors(package, journal)
    return added
