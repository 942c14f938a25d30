"""Making the cells of records and items out of objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import msgspec

from ometria_import.mapping.binding.cells import PROPERTIES, cells_of
from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.cells import Cells, Texts
from ometria_import.mapping.expressions.arrays import AllElements, OneElement
from ometria_import.mapping.expressions.model import ELEMENTS, STRUCTURE, Expression
from ometria_import.mapping.expressions.model import is_blank as are_blank
from ometria_import.mapping.expressions.origins import Column, Word, origins_of, value_columns
from ometria_import.mapping.model import (
    FieldSource,
    ItemSource,
    MappingFile,
    MemberSource,
    Rest,
)
from ometria_import.mapping.objects.elements import ElementRows, ObjectRows
from ometria_import.mapping.objects.objects import LISTS, ObjectCollector
from ometria_import.mapping.objects.rows import (
    Objects,
    first_values,
    is_blank,
    names_of,
    shown,
)
from ometria_import.mapping.objects.values import Json
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.targets import TargetKind
from ometria_import.problems import Finding, Located, catalogue, shorten
from ometria_import.schema import Member, Properties

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Rows = ObjectRows | ElementRows
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(slots=True)
class Making:
    """Makes the cells of one chunk."""

    keeps_unknown: bool
    unknown: dict[str, bool] = field(default_factory=dict)
    """Keys that no field knows, each with whether its value is kept."""

    def cells(
        self,
        part: MappingFile | ItemSource | MemberSource,
        members: tuple[Member, ...],
        prefix: str,
        rows: Rows,
        row_of: npt.NDArray[np.int64],
    ) -> Cells:
        """The cells of records, of their members, or of the items of one kind."""
        plain = tuple(each for each in part.fields if each.target.kind is not TargetKind.WHOLE)
        has_patterns = any(each.columns for each in part.named_values)
        header = names_of(rows.objects) if has_patterns else []
        cells = cells_of(plain, part.named_values, HeaderNames(header, {}), rows, row_of)
        if isinstance(rows, ElementRows):
            for array, (row, value, message) in rows.inner_misfits():
                path = f"{prefix}{array.removesuffix(ELEMENTS)}"
                cells.findings.append(misshapen(row, path, value, message))
        if rows.has_structures:
            _take_out_structures(plain, cells, prefix, row_of)
        for path, name in part.parts:
            for entry, value in enumerate(rows.values(name)):
                if not (isinstance(value, dict) or is_blank(value)):
                    message = "an object belongs here"
                    cells.findings.append(misshapen(int(row_of[entry]), path, value, message))
        wholes = [each for each in part.fields if each.target.kind is TargetKind.WHOLE]
        records = self._wholes(wholes, plain, part.rests, rows, cells)
        if not any(records):
            return cells
        names = {each.target.name for each in wholes}
        kept = tuple(each for each in members if isinstance(each, Properties) or each.name in names)
        collector = ObjectCollector(kept, self.keeps_unknown, prefix)
        collector.collect(row_of.tolist(), [*range(len(records))], records)
        more = collector.cells()
        cells.fields.update(more.fields)
        cells.raw_properties = more.raw_properties
        cells.raw_property_kinds = more.raw_property_kinds
        cells.items.update(more.items)
        cells.findings.extend(more.findings)
        for key, is_kept in collector.unknown.items():
            self.unknown[f"{prefix}{key}"] = is_kept
        return cells

    def _wholes(
        self,
        wholes: Sequence[FieldSource],
        plain: Iterable[FieldSource],
        rests: Iterable[Rest],
        rows: Rows,
        cells: Cells,
    ) -> Objects:
        """What comes as whole objects: those that are named, custom fields, and other keys."""
        records: Objects = [{} for _ in range(rows.length)]
        for each in wholes:
            values = first_values(rows, value_columns(each.source))
            for record, value in zip(records, values, strict=True):
                if value is not None:
                    record[each.target.name] = value
        custom = (each for each in plain if each.target.kind is TargetKind.PROPERTY)
        sources = {each.target.name: each for each in custom}
        for name, texts in cells.properties.items():
            source = sources.get(name)
            origins = origins_of(source.source) if source else ()
            for record, value in zip(records, _typed(texts, origins, rows), strict=True):
                if value != "":
                    record.setdefault(PROPERTIES, {})[name] = value
        cells.properties = {}
        for rest in rests:
            merges = rest.merges and all(each.target.name != rest.into for each in wholes)
            self._take_rest(rest, rows, records, merges=merges)
        return records

    def _take_rest(self, rest: Rest, rows: Rows, records: Objects, *, merges: bool) -> None:
        places = [rows.owners(place) for place in rest.places]
        left_over = _left_over(rest, places)
        if not left_over:
            return
        taken = {key: _say_any(words, rows) for key, words in rest.words.items()}
        can_keep = self.keeps_unknown and bool(rest.into)
        for row, record in enumerate(records):
            own = record.get(rest.into, {})
            can_stand = can_keep and (merges or rest.into not in record)
            left: dict[str, Json] = {}
            for place in places:
                for key, value in place[row].items():
                    if (
                        key not in left_over
                        or is_blank(value)
                        or (key in taken and taken[key][row])
                    ):
                        continue
                    is_kept = can_stand and key not in own
                    self.unknown[f"{rest.prefix}{key}"] = is_kept
                    if is_kept:
                        left.setdefault(key, value)
            if left:
                record[rest.into] = {**own, **left}


def _left_over(rest: Rest, places: Iterable[Objects]) -> frozenset[str]:
    """The keys of some objects that feed nothing."""
    keys: set[str] = set()
    for place in places:
        keys.update(*place)
    return frozenset(
        key
        for key in keys
        if key not in rest.used
        and not is_secret(key)
        and not any(fnmatch(key, pattern) for pattern in rest.drop)
    )


def _say_any(words: Iterable[Word], rows: Rows) -> list[bool]:
    """In which rows one of some words is there."""
    import numpy as np

    said = np.zeros(rows.length, bool)
    for each in words:
        if (texts := each.texts(rows)) is not None:
            said |= ~are_blank(texts).to_numpy(zero_copy_only=False)
    found: list[bool] = said.tolist()
    return found


def _typed(texts: Texts, origins: Iterable[Expression], rows: Rows) -> list[Json]:
    """The values themselves where the texts are theirs and no step changed them."""
    typed: list[Json] = texts.to_pylist()
    for origin in origins:
        if isinstance(origin, OneElement):
            values = origin.values(rows)
        elif isinstance(origin, Column | Word):
            values = rows.values(origin.name)
        else:
            if isinstance(origin, AllElements):
                typed = [
                    _unpacked(f"{STRUCTURE}{each}") if each[:1] == "[" else each for each in typed
                ]
            continue
        for entry, value in enumerate(values):
            is_other = value is not None and not isinstance(value, str)
            if is_other and typed[entry] == rows.text_of(value):
                typed[entry] = value
    return [_unpacked(each) if isinstance(each, str) else each for each in typed]


def _unpacked(text: str) -> Json:
    """An object or a list where the text is one that nothing was added to."""
    if STRUCTURE not in text:
        return text
    try:
        return _DECODER.decode(text.removeprefix(STRUCTURE))
    except msgspec.DecodeError:
        return text.replace(STRUCTURE, "")


def _take_out_structures(
    fields: Iterable[FieldSource], cells: Cells, prefix: str, row_of: npt.NDArray[np.int64]
) -> None:
    """Report objects and lists where a plain value belongs; lists go into fields for lists."""
    list_fields = {each.target.name for each in fields if each.type in LISTS}
    for place, texts in list(cells.columns()):
        if place.kind is not TargetKind.PROPERTY:
            takes_lists = place.kind is TargetKind.FIELD and place.name in list_fields
            path = f"{prefix}{place.path}"
            plain = _plain(texts, path, row_of, cells.findings, takes_lists=takes_lists)
            cells.put(place, plain)
    for name, items in cells.items.items():
        # An option's id and label are one value, of which one finding is enough.
        for part, texts in items.cells.fields.items():
            findings = cells.findings if part == "label" else []
            items.cells.fields[part] = _plain(texts, f"{prefix}{name}", items.rows, findings)


def _plain(
    texts: Texts,
    path: str,
    row_of: npt.NDArray[np.int64],
    findings: list[Located],
    *,
    takes_lists: bool = False,
) -> Texts:
    """The texts without objects and lists, which are reported."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.match_substring(texts, STRUCTURE).to_numpy(zero_copy_only=False)
    if not found.any():
        return texts
    changed = texts.to_pylist()
    for entry in np.flatnonzero(found).tolist():
        text = changed[entry].replace(STRUCTURE, "")
        is_list = takes_lists and text.startswith("[")
        changed[entry] = text if is_list else ""
        if not is_list:
            finding = Finding(catalogue.BAD_STRUCTURE, "a plain value belongs here")
            findings.append(Located(int(row_of[entry]), path, shorten(text), finding))
    return pa.array(changed, pa.string())


def misshapen(row: int, path: str, value: Json, message: str) -> Located:
    """That a value has not the shape that belongs there."""
    finding = Finding(catalogue.BAD_STRUCTURE, message)
    return Located(row, path, shown(value), finding)
