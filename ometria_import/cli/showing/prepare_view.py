"""The summary of a check, or of the preparing half of a push."""

from __future__ import annotations

from ometria_import.actions.calling.words import counted, visible
from ometria_import.cli.showing.cross_checks_view import show_cross_checks
from ometria_import.cli.showing.problem_view import show_problems
from ometria_import.cli.showing.screen import ERROR, FAINT, GOOD, STRONG, Screen, styled, table_of
from ometria_import.prepare import PrepareSummary


def show_summary(screen: Screen, summary: PrepareSummary) -> None:
    """Print what was read, every problem by cause, and the sums."""
    show_problems(screen, summary.groups)
    screen.say("")
    rows = [
        (
            styled(
                visible(source.path), (f"\n  {source.object_type}, {source.description}", FAINT)
            ),
            f"{source.rows:,}",
            f"{source.records:,}",
            f"{source.rejected:,}",
        )
        for source in summary.sources
    ]
    screen.show(table_of(("source", ">rows", ">records", ">rejected"), rows))
    screen.say("")
    _show_sums(screen, summary)
    show_cross_checks(screen, summary.cross_checks)
    if summary.groups:
        screen.say(("All problems: ", FAINT), str(summary.problems_path))
    if summary.reject_paths:
        names = ", ".join(visible(path.name) for path in summary.reject_paths)
        screen.say(("Rejects:      ", FAINT), f"{summary.reject_paths[0].parent}: {names}")
    if summary.groups:
        code = summary.groups[0].code
        screen.say(("Explained:    ", FAINT), f"ometria-import explain {code}")


def _show_sums(screen: Screen, summary: PrepareSummary) -> None:
    rows = summary.rows
    others = {
        "folded into one": rows.folded,
        "merged into a later record": rows.merged,
        "rejected": rows.rejected,
        "superseded": rows.superseded,
        "that are repeated": rows.repeated,
        "left out by the mapping or as returns": rows.left_out,
        "of orders held back": rows.held_back,
        "that repeat the header": rows.headers,
    }
    parts = [f"{rows.in_records:,} that start a record"]
    parts += [f"{count:,} {words}" for words, count in others.items() if count]
    screen.prose((counted(rows.read, "row"), STRONG), f" = {' + '.join(parts)}")
    if rows.members:
        screen.prose(f"{counted(rows.members, 'row')} also became records of their own (variants)")
    if not rows.comes_out:
        screen.prose(("The totals do not add up: this is a bug, please report it.", ERROR))
    ready = ", ".join(
        counted(count, name.replace("_", " ")) for name, count in summary.records.items()
    )
    for run, count in summary.fixed_rejects.items():
        screen.prose(f"{counted(count, 'record')} corrected that run {run} had rejected")
    screen.prose((f"Ready to send: {ready or 'nothing'}", GOOD if ready else ERROR))
