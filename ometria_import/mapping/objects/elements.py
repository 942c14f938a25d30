"""The elements of arrays in objects, each a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.conditions import folded
from ometria_import.mapping.expressions.model import ELEMENTS, Criterion
from ometria_import.mapping.objects.levels import Level
from ometria_import.mapping.objects.pairing import pairs_of
from ometria_import.mapping.objects.rows import ITSELF, ObjectValues, is_blank
from ometria_import.mapping.objects.values import Json

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

Misfit = tuple[int, Json, str]
"""A row with a value of the wrong shape, and what is wrong with it."""


class ObjectRows(ObjectValues):
    """Some objects, each a row, with the elements of their arrays."""

    def elements(self, array: str, where: Criterion | None = None) -> ElementRows:
        """The elements of an array, which may stand in the elements of another."""
        if array not in self._arrays:
            self._arrays[array] = _elements_of(self, array)
        return self._arrays[array].where(where)

    @property
    def has_structures(self) -> bool:
        """Whether a cell that was read so far is an object or a list."""
        inner = (each for found in self._arrays.values() for each in found.levels)
        return super().has_structures or any(each.elements.has_structures for each in inner)

    @property
    def misfits(self) -> dict[str, list[Misfit]]:
        """What is no array, or no object in one, by the array that was asked for."""
        return {name: each.misfits for name, each in self._arrays.items() if each.misfits}

    @cached_property
    def _arrays(self) -> dict[str, ElementRows]:
        """The arrays that were asked for so far."""
        return {}


@dataclass(slots=True)
class ElementRows:
    """The elements of an array, each a row; cells without the array's name are their owner's."""

    base: ObjectRows | ElementRows
    row_of: Numbers
    """The row of each element's owner; never decreasing."""
    levels: tuple[Level[ObjectRows], ...]
    """The array itself, and those in whose elements it stands, the innermost first."""
    misfits: list[Misfit] = field(default_factory=list)
    _cache: dict[str, Texts | None] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Elements."""
        return len(self.row_of)

    @property
    def settings(self) -> Mapping[str, str]:
        """Those of the rows."""
        return self.base.settings

    @property
    def has_structures(self) -> bool:
        """Whether a cell that was read so far is an object or a list."""
        own = any(each.elements.has_structures for each in self.levels)
        return own or self.base.has_structures

    def column(self, name: str) -> Texts | None:
        """The values of a name as texts; None where there is none."""
        if name not in self._cache:
            level, own = self._level_of(name)
            if level is not None:
                self._cache[name] = level.texts(level.elements.column(own))
            else:
                self._cache[name] = self._of_owners(self.base.column(name))
        return self._cache[name]

    def plain_texts(self, name: str) -> Texts | None:
        """The same without what is no text in JSON."""
        level, own = self._level_of(name)
        if level is not None:
            return level.texts(level.elements.plain_texts(own))
        return self._of_owners(self.base.plain_texts(name))

    def _of_owners(self, texts: Texts | None) -> Texts | None:
        import pyarrow as pa

        return None if texts is None else texts.take(pa.array(self.row_of))

    def numbers(self, name: str) -> tuple[str, ...]:
        """The numbers of a family of names."""
        level, own = self._level_of(name)
        return self.base.numbers(name) if level is None else level.elements.numbers(own)

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The names of cells that fit one with * in it."""
        level, own = self._level_of(pattern)
        if level is None:
            return self.base.matching(pattern)
        return tuple(f"{level.prefix}.{name}" for name in level.elements.matching(own))

    def is_null(self, name: str) -> list[bool]:
        """Which elements, or owners of such, have a key under this name that holds null."""
        level, own = self._level_of(name)
        if level is not None:
            return level.listed(level.elements.is_null(own))
        nulls = self.base.is_null(name)
        return [nulls[row] for row in self.row_of.tolist()]

    def looked_up(self, name: str, texts: Texts) -> Texts:
        """Nothing: objects name no others."""
        return self.base.looked_up(name, texts)

    def values(self, name: str) -> list[Json]:
        """The values of a name as JSON has them; None where there is none."""
        level, own = self._level_of(name)
        if level is not None:
            return level.listed(level.elements.values(own))
        values = self.base.values(name)
        return [values[row] for row in self.row_of.tolist()]

    def owners(self, name: str) -> list[dict[str, Json]]:
        """The objects that stand under a name; under that of the array the elements themselves."""
        level, own = self._level_of(name)
        if level is not None:
            return level.listed(level.elements.owners(own))
        owners = self.base.owners(name)
        return [owners[row] for row in self.row_of.tolist()]

    @property
    def objects(self) -> list[dict[str, Json]]:
        """The elements."""
        return self.levels[0].listed(self.levels[0].elements.objects)

    def text_of(self, value: Json) -> str:
        """A value as a cell holds it."""
        return self.levels[0].elements.text_of(value)

    def elements(self, array: str, where: Criterion | None = None) -> ElementRows:
        """The elements of an array within each element, or of one of its owner's.

        Args:
            array: The name of the array from the record on.
            where: What must hold; it may compare values of both.
        """
        import numpy as np

        level, own = self._level_of(array)
        if level is not None:
            found = level.elements.elements(own)
            owner = np.arange(self.length) if level.index is None else level.index
            start = f"{level.prefix}."
        else:
            found, owner, start = self.base.elements(array), self.row_of, ""
        if where is None:
            entries, picked = pairs_of(found.row_of, owner)
        elif level is None and not any(self._level_of(name)[0] for name in where.columns()):
            found = found.where(where)
            entries, picked = pairs_of(found.row_of, owner)
        else:
            entries, picked = self._joined(found, owner, start, where)
        levels = tuple(
            replace(each.taken(picked), prefix=f"{start}{each.prefix}") for each in found.levels
        )
        whole = ElementRows(self, entries, levels, found.misfits)
        return whole.where(where)

    def _joined(
        self, found: ElementRows, owner: Numbers, start: str, where: Criterion
    ) -> tuple[Numbers, Numbers]:
        """Entries and elements of the same owner that a condition says have the same value."""
        import numpy as np
        import pyarrow as pa

        names = (where.column, where.equals_column) if where.equals_column else ()
        inner = [each for each in names if found.has(each.removeprefix(start))]
        if len(inner) != 1:
            return pairs_of(found.row_of, owner)
        (own,) = set(names) - set(inner)
        texts = found.column(inner[0].removeprefix(start)), self.column(own)
        if texts[0] is None or texts[1] is None:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        both = pa.concat_arrays([folded(each) for each in texts]).dictionary_encode()
        codes, size = both.indices.to_numpy().astype(np.int64), len(both.dictionary)
        keys = codes + size * np.concatenate([found.row_of, owner])
        return pairs_of(keys[: found.length], keys[found.length :])

    def inner_misfits(self) -> Iterator[tuple[str, Misfit]]:
        """What is no array within the elements, by the name of the array, with its owner's row."""
        level = self.levels[0]
        misfits = level.elements.misfits
        index = range(self.length) if level.index is None else level.index.tolist()
        row_of = dict(zip(index, self.row_of.tolist(), strict=True)) if misfits else {}
        for array, found in misfits.items():
            for element, value, message in found:
                if element in row_of:
                    yield array, (row_of[element], value, message)

    def has(self, name: str) -> bool:
        """Whether a name is of the elements, and not of their owners."""
        return self._level_of(name)[0] is not None

    def where(self, condition: Criterion | None) -> ElementRows:
        """The elements for which a condition holds."""
        if condition is None:
            return self
        return self.kept(condition.holds(self).to_numpy(zero_copy_only=False))

    def kept(self, mask: npt.NDArray[np.bool_]) -> ElementRows:
        """The elements of a mask."""
        import numpy as np

        if mask.all():
            return self
        entries = np.flatnonzero(mask)
        levels = tuple(each.taken(entries) for each in self.levels)
        return ElementRows(self.base, self.row_of[mask], levels, self.misfits)

    def _level_of(self, name: str) -> tuple[Level[ObjectRows] | None, str]:
        """The innermost array in whose elements a name stands, and what it is called there."""
        for level in self.levels:
            if name == level.prefix:
                return level, ITSELF
            if name.startswith(f"{level.prefix}."):
                return level, name[len(level.prefix) + 1 :]
        return None, name


