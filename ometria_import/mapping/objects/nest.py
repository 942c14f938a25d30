"""Objects on lines of their own that name their parent, put together with it.

In such files every object stands alone on its line, and a key names the object that it belongs to.
Here they become what other JSON has: elements of arrays within the object that they belong to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from ometria_import.mapping.targets import REJECT_KEY
from ometria_import.problems import Finding, shorten
from ometria_import.problems.catalogue import (
    REPEATED,
    UNCLEAR_PART,
    UNREADABLE_PART,
    WITHOUT_PARENT,
)

GID = "gid"
"""Said where the kind of an object is a part of its id: `LineItem` in `gid://shop/LineItem/2`."""

_GID = re.compile(r"gid://[^/]+/([^/?.\[\]]+)/.+")

_MOST_IDS = 200_000
"""Ids that are held at once to tell the order; a record with more parts counts as scattered."""

Record = dict[str, Any]


class Part(NamedTuple):
    """An object of the file, with its line."""

    line: int
    record: Record | None
    """None where the line cannot be read, and only its parent is known."""
    parent: str
    """The id of the object that it belongs to; blank for one that belongs to none."""


class Lost(NamedTuple):
    """An object that becomes no record and no part of one, and the reason."""

    line: int
    record: Record
    finding: Finding


@dataclass(slots=True)
class Whole:
    """Objects with all of their parts."""

    records: list[tuple[int, Record]] = field(default_factory=list)
    """Each with the line on which it stands itself."""
    lost: list[Lost] = field(default_factory=list)
    repeated: list[tuple[int, Finding]] = field(default_factory=list)
    """The lines of parts that occur again, and count once."""


@dataclass(frozen=True, slots=True)
class Nest:
    """How objects say what they are, and what they belong to."""

    parent: str
    """The key that names the object that one belongs to."""
    id: str = "id"
    """The key that holds what others call it."""
    kind: str = ""
    """`gid`, or the key that holds an object's kind; blank where only `kinds` tells it."""
    kinds: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The kinds of objects that do not say theirs, each with the keys that tell it."""

    def parent_of(self, record: Record) -> str:
        """The id of the object that one belongs to, or blank."""
        return _as_id(record.get(self.parent))

    def id_of(self, record: Record) -> str:
        """What others call an object, or blank."""
        return _as_id(record.get(self.id))

    def kind_of(self, record: Record) -> str:
        """The name of the array that an object belongs in; blank where nothing tells it."""
        if self.kind == GID:
            if found := _GID.fullmatch(self.id_of(record)):
                return found[1]
        elif self.kind and isinstance(said := record.get(self.kind), str) and said.strip():
            return said.strip()
        return next((name for name, keys in self.kinds if record.keys() >= set(keys)), "")

    def parent_in_text(self, text: str) -> str:
        """The parent that the text of an unreadable object names, or blank."""
        said = re.findall(rf'"{re.escape(self.parent)}"\s*:\s*(?:"([^"\\]+)"|(\d+))', text)
        return said[-1][0] or said[-1][1] if said else ""

    def as_records(self, objects: Sequence[Record]) -> list[Record]:
        """The objects, with an object that has its parent's id in the place of each part.

        It shows what the records of a file are, even if its first thousand objects are parts.
        """
        parents = map(self.parent_of, objects)
        return [
            {self.id: parent} if parent else each
            for each, parent in zip(objects, parents, strict=True)
        ]

    def put_together(self, parts: Sequence[Part]) -> Whole:
        """Put the objects of a few records together; the objects are changed.

        Args:
            parts: The records and all of their parts, in the order of the file.
        """
        whole = Whole()
        known = self._known(parts, whole)
        spoilt: dict[int, Finding] = {}
        for part in known.parts:
            if part.parent and (finding := self._join(part, known)):
                how = "cannot be read"
                if part.record is not None:
                    how = "cannot be used"
                    whole.lost.append(Lost(part.line, part.record, finding))
                if record := known.record_of(part):
                    words = f"line {part.line:,} belongs to it and {how}; fix both together"
                    spoilt.setdefault(record.line, Finding(UNREADABLE_PART, words))
        for part in known.parts:
            if part.parent or part.record is None:
                continue
            reason = known.clashes.get(self.id_of(part.record)) or spoilt.get(part.line)
            if reason is None:
                whole.records.append((part.line, part.record))
            else:
                whole.lost.append(Lost(part.line, part.record, reason))
        return whole

    def _known(self, parts: Sequence[Part], whole: Whole) -> _Known:
        """Find each object by its id; of those that occur again only the first is kept."""
        known = _Known(self.id)
        first: dict[tuple[str, str], Part] = {}
        has_parts = any(each.parent for each in parts)
        for part in parts:
            own = self.id_of(part.record) if part.record is not None and has_parts else ""
            earlier = first.setdefault((own, part.parent), part) if own else part
            if earlier is not part and earlier.record == part.record:
                words = f"it is the same as line {earlier.line:,}, and counts once"
                whole.repeated.append((part.line, Finding(REPEATED, words)))
                continue
            known.parts.append(part)
            if earlier is not part:
                words = f"lines {earlier.line:,} and {part.line:,} both are {shorten(own)}, but "
                known.clashes[own] = Finding(UNCLEAR_PART, f"{words}they differ")
            elif own and known.by_id.setdefault(own, part) is not part:
                words = f"its parent {shorten(own)} is itself a part of several objects"
                known.shared[own] = Finding(UNCLEAR_PART, words)
        if whole.repeated:
            self._leave_out_repeated(parts, known, whole)
        return known

    def _leave_out_repeated(self, parts: Sequence[Part], known: _Known, whole: Whole) -> None:
        """Of parts without an id, leave out those that only repeat because their parent does."""
        times = Counter(self.id_of(each.record) for each in parts if each.record is not None)
        nameless: dict[tuple[str, bytes], list[Part]] = {}
        for each in known.parts:
            if each.record is not None and not self.id_of(each.record) and times[each.parent] > 1:
                key = (each.parent, msgspec.json.encode(each.record))
                nameless.setdefault(key, []).append(each)
        left_out: set[int] = set()
        for (parent, _), same in nameless.items():
            kept, left = divmod(len(same), times[parent])
            if left:
                words = f"{shorten(parent)} is in the file several times, and its parts are not"
                known.clashes[parent] = Finding(UNCLEAR_PART, words)
            for each in same[kept:] if not left else ():
                words = f"it is the same as line {same[0].line:,}, and counts once"
                whole.repeated.append((each.line, Finding(REPEATED, words)))
                left_out.add(each.line)
        known.parts = [each for each in known.parts if each.line not in left_out]

    def _join(self, part: Part, known: _Known) -> Finding | None:
        """Add a part to the object that it belongs to, or say why that cannot be."""
        record, parent = part.record, part.parent
        if record is None:
            return Finding(UNREADABLE_PART, "it cannot be read")
        if clash := (
            known.clashes.get(self.id_of(record))
            or known.clashes.get(parent)
            or known.shared.get(parent)
        ):
            return clash
        owner = known.owner(parent)
        if owner is None:
            return without_parent(parent)
        kind = self.kind_of(record)
        if not kind:
            keys = ", ".join(f"'{shorten(key)}'" for key in record if key != self.parent)
            return Finding(UNCLEAR_PART, f"nothing says what it is; it has {keys or 'no keys'}")
        array = owner.setdefault(kind, [])
        if not isinstance(array, list):
            return Finding(UNCLEAR_PART, f"its parent has a value of its own under '{kind}'")
        del record[self.parent]
        record.pop(REJECT_KEY, None)
        array.append(record)
        return None


class LineOrder:
    """Whether each part stands behind its record, before the next one."""

    def __init__(self, nest: Nest) -> None:
        """Look at the objects of a file, from its beginning."""
        self._nest = nest
        self._known: set[str] = set()
        self.is_grouped = True

    def look(self, parts: list[Part]) -> None:
        """Look at the next objects."""
        if not self.is_grouped:
            return
        for _, record, parent in parts:
            if parent and parent not in self._known:
                self.is_grouped = False
                return
            if record is not None:
                if not parent:
                    self._known = set()
                self._known.add(self._nest.id_of(record))
                self._known.update(own for own, _ in inner_objects(record, self._nest.id))
        self.is_grouped = len(self._known) <= _MOST_IDS


@dataclass(slots=True)
class _Known:
    """Some objects by their ids."""

    key: str
    """The key that holds their ids."""
    parts: list[Part] = field(default_factory=list)
    by_id: dict[str, Part] = field(default_factory=dict)
    clashes: dict[str, Finding] = field(default_factory=dict)
    """Ids of objects that differ and belong to the same."""
    shared: dict[str, Finding] = field(default_factory=dict)
    """Ids of objects that belong to several others, which is right unless they have parts."""

    _inner: dict[str, tuple[Part, Record]] | None = None

    def owner(self, parent: str) -> Record | None:
        """The object with an id; it may stand in an array of another one."""
        if parent in self.by_id:
            return self.by_id[parent].record
        return self._of_arrays[parent][1] if parent in self._of_arrays else None

    def record_of(self, part: Part) -> Part | None:
        """The record that a part belongs to in the end."""
        for _ in self.parts:
            holder = self.by_id.get(part.parent) or self._of_arrays.get(part.parent, (None,))[0]
            if holder is None or not holder.parent:
                return holder
            part = holder
        return None

    @property
    def _of_arrays(self) -> dict[str, tuple[Part, Record]]:
        """The objects with an id in arrays of others, each with what it stands in."""
        if self._inner is None:
            self._inner = {
                own: (part, inner)
                for part in self.parts
                for own, inner in inner_objects(part.record or {}, self.key)
            }
        return self._inner


def without_parent(parent: str) -> Finding:
    """What is wrong with a part whose parent is not there."""
    words = "the file is cut, or its parent's own line could not be read"
    return Finding(WITHOUT_PARENT, f"its parent {shorten(parent)} is not in this file: {words}")


def inner_objects(record: Record, key: str) -> Iterator[tuple[str, Record]]:
    """The objects in the arrays of an object that have an id, with it."""
    for value in record.values():
        if value.__class__ is list:
            for inner in value:
                if inner.__class__ is dict and (own := _as_id(inner.get(key))):
                    yield own, inner


def _as_id(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
