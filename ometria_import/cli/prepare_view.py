"""The summary of a check, or of the preparing half of a push."""

from __future__ import annotations

import shlex

from ometria_import.cli.problem_view import show_problems
from ometria_import.cli.screen import ERROR, FAINT, GOOD, STRONG, Screen, counted, table_of
from ometria_import.prepare import PrepareSummary


def show_summary(screen: Screen, summary: PrepareSummary) -> None:
    """Print what was read, every problem by cause, and the sums."""
    show_problems(screen, summary.groups)
    screen.say("")
    screen.show(
        table_of(
            ("source", "object type", ">rows", ">records", ">rejected", "format"),
            [
                (
                    source.path,
                    str(source.object_type),
                    f"{source.rows:,}",
                    f"{source.records:,}",
                    f"{source.rejected:,}",
                    source.description,
                )
                for source in summary.sources
            ],
        )
    )
    rows = summary.rows
    screen.say(
        "\n",
        (counted(rows.read, "row"), STRONG),
        f" = {rows.in_records:,} that begin a record + {rows.folded:,} folded into one"
        f" + {rows.rejected:,} rejected + {rows.superseded:,} superseded",
    )
    if not rows.comes_out:
        screen.say(("The sum does not come out: this is a bug, please report it.", ERROR))
    ready = ", ".join(counted(count, _words(name)) for name, count in summary.records.items())
    screen.say((f"Ready to send: {ready or 'nothing'}", GOOD if ready else ERROR))
    if summary.groups:
        screen.say(("All problems: ", FAINT), str(summary.problems_path))
    for path in summary.reject_paths:
        screen.say(("Rejects:      ", FAINT), str(path))
    if summary.groups:
        code = summary.groups[0].code
        screen.say(("What a code means: ", FAINT), f"ometria-import explain {code}")


def _words(object_type: str) -> str:
    return object_type.replace("_", " ")


def command_line(*words: str) -> str:
    """A command as its reader would type it."""
    return shlex.join(words)
