"""The arrays that lead to an element: its own, and those in whose elements that stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ometria_import.mapping.cells import Texts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]


Rows = TypeVar("Rows")


@dataclass(frozen=True, slots=True)
class Level(Generic[Rows]):
    """An array on the way to the elements, their own one included."""

    prefix: str
    """What the names of its elements' cells begin with: `line_items[]`."""
    elements: Rows
    index: Numbers | None = None
    """The element that each entry is or stands in; None where each is its own."""

    def taken(self, entries: Numbers) -> Level[Rows]:
        """The level of some of the entries."""
        return replace(self, index=entries if self.index is None else self.index[entries])

    def texts(self, texts: Texts | None) -> Texts | None:
        """The texts of the entries, from those of the elements."""
        import pyarrow as pa

        return texts if texts is None or self.index is None else texts.take(pa.array(self.index))

    def listed(self, values: list[Any]) -> list[Any]:
        """The same for values as JSON has them."""
        return values if self.index is None else [values[each] for each in self.index.tolist()]
