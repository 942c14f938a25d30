"""Which records of a package an account does not have yet, as far as its store knows."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.given.keys import fingerprints_of
from ometria_import.given.store import Given, Line
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package, derive

REASON = "only what changed"


@dataclass(slots=True)
class Counts:
    """The records of one object type by what became of them since."""

    new: int = 0
    changed: int = 0
    again: int = 0
    """Sent before, without certainty that the account took them."""
    along: int = 0
    """Contacts that have not changed, but another contact with their email goes: whose word about
    consent counts may depend on the order in which they come."""
    unchanged: int = 0
    """Left out."""
    gone: int | None = None
    """Given before, and not among the records any more; None where the files are not all."""
    other_form: int = 0
    """Part of `changed`: given by a version of this tool that wrote values in another form."""

    @property
    def to_send(self) -> int:
        """How many go."""
        return self.new + self.changed + self.again + self.along

    def as_json(self) -> dict[str, int | None]:
        """For `--json`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Changes:
    """What of a package goes, and why."""

    counts: dict[ObjectType, Counts] = field(default_factory=dict)
    masks: dict[int, int] = field(default_factory=dict)
    """By batch of which anything goes: a bit for each record that goes, the first the lowest."""

    @property
    def total(self) -> Counts:
        """The sums over all object types."""
        sums = Counts()
        for each in self.counts.values():
            for name, count in each.as_json().items():
                if count is not None:
                    setattr(sums, name, (getattr(sums, name) or 0) + count)
        return sums

    def derive(self, parent: Package, folder: Path) -> Package:
        """The package of what goes; the parent itself, opened once more, if that is all of it.

        Raises:
            PackageError: the parent is damaged.
        """
        masks = iter(self.masks.values())

        def only_marked(_: ObjectType, records: Sequence[bytes]) -> list[bytes | None]:
            mask = next(masks)
            return [record if mask >> place & 1 else None for place, record in enumerate(records)]

        unread = frozenset(number for number, *_ in parent.sizes() if number not in self.masks)
        return derive(parent, folder, only_marked, REASON, unread=unread)


def changes_of(
    package: Package, store: Given | None, complete: Collection[ObjectType] = ()
) -> Changes:
    """Compare a package with what its account was given.

    Memory hardly grows with the package: one bit for each record, and eight bytes for each contact
    that goes.

    Args:
        package: The package.
        store: What the account was given; None stands for nothing.
        complete: Object types of which the files hold every record that there is.

    Raises:
        PackageError: the package or the store is damaged.
    """
    # Here and not above: numpy takes time that no command pays for without need.
    from ometria_import.given.companions import Companions

    changes = Changes()
    forms = store.earlier_forms() if store is not None else frozenset()
    with ExitStack() as held:
        file = held.enter_context(tempfile.TemporaryFile(dir=package.path.parent))
        companions = Companions(file)
        found: Counter[ObjectType] = Counter()
        for batch in package.batches():
            prints = fingerprints_of(batch)
            lines = store.lines(prints.keys) if store is not None else {}
            found[batch.object_type] += len(lines)
            counts = changes.counts.setdefault(batch.object_type, Counts())
            mask = 0
            for place, (key, body) in enumerate(zip(prints.keys, prints.bodies, strict=True)):
                if not _is_known(lines.get(key), body, counts, forms):
                    mask |= 1 << place
            if mask:
                changes.masks[batch.number] = mask
            if batch.object_type is ObjectType.CONTACT:
                companions.add(batch, mask)
        for batch_number, place in companions.of_those_that_go():
            mask = changes.masks.get(batch_number, 0)
            changes.masks[batch_number] = mask | 1 << place
            counts = changes.counts[ObjectType.CONTACT]
            counts.unchanged -= 1
            counts.along += 1
        changes.masks = dict(sorted(changes.masks.items()))
    held_before = store.held() if store is not None and complete else {}
    for object_type in complete:
        counts = changes.counts.setdefault(object_type, Counts())
        before = held_before.get(object_type)
        counts.gone = (before.certain + before.in_doubt if before else 0) - found[object_type]
    return changes


def _is_known(line: Line | None, body: bytes, counts: Counts, forms: frozenset[int]) -> bool:
    if line is None:
        counts.new += 1
    elif line.body != body:
        counts.changed += 1
        counts.other_form += line.run in forms
    elif not line.is_certain:
        counts.again += 1
    else:
        counts.unchanged += 1
        return True
    return False
