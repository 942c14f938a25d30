"""Formulas for a text, like `="00123"`: programs write them so that Excel keeps the zeros."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.problems import Finding, Located, shorten
from ometria_import.problems.catalogue import TEXT_FORMULA
from ometria_import.sources.model import RowChunk

_BEGIN = '="'
_FORMULA = r'^[ \t]*="((?:[^"]|"")*)"[ \t]*$'


def may_hold_text_formulas(block: bytes, end: int) -> bool:
    """Whether a block of CSV is worth a look, up to a place; most are not."""
    return block.find(_BEGIN.encode(), 0, end) >= 0


def without_text_formulas(chunk: RowChunk) -> RowChunk:
    """Put the text in place of each formula for one, with a notice for every column that had any.

    A formula that computes something stays as it is.
    """
    columns = {}
    notices = []
    for name, column in zip(chunk.table.column_names, chunk.table.columns, strict=True):
        texts = column.combine_chunks()
        columns[name] = texts
        if not pc.any(pc.match_substring(texts, _BEGIN)).as_py():
            continue
        is_formula = pc.match_substring_regex(texts, _FORMULA)
        if not (count := pc.sum(is_formula).as_py()):
            continue
        found = texts.filter(is_formula)
        inner = pc.replace_substring(pc.replace_substring_regex(found, _FORMULA, r"\1"), '""', '"')
        columns[name] = pc.replace_with_mask(texts, is_formula, inner)
        row = pc.index(is_formula, value=True).as_py()
        formula, text = shorten(found[0].as_py()), shorten(inner[0].as_py())
        message = f"formulas like {formula} were read as what they show, '{text}'"
        line = int(chunk.lines[row])
        notices.append(Located(line, name, "", Finding(TEXT_FORMULA, message), times=count))
    if not notices:
        return chunk
    in_order = sorted((*chunk.notices, *notices), key=lambda notice: notice.row)
    return replace(chunk, table=pa.table(columns), notices=tuple(in_order))
