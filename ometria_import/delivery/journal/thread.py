"""Writing a journal without standing still: whatever waits for the disk waits in a thread.

A flush to a busy disk takes milliseconds, and meanwhile the event loop could send nothing: the
requests would leave late, and the next ones in bunches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Self

from ometria_import.delivery.journal.journal import Journal
from ometria_import.errors import OmetriaImportError
from ometria_import.package import Batch


class JournalThread:
    """Writes what a delivery has to write; an async context manager that owns the thread.

    Each write is durable when it returns, and they happen in the order in which they were
    asked for. One that was asked for happens, even if nobody waits for it any more.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._thread = ThreadPoolExecutor(1, "journal")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._thread.shutdown()

    async def write(self, write: Callable[[], None] = lambda: None) -> None:
        """Let the thread write; without anything, wait for all that was asked for before."""
        if self.journal.is_dry_run:
            write()  # it does not wait for the disk, and there are thousands in a second
            return
        written = asyncio.get_running_loop().run_in_executor(self._thread, write)
        written.add_done_callback(_forget)
        await asyncio.shield(written)

    async def withdraw(self, batch: Batch) -> None:
        """Take back that a batch is about to leave, if the disk lets it: else it is in doubt."""

        def unmark() -> None:
            with suppress(OmetriaImportError):
                self.journal.unmark_started(batch)

        await self.write(unmark)


def _forget(written: asyncio.Future[None]) -> None:
    """Ask for the error, which otherwise is printed where nobody waits for it any more."""
    if not written.cancelled():
        written.exception()
