"""Which line each event has, and how its fields are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from ometria_import import delivery, prepare
from ometria_import.actions.calling import events
from ometria_import.cli.lines.shapes import preparing, promoting, sending, verifying
from ometria_import.cli.lines.shapes.line import Line
from ometria_import.delivery.runs.run_log import without_answer
from ometria_import.verification import events as verification
from ometria_import.verification import reading

AnyEvent: TypeAlias = (
    events.RunEvent | prepare.PrepareEvent | delivery.Event | verification.VerificationEvent
)
Fields: TypeAlias = Callable[[Any], Mapping[str, Any]]


def same(shape: type[Line], but: str = "") -> Fields:
    """The fields of a line, each of which the event has under the same name."""
    names = [name for name in shape.__struct_fields__ if name not in {"schema", "at", but}]
    return lambda event: {name: _plain(getattr(event, name)) for name in names}


def _plain(value: Any) -> Any:
    return without_answer(value) if type(value) is str else value


def _interrupted(event: prepare.PreparingInterrupted) -> dict[str, Any]:
    problems: Counter[str] = Counter()
    for group in event.groups:
        problems[group.code] += group.count
    return {"rows": event.rows, "rejected": event.rejected, "problems": dict(problems)}


def _prepared(event: events.SourcesPrepared) -> dict[str, Any]:
    told = event.summary.as_json()
    names = set(preparing.Prepared.__struct_fields__) & told.keys()
    seen_in = None if event.seen_in is None else str(event.seen_in.id)
    return {**{name: told[name] for name in names}, "seen_in": seen_in}


def _totals(totals: Any) -> list[sending.Totals]:
    return [msgspec.convert(each, sending.Totals, from_attributes=True) for each in totals]


def _planned(event: verification.ReadingPlanned) -> dict[str, Any]:
    lists = [
        msgspec.convert(each, verifying.PlannedList, from_attributes=True) for each in event.lists
    ]
    return {
        "lists": lists,
        "requests": event.requests,
        "seconds": event.seconds,
        "is_resumed": event.is_resumed,
    }


def _path(path: Any) -> str | None:
    return None if path is None else str(path)


def _attested(event: events.PromotionEnded | events.AlreadyPromoted) -> str | None:
    return None if event.attested is None else str(event.attested.path)


_NAMESAKES: tuple[tuple[type, type[Line]], ...] = (
    (prepare.SourceCopying, preparing.SourceCopying),
    (prepare.SourcesNamed, preparing.SourcesNamed),
    (prepare.SourceProgress, preparing.SourceProgress),
    (prepare.SourceDone, preparing.SourceDone),
    (prepare.PackingStarted, preparing.PackingStarted),
    (events.Noted, preparing.Noted),
    (delivery.Retrying, sending.Retrying),
    (delivery.RateChanged, sending.RateChanged),
    (delivery.Paused, sending.Paused),
    (delivery.OutsideHours, sending.OutsideHours),
    (delivery.HoursBegun, sending.HoursBegun),
    (delivery.QueueSeen, sending.QueueSeen),
    (delivery.LateErrorsSeen, sending.LateErrors),
    (delivery.LateErrorsMissed, sending.LateErrorsMissed),
    (delivery.ErrorListUnreadable, sending.ErrorListUnreadable),
    (delivery.AwaitingErrors, sending.AwaitingErrors),
    (verification.CountingRecords, verifying.CountingRecords),
    (verification.ListCounted, verifying.ListCounted),
    (verification.ListRefused, verifying.ListRefused),
    (verification.RecordsRead, verifying.RecordsRead),
    (verification.ListRead, verifying.ListRead),
    (verification.Settling, verifying.Settling),
    (reading.ReadRetried, verifying.ReadRetried),
    (reading.AnswersSlow, verifying.AnswersSlow),
    (reading.PageShifted, verifying.PageShifted),
    (reading.PlaceLost, verifying.PlaceLost),
)
"""Events whose lines have exactly the fields of the event."""
LINES: Mapping[type, tuple[type[Line], Fields]] = MappingProxyType(
    {
        **{kind: (shape, same(shape)) for kind, shape in _NAMESAKES},
        prepare.SourceOpened: (
            preparing.SourceOpened,
            lambda event: {
                "number": event.number,
                "path": event.path,
                "format": event.description,
                "object_type": event.object_type,
                "size_bytes": event.size_bytes,
            },
        ),
        prepare.PreparingInterrupted: (preparing.PreparingInterrupted, _interrupted),
        delivery.BatchSettled: (
            sending.BatchesSettled,
            lambda event: {**same(sending.BatchesSettled, but="batches")(event), "batches": 1},
        ),
        delivery.RunStarted: (
            sending.RunStarted,
            lambda event: {
                "batches_to_send": event.batches_to_send,
                "between": str(event.hours),
                "totals": _totals(event.totals),
            },
        ),
        delivery.RunEnded: (
            sending.DeliveryEnded,
            lambda event: {
                "totals": _totals(event.summary.totals),
                "requests": event.summary.requests,
                "retries": event.summary.retries,
                "rejected_later": event.summary.rejected_later,
            },
        ),
        verification.ReadingPlanned: (verifying.ReadingPlanned, _planned),
        events.SourcesPrepared: (preparing.Prepared, _prepared),
        events.TooManyRejected: (
            preparing.TooManyRejected,
            lambda event: {
                "run": str(event.run.folder.id),
                "rejected": int(event.run.sums.get("rejected", 0)),
            },
        ),
        events.NothingToSend: (
            preparing.NothingToSend,
            lambda event: {"run": str(event.run.folder.id), "reason": event.reason},
        ),
        events.EffectsCounted: (
            preparing.EffectsCounted,
            lambda event: {
                "account": str(event.to),
                "effects": None
                if event.effects is None
                else event.effects.as_json(datetime.now(UTC)),
            },
        ),
        events.RestBegun: (sending.RestBegun, lambda event: {"run": str(event.run.id)}),
        events.RestEnded: (
            sending.RestEnded,
            lambda event: {"run": str(event.run.id), "is_end": event.is_end},
        ),
        events.AlreadySent: (sending.AlreadySent, lambda event: {"run": str(event.earlier.id)}),
        events.Rehearsed: (
            preparing.Rehearsed,
            lambda event: {
                "run": str(event.run.folder.id),
                "batches": event.summary.batches,
                "records": event.summary.records,
                "seconds": round(event.seconds, 3),
                "bodies": [str(path) for path in event.bodies],
            },
        ),
        events.Delivered: (
            sending.Delivered,
            lambda event: {
                "run": str(event.run.folder.id),
                "account": str(event.run.to),
                "report": _path(event.report),
            },
        ),
        events.NothingLeft: (
            sending.NothingLeft,
            lambda event: {"run": str(event.run.folder.id)},
        ),
        events.NothingToRetry: (
            sending.NothingToRetry,
            lambda event: {"run": str(event.run.id), "is_unknown": event.is_unknown},
        ),
        events.LateErrorsAdded: (
            sending.LateErrorsAdded,
            lambda event: {
                "run": str(event.run.id),
                "added": event.added,
                "listed": event.listed,
                "is_alone": event.is_alone,
            },
        ),
        events.RunVerified: (
            verifying.RunVerified,
            lambda event: {
                "account": str(event.account),
                "verification": str(event.verified.folder.id),
                "report": _path(event.report),
            },
        ),
        events.GateChecked: (
            promoting.GateChecked,
            lambda event: same(promoting.GateChecked)(event.line),
        ),
        events.PromotionBegun: (
            promoting.PromotionBegun,
            lambda event: {"staged": str(event.staged)},
        ),
        events.PromotionEnded: (
            promoting.PromotionEnded,
            lambda event: {
                "staged": str(event.staged),
                "attested": _attested(event),
                "is_owed": event.is_owed,
            },
        ),
        events.AlreadyPromoted: (
            promoting.AlreadyPromoted,
            lambda event: {
                "run": str(event.earlier.id),
                "staged": str(event.staged),
                "attested": _attested(event),
            },
        ),
    }
)
"""The line of each event, and how its fields are found. A test makes sure that none is missing."""
