"""However large a run was, its page stays under 200 kB and says what it leaves out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ometria_import.reporting import MAX_BYTES, Report, decode_report, encode_report, render
from ometria_import.reporting.model import (
    Amount,
    Chain,
    CheckedType,
    Column,
    Consent,
    Input,
    Loss,
    Money,
    Named,
    Period,
    Problem,
    Problems,
    Run,
    SourceConsent,
    Verdict,
    Verification,
)
from tests.reporting.pages import Page

PLAIN = "a column of a warehouse {}"
HOSTILE = "<\"'&>\U0001f9e8\u202e" * 30 + "{}"
"""Every character takes several when it is escaped or made visible."""


def huge(name: str) -> Report:
    """The report of a run of years, whose names are made of a pattern."""
    amount = Amount(orders=1_234_567, revenue="123456789012.34")
    periods = [
        Period(
            period=f"{2020 + month // 12}-{month % 12 + 1:02}",
            currency=f"C{currency}",
            file=amount,
            sent=amount,
            accepted=amount,
            found=amount,
        )
        for month in range(60)
        for currency in range(8)
    ]
    columns = [
        Column(
            source=name.format(number % 500),
            column=name.format(number),
            field=name.format(number),
            cells=9_999_999,
            filled=8_888_888,
            rewritten=7_777_777,
            dropped=number % 3,
            examples=[name.format(each) for each in range(3)],
        )
        for number in range(2_000)
    ]
    causes = [
        Problem(
            code=f"W{number % 100:03}",
            title=name.format(number),
            remedy=name.format(number),
            object_type="contact",
            field=name.format(number),
            count=number,
            places=[name.format(each) for each in range(3)],
        )
        for number in range(3_000)
    ]
    named = [Named(name=name.format(n), words=name.format(n), count=n, of=n) for n in range(500)]
    types = [
        CheckedType(
            listing=name.format(number),
            object_type="contact",
            population=1_000_000,
            read=3_000,
            same=3_000,
            differs=0,
            missing=0,
            not_settled=0,
            how="sample",
            reason=name.format(number),
            bound=0.001,
        )
        for number in range(500)
    ]
    sources = [
        SourceConsent(
            source=name.format(number),
            opted_in=1,
            opted_out=2,
            none=3,
            suppressed=4,
            contradicting=5,
        )
        for number in range(500)
    ]
    return Report(
        verdict=Verdict(tone="open", sentence=name.format(0) * 9, details=[name.format(0)] * 99),
        run=Run(
            id="20260301-120000-staging-0000",
            account="staging",
            address=name.format(0) * 9,
            state="finished",
            reason=name.format(0) * 9,
            started_at="2026-03-01T12:00:00Z",
            ended_at="2026-03-02T12:00:00Z",
            seconds=86_400.0,
            tool_version="0.1.0",
            package="0" * 64,
            command=name.format(0) * 999,
        ),
        chain=[
            Chain(
                object_type="order",
                rows=10**9,
                made=10**9,
                rejected=0,
                unchanged=10**9,
                records=10**9,
                sent=10**9,
                accepted=10**9,
                refused=0,
                unclear=0,
                refused_later=0,
                to_send=0,
            )
        ],
        rows=[],
        money=Money(
            periods=periods,
            losses=[
                Loss(step=name, cause=name, currency="GBP", orders=1, revenue="1")
                for _ in range(99)
            ],
        ),
        joins=[],
        columns=columns,
        problems=Problems(causes=causes),
        consent=Consent(states={}, sources=sources, effects=[], dangers={}, allowed=[]),
        verification=Verification(
            id="v",
            verdict="same",
            sentence=name.format(0) * 99,
            started_at="2026-03-01T12:00:00Z",
            ended_at="2026-03-01T12:00:00Z",
            seed="s",
            confidence=95,
            asked="all",
            types=types,
            at_risk=named,
            rules=named,
            patterns=named,
            notes=[name.format(0)] * 99,
        ),
        inputs=[
            Input(
                path=name.format(number),
                object_type="order",
                format="CSV",
                bytes=10**12,
                sha256="0" * 64,
                rows=10**9,
            )
            for number in range(500)
        ],
        unknown=[name.format(number) for number in range(99)],
        checklist=["All is well."],
    )


@pytest.mark.parametrize("name", [PLAIN, HOSTILE])
def test_the_page_of_a_huge_run_is_small_and_says_what_it_leaves_out(name: str) -> None:
    report = huge(name)

    page = render(report)

    assert len(page) < MAX_BYTES
    shown = Page(page.decode())
    assert "more in problems.csv." in shown.text
    assert "more in report.json." in shown.text
    columns = shown.table("Which column fed which field")
    told = [row for row in columns[1:] if len(row) > 1]
    assert f"And {2_000 - len(told):,} more in report.json." in shown.text
    assert all(row[5] in {"1", "2"} for row in told), "those that lost something come first"


def test_months_that_are_too_many_are_added_up_by_year() -> None:
    rows = Page(render(huge(PLAIN)).decode()).table("Orders and revenue by year")

    assert ["C0"] in rows
    year = next(row for row in rows if row[0] == "2020")
    assert year[1:3] == [f"{12 * 1_234_567:,}", f"{12 * 12345678901234 / 100:,.2f}"]
    assert sum(row[0] == "all" for row in rows) == 8


def test_numbers_that_were_kept_make_the_same_page() -> None:
    report = replace(huge(PLAIN), columns=[], money=None)

    assert render(decode_report(encode_report(report))) == render(report)
