"""Phone numbers without a country code, each read as people dial it in its record's own country.

What an Austrian wrote down as `0664 1234567` is no German number, whatever country the file as a
whole is of. Numbers with a country's code are the same everywhere, so they are left to the file's.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.columns.found import Alike
from ometria_import.prepare.columns.normalise import NormalisedColumn, normalise
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.rules import ColumnRule
from ometria_import.problems import Finding
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type
from ometria_import.sources.arrays import Mask, Texts, mask_of

_ABROAD = r"^[^0-9+]*(?:\+|00)"


def countries_in(texts: Texts, nulls: Texts | None = None) -> Texts:
    """The countries that the cells of a record's own country name, null where they name none.

    Args:
        texts: The cells.
        nulls: Words that are blank in them.
    """
    parse = field_type(FieldTypeName.COUNTRY, Conventions()).parse
    if nulls is not None:
        texts = pc.if_else(pc.is_in(texts, value_set=nulls), "", texts)
    encoded = texts.dictionary_encode()
    read = (
        parse(text.strip()) if text.strip() else None for text in encoded.dictionary.to_pylist()
    )
    codes = [None if isinstance(each, Finding) else each for each in read]
    return pa.array(codes, pa.string()).take(encoded.indices)


def normalise_by_country(texts: Texts, countries: Texts, rule: ColumnRule) -> NormalisedColumn:
    """Bring phone numbers into normal form, those of other countries than the file's by these.

    Args:
        texts: The cells.
        countries: The country of each record, null where it says none.
        rule: The rule of the file's country.
    """
    differs = mask_of(pc.fill_null(pc.not_equal(countries, rule.country or ""), False))  # noqa: FBT003
    if differs.any():
        differs[differs] = _are_national(texts.filter(pa.array(differs)))
    if not differs.any():
        return normalise(texts, rule)
    rest = normalise(pc.if_else(pa.array(differs), "", texts), rule)
    encoded = countries.dictionary_encode()
    numbers = encoded.indices.fill_null(-1).to_numpy()
    values, findings, notes = rest.values, [rest.findings], ColumnNotes()
    notes.merge(rest.notes)
    for number, country in enumerate(encoded.dictionary.to_pylist()):
        is_own = differs & (numbers == number)
        rows = np.flatnonzero(is_own)
        if not len(rows):
            continue
        own = normalise(texts.take(pa.array(rows)), rule.of_country(country))
        values = pc.replace_with_mask(values, pa.array(is_own), own.values)
        findings.append(replace(own.findings, rows=rows[own.findings.rows]))
        notes.merge(own.notes.on_rows(rows))
    return NormalisedColumn(values, _in_order(Alike.joined(findings)), notes)


def _are_national(texts: Texts) -> Mask:
    """Whether texts are numbers without the code of a country."""
    is_abroad = pc.match_substring_regex(texts, _ABROAD)
    return mask_of(pc.and_not(pc.greater(pc.binary_length(texts), 0), is_abroad))


def _in_order(found: Alike) -> Alike:
    order = np.argsort(found.rows, kind="stable")
    return replace(found, rows=found.rows[order], which=found.which[order])
