"""From a path to a source: looks at the beginning of a file and says what it is."""

from __future__ import annotations

from pathlib import Path

from ometria_import.errors import SourceError
from ometria_import.options.choices import Escape
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.sources.csv.dialect import parse_delimiter, read_header
from ometria_import.sources.csv.source import CsvSource
from ometria_import.sources.file.encoding_guess import guess_encoding
from ometria_import.sources.file.encodings import UTF_8, check_encoding, detect_encoding, read_text
from ometria_import.sources.file.markup import refuse_markup
from ometria_import.sources.file.raw_file import RawFile
from ometria_import.sources.header import names_with_invisible, repeated_names
from ometria_import.sources.json.elements import (
    Element,
    decode_object,
    has_too_many_levels,
    is_left_open,
)
from ometria_import.sources.json.source import JsonSource
from ometria_import.sources.json.wrapper import find_wrapper
from ometria_import.sources.model import BLANKS, Format, SourceKind, TableSource

HEAD_BYTES = 4 * 1024 * 1024
"""How much of a file is looked at to find out its encoding."""

_CSV_SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
_LINES_SUFFIXES = frozenset({".ndjson", ".jsonl"})
_JSON_SUFFIXES = frozenset({".json"}) | _LINES_SUFFIXES


def open_any_source(
    path: Path, options: ReadingOptions | None = None, *, content: Path | None = None
) -> TableSource | JsonSource:
    """Find out what a file is; its rows are read later, by `chunks`.

    Args:
        path: The file.
        options: The options for reading the file.
        content: A copy that is read in its place.

    Raises:
        SourceError: it cannot be read, is empty, or is of no format that is known.
        UsageError: an option says what no file can be.
    """
    options = options or ReadingOptions()
    given_encoding = check_encoding(options.encoding) if options.encoding else None
    given_delimiter = parse_delimiter(options.delimiter) if options.delimiter else None
    raw = RawFile(path, content)
    if raw.is_workbook:
        # Imported here and below, as pyarrow is slow to import.
        from ometria_import.sources.workbook.source import open_workbook

        return open_workbook(raw, options.sheet)
    if raw.is_parquet:
        from ometria_import.sources.parquet.source import open_parquet

        return open_parquet(raw)
    return _open_text(raw, given_encoding, given_delimiter, options.escape)


def _open_text(
    raw: RawFile, given_encoding: str | None, given_delimiter: str | None, escape: Escape | None
) -> CsvSource | JsonSource:
    head, is_whole = raw.head(HEAD_BYTES)
    if not head:
        raise SourceError(f"{raw.shown} is empty", hint="Export the file again.")
    encoding = given_encoding or detect_encoding(head, is_whole=is_whole)
    is_given = given_encoding is not None
    is_guessed = not is_given and not encoding.startswith("utf")
    text = _decode_head(raw.shown, head, UTF_8 if is_guessed else encoding)
    refuse_markup(raw.shown, text)
    kind = _find_kind(raw, text, is_whole=is_whole)
    compression = str(raw.compression)
    if kind is SourceKind.CSV:
        header = read_header(
            raw.shown,
            text,
            given_delimiter,
            encoding=UTF_8 if is_guessed else encoding,
            is_whole=is_whole,
            escape=escape,
            is_mending=not is_given,
        )
        file_format = Format(
            kind,
            encoding,
            is_given,
            header.delimiter,
            compression,
            has_escapes=header.has_escapes,
            guess=guess_encoding(text, encoding) if is_guessed else None,
            names_with_invisible=names_with_invisible(header.cells),
            repeated_names=repeated_names(header.cells),
            skipped_lines=header.skipped_lines,
            member=raw.member,
            member_day=raw.member_day,
        )
        return CsvSource(raw, file_format, header)
    if is_guessed:
        encoding = UTF_8  # RFC 8259 leaves JSON no other; a damaged line is rejected alone
    wrapper = None
    if kind is SourceKind.NDJSON:
        wrapper = find_wrapper(raw.shown, text, is_whole=is_whole)
    if wrapper is not None:
        file_format = Format(
            SourceKind.JSON,
            encoding,
            is_given,
            compression=compression,
            array=wrapper.name,
            member=raw.member,
            member_day=raw.member_day,
        )
        return JsonSource(raw, file_format, wrapper=wrapper)
    file_format = Format(
        kind, encoding, is_given, "", compression, member=raw.member, member_day=raw.member_day
    )
    is_one_object = kind is SourceKind.NDJSON and _is_one_object(raw.shown, text, is_whole=is_whole)
    return JsonSource(raw, file_format, is_one_object=is_one_object)


def _decode_head(path: Path, head: bytes, encoding: str) -> bytes:
    try:
        return b"".join(read_text([head], encoding))
    except UnicodeError as error:
        raise SourceError(
            f"{path} cannot be read as {encoding}: {error}",
            hint="Without a byte order mark, say which byte comes first: utf-16-le or utf-16-be.",
        ) from error


def _find_kind(raw: RawFile, text: bytes, *, is_whole: bool) -> SourceKind:
    suffix = raw.suffix
    content = text.lstrip(BLANKS)
    if suffix in _CSV_SUFFIXES:
        return SourceKind.CSV
    if suffix in _LINES_SUFFIXES and content:
        return SourceKind.JSON if _is_array(content, is_whole=is_whole) else SourceKind.NDJSON
    if content.startswith(b"["):
        return SourceKind.JSON
    if content.startswith(b"{"):
        return SourceKind.NDJSON
    if suffix in _JSON_SUFFIXES:
        what = "is empty: it has only blanks" if not content else "is not JSON"
        raise SourceError(
            f"{raw.shown} {what}",
            hint="A JSON file starts with [ (an array) or { (one object per line). If it is UTF-16 "
            "without a byte order mark, add --encoding utf-16-le.",
        )
    return SourceKind.CSV


def _is_array(content: bytes, *, is_whole: bool) -> bool:
    """Whether text under a name for NDJSON is one array and not lines, the first of them odd."""
    first, _, rest = content.partition(b"\n")
    is_lines = not is_left_open(first) and (rest.strip(BLANKS) or not is_whole)
    return content.startswith(b"[") and not is_lines


def _is_one_object(path: Path, text: bytes, *, is_whole: bool) -> bool:
    """Whether the file is one object written over several lines.

    Raises:
        SourceError: it is several of them, which neither NDJSON nor an array is.
    """
    content = text.strip(BLANKS)
    first, _, rest = content.partition(b"\n")
    if not rest or not content.startswith(b"{") or not is_left_open(first) or rest[:1] == b"{":
        return False
    if is_whole and not has_too_many_levels(content):
        value = decode_object(Element(1, content, None), UTF_8)
        if isinstance(value, dict):
            return True
    raise SourceError(
        f"{path} contains objects that span several lines",
        hint="Write it as NDJSON, one object per line, for example with jq -c . or as one array.",
    )
