"""`ometria-import explain`: what a problem code means and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer

from ometria_import.cli.asking.flags import TellingScreen, with_flags
from ometria_import.cli.showing.screen import FAINT, STRONG, table_of
from ometria_import.errors import UsageError
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.problems import CAUSES, Severity, cause_of, shorten


@with_flags
def explain(
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE",
            help="A problem code, such as E012, or how codes begin, such as E01; default: all of "
            "them.",
            show_default=False,
        ),
    ] = "",
    *,
    screen: TellingScreen,
) -> None:
    """Explain what a problem code means and what to do about it."""
    cause = cause_of(code)
    if cause is None and (found := _beginning(code)):
        screen.show(table_of(("code", "title"), _by_title(found)))
        screen.result({"codes": found})
        return
    if cause is None:
        known = [each for cause in CAUSES.values() for each in cause.codes]
        raise UsageError(
            f"there is no problem code '{shorten(code)}'{did_you_mean(code, known)}",
            hint="`ometria-import explain` lists them all.",
        )
    severity = Severity.ERROR if code.upper().startswith("E") else Severity.WARNING
    meaning = {
        Severity.ERROR: "error: the record is rejected",
        Severity.WARNING: "warning: the value was dropped or changed, and the record was kept",
    }[severity]
    screen.prose((code.upper(), STRONG), f"  {cause.title}")
    screen.prose((meaning, FAINT))
    screen.say("")
    screen.prose(cause.explanation)
    screen.say("")
    screen.prose(("What to do: ", STRONG), cause.remedy)
    screen.result(
        {
            "code": code.upper(),
            "severity": severity,
            "title": cause.title,
            "explanation": cause.explanation,
            "remedy": cause.remedy,
        }
    )


def _by_title(found: dict[str, str]) -> list[tuple[str, str]]:
    """An error and a warning about the same stand in one line."""
    codes: dict[str, list[str]] = {}
    for code, title in found.items():
        codes.setdefault(title, []).append(code)
    return [(" ".join(each), title) for title, each in codes.items()]


def _beginning(start: str) -> dict[str, str]:
    """The titles of all codes that begin with a text, by code."""
    titles = {code: cause.title for cause in CAUSES.values() for code in cause.codes}
    return {code: title for code, title in titles.items() if code.startswith(start.upper())}
