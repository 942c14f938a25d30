"""`ometria-import init`: from a folder of exports to settings that check and push can use."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.words import counted, visible
from ometria_import.cli.asking.attending import attending, is_attended
from ometria_import.cli.asking.flags import PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.showing.previews import show_preview
from ometria_import.cli.showing.screen import (
    FAINT,
    STRONG,
    WARNING,
    Screen,
    linked,
    table_of,
)
from ometria_import.config import load_settings
from ometria_import.errors import ExitCode
from ometria_import.options.reading_options import ReadingOptions

if TYPE_CHECKING:
    from ometria_import.actions.init import Ask, SetUp
    from ometria_import.actions.setting_up.questions import Question

_CHOICES_IN_LINE = 4


@with_flags
def init(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FOLDER|FILE",
            help="Exports, also by URL (s3://, gs://, sftp://). Default: the working folder.",
            show_default=False,
        ),
    ] = None,
    *,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help="Take the default of each question whose default is safe. An opt-in is never a "
            "default.",
        ),
    ] = False,
    screen: TellingScreen,
) -> None:
    """Look at a folder of exports, ask what they do not say, and write the settings."""
    # Here and not above: pandas and pyarrow take a second that --help does not need.
    from ometria_import.actions.remote import copies_removed

    with attending(screen, PlaceFlags()) as context, copies_removed(context):
        _init(paths or ["."], _asking(screen, takes_defaults=yes), screen, context)


def _init(paths: Sequence[str], ask: Ask, screen: Screen, context: Context) -> None:
    from ometria_import.actions.init import init as set_up

    done = set_up(paths, Path(), ask, _shows(screen), context)
    for path in done.written:
        screen.fact("Written", linked(path))
    if not done.usable:
        screen.prose("None of these files can be imported as it is, so there are no settings yet.")
        _end(screen, done, ExitCode.UNUSABLE)
    if done.open:
        _show_open(screen, done)
        _end(screen, done, ExitCode.UNUSABLE)
    reason = _show_records(screen, done)
    code = _check(screen, context)
    if reason:
        screen.prose(("No preview: ", FAINT), reason)
    _end(screen, done, code)


def _shows(screen: Screen) -> Callable[[SetUp], None]:
    def show(done: SetUp) -> None:
        rows = [
            (
                str(each.path),
                f"{each.rows:,}" if each.rows else "",
                "cannot be imported" if each.reason else each.what,
                "" if each.reason else each.mapping or ("listed already" * each.is_listed),
            )
            for each in done.sources
        ]
        screen.show(table_of(("file", ">rows", "", "read by"), rows))
        for join in done.joins:
            screen.prose(
                (visible(f"{Path(join.table).name}: {join.column}"), STRONG),
                visible(
                    f" is {join.of_column} of {Path(join.of_table).name} "
                    f"({join.share:.0%} of its values are there)"
                ),
            )
        order = [str(each.path) for each in done.sources]
        for twin in done.twins:
            counts = max(twin.table, twin.of_table, key=order.index)
            words = f": {twin.share:.0%} of its records are in {twin.of_table}, too; of each the "
            words += f"one in {counts} counts, which was changed last. If the other is newer, "
            words += "list it behind that one, and leave out a file that you do not need"
            screen.prose((visible(twin.table), WARNING), visible(words))
        for each in done.sources:
            if each.reason:
                why = each.reason.removeprefix(f"{each.path}: ").removeprefix(f"{each.path} ")
                words = ". ".join(part.rstrip(".") for part in (why, each.hint) if part)
                screen.prose((visible(str(each.path)), WARNING), visible(f": {words}."))
        screen.say("")

    return show


def _asking(screen: Screen, *, takes_defaults: bool) -> Ask:
    """Asks at the terminal; without one, or once somebody went away, nobody answers."""
    is_over = False

    def ask(question: Question) -> str | None:
        nonlocal is_over
        if takes_defaults and question.is_safe:
            return question.default
        if is_over or takes_defaults or not is_attended():
            return None
        try:
            return _typed(screen, question)
        except typer.Abort:
            is_over = True
            screen.note("stopped; what was answered so far is kept")
            return None

    return ask


def _typed(screen: Screen, question: Question) -> str:
    screen.tell("")
    screen.tell((question.text, STRONG))
    for line in question.evidence:
        screen.tell(line, indent=2)
    is_list = len(question.choices) > _CHOICES_IN_LINE
    if is_list:
        for number, choice in enumerate(question.choices, 1):
            screen.tell(f"{number:>3}  {choice}", indent=2)
    words = "" if is_list or not question.choices else f" ({', '.join(question.choices)})"
    while True:
        text = str(
            typer.prompt(f"Answer{words}", default=question.default or None, err=True)
        ).strip()
        if is_list and text.isdigit() and 1 <= int(text) <= len(question.choices):
            text = question.choices[int(text) - 1]
        wrong = question.check(text)
        if question.choices and text not in question.choices:
            wrong = f"'{text}' is none of {', '.join(question.choices)}"
        if not wrong:
            return text
        screen.tell(wrong, indent=2)


def _show_open(screen: Screen, done: SetUp) -> None:
    screen.say("")
    words = counted(len(done.open), "question is open", "questions are open")
    screen.prose((words, WARNING), ":")
    for question in done.open:
        screen.prose(visible(f"- {question.text}"), indent=2)
        for line in question.evidence:
            screen.prose((visible(line), FAINT), indent=4)
    screen.next_step(
        "answer them in the files above, where they stand as comments, or run init at a terminal"
    )


def _show_records(screen: Screen, done: SetUp) -> str:
    """Show rows beside their records; returns why that cannot be done."""
    from ometria_import.actions.init import show_records

    found, reason = show_records(done, Path())
    for each in found:
        show_preview(screen, each)
    return reason


def _check(screen: Screen, context: Context) -> ExitCode:
    from ometria_import.actions.check import check

    written = replace(context, settings=load_settings(None, os.environ))
    summary = check(None, ReadingOptions(), written)
    screen.next_step(command=context.commands.push())
    return summary.exit_code


def _end(screen: Screen, done: SetUp, code: ExitCode) -> None:
    screen.result(
        {
            "sources": [
                {
                    "path": str(each.path),
                    "object_type": each.kind,
                    "mapping": each.mapping,
                    "usable": each.is_usable,
                    "error": each.reason,
                }
                for each in done.sources
            ],
            "joins": [each._asdict() for each in done.joins],
            "answered": len(done.answered),
            "open": [each.text for each in done.open],
            "written": [str(each) for each in done.written],
            "exit_code": int(code),
        }
    )
    raise typer.Exit(code)
