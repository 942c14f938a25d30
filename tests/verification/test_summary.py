from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ometria_import.config.home import Home, RunId
from ometria_import.errors import ExitCode, PackageError
from ometria_import.options.choices import ObjectType
from ometria_import.verification import (
    Asked,
    AtRiskSummary,
    Example,
    How,
    LoadMonth,
    LoadStep,
    LoadSummary,
    PatternSummary,
    RuleSummary,
    Sum,
    Summary,
    TypeSummary,
    Verdict,
    VerificationFolder,
    newest_verification,
    read_summary,
    write_summary,
)

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

CONTACTS = TypeSummary(
    object_type=ObjectType.CONTACT,
    listing="contacts/default",
    population=10,
    read=10,
    same=8,
    differs=1,
    missing=1,
    not_settled=0,
    extra=2,
    how=How.ALL,
    reason="",
    bound=None,
)
LOAD = LoadSummary(
    is_whole=True,
    read_orders=2,
    months=(
        LoadMonth(
            month="2024-01",
            currency="GBP",
            file=Sum(3, Decimal("30.00")),
            sent=Sum(2, Decimal("20.00")),
            accepted=Sum(2, Decimal("20.00")),
            found=Sum(2, Decimal("20.00")),
            steps=(
                LoadStep(step="file→sent", cause="rejected", orders=1, revenue=Decimal("10.00")),
            ),
        ),
    ),
)
SUMMARY = Summary(
    verification=RunId("20261122-093000-staging-0000"),
    run=RunId("20261122-090000-staging-0000"),
    account="staging",
    package="ab" * 32,
    tool_version="1.0.0",
    started_at=NOW,
    ended_at=NOW,
    verdict=Verdict.DIFFERS,
    sentence="All 10 records were read; 1 differs and 1 is missing.",
    is_finished=True,
    seed="5eed",
    confidence=95,
    bound=0.001,
    asked=Asked(statement="all"),
    types=(CONTACTS,),
    at_risk=(
        AtRiskSummary(reason="resent", words="were sent", records=1, same=1, differs=0, missing=0),
    ),
    rules=(RuleSummary(rule="emails_in_lower_case", words="Emails.", count=3),),
    patterns=(
        PatternSummary(
            object_type=ObjectType.CONTACT,
            field="country_id",
            words="comes back in capital letters",
            count=1,
            of=10,
            examples=(Example(key="c1", sent="gb", found="GB", source="a.csv", line=2),),
        ),
    ),
    load=LOAD,
    files={"differs": "differs.csv"},
    exit_code=ExitCode.REJECTS,
)


def test_summary_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_summary(tmp_path / "summary.json", SUMMARY)

    assert read_summary(tmp_path / "summary.json") == SUMMARY
    assert SUMMARY.total("differs") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


@pytest.mark.parametrize("content", [b"", b"{}", b"[", b"\xff", b"[" * 100_000])
def test_damaged_summary_is_refused_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "summary.json"
    path.write_bytes(content)

    with pytest.raises(PackageError, match="damaged or was written by another version") as raised:
        read_summary(path)
    assert raised.value.hint == "Verify the run again."


def test_summary_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="cannot be read: No such file"):
        read_summary(tmp_path / "summary.json")


def test_newest_finished_verification_of_a_run_is_found_past_others(tmp_path: Path) -> None:
    home = Home(tmp_path)
    written = [
        SUMMARY,
        replace(SUMMARY, sentence="the one"),
        replace(SUMMARY, is_finished=False, verdict=Verdict.INTERRUPTED),
        replace(SUMMARY, run=RunId("20261122-095959-staging-0000")),
    ]
    for summary in written:
        folder = VerificationFolder(home.create_verification("staging", NOW))
        write_summary(folder.summary, replace(summary, verification=folder.id))
    VerificationFolder(home.create_verification("staging", NOW)).summary.write_bytes(b"{")

    found = newest_verification(home, SUMMARY.run)

    assert found is not None
    assert found.sentence == "the one"
    assert newest_verification(home, RunId("other")) is None
    assert newest_verification(Home(tmp_path / "none"), SUMMARY.run) is None
