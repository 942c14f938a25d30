"""From rows to what the account shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from types import MappingProxyType

import msgspec

from ometria_import.delivery import TypeTotals
from ometria_import.errors import PackageError
from ometria_import.options.choices import ObjectType
from ometria_import.reporting.gathering.material import Material
from ometria_import.reporting.model import Chain, Input, RowFate
from ometria_import.verification import How, TypeSummary

_FATES = MappingProxyType(
    {
        "in_records": "start a record that is ready to be sent",
        "folded": "are part of such a record, like its line items",
        "rejected": "are in the reject files",
        "superseded": "gave way to a later record with the same key",
        "merged": "are part of a later record with the same key",
        "repeated": "say once more what another row says",
        "held_back": "belong to orders that are too young to be sent",
        "left_out": "are left out because the mapping says so",
        "headers": "repeat the names of the columns",
    }
)


class _ChangesTold(msgspec.Struct):
    """What a push of changes only says about one object type."""

    unchanged: int = 0


class SourceTold(msgspec.Struct):
    """What preparing says of one source."""

    path: str
    object_type: str
    rows: int
    records: int
    rejected: int
    format: str = ""


def sources_of(material: Material) -> list[SourceTold] | None:
    """The sources as preparing told of them; None where nothing can be read of them."""
    return material.told("sources", list[SourceTold])


def chain_of(material: Material) -> list[Chain]:
    """A chain for each object type that was read or sent, in sending order."""
    sources = sources_of(material)
    rejected = material.told("rejected_of", dict[str, int])
    changes = material.told("changes", dict[str, _ChangesTold]) or {}
    totals = {total.object_type: total for total in material.delivered.totals}
    checked = material.verification.types if material.verification else ()
    told = {each.object_type for each in sources or ()}
    return [
        _chain(
            totals.get(object_type) or TypeTotals(object_type, 0, 0, 0, 0, 0, 0),
            None if sources is None else [s for s in sources if s.object_type == object_type],
            None if rejected is None else rejected.get(object_type, 0),
            changes.get(object_type, _ChangesTold()).unchanged,
            [c for c in checked if c.object_type is object_type and c.how is not How.NONE],
        )
        for object_type in ObjectType
        if object_type in totals or object_type in told
    ]


def _chain(
    total: TypeTotals,
    sources: list[SourceTold] | None,
    rejected: int | None,
    unchanged: int,
    checked: Iterable[TypeSummary],
) -> Chain:
    read: Counter[str] = Counter()
    for each in checked:
        read.update(read=each.read, same=each.same, differs=each.differs, missing=each.missing)
    return Chain(
        object_type=str(total.object_type),
        rows=None if sources is None else sum(each.rows for each in sources),
        made=None if sources is None else sum(each.records for each in sources),
        rejected=None if sources is None else rejected,
        unchanged=unchanged,
        records=total.records,
        sent=total.records - total.to_send,
        accepted=total.accepted,
        refused=total.refused + total.skipped,
        unclear=total.unclear,
        refused_later=total.rejected_later,
        to_send=total.to_send,
        read=read["read"] if read else None,
        found=read["same"] if read else None,
        differs=read["differs"] if read else None,
        missing=read["missing"] if read else None,
    )


def row_fates(material: Material) -> list[RowFate]:
    """Where every row ended, beginning with how many there are; empty where nobody knows."""
    rows = material.told("rows", dict[str, int])
    if not rows or "read" not in rows:
        return []
    return [
        RowFate(name="read", words="were read", rows=rows["read"]),
        *(
            RowFate(name=name, words=words, rows=rows[name])
            for name, words in _FATES.items()
            if rows.get(name)
        ),
    ]


def inputs_of(material: Material) -> list[Input]:
    """The sources with the hashes of their files, which only the package knows."""
    told = sources_of(material) or []
    if isinstance(material.package, PackageError):
        return [
            Input(
                path=each.path,
                object_type=each.object_type,
                format=each.format,
                bytes=None,
                sha256="",
                rows=each.rows,
            )
            for each in told
        ]
    formats = {each.path: each.format for each in told}
    return [
        Input(
            path=each.path,
            object_type=each.object_type,
            format=formats.get(each.path, ""),
            bytes=each.bytes,
            sha256=each.sha256,
            rows=each.rows,
        )
        for each in material.package.sources()
    ]
