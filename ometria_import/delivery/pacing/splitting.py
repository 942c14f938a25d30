"""Finding the records that make a batch fail, so that the other records get in."""

from __future__ import annotations

from ometria_import.delivery.api.sink import BatchRefusedError, Sink
from ometria_import.delivery.journal.model import Outcome, RefusedRecord
from ometria_import.package import Batch
from ometria_import.package.bodies import part_of, records_of


class SplitBudget:
    """The requests a session may still use to find records that were only counted as rejected.

    The good records of such a batch are in already, and finding the others must not make a run
    take many times as long.
    """

    def __init__(self, requests: int) -> None:
        self.left = requests

    def take(self, requests: int) -> bool:
        """Use this many requests if that many are left; returns whether they were left."""
        is_enough = requests <= self.left
        self.left -= requests if is_enough else 0
        return is_enough


async def send_splitting(sink: Sink, batch: Batch, budget: SplitBudget) -> Outcome:
    """Send a batch; if some of it is refused, send its halves, down to single records.

    One bad record of 100 costs about 14 requests more, and no batch of n records more than
    2n - 1 in all. Whoever sends the batch again repeats all of it, which upserts make safe.

    Args:
        sink: The sink for the batch and its parts.
        batch: The batch to send.
        budget: The requests left for finding records that are only counted as rejected; once it is
            used up, they are only counted.
    """
    outcome = Outcome()
    await _send(sink, batch, 0, outcome, budget)
    outcome.refused.sort(key=lambda record: record.position)
    return outcome


async def _send(sink: Sink, some: Batch, first: int, outcome: Outcome, budget: SplitBudget) -> None:
    """Send a part of a batch, which begins at the given position of the batch."""
    outcome.answered += 1
    try:
        receipt = await sink.send(some)
    except BatchRefusedError as error:
        if len(records_of(some)) == 1:
            outcome.refused.append(RefusedRecord(first, error.status, error.answer))
            return
    else:
        is_known = not receipt.rejected or not receipt.adds_up_to(some.records)
        if not is_known and receipt.rejected == some.records:
            outcome.refuse_all(receipt, first, some.records)
            return
        if is_known or not budget.take(2):
            outcome.add(receipt, first, some.records)
            return
        outcome.note(receipt, first, some.records)
    records = records_of(some)
    middle = len(records) // 2
    for start, half in ((0, records[:middle]), (middle, records[middle:])):
        await _send(sink, part_of(some, half), first + start, outcome, budget)
