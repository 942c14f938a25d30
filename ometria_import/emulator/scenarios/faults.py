"""What a scenario can make the emulator do, and when: one class per word after `do`.

The conditions of `Fault` narrow what a fault applies to, all of them together. `docs/emulator.md`
tells of each with examples.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

import msgspec

from ometria_import.toml import ContradictionError

Count = Annotated[int, msgspec.Meta(ge=1)]
Number = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
PerSecond = Annotated[float, msgspec.Meta(ge=0, le=1e6)]
AccountName = Literal["staging", "live"]


class Endpoint(StrEnum):
    """What a request wants; `ANY` stands in conditions only."""

    PUSH = "push"
    ERRORS = "errors"
    READS = "reads"
    """All other paths."""
    ANY = "any"


class Moment(StrEnum):
    """How far a request comes before its connection ends."""

    HEAD = "head"
    """Its headers arrived; its body is not read."""
    BODY = "body"
    """All of it arrived, and nothing of it is kept."""
    PROCESSED = "processed"
    """It is accepted, and the answer is lost."""


class Body(StrEnum):
    """What an answer consists of instead of the push API's JSON."""

    HTML = "html"
    EMPTY = "empty"
    NOT_JSON = "not_json"
    WRONG_SHAPE = "wrong_shape"
    ESCAPES = "escapes"
    """JSON with sequences that a terminal would obey."""
    HUGE = "huge"
    """3 MB of JSON."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """When something goes wrong; numbers count requests that meet the other conditions."""

    name: str = ""
    """How the database names it; without one, its `do` and its place such as `answer 2`."""
    on: Endpoint = Endpoint.PUSH
    account: AccountName | None = None
    """None for both."""
    record_id: str | tuple[str, ...] = ()
    """Requests with a record that has one of these ids."""
    record_text: str = ""
    """Requests with a record that holds this text, as it is encoded."""
    request: Count | tuple[Count, ...] = ()
    """The n-th request, from 1, of those that meet the conditions above."""
    from_request: Count = 1
    to_request: Count | None = None
    every: Count = 1
    """Every n-th: 5 for the 5th, 10th, 15th."""
    from_s: Seconds = 0
    """Seconds of the emulator's clock since the scenario began."""
    until_s: Seconds | None = None
    probability: Share = 1
    """Drawn once per request that meets all the conditions above."""
    times: Count | None = None
    """How often at most; None for no end."""

    def __post_init__(self) -> None:
        """Refuse conditions that no request can meet.

        Raises:
            ContradictionError: they contradict each other.
        """
        if self.until_s is not None and self.until_s <= self.from_s:
            raise ContradictionError("until_s must be greater than from_s", "until_s")
        if self.to_request is not None and self.to_request < self.from_request:
            raise ContradictionError("to_request must not be less than from_request", "to_request")

    @property
    def ids(self) -> frozenset[str]:
        """The ids of `record_id`."""
        return frozenset([self.record_id] if isinstance(self.record_id, str) else self.record_id)

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of `request`."""
        return frozenset([self.request] if isinstance(self.request, int) else self.request)

    @property
    def is_about_records(self) -> bool:
        """Whether only a request's body tells if it applies."""
        return bool(self.record_id or self.record_text)

    @property
    def is_about_requests(self) -> bool:
        """Whether it needs a request to begin, not the clock alone."""
        return self.is_about_records or bool(
            self.request
            or self.from_request > 1
            or self.to_request
            or self.every > 1
            or self.probability < 1
            or self.times
        )


class OtherAnswer(Fault, frozen=True, kw_only=True, tag="answer"):
    """Answers something else. The first that applies to a request wins."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = None
    """None for what it would be."""
    processed: bool | None = None
    """Whether the request is processed first; None for yes unless the status is 300 or more."""
    body: Body | None = None
    """None for the push API's JSON."""
    text: str | None = None
    """The body to the letter."""
    retry_after: int | float | str | None = None
    """The header to the letter, be it absurd; None for no header."""
    retry_after_date_s: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)] | None = None
    """The same as an HTTP date so many seconds from now; less than 0 is in the past."""
    headers: dict[str, str] = {}
    header_bytes: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0
    """One more header of this length."""
    queue_limit: int | str | None = None
    """The header to the letter; None for the truth."""
    queue_remaining: int | str | None = None
    """The same for the room that is left."""
    drop: Number = 0
    """The last records of a push that are not taken in, in silence."""
    accepted_less: int = 0
    """Taken from the count of accepted records that the answer tells."""
    rejected: int | None = None
    """The count that the answer tells; None for 0."""
    skipped: int | None = None
    """The same; None for no count at all."""
    says_status: str | None = None
    """The JSON's own `status`, such as ERROR; None for the one that fits."""
    cut_bytes: Number = 0
    """Bytes that `Content-Length` announces and that never come."""
    byte_every_s: Seconds = 0
    """The answer comes byte by byte, so far apart; 0 for at once."""
    endless: bool = False
    """Blanks follow the body, one every `byte_every_s` or 50 ms, for ever."""

    @property
    def is_processed(self) -> bool:
        """Whether the records are accepted, whatever the answer says."""
        if self.processed is not None:
            return self.processed
        return self.status is None or self.status < 300  # noqa: PLR2004 -- success


