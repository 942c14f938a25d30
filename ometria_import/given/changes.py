"""Which records of a package an account does not have yet, as far as its store knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ometria_import.given.keys import fingerprints_of
from ometria_import.given.store import Given
from ometria_import.options.choices import ObjectType
from ometria_import.package import ONLY_CHANGED, Package, Revenue, Sales, add_sales, select

if TYPE_CHECKING:
    from ometria_import.given.joining import Flags


@dataclass(slots=True)
class Counts:
    """The records of one object type by what became of them since."""

    new: int = 0
    changed: int = 0
    again: int = 0
    """Sent before, without certainty that the account took them."""
    along: int = 0
    """Contacts that have not changed, but are sent because another contact of the same person is,
    by email or customer id: which of them decides about consent may depend on their order."""
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
    sales: Sales = field(default_factory=lambda: defaultdict(Revenue))
    """The sales of all orders of the package, whether or not they are sent."""
    _goes: dict[ObjectType, Flags] = field(default_factory=dict)
    """For each batch of an object type and each position whether the record goes."""

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
        marks = (row.tolist() for flags in self._goes.values() for row in flags)
        return select(parent, folder, marks, ONLY_CHANGED)

    def compare(
        self, object_type: ObjectType, sizes: list[tuple[int, int]], about: Compared
    ) -> int:
        """Find out what goes of one object type.

        Args:
            object_type: Of the records.
            sizes: The number of each of its batches, and how many records it has.
            about: What is compared.

        Returns:
            How many records the store knows.
        """
        # Here and not above: numpy takes time that no command pays for without need.
        from ometria_import.given.joining import Joining

        package, store, forms = about
        counts = self.counts[object_type] = Counts()
        folder = package.path.parent
        known = 0
        with Joining(object_type, sizes[0][0], [size for _, size in sizes], folder) as joining:
            for number, _ in sizes:
                batch = package.batch(number)
                joining.add(number, fingerprints_of(batch))
                if object_type is ObjectType.ORDER:
                    add_sales(self.sales, batch)
            for is_known, is_same, is_certain, runs in joining.join(store):
                known += int(is_known.sum())
                is_changed = is_known & ~is_same
                counts.new += int((~is_known).sum())
                counts.changed += int(is_changed.sum())
                counts.again += int((is_same & ~is_certain).sum())
                counts.unchanged += int((is_same & is_certain).sum())
                if forms:
                    counts.other_form += sum(run in forms for run in runs[is_changed].tolist())
            if object_type is ObjectType.CONTACT and counts.unchanged:
                counts.along = joining.mark_companions()
                counts.unchanged -= counts.along
            self._goes[object_type] = joining.goes
        return known


class Compared(NamedTuple):
    """What is compared with what."""

    package: Package
    store: Given | None
    forms: frozenset[int]
    """The runs that gave records in another form."""


def changes_of(
    package: Package, store: Given | None, complete: Collection[ObjectType] = ()
) -> Changes:
    """Compare a package with what its account was given.

    Memory hardly grows with the package: one byte for each record, and eight for each contact that
    goes.

    Args:
        package: The package.
        store: What the account was given; None stands for nothing.
        complete: Object types of which the files hold every record that there is.

    Raises:
        PackageError: the package or the store is damaged.
    """
    changes = Changes()
    forms = store.earlier_forms() if store is not None else frozenset()
    known: dict[ObjectType, int] = {}
    for object_type, batches in groupby(package.sizes(), key=lambda size: size[1]):
        sizes = [(number, records) for number, _, records in batches]
        known[object_type] = changes.compare(object_type, sizes, Compared(package, store, forms))
    for object_type in complete:
        counts = changes.counts.setdefault(object_type, Counts())
        before = store.count(object_type) if store is not None else 0
        counts.gone = before - known.get(object_type, 0)
    return changes
