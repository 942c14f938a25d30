"""The custom fields of all sources together, by the field types that Ometria would infer.

Ometria limits how many fields of each type a category may have; we take the category to be the
object type. Custom fields inside line items are not counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.problems import Origin, Problem, catalogue, shorten
from ometria_import.schema import ObjectType

MAX_OF_A_TYPE = 100
"""Source: reference/ometria-api.md, "properties"."""

_SHOWN_NAMES = 3
_BLANK = re.compile(r"\s")


class CustomFields:
    """Collects the names of custom fields; each field has the type of its first value."""

    def __init__(self) -> None:
        self._kinds: dict[ObjectType, dict[str, str]] = {}
        self._blanks: dict[tuple[ObjectType, str], list[str]] = {}
        """Names that contain blanks, each with the first file that has it."""
        self._names: dict[tuple[ObjectType, str], int] = {}
        self._over: dict[tuple[ObjectType, str], str] = {}
        """The file in which the limit was exceeded."""

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Add the custom fields of a chunk's records."""
        object_type, path, kinds = source.object_type, source.path, chunk.property_kinds
        known = self._kinds.setdefault(object_type, {})
        new = {name: kind for name, kind in kinds.items() if name not in known}
        known.update(new)
        counts = Counter(known.values())
        for kind in dict.fromkeys(new.values()):
            self._names[object_type, kind] = counts[kind]
            if counts[kind] > MAX_OF_A_TYPE:
                self._over.setdefault((object_type, kind), path)
        self._blanks.setdefault((object_type, path), []).extend(filter(_BLANK.search, new))

    def problems(self) -> Iterator[Problem]:
        """The notices to report once all sources are read."""
        for (object_type, path), names in self._blanks.items():
            if names:
                shown = ", ".join(f"'{shorten(name)}'" for name in names[:_SHOWN_NAMES])
                more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
                message = f"{shown}{more}: no custom field's id has a blank in it"
                code = f"W{catalogue.BLANK_IN_FIELD_ID}"
                origin = Origin(path, 1)
                yield Problem(code, origin, "properties", "", message, str(object_type), len(names))
        for (object_type, kind), path in self._over.items():
            count = self._names[object_type, kind]
            message = (
                f"{count} custom fields of {object_type}s are {kind}, Ometria keeps "
                f"{MAX_OF_A_TYPE} of a type"
            )
            code = f"W{catalogue.TOO_MANY_PROPERTIES}"
            yield Problem(code, Origin(path, 1), "properties", "", message, str(object_type))
