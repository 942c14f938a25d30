"""What a comparison of consent found, at the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ometria_import.actions.calling.words import counted, local_moment
from ometria_import.cli.showing.screen import (
    ERROR,
    GOOD,
    STRONG,
    WARNING,
    Screen,
    linked,
    table_of,
)
from ometria_import.consent import ConsentDiff, Matrix, State

_INDENT = 2
_TITLES = {"email": "Email marketing", "sms": "Text messages"}
_THEIRS = {
    State.IN: "opted in",
    State.OUT: "opted out",
    State.NONE: "not specified",
    State.ABSENT: "not there",
}


def show_consent(screen: Screen, found: ConsentDiff) -> None:
    """Show where the dangers are, the matrices, and what they mean."""
    shown = {channel: matrix for channel, matrix in found.channels.items() if matrix.cells}
    for channel, matrix in shown.items():
        if matrix.danger:
            screen.prose(("danger: ", ERROR), _danger(channel, matrix, found))
    for doubt in found.doubts:
        screen.prose(("warning: ", WARNING), doubt)
    for channel, matrix in shown.items():
        screen.say("")
        screen.prose((_TITLES[channel], STRONG), f": the files, and what {found.account} says")
        columns = ("in the files", *(f">{words}" for words in _THEIRS.values()))
        rows = [
            (_THEIRS[ours], *(f"{matrix.people(ours, theirs):,}" for theirs in _THEIRS))
            for ours in (State.IN, State.OUT, State.NONE)
        ]
        screen.show(table_of(columns, rows), indent=_INDENT)
        for line in _lines(matrix, found):
            screen.prose(line, indent=_INDENT)
    screen.say("")
    for line in _about(found):
        screen.prose(line)
    if found.danger_file:
        screen.fact("Dangers", linked(Path(found.danger_file)))
    else:
        screen.prose(("No danger: ", GOOD), "nobody who was looked up would be opted in again.")


def sum_up_consent(found: ConsentDiff) -> str:
    """The one line of `--quiet`."""
    return (
        f"{counted(found.danger, 'person', 'people')} opted out in {found.account} would be opted "
        f"in again: {found.danger_file}"
    )


def _danger(channel: str, matrix: Matrix, found: ConsentDiff) -> str:
    forced = f", {matrix.forced:,} of them with @force_optin" if matrix.forced else ""
    return (
        f"{_TITLES[channel]}: {counted(matrix.danger, 'person', 'people')} opted out in "
        f"{found.account} and opted in in the files{forced}, and the files do not show that "
        "they came back since."
    )


def _lines(matrix: Matrix, found: ConsentDiff) -> Iterator[str]:
    if matrix.came_back:
        yield (
            f"{matrix.came_back:,} opted out in {found.account}, and opted in later than that in "
            "the files: they came back."
        )
    if raised := matrix.people(State.IN, State.NONE):
        yield f"{raised:,} would be opted in of whom {found.account} has no consent yet."
    if lowered := matrix.people(State.OUT, State.IN) + matrix.people(State.OUT, State.NONE):
        yield f"{lowered:,} would be opted out."
    if matrix.contradictory:
        yield (
            f"{matrix.contradictory:,} are both in and out in the files: they end opted out, "
            "unless the opt-in has @force_optin."
        )


def _about(found: ConsentDiff) -> Iterator[str]:
    looked = f"{found.looked:,} of {counted(found.people, 'person', 'people')}"
    how = "" if found.sample is None else ", a sample and all who left since"
    yield (
        f"Looked up {looked} in the files{how}; {counted(found.opt_outs, 'opt-out')} in "
        f"{found.account} since {found.since:%Y-%m-%d}."
    )
    yield f"That is how {found.account} was at {local_moment(found.at)}."
    if found.undated:
        yield (
            f"{found.undated:,} opted in without timestamp_subscribed: Ometria will take the day "
            "of the import for it."
        )
