"""Writing a journal without blocking the event loop: waiting for the disk is left to a thread.

A flush to a busy disk takes milliseconds, in which the event loop could not send: requests would
leave late, and the following ones in bunches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from ometria_import.delivery.journal.journal import Journal
from ometria_import.errors import OmetriaImportError, ignoring
from ometria_import.package import Batch


class JournalThread:
    """Writes the journal of a delivery; an async context manager that owns the thread.

    Each write is durable when it returns, and writes happen in the order in which they were
    requested. A requested write happens even if nobody waits for it any more.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._thread = ThreadPoolExecutor(1, "journal")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._thread.shutdown()

    async def write(self, write: Callable[[], None] = lambda: None) -> None:
        """Write in the thread; without a function, wait for all earlier writes."""
        if self.journal.is_dry_run:
            write()  # it does not wait for the disk, and there are thousands of calls per second
            return
        written = asyncio.get_running_loop().run_in_executor(self._thread, write)
        written.add_done_callback(_forget)
        await asyncio.shield(written)

    async def withdraw(self, batch: Batch) -> None:
        """Undo `mark_started` for a batch; if the disk fails, the batch stays in doubt."""

        def unmark() -> None:
            with ignoring(OmetriaImportError):
                self.journal.unmark_started(batch)

        await self.write(unmark)


def _forget(written: asyncio.Future[None]) -> None:
    """Retrieve the error, which asyncio would otherwise print if nobody awaits it."""
    if not written.cancelled():
        written.exception()
