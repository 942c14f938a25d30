"""Ambiguous conventions of all sources, reported in one error instead of one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ometria_import.errors import UsageError
from ometria_import.prepare.columns.survey import (
    CHOICES,
    DATE_ORDER,
    DECIMAL_SIGN,
    ZONE,
    ColumnPlace,
    OpenConventions,
    Survey,
)
from ometria_import.problems import shorten
from ometria_import.schema.field_types import Conventions

_ASKED = {
    DATE_ORDER: (
        "which is the day and which the month",
        "--date-order dmy or --date-order mdy",
    ),
    DECIMAL_SIGN: (
        "whether a comma or a point is the decimal sign",
        "--decimal-sign point or --decimal-sign comma",
    ),
}
_ZONE_HINT = (
    " Times without a zone are read as UTC; if that is wrong, also add --timezone Europe/London."
)
_SEVERAL_HINT = (
    " A flag applies to all files; if they differ, list them under [[sources]] in "
    "ometria-import.toml."
)


class OpenConventionError(UsageError):
    """The convention of some columns is ambiguous, and the user did not specify it."""

    need = ""


def question(
    source: str, columns: Sequence[str], need: str, example: str = "", *, contradicts: bool
) -> OpenConventionError:
    """The error for some columns of a source whose convention is ambiguous.

    Args:
        source: The path of the file.
        columns: The column names from its header.
        need: The convention that is ambiguous.
        example: A text that does not settle it.
        contradicts: Whether the texts contradict each other; if not, none of them settles it.
    """
    words, flags = _ASKED[need]
    *others, last = [f"'{column}'" for column in columns]
    listed = f"columns {', '.join(others)} and {last}" if others else f"column {last}"
    subject = f"'{shorten(example)}' does not say" if example else "its values do not say"
    if contradicts:
        reason = f"{'their' if others else 'its'} values contradict each other"
    else:
        reason = f"no value of {'them' if others else 'it'} tells"
    asked = OpenConventionError(
        f"{source}, {listed}: {subject} {words}, and {reason}", hint=f"Use {flags}."
    )
    asked.need = need
    return asked


def open_questions(
    columns: Iterable[tuple[ColumnPlace, Conventions]],
) -> list[OpenConventionError]:
    """All open conventions of some columns: one error per file, convention and reason.

    Each source is read to its end twice: once for texts that settle a convention, once for
    ambiguous ones.

    Args:
        columns: The columns, each with the conventions known without reading its texts.
    """
    open_in: dict[Survey, OpenConventions] = {}
    groups: dict[tuple[str, str, bool], dict[str, str]] = {}
    has_no_zone = False
    for place, known in columns:
        if place.survey not in open_in:
            open_in[place.survey] = place.survey.open_conventions()
        needs = open_in[place.survey].of.get(place.path, {})
        has_no_zone |= ZONE in needs and known.timezone is None
        for need, example in needs.items():
            if need not in _ASKED or getattr(known, need) is not None:
                continue
            found = place.survey.conventions_of(place.path) & CHOICES[need]
            if len(found) != 1:
                group = groups.setdefault((need, place.source, len(found) > 1), {})
                group.setdefault(place.column, example)
    # Those of one convention together: one flag answers them all.
    order = list(_ASKED)
    asked = [
        question(source, list(group), need, next(iter(group.values())), contradicts=contradicts)
        for (need, source, contradicts), group in sorted(
            groups.items(), key=lambda item: order.index(item[0][0])
        )
    ]
    for each in asked:
        each.hint += _ZONE_HINT if has_no_zone and each.need == DATE_ORDER else ""
        each.hint += _SEVERAL_HINT if len({source for _, source, _ in groups}) > 1 else ""
    return asked
