"""`docs/python.md`: its examples run, one after the other, and print what it says."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.library.reading import Reading
from ometria_import.library.result import Result
from tests.cli.program import stored

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
RUN = re.compile(r"\d{8}-\d{6}-staging-\w{4}")


@pytest.mark.usefixtures("work")
def test_examples_run_and_print_what_the_page_says(emulator: RunningEmulator) -> None:
    values: dict[str, Any] = {"__name__": "page"}
    for example in EXAMPLES:
        printed = StringIO()
        with redirect_stdout(printed):
            exec(compile(example, "docs/python.md", "exec"), values)
        said = [line.removeprefix("# ") for line in example.splitlines() if line.startswith("# ")]
        assert RUN.sub("RUN", printed.getvalue()).splitlines() == [
            RUN.sub("RUN", line) for line in said
        ]

    assert len(stored(emulator)) == 5
    assert len(stored(emulator, "live")) == 3
    assert RUN.fullmatch(values["run"])


def test_page_names_every_argument_of_reading_and_every_part_of_a_result() -> None:
    for name in Reading.__annotations__:
        assert f"`{name}`" in PAGE
    for name in ("ok", "exit_code", "run", "folder", "ready", "rejected", "problems", "sums"):
        assert f"`{name}`" in PAGE
        assert hasattr(Result, name)


def test_readme_leads_to_the_page() -> None:
    assert "docs/python.md" in (ROOT / "README.md").read_text("utf-8")
