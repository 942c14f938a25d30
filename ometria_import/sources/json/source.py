"""A JSON array or NDJSON file as a stream of chunks of decoded objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ometria_import.problems import Reject
from ometria_import.sources.csv.records import as_text
from ometria_import.sources.file.encodings import read_text, skip_bytes
from ometria_import.sources.file.raw_file import PIECE_BYTES, RawFile
from ometria_import.sources.file.source_file import ObjectFile
from ometria_import.sources.json.array import read_elements
from ometria_import.sources.json.elements import Element, decode_object, read_lines
from ometria_import.sources.json.many import Many, collector_paused
from ometria_import.sources.json.oddities import repeated_keys
from ometria_import.sources.json.wrapper import Wrapper
from ometria_import.sources.model import (
    BLANKS,
    MAX_HEAD_ROWS,
    Format,
    ObjectChunk,
    Progress,
    SourceKind,
)

CHUNK_BYTES = 1536 * 1024
"""Decoded objects take about ten times the memory of their text, and each chunk costs some
milliseconds, however few objects it has."""

_HEAD_CHUNK_BYTES = 256 * 1024
_TYPE_SAID = re.compile(rb'"@type"[ \t\r\n]*:[ \t\r\n]*"([^"\\]{1,64})"', re.IGNORECASE)
_LONGEST_TYPE_BYTES = 128
"""What is looked at again where a piece of text ends, as its last `@type` may be cut."""


class JsonSource(ObjectFile):
    """One JSON file whose format is known; reading it again starts from its start."""

    header: tuple[str, ...] = ()
    """Only tables have one."""

    def __init__(
        self,
        raw: RawFile,
        file_format: Format,
        *,
        is_one_object: bool = False,
        wrapper: Wrapper | None = None,
    ) -> None:
        """Take a file as it was found to be.

        Args:
            raw: The file.
            file_format: The format of the file.
            is_one_object: The whole file is one object over several lines.
            wrapper: The object around the array, if there is one.
        """
        super().__init__(raw, file_format)
        self._raw = raw
        self._is_one_object = is_one_object
        self._wrapper = wrapper

    def chunks(
        self, *, progress: Progress | None = None, chunk_bytes: int = CHUNK_BYTES
    ) -> Iterator[ObjectChunk]:
        """Read all objects in the file's order; no chunk is empty of objects and rejects alike.

        Memory is bounded by the chunk and by the largest element that is read.

        Raises:
            SourceError: reading fails on the way, or the array is cut; then no chunk of the
                file can be trusted.
        """
        pieces = self._raw.pieces(progress, piece_bytes=min(chunk_bytes, PIECE_BYTES))
        elements: list[Element | Many] = []
        size = 0
        for element in self._elements(read_text(pieces, self.format.encoding)):
            elements.append(element)
            size += element.size
            if size >= chunk_bytes:
                yield _decode_chunk(elements, self.format.encoding)
                elements, size = [], 0
        if elements:
            yield _decode_chunk(elements, self.format.encoding)

    def head(self) -> ObjectChunk:
        """The first objects, a thousand at most, with the rejects that stand among them."""
        chunk = _decode_chunk([], self.format.encoding)
        for chunk in self.chunks(chunk_bytes=_HEAD_CHUNK_BYTES):
            if len(chunk):
                break
        lines = chunk.lines[:MAX_HEAD_ROWS]
        is_cut = len(chunk) > MAX_HEAD_ROWS
        rejects = tuple(one for one in chunk.rejects if not is_cut or one.line < lines[-1])
        return ObjectChunk(chunk.objects[:MAX_HEAD_ROWS], lines, rejects)

    def said_types(self) -> set[str]:
        """Every `@type` that stands anywhere in the text, whatever it belongs to.

        Raises:
            SourceError: the file cannot be read.
        """
        said: set[bytes] = set()
        rest = b""
        for piece in read_text(self._raw.pieces(), self.format.encoding):
            said.update(_TYPE_SAID.findall(rest + piece))
            rest = piece[-_LONGEST_TYPE_BYTES:]
        return {each.decode("utf-8", "replace") for each in said}

    def _elements(self, text: Iterator[bytes]) -> Iterator[Element | Many]:
        if self._is_one_object:
            whole = b"".join(text)
            raw = whole.strip(BLANKS)
            return iter([Element(whole.count(b"\n", 0, whole.index(raw)) + 1, raw, None)])
        if self.format.kind is SourceKind.JSON:
            if self._wrapper is not None:
                text = skip_bytes(text, len(self._wrapper.prefix), self._raw.shown)
            return read_elements(text, self._raw.shown, self._wrapper)
        return read_lines(text)


def _decode_chunk(elements: list[Element | Many], encoding: str) -> ObjectChunk:
    import numpy as np  # here, as it is slow to import and opening needs none of it

    objects: list[dict[str, Any]] = []
    lines: list[int] = []
    single: list[tuple[int, Element]] = []
    rejects: list[Reject] = []
    with collector_paused():
        for element in elements:
            if isinstance(element, Many):
                objects += element.objects
                lines += range(element.first, element.first + len(element.objects))
                continue
            value = decode_object(element, encoding)
            if isinstance(value, dict):
                single.append((len(objects), element))
                objects.append(value)
                lines.append(element.line)
            else:
                rejects.append(Reject.of(element.line, as_text(element.raw), value))
        raws, values = [each.raw for _, each in single], [objects[place] for place, _ in single]
        repeated = repeated_keys(raws, values) if single else {}
    for number, finding in sorted(repeated.items(), reverse=True):
        place, element = single[number]
        del objects[place], lines[place]
        rejects.append(Reject.of(element.line, as_text(element.raw), finding))
    rejects.sort(key=lambda reject: reject.line)
    return ObjectChunk(objects, np.array(lines, np.int64), tuple(rejects))
