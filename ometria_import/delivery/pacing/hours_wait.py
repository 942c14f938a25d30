"""Holding requests back outside of the hours in which a run may send."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from ometria_import.delivery.events import HoursBegun, OutsideHours, Subscriber, ignore_events
from ometria_import.delivery.journal.model import HoursWaited
from ometria_import.delivery.journal.thread import JournalThread
from ometria_import.delivery.pacing.limiter import Clock
from ometria_import.errors import OmetriaImportError, ignoring
from ometria_import.options.sending_hours import SendingHours
from ometria_import.package import Batch

_LOOK_AGAIN_S = 30.0
"""The longest sleep before the wall clock is checked again: it may be set, and a sleep stands still
while the machine is suspended."""
_NOTED_EVERY_S = 600.0
"""How often the time waited is recorded, because a process may be killed."""


PauseCheck: TypeAlias = Callable[[Batch], None]
"""Raises an OmetriaImportError if a batch may not be sent any more after a pause."""


def check_nothing(_: Batch) -> None:
    """Let every batch pass."""


class HoursWait:
    """Lets requests pass within the hours, and holds them back outside of them."""

    def __init__(
        self,
        hours: SendingHours,
        clock: Clock,
        on_event: Subscriber = ignore_events,
        check: PauseCheck = check_nothing,
        writer: JournalThread | None = None,
    ) -> None:
        """Once there was a pause, `check` is asked about each batch: much may have changed.

        `writer` records that the run waits, for whoever asks what it does.
        """
        self.hours = hours
        self._clock = clock
        self._on_event = on_event
        self._check = check
        self._before_s = 0.0
        """The seconds of the waits that are over."""
        self._since: float | None = None
        self._writer = writer
        self._earlier_s = writer.journal.hours().paused_s if writer is not None else 0.0
        """The seconds that earlier sessions of the run waited."""

    @property
    def is_open(self) -> bool:
        """Whether a request may be sent now."""
        return self.hours.is_open(self._clock.wall())

    def paused_s(self) -> float:
        """The seconds waited so far, including a wait that still goes on."""
        if self._since is None:
            return self._before_s
        return self._before_s + self._clock.monotonic() - self._since

    @property
    def waited(self) -> HoursWaited:
        """The waits of all sessions of the run, while it does not wait."""
        return HoursWaited(str(self.hours), "", self._earlier_s + self.paused_s())

    async def wait(self, batch: Batch) -> None:
        """Wait until a request with a batch may be sent; one caller at a time.

        Raises:
            InterruptedRunError: a stop was asked for.
            OmetriaImportError: the batch may not be sent any more.
        """
        if not self.is_open:
            await self._pause()
        if self._before_s:
            self._check(batch)

    async def _pause(self) -> None:
        now, between = self._clock.wall(), str(self.hours)
        until = self.hours.opens_at(now)
        said = datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds")
        self._on_event(OutsideHours(between, said, until - now))
        began = self._since = self._clock.monotonic()
        noted_s = -math.inf
        try:
            while (wait_s := self._wait_s()) > 0:
                if self.paused_s() - noted_s >= _NOTED_EVERY_S:
                    noted_s = self.paused_s()
                    await self._note(self.waited._replace(until=said))
                await self._clock.sleep(min(wait_s, _LOOK_AGAIN_S))
        finally:
            self._since = None
            self._before_s += self._clock.monotonic() - began
        await self._note(self.waited)
        self._on_event(HoursBegun(between, self._before_s))

    async def _note(self, waited: HoursWaited) -> None:
        writer = self._writer
        if writer is None:
            return

        def mark() -> None:
            # A disk that is full by day may have room again when the hours come.
            with ignoring(OmetriaImportError):
                writer.journal.mark_hours(waited)

        await writer.write(mark)

    def _wait_s(self) -> float:
        now = self._clock.wall()
        return self.hours.opens_at(now) - now
