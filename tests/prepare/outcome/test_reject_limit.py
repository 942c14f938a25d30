from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, RejectLimitError, UsageError
from ometria_import.prepare import RejectLimit
from tests.prepare.outcomes import prepare_text


@pytest.mark.parametrize(
    ("text", "rejected", "ready", "is_allowed"),
    [
        ("0", 0, 0, True),
        ("0", 1, 99, False),
        ("25", 25, 0, True),
        (" 25 ", 26, 10_000, False),
        ("1%", 1, 99, True),
        ("1 %", 2, 99, False),
        ("0.5%", 1, 199, True),
        ("0.5%", 1, 198, False),
        ("0%", 0, 0, True),
        ("100%", 7, 0, True),
    ],
)
def test_budget_is_a_number_or_a_share_of_all_records(
    *, text: str, rejected: int, ready: int, is_allowed: bool
) -> None:
    assert RejectLimit.parse(text).allows(rejected, ready) is is_allowed


@pytest.mark.parametrize("text", ["", "%", "-1", "1.5", "101%", "ten", "5%%", "1e3", "\u0665"])
def test_nonsense_is_no_budget(text: str) -> None:
    with pytest.raises(UsageError, match="--max-rejects") as caught:
        RejectLimit.parse(text)

    assert "0.5%" in caught.value.hint


def test_summary_says_whether_a_budget_is_exceeded(tmp_path: Path) -> None:
    content = "id,email\n1,bad\n2,b@example.com\n3,c@example.com\n"
    summary = prepare_text(tmp_path, "contacts.csv", content).summary

    summary.require_within(RejectLimit.parse("1"))
    summary.require_within(RejectLimit.parse("34%"))
    with pytest.raises(
        RejectLimitError, match=r"1 of 3 contact records.*allows 33% of each"
    ) as caught:
        summary.require_within(RejectLimit.parse("33%"))
    assert caught.value.exit_code is ExitCode.UNUSABLE
    assert "problems.csv" in caught.value.hint
    with pytest.raises(RejectLimitError, match=r"1 of 3 records were rejected.*allows 0;"):
        summary.require_within(RejectLimit.parse("0"))
