"""Lines about a delivery."""

from __future__ import annotations

from msgspec import Struct

from ometria_import.cli.lines.shapes.line import Line
from ometria_import.options.choices import ObjectType


class RestBegun(Line):
    """What an earlier run left is sent first."""

    run: str


class RestEnded(Line):
    """What an earlier run left was sent or cannot be; `is_end` if nothing else is sent."""

    run: str
    is_end: bool


class AlreadySent(Line):
    """An earlier run has sent all this, and nothing has changed since."""

    run: str


class Totals(Struct, forbid_unknown_fields=True):
    """How the records of one object type stand."""

    object_type: ObjectType
    records: int
    accepted: int
    refused: int
    skipped: int
    unclear: int
    to_send: int


class RunStarted(Line):
    """A run starts, or goes on where it stopped.

    `between` is the hours in which it may send, or `always`.
    """

    batches_to_send: int
    between: str
    totals: list[Totals]


class BatchesSettled(Line):
    """Batches of one object type were settled since the last such line; a few a second.

    `number` is the last of them, `latency_s` how long its answer took, `queue_remaining` how many
    records the API's queue could take after it. The lines add up to what this command sent.
    """

    number: int
    object_type: ObjectType
    batches: int
    records: int
    accepted: int
    refused: int
    skipped: int
    unclear: int
    latency_s: float
    queue_remaining: int | None


class Retrying(Line):
    """A request failed temporarily and is sent again after a wait."""

    number: int
    attempt: int
    reason: str
    wait_s: float


class RateChanged(Line):
    """The rate was lowered or raised."""

    rate_per_s: float
    configured_per_s: float


class Paused(Line):
    """Nothing is sent for a while, because the server asked for it."""

    wait_s: float
    reason: str


class OutsideHours(Line):
    """Nothing is sent until the hours in which the run may send begin."""

    between: str
    until: str
    wait_s: float


class HoursBegun(Line):
    """The hours in which the run may send have begun; `paused_s` is what this command waited."""

    between: str
    paused_s: float


class QueueSeen(Line):
    """How many records the API's queue can still take, and how fast it drains."""

    remaining: int
    drain_per_s: float


class LateErrors(Line):
    """How many errors the account reported about records that it had accepted."""

    count: int
    is_at_least: bool


class LateErrorsMissed(Line):
    """Errors of a range of batches are lost or may be."""

    batches: str
    reason: str


class ErrorListUnreadable(Line):
    """The account's errors cannot be read at present; that is tried again."""

    reason: str


class AwaitingErrors(Line):
    """Everything is sent; errors are read until no new one has come for `quiet_s` seconds."""

    quiet_s: float


class DeliveryEnded(Line):
    """Nothing is being sent any more; how the whole run stands."""

    totals: list[Totals]
    requests: int
    retries: int
    rejected_later: int


class Delivered(Line):
    """How a run ended, finished or not."""

    run: str
    account: str
    report: str | None


class NothingLeft(Line):
    """The run that was to go on is finished."""

    run: str


class NothingToRetry(Line):
    """A run left nothing that can pass now; its late errors may be unknown."""

    run: str
    is_unknown: bool


class LateErrorsAdded(Line):
    """Errors that the account reports of a run now were added to it."""

    run: str
    added: int
    listed: int
    is_alone: bool
