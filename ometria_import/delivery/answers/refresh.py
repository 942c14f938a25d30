"""Reading the account's error list once more for a run that is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ometria_import.delivery.answers.attribution import attribute_errors
from ometria_import.delivery.answers.feed_window import FeedMemory
from ometria_import.delivery.api.feed_entries import FeedEntry
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import Change, MissReason
from ometria_import.package import Package


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
