"""The XML of a sheet as nearly every program writes it, cut into cells without building a tree.

From the first unusual place on, everything is left to an XML parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError, fromstring

import pyarrow as pa

from ometria_import.sources.arrays import Texts

_PIECE_BYTES = 512 * 1024
_MAX_HEAD_BYTES = 1024 * 1024
_MAX_PIECE_BYTES = 8 * 1024 * 1024
_DATA = b"<sheetData>"
_ROW_END = b"</row>"
_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?"
    rb"(?:<\?xml version=[\"']1\.0[\"'](?:\s+encoding=[\"'](?i:utf-8)[\"'])?"
    rb"(?:\s+standalone=[\"'](?:yes|no)[\"'])?\s*\?>)?"
    rb"\s*(<worksheet(?:\s[^<>]*)?>)(?:(?!<[!?]).)*?<sheetData>",
    re.DOTALL,
)
_ROW = re.compile(
    rb'r="([1-9][0-9]{0,6})"((?:\s[^<>/]*)?)(?:/>|>\s*(.*)</row>)\s*',
    re.DOTALL,
)
_CELL = re.compile(
    rb'(?:<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"((?:\s[^<>/]*)?)'
    rb"(?:/>|>(?:"
    rb"(<f(?:\s[^<>/]*)?(?:/>|>[^<]*</f>))?"
    rb'(?:(?:<v>|(<is><t(?: xml:space="preserve")?>))([^<]*)(?(5)</t></is>|</v>)|<v ?/>)?</c>'
    rb"|(.*?)</c>))"
    rb"|(.))\s*",
    re.DOTALL,
)
"""One cell, or a character between cells that belongs to none."""
_NOT_IN_XML = bytes({*range(0x20)} - {*b"\t\n\r"})
_MARKUP = (
    (b"!", b"<!"),
    (b"?", b"<?"),
    (b"]", b"]]>"),
    (b"\xef", b"\xef\xbf\xbe"),
    (b"\xef", b"\xef\xbf\xbf"),
)
"""What is not for plain rows; a byte of each, which is found much faster, stands in front."""
_WRONG_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)")


@dataclass(frozen=True, slots=True)
class PlainRows:
    """Some rows, and their cells one after the other."""

    numbers: list[int]
    counts: list[int]
    """How many cells each row has."""
    letters: list[bytes]
    """The columns of the cells; all that follows is of the same length."""
    attributes: list[bytes]
    formulas: list[bytes]
    """Empty where a cell has none."""
    inline: list[bytes]
    """Not empty where the value is a text that stands in the cell itself."""
    values: list[bytes]
    """As they are written; empty where there is none."""
    unusual: list[bytes]
    """What is in a cell, if that is something else."""


class SheetXml:
    """The XML of a sheet, read from its beginning; also a file with what was not read as rows."""

    def __init__(self, source: BinaryIO, namespace: str) -> None:
        """Read what stands above the rows.

        Args:
            source: The XML.
            namespace: That of spreadsheets.
        """
        self._source = source
        self._left = b""
        while _DATA not in self._left and len(self._left) < _MAX_HEAD_BYTES:
            if not (piece := source.read(_PIECE_BYTES)):
                break
            self._left += piece
        found = _HEAD.match(self._left)
        self._root = found[1] if found else b""
        self._head = found[0] if found else b""
        self._left = self._left[len(self._head) :]
        self._seen_attributes: set[bytes] = set()
        self._is_plain = bool(found) and self._is_as_expected(f"{{{namespace}}}")

    def rows(self) -> Iterator[PlainRows]:
        """The next rows, as long as they are plain; `read` returns the rest."""
        while self._is_plain:
            cut = self._left.rfind(_ROW_END)
            if cut < 0 and len(self._left) < _MAX_PIECE_BYTES:
                if not (more := self._source.read(_PIECE_BYTES)):
                    return
                self._left += more
                continue
            piece = self._left[: cut + len(_ROW_END)]
            rows = self._plain_rows(piece) if cut >= 0 else None
            if rows is None:
                return
            # A caller that cannot use these rows goes on with `read`, which has them again.
            yield rows
            self._left = self._left[len(piece) :]

    def read(self, size: int) -> bytes:
        """Read what was not yielded as rows, like a file, within the same outer elements."""
        piece = self._head + self._left or self._source.read(size)
        self._head = self._left = b""
        return piece

    def element(self, xml: bytes) -> Element:
        """An element that stands in the sheet.

        Raises:
            SyntaxError: it is not well-formed.
        """
        # The underlying parser bounds what entities may grow to, and there are none.
        return fromstring(self._root + xml + b"</worksheet>")[0]  # noqa: S314

    def texts(self, written: Texts) -> Texts:
        """Texts in which some characters are escaped, as what they stand for."""
        xml = "".join(f"<t>{text}</t>" for text in written.to_pylist())
        texts = [each.text or "" for each in self.element(f"<is>{xml}</is>".encode())]
        return pa.array(texts, pa.string())

    def _is_as_expected(self, namespace: str) -> bool:
        try:
            sheet = fromstring(self._head + b"</sheetData></worksheet>")  # noqa: S314 -- as above
        except ParseError:
            return False
        is_sheet = sheet.tag == f"{namespace}worksheet"
        return is_sheet and sheet[-1].tag == f"{namespace}sheetData"

    def _are_attributes(self, written: set[bytes]) -> bool:
        new = written - self._seen_attributes
        self._seen_attributes = written
        try:
            for attributes in new:
                self.element(b'<row r="1"' + attributes + b"/>")
        except ParseError:
            return False
        return True

    def _plain_rows(self, piece: bytes) -> PlainRows | None:
        if not _is_plain(piece):
            return None
        above, *written = piece.split(b"<row ")
        matches = [_ROW.fullmatch(row) for row in written]
        rows = [row.groups() for row in matches if row is not None]
        if above.strip() or len(rows) < len(matches):
            return None
        if not self._are_attributes({attributes for _, attributes, _ in rows}):
            return None
        counts = []
        cells: list[list[bytes]] = [[] for _ in range(_CELL.groups)]
        for _, _, row in rows:
            found = _CELL.findall(row or b"")
            counts.append(len(found))
            # Column by column at once: the garbage collector would go through tuples that stay.
            for column, some in zip(cells, zip(*found, strict=True), strict=bool(found)):
                column.extend(some)
        letters, digits, *others, between = cells
        rows_of = chain.from_iterable(map(repeat, (number for number, _, _ in rows), counts))
        if any(between) or digits != list(rows_of):
            return None
        return PlainRows([int(number) for number, _, _ in rows], counts, letters, *others)


def _is_plain(xml: bytes) -> bool:
    """Whether there are only elements and texts, and nothing that XML does not allow in these."""
    return not (
        len(xml.translate(None, _NOT_IN_XML)) < len(xml)
        or any(byte in xml and mark in xml for byte, mark in _MARKUP)
        or (b"&" in xml and _WRONG_ENTITY.search(xml))
    )
