"""`ometria-import inspect`: what each file is, and what is missing for a good import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ometria_import.actions.calling.words import counted, visible
from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import LookingOptions, PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.asking.options import (
    ConfigOption,
    Files,
)
from ometria_import.cli.showing.screen import ERROR, FAINT, GOOD, STRONG, WARNING, Screen
from ometria_import.errors import ExitCode
from ometria_import.problems import catalogue

if TYPE_CHECKING:
    from ometria_import.actions.inspection.report import FileReport

_INDENT, _HANG = 2, 9


@with_flags
def inspect(
    files: Files = None,
    *,
    options: LookingOptions,
    config: ConfigOption = None,
    screen: TellingScreen,
) -> None:
    """Show what each file is, which column feeds which field, and what is missing."""
    # Here and not above: pandas and pyarrow take a second that --help does not need.
    from ometria_import.actions.inspect import inspect as inspect_files

    reports = []
    with attending(screen, PlaceFlags(config=config)) as context:
        for report in inspect_files(files, options, context):
            reports.append(report)
            _show(screen, report)
            screen.say("")
    usable = all(report.is_usable for report in reports)
    code = ExitCode.OK if usable else ExitCode.UNUSABLE
    if usable:
        where = ["--config", str(config)] if config else []
        flags = [*options.flags(), *where]
        command = context.commands.command("check", *(files or ()), *flags)
        # What is still open stands there to be filled in: without it the command would only ask.
        needed = dict.fromkeys(flag for report in reports for flag in report.flags)
        screen.next_step(command=" ".join([command, *(f"{flag} …" for flag in needed)]))
    screen.result({"files": [report.as_json() for report in reports], "exit_code": int(code)})
    raise typer.Exit(code)


def _show(screen: Screen, report: FileReport) -> None:
    screen.prose((visible(report.path), STRONG), f"  {report.format or 'cannot be opened'}")
    what = report.recognised or "not a known kind of file"
    if report.object_type:
        generation = f"; {report.generation}" if report.generation else ""
        preset = f" (preset {report.mapping})" if report.mapping else ""
        what = f"{report.object_type}, {what}{preset}{generation}"
    _line(screen, "what", what, GOOD if report.recognised else WARNING)
    if report.format and (report.rows or report.is_usable):
        bad = f", {report.unreadable:,} of which cannot be read" if report.unreadable else ""
        _line(screen, "rows", counted(report.rows, "row") + bad)
    if report.key:
        _line(screen, "key", " + ".join(report.key))
    if report.grouped_by:
        own = ", and individual rows of them are also records" if report.has_members else ""
        same = " + ".join(report.grouped_by)
        _line(screen, "groups", f"rows with the same {same} are one record{own}")
    for name, said in report.conventions.items():
        _line(screen, "values", f"{name}: {said}")
    _show_coverage(screen, report)
    _show_open(screen, report)


def _show_open(screen: Screen, report: FileReport) -> None:
    """What the file does not say, and who can."""
    for note in report.notes:
        _line(screen, "note", note)
    for name in report.unused_consent:
        words = f"it may be about consent, and is not used (W{catalogue.UNUSED_CONSENT})"
        _line(screen, "consent?", f"{name}: {words}", WARNING)
    for setting in report.settings:
        style = ERROR if setting.is_missing else FAINT
        words = "needed: " if setting.is_missing else "possible: "
        _line(screen, "setting", f"{words}--set {setting.name}=…, {setting.about}", style)
    for question in report.questions:
        _line(screen, "open", question, WARNING)
    if report.error:
        _line(screen, "problem", report.error, ERROR)
        if report.hint:
            _line(screen, "do", report.hint, STRONG)


def _show_coverage(screen: Screen, report: FileReport) -> None:
    if report.fed:
        # `id ← Receipt, currency`: the column only where it has another name.
        pairs = ", ".join(
            each.field if each.column == each.field else f"{each.field} ← {each.column}"
            for each in report.fed
        )
        _line(screen, "fed", f"{counted(len(report.fed), 'field')}: {pairs}")
    if report.missing:
        _line(
            screen, "missing", f"mandatory, but no column feeds {', '.join(report.missing)}", ERROR
        )
    if report.unused:
        fate = "kept in properties" if report.unused_are_kept else "left out"
        columns = counted(len(report.unused), "column")
        _line(screen, "unused", f"{columns}, {fate}: {', '.join(report.unused)}", FAINT)
    if report.withheld:
        _line(
            screen,
            "secret",
            f"not read, because they hold secrets: {', '.join(report.withheld)}",
            WARNING,
        )


def _line(screen: Screen, name: str, text: str, style: str = "") -> None:
    screen.prose((f"{name:<9}", FAINT), (visible(text), style), indent=_INDENT, hang=_HANG)
