"""Reading what is to be read: whole lists, single records, and again what may come later."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta

from ometria_import.delivery.pacing.limiter import Clock
from ometria_import.verification.events import (
    ListCounted,
    ListRead,
    ListRefused,
    RecordsRead,
    Settling,
    VerificationSubscriber,
)
from ometria_import.verification.reading import (
    AccountReads,
    NotReadableError,
    ReadPage,
    ShortPageError,
)
from ometria_import.verification.recorder import Recorder
from ometria_import.verification.records.planning import pages_of
from ometria_import.verification.records.tables import Known, PlannedList, Result
from ometria_import.verification.wishes import DEFAULT_SETTLE

_AGAIN_AFTER_S = (60.0, 120.0, 300.0, 900.0)
"""When records are read again that may come later; the last of them from then on."""
_CANARIES = 100
"""So many are read first: where none of them has come, the others have not either."""
_MOST_SINGLES_AFTER_SHORT_PAGES = 10_000


class Patience:
    """Until when a record that is missing may still come."""

    def __init__(self, run_ended_at: datetime, settle: timedelta, clock: Clock) -> None:
        self._settled_s = run_ended_at.timestamp() + max(settle, DEFAULT_SETTLE).total_seconds()
        self._settle_s = settle.total_seconds()
        self._clock = clock

    def is_too_soon(self) -> bool:
        """Whether what is missing now may come without anybody's doing."""
        return self._clock.wall() < self._settled_s

    def waits(self) -> Iterator[float]:
        """How long to wait each time; it ends when it is not worth waiting any more."""
        until_s, again = self._clock.wall() + self._settle_s, iter(_AGAIN_AFTER_S)
        wait_s = _AGAIN_AFTER_S[-1]
        while self.is_too_soon():
            wait_s = min(next(again, wait_s), self._settled_s - self._clock.wall() + 1)
            if self._clock.wall() + wait_s > until_s + 1:
                return
            yield wait_s
        # What was read a moment ago, when it was too soon, is read a last time.
        yield 0.0


