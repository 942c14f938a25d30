"""Progress of a verification: a bar per list on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import assert_never

from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn

from ometria_import.actions.calling.words import counted
from ometria_import.cli.showing.progress import ProgressView
from ometria_import.cli.showing.screen import Screen, duration
from ometria_import.delivery import Paused, RateChanged
from ometria_import.verification.events import (
    CountingRecords,
    ListCounted,
    ListRead,
    ListRefused,
    ReadingPlanned,
    RecordsRead,
    Settling,
    VerificationEvent,
)
from ometria_import.verification.reading import (
    AnswersSlow,
    PageShifted,
    PlaceLost,
    ReadEvent,
    ReadRetried,
)
from ometria_import.verification.records.tables import PlannedList
from ometria_import.verification.summary import How


class VerificationProgress(ProgressView):
    """Shows the events of a verification."""

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(
            screen,
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=16),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f}", markup=False),
            TextColumn("{task.fields[state]}", markup=False),
            TimeRemainingColumn(compact=True),
            clock=clock,
        )
        self._tasks: dict[str, TaskID] = {}
        self._totals: dict[str, int] = {}

    def __call__(self, event: VerificationEvent) -> None:
        """Show one event."""
        match event:
            case CountingRecords():
                self._note("counting what the account holds")
            case ListCounted():
                self._note(
                    f"{event.name}: the account holds {counted(event.in_account, 'record')}; the "
                    f"run should have {event.population:,} of them"
                )
            case ListRefused():
                self._note(f"{event.name} cannot be read: {event.reason}")
            case ReadingPlanned():
                self._planned(event)
            case RecordsRead():
                self._read(event)
            case ListRead():
                self._finished(event.name)
            case Settling():
                self._note(
                    f"{counted(event.records, 'record')} not there as sent yet; reading again "
                    f"in {duration(event.wait_s)}"
                )
            case _:
                self._heard(event)

    def _heard(self, event: ReadEvent) -> None:
        """Show what came of requests."""
        match event:
            case ReadRetried():
                self._heartbeat(f"{event.reason}; trying again in {event.wait_s:.1f} s")
            case Paused():
                self._note(f"{event.reason}: waiting {duration(event.wait_s)}")
            case RateChanged():
                self._heartbeat(f"reading at {event.rate_per_s:.1f} requests/s")
            case AnswersSlow():
                self._note(
                    f"answers take {event.latency_s:.1f} s: at most {event.reads_per_s:.1f} "
                    "requests/s are possible"
                )
            case PageShifted():
                self._heartbeat(f"{event.path} changed while it was read; its place was found")
            case PlaceLost():
                self._note(f"so much of {event.path} went while it was read that its place is lost")
            case _:
                assert_never(event)

    def _planned(self, event: ReadingPlanned) -> None:
        for planned in event.lists:
            if planned.how is not How.NONE and not planned.refused:
                # Where bars say how much is read, why so much is is left out.
                self._line(f"{planned.name}: {_how(planned)}")
        again = "going on with a verification that was stopped: " if event.is_resumed else ""
        time_ = f", {duration(event.seconds)} at the account's rate" if event.seconds >= 1 else ""
        self._note(f"{again}about {counted(event.requests, 'request')}{time_}")

    def _read(self, event: RecordsRead) -> None:
        self._totals[event.name] = event.total
        wrong = f"{event.wrong:,} differ or are missing" if event.wrong else ""
        if event.name not in self._tasks:
            self._tasks[event.name] = self._bars.add_task(
                event.name, total=event.total, completed=0, state=""
            )
        self._bars.update(
            self._tasks[event.name], total=event.total, completed=event.done, state=wrong
        )
        words = f"{event.name}: {event.done:,} of {counted(event.total, 'record')} read"
        self._heartbeat(", ".join(filter(None, (words, wrong))))

    def _finished(self, name: str) -> None:
        if name in self._tasks:
            task = self._tasks[name]
            self._bars.update(task, completed=self._totals[name], state="done")
        self._line(f"{name} has been read")

    def _note(self, text: str) -> None:
        """Say a line, above the bars where there are any."""
        if self._screen.shows_bars:
            self._screen.note(text)
        else:
            self._line(text)


def _how(planned: PlannedList) -> str:
    if planned.how is How.SAMPLE:
        return planned.reason
    return f"reading all of it ({planned.reason})" if planned.is_paged else planned.reason
