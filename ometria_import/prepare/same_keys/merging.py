"""Merging records with the same key, as Ometria does for contacts and products."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from ometria_import.prepare.records.consents import JOINS, Weight, bit
from ometria_import.prepare.same_keys.consent import CONSENTS, Consent, Leaves, Path
from ometria_import.schema import SCHEMAS, Field, Group, Member, ObjectType, Properties

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PROPERTIES = Properties().name
_EMAIL_CONSENT = CONSENTS[0]
_JOINS = int(JOINS)
_BITS = tuple(
    (bit(number, Weight.UNCLEAR), bit(number, Weight.SUPPRESSED)) for number in range(len(CONSENTS))
)
"""The marks of each consent whose word is not understood or is a suppression."""
_IDENTITY: tuple[Path, ...] = (("id",), ("@collection",))


@dataclass(frozen=True, slots=True)
class _Shape:
    """The structure of an object type, needed to take its records apart."""

    groups: frozenset[Path]
    """Objects whose members are merged one by one."""
    ranks: dict[Path, int]
    """The place of each field in a record."""
    own: dict[str, Path]
    """The paths of the fields that stand in a record itself, by name."""


class MergedRecord:
    """The merger of several records with one key, which are added in order.

    Each field takes the later value; blanks are absent and never replace a value. Lists are
    replaced as a whole, custom fields are merged by name, and consent has special rules. Adding
    the same record again changes nothing.
    """

    def __init__(self, object_type: ObjectType) -> None:
        self._shape = _shape(object_type)
        self.consents = (
            [Consent(fields) for fields in CONSENTS] if object_type is ObjectType.CONTACT else []
        )
        self._leaves: Leaves = {}
        self._last = b"", 0
        self._owner: dict[Path, int] = {}
        self._count = 0
        self._has_host = False
        self._said: list[bytes | None] = []
        self.is_suppressed = False
        """Whether a row suppresses the contact."""
        self.replaced: dict[int, dict[Path, int]] = {}
        """Of each row that lost values, the row that replaced each of them, by the field's path.
        Rows are numbered from the first."""

    def add(self, body: bytes, marks: int = 0) -> None:
        """Add the next record, as JSON, with the marks of its consents."""
        place = self._count
        self._count += 1
        if (body, marks) == self._last:
            self._said.append(self._said[-1])
            return
        self._last = body, marks
        leaves = _leaves(body, self._shape)
        # It joins the others by its email only, so they know better who the contact is.
        is_guest = bool(marks & _JOINS) and place > 0 and self._has_host
        self._has_host |= not marks & _JOINS
        if is_guest:
            for path in _IDENTITY:
                leaves.pop(path, None)
        self._said.append(leaves.get(_EMAIL_CONSENT.state))
        self.is_suppressed |= bool(marks & _BITS[0][1])
        for consent, (unclear, suppressed) in zip(self.consents, _BITS, strict=False):
            consent.add(
                leaves,
                place,
                is_unclear=bool(marks & unclear),
                is_suppressed=bool(marks & suppressed),
            )
        self._take(leaves, place, is_guest=is_guest)

    def _take(self, leaves: Leaves, place: int, *, is_guest: bool) -> None:
        """Take the values of a row; those of a guest only where there are none yet."""
        known, owner, replaced = self._leaves, self._owner, self.replaced
        for path, value in leaves.items():
            before = known.get(path)
            if is_guest and before is not None:
                if before != value:
                    replaced.setdefault(place, {})[path] = owner[path]
                continue
            if before is not None and before != value:
                of_owner = replaced.get(owner[path])
                if of_owner is None:
                    of_owner = replaced[owner[path]] = {}
                of_owner[path] = place
            known[path] = value
            owner[path] = place

    def overruled(self) -> Iterator[int]:
        """The rows that opt in or out of marketing, while something else holds."""
        holds, sent = self.consents[0].holds, self.consents[0].sent
        statements = (_EMAIL_CONSENT.opted_in, _EMAIL_CONSENT.opted_out)
        for place, said in enumerate(self._said):
            if said in statements and holds is not None and said != sent:
                yield place

    def leaves(self) -> Leaves:
        """The values of the record."""
        merged = dict(self._leaves)
        for consent in self.consents:
            merged.update(consent.leaves())
        return merged

    def encoded(self) -> bytes:
        """The merged record as JSON, with its fields in the usual order."""
        return _encoded(self.leaves(), self._shape)


def leaves_of(body: bytes) -> Leaves:
    """The values of a contact given as JSON."""
    return _leaves(body, _shape(ObjectType.CONTACT))


def with_consent(body: bytes, said: Leaves) -> bytes:
    """A contact given as JSON with another consent to email."""
    kept = {path: own for path, own in leaves_of(body).items() if path not in _EMAIL_CONSENT.paths}
    return _encoded(kept | said, _shape(ObjectType.CONTACT))


def _encoded(leaves: Leaves, shape: _Shape) -> bytes:
    ranks = shape.ranks
    record: dict[str, Any] = {}
    # Custom fields have no rank of their own: they stay in the order in which they came.
    for path in sorted(leaves, key=lambda path: ranks.get(path, len(ranks))):
        inner = record
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = msgspec.Raw(leaves[path])
    return msgspec.json.encode(record)


def opts_out(leaves: Leaves) -> bool:
    """Whether a contact opts out of marketing."""
    return leaves.get(_EMAIL_CONSENT.state) == _EMAIL_CONSENT.opted_out


def properties_text(leaves: Leaves) -> str:
    """The custom fields as raw JSON."""
    own = {path[1]: msgspec.Raw(value) for path, value in leaves.items() if path[0] == _PROPERTIES}
    return msgspec.json.encode(own).decode() if own else ""


def _leaves(body: bytes, shape: _Shape) -> Leaves:
    found: Leaves = {}
    own = shape.own
    for name, value in _OBJECT.decode(body).items():
        path = own.get(name)
        if path is None:
            _collect((name,), value, shape.groups, found)
        else:
            found[path] = bytes(value)
    return found


def _collect(path: Path, value: msgspec.Raw, groups: Collection[Path], found: Leaves) -> None:
    if path not in groups:
        found[path] = bytes(value)
        return
    for name, inner in _OBJECT.decode(value).items():
        _collect((*path, name), inner, groups, found)


@lru_cache(maxsize=len(SCHEMAS))
def _shape(object_type: ObjectType) -> _Shape:
    groups: set[Path] = set()
    paths: list[Path] = [("@type",)]

    def collect(members: tuple[Member, ...], above: Path) -> None:
        for member in members:
            path = (*above, member.name)
            match member:
                case Group():
                    groups.add(path)
                    collect(member.members, path)
                case Properties():
                    groups.add(path)
                case Field() | _:
                    paths.append(path)

    collect(SCHEMAS[object_type].members, ())
    ranks = {path: rank for rank, path in enumerate(paths)}
    return _Shape(frozenset(groups), ranks, {path[0]: path for path in paths if len(path) == 1})
