"""A JSON source whose objects name their parents, as one of objects with their parts in arrays.

If the parts of each record directly follow it, the file streams. In any other order, its objects
are brought together on disk.
"""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Iterator
from decimal import Decimal
from heapq import merge
from pathlib import Path

import msgspec
import numpy as np

from ometria_import.errors import SourceError
from ometria_import.mapping.objects.nest import (
    LineOrder,
    Nest,
    Part,
    Record,
    inner_objects,
    without_parent,
)
from ometria_import.mapping.recognition.secret_columns import without_secrets
from ometria_import.mapping.targets import REJECT_KEY
from ometria_import.prepare.chunks.objects import encoded
from ometria_import.prepare.spill.parts import Gathered, Parts
from ometria_import.problems import Finding, Located, Reject
from ometria_import.problems.catalogue import ROW_TOO_LARGE
from ometria_import.sources import ObjectChunk, ObjectFile
from ometria_import.sources.model import MAX_ROW_BYTES, Progress

_CHUNK_BYTES = 512 * 1024
_MOST_CHUNKS = MAX_ROW_BYTES // _CHUNK_BYTES
"""A record that goes on over more chunks is too large."""
_SHOWN_OF_LARGE = 1_000
_DECODE = msgspec.json.Decoder(float_hook=Decimal).decode
_TOO_LARGE = Finding(ROW_TOO_LARGE, f"with its parts it has over {MAX_ROW_BYTES:,} bytes")


class NestedFile(ObjectFile):
    """The records of such a file; the lines are those on which the records themselves stand."""

    def __init__(self, source: ObjectFile, nest: Nest) -> None:
        """Put the objects of a source together as a mapping says."""
        super().__init__(source, source.format)
        self._source = source
        self._nest = nest
        self._is_grouped: bool | None = None
        self._parts: Parts | None = None
        self._has_rejects = False
        self._lock = threading.Lock()

    def head(self) -> ObjectChunk:
        """The first records with those of their parts that follow soon."""
        head = self._source.head()
        whole = self._nest.put_together(list(self._as_parts(head)))
        lost = [(each.line, each.record) for each in whole.lost if not self._is_part(each.record)]
        records = sorted([*whole.records, *lost], key=lambda each: each[0])
        lines = np.array([line for line, _ in records], np.int64)
        return ObjectChunk([record for _, record in records], lines, head.rejects)

    def said_types(self) -> set[str]:
        """Every `@type` in the file."""
        return self._source.said_types()

    def chunks(self, *, progress: Progress | None = None) -> Iterator[ObjectChunk]:
        """Read all records with their parts.

        Raises:
            SourceError: reading fails on the way, or it is impossible to tell which record lacks
                a part that cannot be read.
        """
        if self._is_grouped is None:
            for _ in self.records():
                if self._is_grouped is not None:
                    break
        chunks = self._streamed(progress) if self._is_grouped else self._gathered(progress)
        yield from (each for each in chunks if len(each) or each.rejects or each.notices)

    def records(self) -> Iterator[list[Record]]:
        """The records without their parts; on the way, look how the file is ordered."""
        order = LineOrder(self._nest)
        for chunk in self._source.chunks():
            parts = list(self._as_parts(chunk))
            if self._is_grouped is None:
                order.look(parts)
                if not order.is_grouped:
                    self._is_grouped = False
            yield [each.record for each in parts if each.record is not None and not each.parent]
        if self._is_grouped is None:
            self._is_grouped = True

    def _streamed(self, progress: Progress | None) -> Iterator[ObjectChunk]:
        """The records of a file in which parts follow their record, in its order."""
        group, size = list[Part](), 0
        held: list[Reject] = []
        for chunk in self._source.chunks(progress=progress):
            made = _Made(self._nest, [*held, *chunk.rejects])
            size += 1
            for part in self._as_parts(chunk):
                if part.record is not None and not part.parent:
                    made.add(group, is_too_large=size > _MOST_CHUNKS)
                    group, size = [part], 0
                elif size > _MOST_CHUNKS:
                    del group[1:]
                elif group and not part.parent:
                    # What is left of a line does not say whose part it is: of the one above.
                    owner = self._nest.id_of(group[0].record or {})
                    group.append(part._replace(parent=owner))
                else:
                    group.append(part)
            held = made.behind(group[0].line) if group and size <= _MOST_CHUNKS else []
            yield made.chunk()
        made = _Made(self._nest, held)
        made.add(group, is_too_large=size > _MOST_CHUNKS)
        yield made.chunk()

    def _gathered(self, progress: Progress | None) -> Iterator[ObjectChunk]:
        """The records of a file with its objects in any order."""
        with self._lock:
            if self._parts is None:
                self._parts = self._spilt(progress)
        if progress is not None:
            progress(self.size_bytes)
        yield from self._unreadable_lines()
        made, size = _Made(self._nest, []), 0
        groups = self._parts.gathered()
        while group := self._following(groups):
            made.gather(group)
            size += sum(map(len, group.texts))
            if size > _CHUNK_BYTES:
                yield made.chunk()
                made, size = _Made(self._nest, []), 0
        yield made.chunk()

    def _following(self, groups: Iterator[Gathered]) -> Gathered | None:
        """The next objects from disk; dates may be surveyed by another thread at the same time."""
        with self._lock:
            return next(groups, None)

    def _unreadable_lines(self) -> Iterator[ObjectChunk]:
        """The lines that cannot be read, from the file itself, as there may be many."""
        for chunk in self._source.chunks() if self._has_rejects else ():
            yield ObjectChunk([], chunk.lines[:0], chunk.rejects)

    def _spilt(self, progress: Progress | None) -> Parts:
        """All objects on disk, in a file that no other process can open."""
        parts = Parts(Path(tempfile.gettempdir()))
        weakref.finalize(self, parts.close)
        try:
            for chunk in self._source.chunks(progress=progress):
                self._has_rejects |= bool(chunk.rejects)
                self._spill(parts, list(self._as_parts(chunk)))
            parts.settle()
        except OSError as error:
            raise SourceError(
                f"{self.path}: its parts cannot be kept in {tempfile.gettempdir()}: "
                f"{error.strerror or error}",
                hint="Free some space there, or name another folder with TMPDIR.",
            ) from error
        return parts

    def _spill(self, parts: Parts, own: list[Part]) -> None:
        if lost := next((each.line for each in own if each.record is None and not each.parent), 0):
            raise SourceError(
                f"{self.path}: line {lost:,} cannot be read and does not say which record it "
                "belongs to, so that a record may lack a part",
                hint="Export the file again. If its parts directly followed their records, only "
                "the record above would be rejected.",
            )
        ids = [self._nest.id_of(each.record) if each.record else "" for each in own]
        texts = [
            (each.parent if each.record is None else encoded(each.record)).encode() for each in own
        ]
        parts.add([each.line for each in own], ids, [each.parent for each in own], texts)
        inner = [
            (one, holder)
            for holder, each in zip(ids, own, strict=True)
            if holder and each.record
            for one, _ in inner_objects(each.record, self._nest.id)
        ]
        if inner:
            parts.add_inner(*zip(*inner, strict=True))

    def _as_parts(self, chunk: ObjectChunk) -> Iterator[Part]:
        """The objects of a chunk, and the lines that cannot be read and may be parts."""
        parent_of = self._nest.parent_of
        objects = (
            Part(line, each, parent_of(each))
            for line, each in zip(chunk.lines.tolist(), chunk.objects, strict=True)
        )
        lost = [(each.line, each.raw) for each in chunk.rejects]
        if any(REJECT_KEY in each for each in chunk.objects):
            lost = sorted([*lost, *_not_mended(chunk)])
        if not lost:
            return objects
        return merge(self._lost_parts(lost), objects, key=lambda each: each.line)

    def _lost_parts(self, lost: list[tuple[int, str]]) -> Iterator[Part]:
        for line, raw in lost:
            parent = self._nest.parent_in_text(raw)
            # A whole line that names no parent is a record; the rest of a cut one may be a part.
            if parent or not raw.rstrip().endswith("}"):
                yield Part(line, None, parent)

    def _is_part(self, record: Record) -> bool:
        return bool(self._nest.parent_of(record))


