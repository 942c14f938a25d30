"""Finding the records for which a whole batch is refused, so that the others get in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ometria_import.delivery.bodies import part_of, records_of
from ometria_import.delivery.sink import BatchRefusedError, Receipt, Sink
from ometria_import.package import Batch


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that the push API refuses, found by sending it alone."""

    position: int
    """0-based in its batch: an index into `Package.origins`."""
    status: int
    answer: str
    """The beginning of the API's own words."""


@dataclass(frozen=True, slots=True)
class Part:
    """Records of a batch that travelled in one request, and were received."""

    request_id: str
    """The API's own; empty where it gave none."""
    first: int
    """0-based position in the batch."""
    records: int


@dataclass(slots=True)
class Outcome:
    """How a batch ended: every one of its records is in exactly one of the counts."""

    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    unclear: int = 0
    """In requests whose receipts do not add up."""
    refused: list[RefusedRecord] = field(default_factory=list)
    """By position."""
    answered: int = 0
    """Requests that were answered for good: all but those that were sent again."""
    receipt: Receipt | None = None
    """The last one; None where every record was refused."""
    parts: list[Part] = field(default_factory=list)
    """One for each receipt."""

    def add(self, receipt: Receipt, first: int, records: int) -> None:
        """Count a request with so many records, of which the first stands there in the batch."""
        self.receipt = receipt
        self.parts.append(Part(receipt.request_id, first, records))
        if receipt.adds_up_to(records):
            self.accepted += receipt.accepted
            self.rejected += receipt.rejected
            self.skipped += receipt.skipped
        else:
            self.unclear += records


async def send_splitting(sink: Sink, batch: Batch) -> Outcome:
    """Send a batch, and where it is refused, its halves, down to the single records.

    One bad record of 100 costs about 14 requests more, and no batch of n records more than
    2n - 1 in all. Whoever sends the batch again repeats all of it, which upserts make safe.
    """
    outcome = Outcome()
    try:
        outcome.answered += 1
        outcome.add(await sink.send(batch), 0, batch.records)
    except BatchRefusedError as error:
        await _split(sink, batch, (0, records_of(batch)), error, outcome)
    outcome.refused.sort(key=lambda record: record.position)
    return outcome


async def _split(
    sink: Sink,
    batch: Batch,
    part: tuple[int, Sequence[bytes]],
    error: BatchRefusedError,
    outcome: Outcome,
) -> None:
    first, records = part
    if len(records) == 1:
        outcome.refused.append(RefusedRecord(first, error.status, error.answer))
        return
    middle = len(records) // 2
    for start, half in ((0, records[:middle]), (middle, records[middle:])):
        try:
            outcome.answered += 1
            outcome.add(await sink.send(part_of(batch, half)), first + start, len(half))
        except BatchRefusedError as refusal:
            await _split(sink, batch, (first + start, half), refusal, outcome)
