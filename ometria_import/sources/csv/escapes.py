r"""Whether a CSV file is written with backslash escapes, where nobody says so.

MySQL writes a backslash before each quote, delimiter, line break and backslash of a value, and
`\N` for null. PHP writes one before a quote only where the value has it itself. So a quote
behind a backslash alone proves neither, and the file is read with escapes only if it has more.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ometria_import.sources.csv.records import Dialect, read_records

_NULL = rb"(?:^|(?<=[\r\n%(mark)s]))\\N(?=[\r\n%(mark)s]|$)"
_QUOTE = rb"\\\""
_OTHERS = rb"\\\\|\\[\r\n%(mark)s]"
"""A backslash, a line break or a delimiter of a value."""
_DOUBLED_QUOTE = rb'[^\r\n%(mark)s]""[^\r\n%(mark)s"]'
"""What MySQL never writes."""


def has_certain_escapes(sample: bytes, dialect: Dialect, *, is_last: bool) -> bool:
    """Whether rows are broken as they stand, none is with escapes, and only MySQL writes so.

    Args:
        sample: Rows from the beginning of a file.
        dialect: That of the file, without escapes.
        is_last: Whether the file ends with the sample; otherwise its last row may be cut.
    """
    if b"\\" not in sample or not _is_of_mysql(sample, dialect.delimiter):
        return False
    if not read_records(sample, dialect, 1, is_last=is_last).rejects:
        return False
    escaped = read_records(sample, replace(dialect, has_escapes=True), 1, is_last=is_last)
    return bool(escaped.rows) and not escaped.rejects


def _is_of_mysql(sample: bytes, delimiter: str) -> bool:
    mark = {b"mark": re.escape(delimiter.encode())}

    def has(pattern: bytes) -> bool:
        return re.search(pattern % mark, sample) is not None

    return (has(_NULL) or (has(_QUOTE) and has(_OTHERS))) and not has(_DOUBLED_QUOTE)
