"""Deciding which consent applies when several rows of one person state it.

Consent is never invented, and an opt-out is never lost: only an opt-in with a later time overrides
it. A word that is not understood may be an opt-out, so an opt-in without a later time gives way to
it, and nothing is said. A suppression is final. Without an opt-out, the last statement counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from ometria_import.schema.field_types.moments import moment_of

Path = tuple[str, ...]
Leaves = dict[Path, bytes]
"""The values of a record as raw JSON, by their path."""


@dataclass(frozen=True, slots=True)
class ConsentFields:
    """A consent and the fields that belong to it, which are merged together."""

    state: Path
    opted_in: bytes
    """The opted-in state as raw JSON."""
    opted_out: bytes
    time_of_in: Path
    time_of_out: Path
    others: tuple[Path, ...] = ()
    paths: tuple[Path, ...] = field(init=False)
    """The paths of all its fields, the state first."""

    def __post_init__(self) -> None:
        """Collect the paths once; each is looked for in every record."""
        paths = (self.state, self.time_of_in, self.time_of_out, *self.others)
        object.__setattr__(self, "paths", tuple(dict.fromkeys(paths)))

    @property
    def name(self) -> str:
        """The path of the state, for messages."""
        return ".".join(self.state)


def _by_text_message(kind: str) -> ConsentFields:
    time = ("channels", "sms", f"dt_updated_{kind}")
    return ConsentFields(("channels", "sms", f"allow_{kind}"), b"true", b"false", time, time)


_FORCED: Path = ("@force_optin",)
CONSENTS = (
    ConsentFields(
        ("marketing_optin",),
        b'"EXPLICITLY_OPTEDIN"',
        b'"EXPLICITLY_OPTEDOUT"',
        ("timestamp_subscribed",),
        ("timestamp_unsubscribed",),
        (_FORCED,),
    ),
    _by_text_message("marketing"),
    _by_text_message("transactional"),
)
"""The consents of a contact."""


Rank = tuple[datetime, int]
"""The time and the row of a statement; the later one counts."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""Stands for an unknown time."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The consent stated by one row, or by several rows that agree."""

    state: bytes
    rank: Rank
    """The rank of the row that counts; rows are numbered from the contact's first."""
    said: Mapping[Path, tuple[Rank, bytes]]
    """The values by field, each with the rank of its row."""

    @property
    def moment(self) -> datetime | None:
        """The time of the statement; None if unknown."""
        return None if self.rank[0] == _LONG_AGO else self.rank[0]

    @property
    def place(self) -> int:
        """The row that counts."""
        return self.rank[1]

    def joined(self, other: Statement | None) -> Statement:
        """Both statements merged: the later one, completed by the earlier one."""
        if other is None:
            return self
        said = dict(self.said)
        for path, value in other.said.items():
            said[path] = max(said.get(path, value), value)
        return Statement(self.state, max(self.rank, other.rank), said)


