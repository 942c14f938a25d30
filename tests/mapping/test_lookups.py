"""What other rows of a file say of a row."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from tests.prepare.outcomes import prepare_files, write

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"


def test_example_in_the_docs_finds_the_refund_of_a_sale_by_its_number_and_its_sum(
    tmp_path: Path,
) -> None:
    section = PAGE.read_text("utf-8").split("### `lookup`")[1].split("###")[0]
    (_, mapping) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (rows,) = re.findall(r"\n\n((?:    .*\n)+)", section)

    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "sales.csv", dedent(rows)),
        mapping=write(tmp_path / "sales.toml", mapping),
    )

    assert {each["id"]: each["is_valid"] for each in outcome.records} == {"1": False, "2": True}
    assert outcome.records[0]["properties"] == {"refunded_by": "3"}
    assert outcome.summary.rows.left_out == 2
