"""Rendering a report as one HTML file that needs nothing else, however large the run was."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from itertools import groupby
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

from ometria_import.reporting.model import Column, Report
from ometria_import.reporting.page import charts, words

MAX_BYTES = 200_000
MARK = "ometria-import report"
"""The generator of a page, by which a report is known again."""
_FOLDER = Path(__file__).resolve().parent
_COMPILED = str(_FOLDER / "__pycache__")
_ROWS = {"columns": 120, "inputs": 50, "joins": 20, "money": 150, "problems": 50, "sources": 50}
"""The most rows of each table; what is more is counted."""
_HALVINGS = 6
_SECTIONS = (
    ("run", "Run"),
    ("chain", "From the files to the account"),
    ("money", "Orders and revenue"),
    ("joins", "What belongs together"),
    ("columns", "Columns"),
    ("problems", "Problems"),
    ("consent", "Consent, and what it sets off"),
    ("verification", "Verification"),
    ("inputs", "Files and command"),
    ("unknown", "What is not known"),
    ("signatures", "Checklist and signatures"),
    ("way", "The way live"),
)
"""The templates of the sections, with their headings, in the order of the page."""
_FILTERS = {
    "number": words.number,
    "money": words.money,
    "short": words.short,
    "time": words.time,
    "duration": words.duration,
    "size": words.size,
    "name": words.name,
    "by_source": lambda columns: [
        (source, list(own)) for source, own in groupby(columns, lambda each: each.source)
    ],
}


def render(report: Report) -> bytes:
    """Make the page; tables are cut shorter where it would be too large."""
    page = b""
    for halving in range(_HALVINGS):
        page = _render(report, {name: max(rows >> halving, 1) for name, rows in _ROWS.items()})
        if len(page) < MAX_BYTES:
            break
    return page


def is_report(path: Path) -> bool:
    """Whether a file is a page that `render` made.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return f'content="{MARK}"'.encode() in file.read(1_000)


def _render(report: Report, rows: dict[str, int]) -> bytes:
    periods = list(report.money.periods) if report.money else []
    shown = periods
    if len(periods) > rows["money"]:
        shown = charts.by_year(periods)
    columns = notable(report.columns or [], rows["columns"])
    text = _template().render(
        report=report,
        run=report.run,
        rows=rows,
        mark=MARK,
        sections=_SECTIONS,
        periods_count=len(shown),
        currencies=charts.by_currency(shown, rows["money"]),
        kinds=[kind for kind in charts.SERIES if any(getattr(each, kind[0]) for each in periods)],
        is_by_year=shown is not periods,
        charts=charts.money_charts(shown if len(shown) <= rows["money"] else []),
        problem_chart=charts.problem_chart(report.problems.causes),
        columns=columns,
        has_examples=any(each.examples for each in columns),
    )
    # File names may hold bytes that are no text.
    return text.encode("utf-8", "backslashreplace")


def notable(columns: Sequence[Column], limit: int) -> list[Column]:
    """The columns in their order; where they are too many, those first that lost something."""
    if len(columns) <= limit:
        return list(columns)
    ranked = sorted(
        range(len(columns)),
        key=lambda place: (
            not columns[place].dropped,
            bool(columns[place].field),
            not columns[place].rewritten,
            place,
        ),
    )
    return [columns[place] for place in sorted(ranked[:limit])]


class _CompiledTemplates(jinja2.FileSystemBytecodeCache):
    """Compiled templates beside Python's own, as compiling them takes longer than all the rest."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        # Whoever cannot keep them compiles them again the next time.
        with suppress(OSError):
            super().dump_bytecode(bucket)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        bytecode_cache=None if sys.dont_write_bytecode else _CompiledTemplates(_COMPILED),
    )
    environment.filters.update(_FILTERS)
    environment.globals["share"] = words.share
    return environment.get_template("report.html.j2")
