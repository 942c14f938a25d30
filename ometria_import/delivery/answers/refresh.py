"""Reading the account's current error list, to show it or to add it to a finished run."""

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
    """An entry of the list that can be attributed to a run."""

    entry: FeedEntry
    batch: int
    origin: Origin | None
    """The origin of its record; None if only the batch is known."""


def read_error_list(account: Account) -> list[FeedEntry]:
    """Fetch an account's last hundred validation errors once, in the account's order.

    Raises:
        AccountRefusedError: the key may not read it.
        TemporaryFailureError: there was no answer, or no error list in it.
    """
    # Imported here so that only commands that use the network pay for importing httpx.
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
                hint=f"Check the key in {account.key_words} and base_url; perhaps it may push "
                f"and not read. {ABOUT_KEYS}",
            ) from None
        raise TemporaryFailureError(
            f"account {account.name}: {error}", hint="Give the same command again later."
        ) from None


def traced_in(package: Package, journal: Journal, entries: Sequence[FeedEntry]) -> list[KnownError]:
    """Find the entries that are certainly about a run's records, in batch order."""
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
    """Add a list's new entries about a finished run to its journal.

    Args:
        package: The run's package.
        journal: The run's journal.
        reading: The current list.
        is_alone: Whether no later run can be meant: only then do entries count that name none
            of this run's requests.

    Returns:
        The number of entries added.
    """
    late = journal.late
    known = late.last_reading()
    was_cut_short = bool(late.sums().unreadable)
    change = FeedMemory(known).compare(reading)
    if known is None:
        # In a first reading, only a request id shows which entries are ours.
        counts = Counter(each for each in reading if late.knows_request(each.request_id))
        change = Change(tuple(counts.items()))
        missed = MissReason.UNREAD if counts.total() < len(reading) else None
    else:
        ours = change.new
        if not is_alone:
            ours = tuple(each for each in ours if late.knows_request(each[0].request_id))
        # A run whose list was read to the end was not waiting for any more errors.
        missed = MissReason.OVERFLOW if change.is_overflow and was_cut_short else None
        change = replace(change, new=ours, is_at_least=change.is_at_least and bool(ours))
    added = late.add(reading, change, late.sent_range(), missed)
    attribute_errors(package, journal)
    return added