def _not_mended(chunk: ObjectChunk) -> Iterator[tuple[int, str]]:
    """The lines of a reject file that still are the text of what could not be read."""
    for line, each in zip(chunk.lines.tolist(), chunk.objects, strict=True):
        about = each.get(REJECT_KEY)
        if len(each) == 1 and isinstance(about, dict) and about.get("raw"):
            yield line, str(about["raw"])


class _Made:
    """A chunk of records on its way."""

    def __init__(self, nest: Nest, rejects: list[Reject]) -> None:
        """Begin with the lines that cannot be read."""
        self._nest = nest
        self._rejects = rejects
        self._records: list[tuple[int, Record]] = []
        self._notices: list[Located] = []

    def add(self, group: list[Part], *, is_too_large: bool = False) -> None:
        """Add the objects of one record."""
        if is_too_large:
            for line, record, parent in group:
                if record is not None and not parent:
                    raw = encoded(without_secrets(record, set()))[:_SHOWN_OF_LARGE]
                    self._rejects.append(Reject.of(line, raw, _TOO_LARGE))
            return
        if len(group) == 1 and group[0].record is not None and not group[0].parent:
            self._records.append((group[0].line, group[0].record))
            return
        whole = self._nest.put_together(group)
        self._records += whole.records
        for line, record, finding in whole.lost:
            self.lose(line, record, finding)
        self._notices += [Located(line, "", "", finding) for line, finding in whole.repeated]

    def behind(self, line: int) -> list[Reject]:
        """Take back what is rejected behind a record that is not finished, to keep the order."""
        taken = [each for each in self._rejects if each.line > line]
        self._rejects = [each for each in self._rejects if each.line <= line]
        return taken

    def gather(self, group: Gathered) -> None:
        """Add objects that were kept on disk."""
        parts = [
            self._part(line, text) for line, text in zip(group.lines, group.texts, strict=True)
        ]
        if group.is_whole:
            self.add(parts, is_too_large=group.size > MAX_ROW_BYTES)
            return
        for line, record, parent in parts:
            if record is not None:
                self.lose(line, record, without_parent(parent))

    def _part(self, line: int, text: bytes) -> Part:
        """An object; of a line that cannot be read only the id of its parent was kept."""
        if not text.startswith(b"{"):
            return Part(line, None, text.decode())
        record = _DECODE(text)
        return Part(line, record, self._nest.parent_of(record))

    def lose(self, line: int, record: Record, finding: Finding) -> None:
        """Reject an object."""
        text = encoded(without_secrets(record, set()))
        self._rejects.append(Reject.of(line, "", finding, (text,), self._nest.id_of(record)))

    def chunk(self) -> ObjectChunk:
        """All that was added, in the order of the lines."""
        self._records.sort(key=lambda each: each[0])
        self._rejects.sort(key=lambda each: each.line)
        lines = np.array([line for line, _ in self._records], np.int64)
        return ObjectChunk(
            [record for _, record in self._records],
            lines,
            tuple(self._rejects),
            tuple(self._notices),
        )
