"""Bugs that a test puts into the program, to show that the harness sees them.

Each is the smallest change of a real delivery that loses or spoils something; the comments say
which rule breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any


def checkpoint_before_send() -> None:
    """A batch counts as accepted before it is sent: a kill in between loses it."""
    from ometria_import.delivery.api.sink import Receipt
    from ometria_import.delivery.journal.journal import Journal
    from ometria_import.delivery.journal.model import Outcome

    start = Journal.mark_started

    def mark_started(self: Any, batch: Any) -> None:
        start(self, batch)
        outcome = Outcome(answered=1)
        outcome.add(Receipt(202, "", batch.records, 0, 0), 0, batch.records)
        self.mark_settled(batch, outcome)

    _put(Journal, "mark_started", mark_started)


def reset_is_success() -> None:
    """A connection that broke counts as an acceptance: what was not read is lost."""
    from ometria_import.delivery.api.push_api import PushApiSink
    from ometria_import.delivery.api.sink import Receipt, RetriableSinkError

    send = PushApiSink.send

    async def hopeful(self: Any, batch: Any) -> Receipt:
        try:
            return await send(self, batch)
        except RetriableSinkError as error:
            if not error.message.startswith("the connection broke"):
                raise
            return Receipt(202, "", batch.records, 0, 0)

    _put(PushApiSink, "send", hopeful)


def short_count_is_success() -> None:
    """An answer that says 99 of 100 counts as 100: the lost record is told of nowhere."""
    from ometria_import.delivery.api.push_api import PushApiSink

    send = PushApiSink.send

    async def generous(self: Any, batch: Any) -> Any:
        return replace(await send(self, batch), accepted=batch.records)

    _put(PushApiSink, "send", generous)


def any_answer_is_ours() -> None:
    """Connections are kept, and what is left on one answers the next request."""
    from ometria_import.delivery.api.answer_watch import WatchedStream
    from ometria_import.delivery.api.push_api import UniqueAnswers
    from ometria_import.delivery.api.transport import ONE_REQUEST

    async def silent(*_: Any) -> bool:
        return False

    async def send(self: Any, batch: Any) -> Any:
        return await self._sink.send(batch)

    ONE_REQUEST.clear()
    _put(WatchedStream, "_says_anything", silent)
    _put(WatchedStream, "refuse_leftovers", silent)
    _put(UniqueAnswers, "send", send)


def earlier_ids_are_forgotten() -> None:
    """An answer that an earlier request has got already counts once more."""
    from ometria_import.delivery.api.push_api import UniqueAnswers

    async def send(self: Any, batch: Any) -> Any:
        return await self._sink.send(batch)

    _put(UniqueAnswers, "send", send)


def types_in_any_order() -> None:
    """Orders go before the contacts that they belong to."""
    from ometria_import.delivery import run

    def one_group(sizes: Iterable[Any], **_: Any) -> Iterator[tuple[None, list[Any]]]:
        yield None, sorted(sizes, key=lambda size: size[0] * 7 % 13)

    _put(run, "groupby", one_group)


def retry_after_ignored() -> None:
    """A 429 is sent again as soon as our own back-off says."""
    import httpx

    get_list = httpx.Headers.get_list

    def deaf(self: httpx.Headers, key: str, **options: bool) -> list[str]:
        return [] if key.lower() == "retry-after" else get_list(self, key, **options)

    _put(httpx.Headers, "get_list", deaf)


def refusals_not_written() -> None:
    """Refused records are counted, and stand in no file."""
    from ometria_import.delivery.journal.journal import Journal

    _put(Journal, "refused_records", lambda _: iter(()))


def doubtful_batches_skipped() -> None:
    """A resume takes a batch that was begun for one that arrived."""
    from ometria_import.delivery.journal.journal import Journal
    from ometria_import.delivery.journal.model import BatchState

    def settled(self: Any) -> frozenset[int]:
        return frozenset(batch.number for batch in self.batches(*BatchState))

    _put(Journal, "settled", settled)


def differences_forgiven() -> None:
    """Whatever an account shows of a record counts as what was sent."""
    from ometria_import.verification import recorder
    from ometria_import.verification.comparing import Comparison

    _put(recorder, "compare", lambda *_: Comparison())


def doubts_are_forgotten() -> None:
    """Whatever a finished run has sent counts as given, be it refused."""
    from ometria_import.actions.giving import noting

    _put(noting, "doubtful_keys", lambda *_: iter(()))


def nothing_is_noted_before() -> None:
    """What a run is about to send stays as certain as it was."""
    from ometria_import.given import Given

    begin = Given.begin

    def late(self: Any, run_id: str, records: Iterable[Any]) -> None:
        some = list(records)
        known = self.lines([key for key, _ in some])
        begin(self, run_id, [each for each in some if each[0] not in known])

    _put(Given, "begin", late)


def _put(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)


MUTANTS: Mapping[str, Callable[[], None]] = MappingProxyType(
    {
        each.__name__: each
        for each in (
            checkpoint_before_send,
            reset_is_success,
            short_count_is_success,
            any_answer_is_ours,
            earlier_ids_are_forgotten,
            types_in_any_order,
            retry_after_ignored,
            refusals_not_written,
            doubtful_batches_skipped,
            differences_forgiven,
        )
    }
)
GIVING_MUTANTS: Mapping[str, Callable[[], None]] = MappingProxyType(
    {each.__name__: each for each in (doubts_are_forgotten, nothing_is_noted_before)}
)
"""Bugs that only `push --changed` shows."""
