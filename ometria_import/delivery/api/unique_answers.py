"""Rejecting answers that an earlier request of the same run already received."""

from __future__ import annotations

from collections.abc import Iterable

from ometria_import.delivery.api.sink import Receipt, RetriableSinkError, Sink
from ometria_import.package import Batch


class UniqueAnswers:
    """Passes batches on, and rejects an answer whose `request_id` was in an earlier answer.

    A server or a proxy that repeats an old answer has not processed the request that it
    answers with it.

    Raises from `send`, besides what the inner sink raises:
        RetriableSinkError: the answer belongs to another request; the batch is in doubt.
    """

    def __init__(self, sink: Sink, known: Iterable[str] = ()) -> None:
        """`known` are the request ids in the answers of the run's earlier sessions."""
        self._sink = sink
        # Hashes need a third of the memory, and a chance collision only costs one more request.
        self._seen = set(map(hash, known))

    async def send(self, batch: Batch) -> Receipt:
        """Send a batch; an answer without a `request_id` is trusted."""
        receipt = await self._sink.send(batch)
        name = receipt.request_id
        if name and hash(name) in self._seen:
            raise RetriableSinkError(
                f"the answer repeats the request_id {name} of an earlier one, so it says nothing "
                "of this request"
            )
        self._seen.add(hash(name))
        return receipt
