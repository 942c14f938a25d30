"""Findings in columns say what the same findings say one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.prepare.chunks.reported import reasons_of_rows
from ometria_import.prepare.columns.found import Alike, Found, FoundColumns
from ometria_import.problems import Finding, Located, Reject, Severity, catalogue

ROWS = 6
CAUSES = st.sampled_from([catalogue.MISSING, catalogue.BAD_CURRENCY, catalogue.RETURN])
FINDINGS = st.builds(Finding, CAUSES, st.sampled_from(["it is missing", "it is odd"]))
PATHS = st.sampled_from(["", "id", "email"])
SEVERITIES = st.sampled_from(Severity)
SINGLE = st.builds(
    Located,
    row=st.integers(0, ROWS - 1),
    path=PATHS,
    value=st.text(max_size=3),
    finding=FINDINGS,
    severity=SEVERITIES,
    times=st.just(1),
    file=st.just(0),
)


@st.composite
def alike(draw: st.DrawFn) -> Alike:
    whats = draw(st.lists(st.tuples(st.text(max_size=3), FINDINGS), min_size=1, max_size=3))
    pairs = draw(
        st.lists(st.tuples(st.integers(0, ROWS - 1), st.integers(0, len(whats) - 1)), max_size=8)
    )
    columns = np.array(pairs, np.int64).reshape(-1, 2)
    values, findings = zip(*whats, strict=True)
    return Alike(columns[:, 0], columns[:, 1], values, findings, draw(PATHS), draw(SEVERITIES))


PARTS = st.lists(SINGLE | alike(), max_size=6)


def found_in(parts: list[Alike | Located]) -> Found:
    found = Found()
    for part in parts:
        found.add(part)
    return found


def listed(columns: FoundColumns) -> list[tuple[int, str, str, str, str]]:
    return [
        (row, columns.kinds[kind].code, columns.kinds[kind].path, columns.values[what],
         columns.messages[what])
        for row, kind, what in zip(
            columns.rows.tolist(), columns.kinds_of_rows.tolist(), columns.which.tolist(),
            strict=True,
        )
    ]  # fmt: skip


def told(found: list[Located]) -> list[tuple[int, str, str, str, str]]:
    return [(each.row, each.code, each.path, each.value, each.finding.message) for each in found]


@given(PARTS, PARTS)
def test_columns_hold_every_finding_in_order(
    parts: list[Alike | Located], more: list[Alike | Located]
) -> None:
    both = found_in(parts).columns().followed_by(found_in(more).columns())

    assert listed(both) == told([*found_in(parts), *found_in(more)])


@given(PARTS)
def test_rows_are_rejected_with_the_reasons_of_their_findings(parts: list[Alike | Located]) -> None:
    found = found_in(parts)
    rows = np.arange(1, ROWS)

    codes, reasons = reasons_of_rows(found.columns(), rows, ROWS)

    rejects = [
        Reject(row, "", tuple(each for each in found if each.row == row)) for row in rows.tolist()
    ]
    assert codes.to_pylist() == [each.codes for each in rejects]
    assert reasons.to_pylist() == [each.reasons for each in rejects]


@given(PARTS, st.sets(st.integers(0, ROWS - 1)))
def test_errors_are_dropped_and_reworded_wherever_they_are_held(
    parts: list[Alike | Located], rows: set[int]
) -> None:
    found, expected = found_in(parts), list(found_in(parts))

    def change(each: Located) -> Located:
        is_meant = each.code == f"E{catalogue.MISSING}"
        finding = Finding(catalogue.MISSING, f"'x' in row {each.row}")
        return each._replace(value="x", finding=finding) if is_meant else each

    found.change_errors(catalogue.MISSING, change)
    found.drop_errors(catalogue.RETURN, np.array(sorted(rows), np.int64))

    assert told([*found]) == told(
        [
            change(each)
            for each in expected
            if each.row not in rows or each.code != f"E{catalogue.RETURN}"
        ]
    )