def _elements_of(rows: ObjectRows, array: str) -> ElementRows:
    """The elements of an array; with the mark at its end they may be any values."""
    import numpy as np

    misfits: list[Misfit] = []
    levels: list[Level[ObjectRows]] = []
    row_of = np.arange(rows.length)
    are_plain = array.endswith(ELEMENTS)
    steps = array.removesuffix(ELEMENTS).split(f"{ELEMENTS}.")
    current: ObjectRows = rows
    for number, step in enumerate(steps):
        takes_any = are_plain and number == len(steps) - 1
        found: list[dict[str, Json]] = []
        owners: list[int] = []
        for index, value in enumerate(current.values(step)):
            if is_blank(value):
                continue
            if not isinstance(value, list):
                misfits.append((int(row_of[index]), value, "a list belongs here"))
                continue
            for element in value:
                if takes_any:
                    found.append({ITSELF: element})
                elif isinstance(element, dict):
                    found.append(element)
                else:
                    message = "an object belongs in this list"
                    misfits.append((int(row_of[index]), element, message))
                    continue
                owners.append(index)
        prefix = f"{f'{ELEMENTS}.'.join(steps[: number + 1])}{ELEMENTS}"
        index_of = np.asarray(owners, np.int64)
        row_of = row_of[index_of]
        current = own_rows(rows, prefix, found)
        levels = [Level(prefix, current), *(each.taken(index_of) for each in levels)]
    return ElementRows(rows, row_of, tuple(levels), misfits)


def own_rows(rows: ObjectRows, prefix: str, objects: list[dict[str, Json]]) -> ObjectRows:
    """Elements as rows, with what the record says of the names in them."""
    start = f"{prefix}."
    ids = {each.removeprefix(start) for each in rows.ids if each.startswith(start)}
    aliases = {
        each.removeprefix(start): tuple(other.removeprefix(start) for other in others)
        for each, others in rows.policy.aliases.items()
        if each.startswith(start)
    }
    return ObjectRows(objects, rows.settings, replace(rows.policy, aliases=aliases), ids)
