"""The elements of arrays in objects, each a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.model import ELEMENTS
from ometria_import.mapping.objects.objects import Json
from ometria_import.mapping.objects.rows import ObjectRows, is_blank

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(slots=True)
class ElementRows:
    """The elements of an array, each a row; cells without the array's name are their owner's."""

    base: ObjectRows
    elements: ObjectRows
    row_of: npt.NDArray[np.int64]
    """The row of each element's owner; never decreasing."""
    prefix: str
    """What the names of an element's cells begin with: `line_items[]`."""
    _cache: dict[str, Texts | None] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Elements."""
        return self.elements.length

    @property
    def settings(self) -> Mapping[str, str]:
        """Those of the rows."""
        return self.base.settings

    @property
    def has_structures(self) -> bool:
        """Whether a cell that was read so far is an object or a list."""
        return self.elements.has_structures or self.base.has_structures

    def column(self, name: str) -> Texts | None:
        """The values of a name as texts; None where there is none."""
        import pyarrow as pa

        own = self._own(name)
        if own is not None:
            return self.elements.column(own)
        if name not in self._cache:
            texts = self.base.column(name)
            self._cache[name] = None if texts is None else texts.take(pa.array(self.row_of))
        return self._cache[name]

    def plain_texts(self, name: str) -> Texts | None:
        """The same without what is no text in JSON."""
        import pyarrow as pa

        own = self._own(name)
        if own is not None:
            return self.elements.plain_texts(own)
        texts = self.base.plain_texts(name)
        return None if texts is None else texts.take(pa.array(self.row_of))

    def numbers(self, name: str) -> tuple[str, ...]:
        """The numbers of a family of names."""
        own = self._own(name)
        return self.base.numbers(name) if own is None else self.elements.numbers(own)

    def looked_up(self, name: str, texts: Texts) -> Texts:
        """Nothing: objects name no others."""
        return self.base.looked_up(name, texts)

    def values(self, name: str) -> list[Json]:
        """The values of a name as JSON has them; None where there is none."""
        own = self._own(name)
        if own is not None:
            return self.elements.values(own)
        values = self.base.values(name)
        return [values[row] for row in self.row_of.tolist()]

    def owners(self, name: str) -> list[dict[str, Json]]:
        """The objects that stand under a name; under that of the array the elements themselves."""
        own = "" if name == self.prefix else self._own(name)
        if own is not None:
            return self.elements.owners(own)
        owners = self.base.owners(name)
        return [owners[row] for row in self.row_of.tolist()]

    @property
    def objects(self) -> list[dict[str, Json]]:
        """The elements."""
        return self.elements.objects

    def text_of(self, value: Json) -> str:
        """A value as a cell holds it."""
        return self.elements.text_of(value)

    def kept(self, mask: list[bool]) -> ElementRows:
        """The elements of a mask."""
        import numpy as np

        objects = [each for each, own in zip(self.objects, mask, strict=True) if own]
        own = self.elements
        elements = ObjectRows(objects, own.settings, own.policy, own.ids)
        return ElementRows(self.base, elements, self.row_of[np.array(mask, bool)], self.prefix)

    def _own(self, name: str) -> str | None:
        start = f"{self.prefix}."
        return name.removeprefix(start) if name.startswith(start) else None


Misfit = tuple[int, Json, str]
"""A row with a value of the wrong shape, and what is wrong with it."""


def elements_of(rows: ObjectRows, name: str) -> tuple[ElementRows, list[Misfit]]:
    """The elements of an array, which may stand in the elements of another, and what is none."""
    import numpy as np

    misfits: list[Misfit] = []
    objects, row_of = rows.objects, list(range(rows.length))
    for step in name.split(f"{ELEMENTS}."):
        found: list[dict[str, Json]] = []
        owners: list[int] = []
        values = ObjectRows(objects, {}).values(step) if objects is not rows.objects else None
        for row, value in zip(row_of, values or rows.values(step), strict=True):
            if is_blank(value):
                continue
            if not isinstance(value, list):
                misfits.append((row, value, "a list of objects belongs here"))
                continue
            for element in value:
                if isinstance(element, dict):
                    found.append(element)
                    owners.append(row)
                else:
                    misfits.append((row, element, "an object belongs in this list"))
        objects, row_of = found, owners
    prefix = f"{name}{ELEMENTS}"
    start = f"{prefix}."
    ids = {each.removeprefix(start) for each in rows.ids if each.startswith(start)}
    aliases = {
        each.removeprefix(start): tuple(other.removeprefix(start) for other in others)
        for each, others in rows.policy.aliases.items()
        if each.startswith(start)
    }
    policy = replace(rows.policy, aliases=aliases)
    elements = ObjectRows(objects, rows.settings, policy, ids)
    return ElementRows(rows, elements, np.asarray(row_of, np.int64), prefix), misfits
