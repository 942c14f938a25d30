"""Writing a journal without standing still: whatever waits for the disk waits in a thread.

A flush to a busy disk takes milliseconds, and meanwhile the event loop could send nothing: the
requests would leave late, and the next ones in bunches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.model import Outcome
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

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown()

    async def declare(self, batch: Batch) -> None:
        """See `Journal.mark_started`."""
        await self._write(lambda: self.journal.mark_started(batch))

    async def withdraw(self, batch: Batch) -> None:
        """Take back `declare`, if the disk lets it: a batch in doubt is only sent again."""

        def unmark() -> None:
            try:
                self.journal.unmark_started(batch)
            except OmetriaImportError:
                return

        await self._write(unmark)

    async def pause(self, now_s: float, told_s: float) -> None:
        """See `Journal.mark_pause`."""
        await self._write(lambda: self.journal.mark_pause(now_s, told_s))

    async def settle(self, batch: Batch, outcome: Outcome) -> None:
        """See `Journal.mark_settled`."""
        await self._write(lambda: self.journal.mark_settled(batch, outcome))

    async def drain(self) -> None:
        """Return when everything that was asked for is written."""
        await self._write(lambda: None)

    async def _write(self, write: Callable[[], None]) -> None:
        if self.journal.is_dry_run:
            write()  # it does not wait for the disk, and there are thousands in a second
            return
        written = asyncio.get_running_loop().run_in_executor(self._thread, write)
        written.add_done_callback(_forget)
        await asyncio.shield(written)


def _forget(written: asyncio.Future[None]) -> None:
    """Ask for the error, which otherwise is printed where nobody waits for it any more."""
    if not written.cancelled():
        written.exception()