class RateLimited(OtherAnswer, frozen=True, kw_only=True, tag="rate_limited"):
    """429 as if for the rate."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = 429


class QueueFull(OtherAnswer, frozen=True, kw_only=True, tag="queue_full"):
    """429 as if for a full queue: its headers say that nothing more fits."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = 429
    queue_remaining: int | str | None = 0


class Redirect(OtherAnswer, frozen=True, kw_only=True, tag="redirect"):
    """Sends elsewhere."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = 307
    to: str
    """The address in `Location`."""


class Ending(Fault, frozen=True, kw_only=True):
    """Ends the connection without an answer. The first of these and of answers wins."""

    moment: Moment = Moment.BODY

    def __post_init__(self) -> None:
        """Refuse what a request's headers do not tell."""
        super().__post_init__()
        if self.moment is Moment.HEAD and self.is_about_records:
            raise ContradictionError(
                'moment = "head" cannot be used with record_id or record_text: '
                "at that moment the body has not been read",
                "moment",
            )


class Reset(Ending, frozen=True, kw_only=True, tag="reset"):
    """Ends it with a TCP reset."""


class Close(Ending, frozen=True, kw_only=True, tag="close"):
    """Ends it in good manners."""


class SecondAnswer(Fault, frozen=True, kw_only=True, tag="second_answer"):
    """Leaves a second answer on the connection, which belongs to no request.

    What comes on that connection afterwards is read by nobody: who sends there and takes the
    second answer for their own believes that a request was processed which was not.
    """

    after_s: Seconds | None = None
    """Real seconds from the first answer to the second; None for both in one piece."""
    request_id: Literal["same", "new"] = "new"
    """Whether the second one says the `request_id` of the first, or one of its own."""


class StaleAnswer(Fault, frozen=True, kw_only=True, tag="stale_answer"):
    """Answers what the account's last push was answered, to the letter, and processes nothing.

    A push before which there was none is processed as usual.
    """


class Latency(Fault, frozen=True, kw_only=True, tag="latency"):
    """Lets the answer wait, in real seconds whatever the clock; several add up."""

    seconds: Seconds = 0
    least_s: Seconds = 0
    most_s: Seconds = 0
    """Drawn evenly between the two for each request, and added to `seconds`."""

    def __post_init__(self) -> None:
        """Refuse bounds that change places."""
        super().__post_init__()
        if self.most_s < self.least_s:
            raise ContradictionError("most_s must not be less than least_s", "most_s")


class QueueHeaders(Fault, frozen=True, kw_only=True, tag="queue_headers"):
    """Says something else of the queue than the truth."""

    missing: bool = False
    """Neither header is there."""
    limit: int | str | None = None
    remaining: int | str | None = None
    """To the letter; None for the truth."""


class LateRefusal(Fault, frozen=True, kw_only=True, tag="late_refusal"):
    """Finds records invalid that were answered with OK.

    Which records: those that `record_id` and `record_text` name, of these every n-th, and of
    these a share; `times` counts records.
    """

    after_s: Seconds = 0
    """Seconds of the emulator's clock after the push arrived, if it has left the queue."""
    every_record: Count = 1
    share: Share = 1
    message: str = "not a valid value"
    path: str = "root"

    def __post_init__(self) -> None:
        """Refuse requests that bring no records."""
        super().__post_init__()
        if self.on is not Endpoint.PUSH:
            raise ContradictionError('on must be "push" for late_refusal', "on")


