"""`ometria-import verify`: is what is in the account what was in the files?"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from ometria_import.actions.delivering import DEFAULT_GIVE_UP_AFTER
from ometria_import.actions.verify import verify as verify_run
from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.durations import parse_duration
from ometria_import.cli.asking.flags import PlaceFlags, WorkingScreen, with_flags
from ometria_import.cli.asking.options import GiveUpAfter
from ometria_import.errors import UsageError
from ometria_import.options.choices import ObjectType
from ometria_import.verification.sampling.statements import (
    ForTime,
    Statement,
    Whole,
    parse_part,
    parse_sample,
)
from ometria_import.verification.wishes import DEFAULT_SETTLE, Wishes


@with_flags
def verify(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help="A finished run's id, or the beginning of it; default: the newest that sent "
            "anything.",
        ),
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Read every record, and list those that were not sent.")
    ] = False,
    sample: Annotated[
        str | None,
        typer.Option(
            "--sample",
            metavar="SAMPLE",
            help="Read a sample: 3000 records, 1%, or as many as it takes to say 0.1%@95: with "
            "95 % confidence, fewer than 0.1 % are wrong. Default: 0.1%@95, or everything where "
            "that takes fewer requests.",
        ),
    ] = None,
    for_time: Annotated[
        timedelta | None,
        typer.Option(
            "--for",
            metavar="DURATION",
            parser=parse_duration,
            help="Read as much as can be read in this time, such as 10m.",
        ),
    ] = None,
    part: Annotated[
        str | None,
        typer.Option(
            "--part",
            metavar="N/OF",
            help="Read one of several equal parts, such as 3/30: one a night covers everything "
            "in a month.",
        ),
    ] = None,
    only_types: Annotated[
        list[ObjectType] | None,
        typer.Option(
            "--type",
            help="Read only this object type; may be given several times.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            "--source",
            metavar="FILE",
            help="Read only the records that came from this file.",
            show_default=False,
        ),
    ] = "",
    settle: Annotated[
        timedelta,
        typer.Option(
            "--settle",
            metavar="DURATION",
            parser=parse_duration,
            help="How long to wait for records that are not there yet so soon after the run; "
            "0 ends with exit code 75 instead.",
            show_default="30m",
        ),
    ] = DEFAULT_SETTLE,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept",
            metavar="RULE",
            help="Accept what a rule explains as the account's own form, after a verification "
            "has offered it; may be given several times.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        str,
        typer.Option(
            "--seed",
            metavar="TEXT",
            help="Draw the same sample again as a verification that had this seed.",
            show_default=False,
        ),
    ] = "",
    give_up_after: GiveUpAfter = DEFAULT_GIVE_UP_AFTER,
    place: PlaceFlags,
    screen: WorkingScreen,
) -> None:
    """Read back what the account holds and compare it with what was sent."""
    wishes = Wishes(
        statement=_statement(sample, for_time, part, is_all=everything),
        types=tuple(each for each in ObjectType if each in (only_types or ())),
        source=source,
        settle=settle,
        seed=seed,
        accepted=tuple(sorted(set(accept or ()))),
    )
    with attending(screen, place) as context:
        verified = verify_run(run, wishes, context, give_up_after=give_up_after)
    raise typer.Exit(verified.summary.exit_code)


def _statement(
    sample: str | None, for_time: timedelta | None, part: str | None, *, is_all: bool
) -> Statement | None:
    """What is to be read.

    Raises:
        UsageError: several things are, or one of them is none.
    """
    given = {
        "--all": is_all,
        "--sample": sample is not None,
        "--for": for_time is not None,
        "--part": part is not None,
    }
    named = [name for name, is_given in given.items() if is_given]
    if len(named) > 1:
        raise UsageError(
            f"{' and '.join(named)} cannot be used together",
            hint="Each of them says how much is read: give one of them.",
        )
    if sample is not None:
        return parse_sample(sample)
    if part is not None:
        return parse_part(part)
    if for_time is not None:
        return ForTime(for_time.total_seconds())
    return Whole() if is_all else None