class ListReader:
    """Reads the planned lists of one account."""

    def __init__(
        self,
        reads: AccountReads,
        recorder: Recorder,
        on_event: VerificationSubscriber,
        *,
        has_extras: bool,
    ) -> None:
        """Prepare.

        Args:
            reads: The account.
            recorder: Takes what was read.
            on_event: Is told how far it is.
            has_extras: Whether a record that is not to be read is one that the run did not send.
        """
        self._reads = reads
        self._recorder = recorder
        self._state = recorder.state
        self._on_event = on_event
        self._has_extras = has_extras
        self.notes: list[str] = []
        """What a reader of the outcome must know."""

    async def read(self, planned: PlannedList) -> None:
        """Read what is unread of a list; a list that the account refuses is noted as such."""
        try:
            unread = Result.UNREAD
            is_seen = planned.is_paged_through
            if planned.is_paged and not is_seen:
                is_seen = await self._read_pages(planned, unread, is_first=True)
            if is_seen:
                await self._add_unseen(planned, unread)
            await self._read_singles(planned, self._state.with_result(planned.number, unread))
        except NotReadableError as error:
            self._recorder.write()
            self._state.mark_refused(planned.number, error.message)
            self._on_event(ListRefused(planned.name, error.message))
            return
        self._recorder.write()
        self._on_event(ListRead(planned.name))

    async def settle(self, patience: Patience, clock: Clock) -> None:
        """Read again what may have come meanwhile, until it has come or surely will not."""
        for wait_s in patience.waits():
            left = self._not_yet()
            if not left:
                return
            if wait_s:
                self._on_event(Settling(sum(count for _, count in left), wait_s))
                await clock.sleep(wait_s)
            is_last = not patience.is_too_soon()
            for planned, count in left:
                await self._read_again(planned, count, is_last=is_last)

    def _not_yet(self) -> list[tuple[PlannedList, int]]:
        counts = ((each, self._state.count(each.number)) for each in self._state.lists())
        return [(each, count[Result.NOT_YET]) for each, count in counts if count[Result.NOT_YET]]

    async def _read_again(self, planned: PlannedList, records: int, *, is_last: bool) -> None:
        number, not_yet = planned.number, Result.NOT_YET
        try:
            has_canaries = records > _CANARIES and not is_last
            if has_canaries and not await self._read_singles(
                planned, self._canaries(number, not_yet)
            ):
                return
            if pages_of(planned.in_account or 0) < records and await self._read_pages(
                planned, not_yet, is_first=False
            ):
                await self._add_unseen(planned, not_yet)
                if not is_last:
                    return
            await self._read_singles(planned, self._state.with_result(number, not_yet))
        except NotReadableError as error:
            self._on_event(ListRefused(planned.name, error.message))
        finally:
            self._recorder.write()

    def _canaries(self, list_number: int, result: Result) -> Iterator[Known]:
        return self._state.spread(list_number, result, _CANARIES)

    async def _add_unseen(self, planned: PlannedList, wanted: Result) -> None:
        """Take records that no page of a whole list showed for missing, if they are many.

        Some of them are asked for one by one first. If one of these is there after all, nothing
        is taken for anything.

        Raises:
            NotReadableError: the account does not show them.
        """
        number = planned.number
        if self._recorder.is_too_soon():
            if wanted is Result.NOT_YET:
                return
        else:
            if self._state.count(number)[wanted] <= _CANARIES:
                return
            if await self._read_singles(planned, self._canaries(number, wanted)):
                return
        for known in self._state.with_result(number, wanted):
            self._recorder.add(planned, known, None)
        self._recorder.write()

    async def _read_pages(self, planned: PlannedList, wanted: Result, *, is_first: bool) -> bool:
        """Read a whole list; a first reading goes on where it was stopped, and notes extras.

        Returns:
            Whether its pages showed all of it.

        Raises:
            NotReadableError: the account does not show it.
        """
        start = planned.next_offset if is_first else 0
        total = planned.in_account or 0
        has_extras = is_first and self._has_extras
        try:
            async with aclosing(self._reads.pages(planned.listing, start)) as pages:
                async for page in pages:
                    self._add_page(planned, page, wanted, has_extras=has_extras)
                    place = (planned.number, page.resume_at, False)
                    self._recorder.write(place if is_first else None)
                    # A page begins with the last record of the one before.
                    done = page.resume_at + 1 if page.records or page.offset else 0
                    self._tell(planned, done, max(total, done))
        except ShortPageError as error:
            self._recorder.write()
            left = self._state.count(planned.number)[wanted]
            if left > _MOST_SINGLES_AFTER_SHORT_PAGES:
                raise
            self._note(f"{planned.name} was read one by one, because of its pages: {error.reason}")
            return False
        if is_first:
            self._recorder.write((planned.number, 0, True))
        return True

    def _add_page(
        self, planned: PlannedList, page: ReadPage, wanted: Result, *, has_extras: bool
    ) -> None:
        found = {str(each["id"]): each for each in page.records}
        known = self._state.by_ids(planned.number, list(found)) if found else {}
        for record_id, record in found.items():
            each = known.get(record_id)
            if each is None:
                if has_extras:
                    self._recorder.add_extra(planned, record_id)
            elif each.result is wanted:
                self._recorder.add(planned, each, record)

    async def _read_singles(self, planned: PlannedList, records: Iterable[Known]) -> int:
        """Read records one by one.

        Returns:
            Of how many of those that are there more is known than before.

        Raises:
            NotReadableError: the account does not show them.
        """
        counts = self._state.count(planned.number)
        total = sum(counts.values())
        done = total - counts[Result.UNREAD]
        changed = 0
        asked: deque[Known] = deque()

        def ids() -> Iterator[str]:
            for each in records:
                asked.append(each)
                yield each.record_id

        async with aclosing(self._reads.ones(planned.listing, ids())) as answers:
            async for _, found in answers:
                known = asked.popleft()
                is_news = self._recorder.add(planned, known, found) is not known.result
                changed += found is not None and is_news
                done += known.result is Result.UNREAD
                self._tell(planned, done, total)
        return changed

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _tell(self, planned: PlannedList, done: int, total: int) -> None:
        self._on_event(RecordsRead(planned.name, done, total, self._recorder.wrong))


async def count_lists(
    reads: AccountReads, lists: Iterable[PlannedList], on_event: VerificationSubscriber
) -> list[PlannedList]:
    """Count how many records the account holds of each list, or note why it does not say."""
    found = []
    for planned in lists:
        if not planned.name:
            found.append(planned)
            continue
        try:
            in_account = await reads.count(planned.listing, near=planned.population)
        except NotReadableError as error:
            on_event(ListRefused(planned.name, error.message))
            found.append(replace(planned, refused=error.message))
            continue
        on_event(ListCounted(planned.name, in_account, planned.population))
        found.append(replace(planned, in_account=in_account))
    return found
