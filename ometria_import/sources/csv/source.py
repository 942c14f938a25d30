"""A CSV file as a stream of chunks: every row ends in a table or among the rejects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ometria_import.sources.csv.dialect import Header
from ometria_import.sources.csv.records import Dialect, Records, find_line_end, read_records
from ometria_import.sources.file.compression import Compression
from ometria_import.sources.file.encodings import UTF_8, read_text, skip_bytes
from ometria_import.sources.file.raw_file import PIECE_BYTES, RawFile
from ometria_import.sources.file.source_file import OfFile
from ometria_import.sources.model import MAX_HEAD_ROWS, Format, Progress, RowChunk
from ometria_import.sources.repeated_header import RepeatedHeader

if TYPE_CHECKING:
    from ometria_import.sources.csv.blocks import Block

BLOCK_BYTES = 3 * 1024 * 1024
_HEAD_BLOCK_BYTES = 256 * 1024
_SMALL_BYTES = 16 * 1024
_MOST_SMALL_FILES = 2_000


class CsvSource(OfFile):
    """One CSV file whose format and header are known; reading it again starts from its start."""

    def __init__(self, raw: RawFile, file_format: Format, header: Header) -> None:
        super().__init__(raw, file_format)
        self.header = header.names
        """The names of the columns, each one different."""
        self._raw = raw
        self._header = header
        self._dialect = Dialect(
            file_format.delimiter,
            len(header.names) + header.blank_columns,
            file_format.text_encoding,
            header.blank_columns,
            is_mending=file_format.text_encoding == UTF_8 and not file_format.encoding_is_given,
            is_guessed=file_format.guess is not None,
            has_escapes=file_format.has_escapes,
        )
        self._repeats = RepeatedHeader(raw.shown, header.cells, file_format.delimiter)

    def chunks(
        self, *, progress: Progress | None = None, block_bytes: int = BLOCK_BYTES
    ) -> Iterator[RowChunk]:
        """Read all rows in the file's order; no chunk is empty of rows, rejects and notices alike.

        Memory is bounded by the block and by the largest row that is read, not by the file. Of
        the smallest files, the latest ones are kept in memory.

        Raises:
            SourceError: reading fails on the way, or another header stands among the rows; then
                no chunk can be trusted.
        """
        is_small = self.size_bytes <= _SMALL_BYTES and self._raw.compression is Compression.NONE
        if not is_small or block_bytes < _SMALL_BYTES:
            yield from self._read(progress, block_bytes)
            return
        kept = _SMALL_FILES.get(self)
        if kept is None:
            kept = tuple(self._read(progress, block_bytes))
            if len(_SMALL_FILES) >= _MOST_SMALL_FILES:
                _SMALL_FILES.pop(next(iter(_SMALL_FILES)), None)
            _SMALL_FILES[self] = kept
        elif progress is not None:
            progress(self.size_bytes)
        yield from kept

    def _read(self, progress: Progress | None, block_bytes: int) -> Iterator[RowChunk]:
        pieces = self._raw.pieces(progress, piece_bytes=min(block_bytes, PIECE_BYTES))
        blocks = _BlockReader(self._raw.shown, self._header, self._dialect, block_bytes)
        # A guess about the whole file covers its header, too.
        of_header = () if self.format.guess else self._header.notices
        for read in blocks.read(read_text(pieces, self.format.text_encoding)):
            chunk = self._repeats.taken_out(read)
            if of_header:
                chunk, of_header = replace(chunk, notices=(*of_header, *chunk.notices)), ()
            if len(chunk) or chunk.rejects or chunk.notices:
                yield chunk

    def head(self) -> RowChunk:
        """The first rows, a thousand at most, with the rejects that stand among them."""
        chunk = None
        for chunk in self.chunks(block_bytes=_HEAD_BLOCK_BYTES):
            if len(chunk):
                break
        if chunk is None:
            return _BlockReader(self._raw.shown, self._header, self._dialect, 0).no_rows()
        lines = chunk.lines[:MAX_HEAD_ROWS]
        is_cut = len(chunk) > MAX_HEAD_ROWS
        rejects = tuple(one for one in chunk.rejects if not is_cut or one.line < lines[-1])
        notices = tuple(one for one in chunk.notices if not is_cut or one.row <= lines[-1])
        return RowChunk(chunk.table.slice(0, MAX_HEAD_ROWS), lines, rejects, notices)


# Many small files are read four times each, and starting to read costs more than their rows.
_SMALL_FILES: WeakKeyDictionary[CsvSource, tuple[RowChunk, ...]] = WeakKeyDictionary()


class _BlockReader:
    """Cuts the text into blocks of whole records, and has each read the fast way or exactly."""

    def __init__(self, path: Path, header: Header, dialect: Dialect, block_bytes: int) -> None:
        # Here, as numpy and pyarrow take half a second to import and opening needs neither.
        from ometria_import.sources.csv import blocks as csv_blocks

        self._csv_blocks = csv_blocks
        self._path = path
        self._names = header.names
        self._header_bytes = header.end
        self._dialect = dialect
        self._has_only_cr = header.has_only_cr
        self._block_bytes = block_bytes
        self._line = header.next_line
        self._is_inside_large_row = False

    def no_rows(self) -> RowChunk:
        """A chunk without rows, with the columns in place."""
        return self._csv_blocks.table_of(Records(), self._names, self._dialect)

    def read(self, text: Iterator[bytes]) -> Iterator[RowChunk]:
        text = skip_bytes(text, self._header_bytes, self._path)
        buffer = b""
        wanted = self._block_bytes
        is_last = False
        while True:
            parts, size = [buffer], len(buffer)
            while size < wanted and not is_last:
                piece = next(text, None)
                is_last = piece is None
                parts.append(piece or b"")
                size += len(parts[-1])
            buffer = b"".join(parts)
            if not buffer:
                return
            chunk, consumed = self._read_buffer(buffer, is_last=is_last)
            if self._csv_blocks.may_hold_text_formulas(buffer, consumed):
                chunk = self._csv_blocks.without_text_formulas(chunk)
            yield chunk
            buffer = buffer[consumed:]
            wanted = self._block_bytes if consumed else size + self._block_bytes

    def _read_buffer(self, buffer: bytes, *, is_last: bool) -> tuple[RowChunk, int]:
        start = 0
        if self._is_inside_large_row:
            end, after = find_line_end(buffer, 0, is_last=is_last)
            start = after or end
            if after:
                self._is_inside_large_row = False
                self._line += 1
        rest = buffer[start:] if start else buffer
        if not rest:
            return self.no_rows(), start
        block = self._read_block(rest, is_last=is_last)
        if block is not None:
            self._line = block.next_line
            return block.chunk, start + min(block.consumed, len(rest))
        records = read_records(rest, self._dialect, self._line, is_last=is_last)
        self._line = records.next_line
        self._is_inside_large_row = records.is_inside_large_row
        chunk = self._csv_blocks.table_of(records, self._names, self._dialect)
        return chunk, start + records.consumed

    def _read_block(self, rest: bytes, *, is_last: bool) -> Block | None:
        if self._dialect.has_escapes and b"\\" in rest:
            return None
        is_swapped = self._has_only_cr and b"\n" not in rest
        if is_swapped:
            # A line feed may follow the last carriage return, and both are one line end.
            whole = rest if is_last else rest.removesuffix(b"\r")
            rest = whole.replace(b"\r", b"\n")
        if is_last and not rest.endswith(b"\n"):
            rest += b"\n"
        block = self._csv_blocks.read_block(rest, self._names, self._dialect, self._line)
        if block is None or not is_swapped:
            return block
        return self._csv_blocks.with_carriage_returns(block)