class ErrorsFeed(Fault, frozen=True, kw_only=True, tag="errors_feed"):
    """Shows the errors in another way; those in the database stay as they are."""

    on: Endpoint = Endpoint.ERRORS
    hide: tuple[Literal["record_id", "request_id", "record_type", "timestamp"], ...] = ()
    nulls: bool = False
    """What is hidden is there as null rather than absent."""
    order: Literal["newest_first", "oldest_first", "shuffled"] = "newest_first"
    copies: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    """How often each error is shown."""
    window: Annotated[int, msgspec.Meta(ge=0, le=100)] = 100
    foreign: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    """Errors of somebody else's records that come in before each answer."""

    def __post_init__(self) -> None:
        """Refuse requests that are answered without errors."""
        super().__post_init__()
        if self.on is not Endpoint.ERRORS:
            raise ContradictionError('on must be "errors" for errors_feed', "on")


class OtherWriter(Fault, frozen=True, kw_only=True, tag="other_writer"):
    """Somebody else changes a list just before it, or one of its records, is read."""

    on: Endpoint = Endpoint.READS
    deletes: Number = 0
    """Records that go, as those do that are merged into others."""
    adds: Number = 0
    """Records that come; with ids that begin with `foreign-`."""
    edits: Number = 0
    """Records in which one field gets another value."""
    where: Literal["anywhere", "first", "last"] = "anywhere"
    """Which records go or get another value; `first` is the one that was stored first."""

    def __post_init__(self) -> None:
        """Refuse requests that read no list.

        Raises:
            ContradictionError: it is about other requests.
        """
        super().__post_init__()
        if self.on is not Endpoint.READS:
            raise ContradictionError('on must be "reads" for other_writer', "on")


class Spell(Fault, frozen=True, kw_only=True):
    """A state that lasts.

    With conditions about requests, it begins with a request that meets them (which it then
    holds for already); without, at `from_s` by the clock alone.
    """

    for_s: Seconds | None = None
    """How long after its beginning; None for `until_s`, or the scenario's end."""

    def __post_init__(self) -> None:
        """Refuse two ends."""
        super().__post_init__()
        if self.until_s is not None and self.for_s is not None:
            raise ContradictionError("for_s and until_s cannot be used together", "for_s")


class Refuse(Spell, frozen=True, kw_only=True, tag="refuse"):
    """Takes no connections, and ends those that are open. The admin endpoint is away as well."""

    how: Literal["refused", "reset", "close"] = "refused"
    """`refused`: nothing listens on the port. The others take a connection and end it at its
    first byte; the admin endpoint stays."""


class RevokeKey(Spell, frozen=True, kw_only=True, tag="revoke_key"):
    """Does not know the key any more: 403."""


ReadPath: TypeAlias = Literal[
    "errors",
    "products",
    "orders",
    "contacts",
    "profiles",
    "unsubscribes",
    "data-deletion-requests",
]
READ_PATHS: tuple[ReadPath, ...] = (
    "errors",
    "products",
    "orders",
    "contacts",
    "profiles",
    "unsubscribes",
    "data-deletion-requests",
)


class NoReads(Spell, frozen=True, kw_only=True, tag="no_reads"):
    """Lets the key push and not read: 403 where it asks."""

    paths: tuple[ReadPath, ...] = READ_PATHS
    """What it may not read; `errors` is `/push/_errors`."""


class Limits(Spell, frozen=True, kw_only=True, tag="limits"):
    """Sets an account's limits; those it does not name stay as they are."""

    rate: Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None = None
    read_rate: Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None = None
    queue: Count | None = None
    drain: PerSecond | None = None


class ForeignSender(Spell, frozen=True, kw_only=True, tag="foreign_sender"):
    """Somebody else sends to the same account."""

    requests_per_s: PerSecond = 0
    """Pushes that count against the rate, evenly spread."""
    records_per_s: PerSecond = 0
    """Records that fill the queue, as far as they fit."""


AnyFault: TypeAlias = (
    OtherAnswer
    | RateLimited
    | QueueFull
    | Redirect
    | Reset
    | Close
    | SecondAnswer
    | StaleAnswer
    | Latency
    | QueueHeaders
    | LateRefusal
    | ErrorsFeed
    | OtherWriter
    | Refuse
    | RevokeKey
    | NoReads
    | Limits
    | ForeignSender
)
KINDS: dict[str, type[Fault]] = {
    str(kind.__struct_config__.tag): kind for kind in AnyFault.__args__
}
"""Every word after `do`."""
