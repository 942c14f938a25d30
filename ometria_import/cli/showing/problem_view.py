"""Problems for people: grouped by cause, most frequent first, with places and hints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ometria_import.actions.calling.words import counted, visible
from ometria_import.cli.showing.screen import ERROR, FAINT, STRONG, WARNING, Screen
from ometria_import.problems import Origin, Severity, catalogue
from ometria_import.problems.log import ProblemGroup

_FIELDS_SHOWN = 4
_PLACES_SHOWN = 3
_NOTICE = f"W{catalogue.REWRITTEN}"
"""Nothing was lost: it comes last, however frequent it is."""
_FIRST = f"W{catalogue.GUESSED_ENCODING}"
"""It concerns all rows, however seldom it is said."""
_STYLES = {Severity.ERROR: ERROR, Severity.WARNING: WARNING}


@dataclass(slots=True)
class _Cause:
    code: str
    title: str
    hint: str
    severity: Severity
    count: int = 0
    groups: list[ProblemGroup] = field(default_factory=list)


def warnings_in(problems: Mapping[str, Any]) -> int:
    """Count the warnings among problems counted by code; values in their normal form are none."""
    return sum(
        int(count) for code, count in problems.items() if code.startswith("W") and code != _NOTICE
    )


def show_problems(screen: Screen, groups: Iterable[ProblemGroup]) -> None:
    """Print problems by cause: errors before warnings, most frequent first."""
    for cause in _by_cause(groups):
        screen.say("")
        screen.prose(
            (cause.code, _STYLES[cause.severity]),
            " ",
            (cause.title, STRONG),
            (f"  {cause.count:,}×", _STYLES[cause.severity]),
        )
        for group in cause.groups[:_FIELDS_SHOWN]:
            _show_places(screen, group)
            screen.prose((_example(group), FAINT), indent=7)
        left = len(cause.groups) - _FIELDS_SHOWN
        if left > 0:
            screen.prose((f"… and {counted(left, 'more field')}", FAINT), indent=5)
        screen.prose(("→ ", STRONG), cause.hint, indent=5)


def _by_cause(groups: Iterable[ProblemGroup]) -> list[_Cause]:
    causes: dict[str, _Cause] = {}
    for group in groups:
        cause = causes.setdefault(
            group.code, _Cause(group.code, group.title, group.hint, group.severity)
        )
        cause.count += group.count
        cause.groups.append(group)
    return sorted(
        causes.values(),
        key=lambda cause: (
            cause.severity is not Severity.ERROR,
            cause.code == _NOTICE,
            cause.code != _FIRST,
            -cause.count,
            cause.code,
        ),
    )


def _show_places(screen: Screen, group: ProblemGroup) -> None:
    where = ".".join(part for part in (group.object_type, group.field) if part)
    places = _places(group.places, group.count)
    screen.prose(visible(where), (f"  {group.count:,}×  ", FAINT), visible(places), indent=5)


def _example(group: ProblemGroup) -> str:
    is_told = not group.value or group.value in group.message
    return visible(group.message if is_told else f"{group.message}: {group.value}")


def _places(places: Sequence[Origin], count: int) -> str:
    """`a.csv:3, 17, b.csv:2 …`."""
    words = []
    source = ""
    for origin in places[:_PLACES_SHOWN]:
        words.append(str(origin.line) if origin.source == source else str(origin))
        source = origin.source
    more = " …" if count > len(places) else ""
    return ", ".join(words) + more