@dataclass(slots=True)
class Consent:
    """The statements of one contact's rows about one consent."""

    fields: ConsentFields
    opted_in: Statement | None = None
    opted_out: Statement | None = None
    is_final: bool = False
    """Whether an opt-out has no time or is a suppression, so that no opt-in comes after it."""
    unclear: Statement | None = None
    """The rows with a word that is not understood."""
    has_undated_unclear: bool = False
    last: Statement | None = None
    """The last statement that is not an opt-out."""
    loose: Leaves = field(default_factory=dict)
    """Times from rows without a state, which complete the other statements."""

    def add(
        self, record: Leaves, place: int, *, is_unclear: bool = False, is_suppressed: bool = False
    ) -> None:
        """Move the consent out of the next row's values; rows come in order.

        Args:
            record: The values of the row.
            place: The number of the row.
            is_unclear: Whether the row has a word about this consent that is not understood.
            is_suppressed: Whether the row's opt-out is a suppression.
        """
        if not is_unclear and record.keys().isdisjoint(self.fields.paths):
            return
        own = {path: record.pop(path) for path in self.fields.paths if path in record}
        state = own.get(self.fields.state)
        if state is None and is_unclear:
            unclear = _unclear(own, self.fields, place)
            self.unclear = unclear.joined(self.unclear)
            self.has_undated_unclear |= unclear.moment is None
        elif state is None:
            self.loose.update(own)
        elif state == self.fields.opted_out:
            opted_out = _statement(own, state, self.fields.time_of_out, place)
            self.opted_out = opted_out.joined(self.opted_out)
            self.is_final |= is_suppressed or opted_out.moment is None
        elif state == self.fields.opted_in:
            self.last = _statement(own, state, self.fields.time_of_in, place)
            self.opted_in = self.last.joined(self.opted_in)
        else:
            self.last = _statement(own, state, None, place)

    def joined(self, later: Consent) -> Consent:
        """The statements of these rows combined with those of later rows."""
        both = Consent(self.fields)
        both._take(self)
        both._take(later)
        return both

    def _take(self, later: Consent) -> None:
        if later.opted_in:
            self.opted_in = later.opted_in.joined(self.opted_in)
        if later.opted_out:
            self.opted_out = later.opted_out.joined(self.opted_out)
        self.is_final |= later.is_final
        if later.unclear:
            self.unclear = later.unclear.joined(self.unclear)
        self.has_undated_unclear |= later.has_undated_unclear
        self.last = later.last or self.last
        self.loose = {**self.loose, **later.loose}

    @property
    def holds(self) -> Statement | None:
        """The statement that applies; its state is empty if nobody knows. None without a state."""
        if self.opted_out and (self.is_final or not self._is_later(self.opted_out)):
            return self.opted_out
        if self.last and self.last.state != self.fields.opted_in:
            return self.last
        gives_way = self.unclear and (self.has_undated_unclear or not self._is_later(self.unclear))
        return self.unclear if gives_way else self.opted_in

    @property
    def gives_way(self) -> bool:
        """Whether rows without a state say that somebody left after the opt-in that holds."""
        return contradicts_itself(self._said(), self.fields)

    @property
    def sent(self) -> bytes:
        """The state that is sent; empty where nothing is said."""
        holds = self.holds
        if holds is None:
            return b""
        return self.fields.opted_out if self.gives_way else holds.state

    @property
    def is_unclear(self) -> bool:
        """Whether a word that is not understood applies, so that nothing is said."""
        holds = self.holds
        return holds is not None and holds is self.unclear

    def leaves(self) -> Leaves:
        """The values for the merged record."""
        said = self._said()
        return {**said, self.fields.state: self.fields.opted_out} if self.gives_way else said

    def _said(self) -> Leaves:
        holds = self.holds
        said = holds.said if holds else {}
        return {**self.loose, **{path: value for path, (_, value) in said.items()}}

    def overruled(self) -> Iterator[Statement]:
        """The statements whose state differs from the one that applies."""
        holds = self.holds
        said = (each for each in (self.opted_in, self.opted_out, self.last) if each)
        others = {each.place: each for each in said if holds and each.state != holds.state}
        yield from (others[place] for place in sorted(others))

    def _is_later(self, than: Statement) -> bool:
        """Whether there certainly is an opt-in later than a statement."""
        back = self.opted_in.moment if self.opted_in else None
        return back is not None and than.moment is not None and back > than.moment


def contradicts_itself(leaves: Leaves, fields: ConsentFields) -> bool:
    """Whether a contact opts in and left after that, and nothing forces the opt-in."""
    is_forced = leaves.get(_FORCED) == b"true"
    if leaves.get(fields.state) != fields.opted_in or fields.time_of_out == fields.time_of_in:
        return False
    left, joined = (
        json_moment(leaves.get(each)) for each in (fields.time_of_out, fields.time_of_in)
    )
    return left is not None and not is_forced and (joined is None or left > joined)


def _statement(own: Leaves, state: bytes, time: Path | None, place: int) -> Statement:
    moment = json_moment(own.get(time)) if time else None
    rank = (moment or _LONG_AGO, place)
    return Statement(state, rank, {path: (rank, value) for path, value in own.items()})


def _unclear(own: Leaves, fields: ConsentFields, place: int) -> Statement:
    """What a row says whose word is not understood: nothing, at the last of its times."""
    times = (json_moment(own.get(path)) for path in (fields.time_of_in, fields.time_of_out))
    moment = max((each for each in times if each), default=_LONG_AGO)
    return Statement(b"", (moment, place), {path: ((moment, place), own[path]) for path in own})


@lru_cache(maxsize=1_000)
def json_moment(value: bytes | None) -> datetime | None:
    """The time in a timestamp given as raw JSON."""
    return None if value is None else moment_of(value.decode().strip('"'))
