"""`ometria-import consent`: who opted in or out, in the files and in the account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ometria_import.actions.delivering import DEFAULT_GIVE_UP_AFTER
from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import PlaceFlags, WorkingScreen, with_flags
from ometria_import.cli.asking.options import (
    GiveUpAfter,
)
from ometria_import.cli.showing.consent_view import show_consent, sum_up_consent
from ometria_import.cli.showing.next_step import NextStep, show_step
from ometria_import.errors import ExitCode, UsageError
from ometria_import.options.reading_options import ReadingOptions

if TYPE_CHECKING:
    from ometria_import.actions.calling.suggestions import Commands
    from ometria_import.consent import ConsentDiff
    from ometria_import.options.choices import AccountName

consent = typer.Typer(help="Compare who opted in or out in the files with what the account says.")


@consent.callback()
def _group() -> None:
    """Compare who opted in or out in the files with what the account says."""


@consent.command("diff")
@with_flags
def diff(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES|RUN",
            help="Exports, or one run by its id or the beginning of it. Default: the sources "
            "listed in ometria-import.toml.",
            show_default=False,
        ),
    ] = None,
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="ACCOUNT", help="The account to compare with.", show_default=False
        ),
    ],
    since: Annotated[
        str,
        typer.Option(
            "--since",
            metavar="DATE",
            help="When the files were exported, such as 2024-03-01: who left since is asked for. "
            "Default: a day before the newest time in the contacts.",
            show_default=False,
        ),
    ] = "",
    profiles: Annotated[
        str,
        typer.Option(
            "--profiles",
            metavar="PEOPLE",
            help='How many people to look up: all, or a sample such as "sample 300".',
        ),
    ] = "all",
    options: ReadingOptions,
    give_up_after: GiveUpAfter = DEFAULT_GIVE_UP_AFTER,
    place: PlaceFlags,
    screen: WorkingScreen,
) -> None:
    """Read who opted out and how everybody stands, and find whom a push would opt in again.

    Nothing is sent. The exit code is 3 if somebody is opted in in the files and opted out in the
    account, and 5 if the account may not be read.
    """
    from ometria_import.actions.consent import consent_diff
    from ometria_import.consent import Wishes, parse_part

    wishes = Wishes(parse_part(profiles), _date(since), give_up_after.total_seconds())
    with attending(screen, place) as context:
        named = context.settings.named(to)
        found = consent_diff(what, named, wishes, options, context)
    show_consent(screen, found)
    show_step(
        screen, _step_after(found, named, (*(what or ()), *options.flags()), context.commands)
    )
    if found.exit_code is not ExitCode.OK:
        screen.sum_up(sum_up_consent(found))
    screen.result(found.as_json())
    raise typer.Exit(found.exit_code)


def _step_after(
    found: ConsentDiff, to: AccountName, what: Sequence[str], commands: Commands
) -> NextStep:
    """What to do next, with the files as they were named, or with the run."""
    files = ("FILE",) if found.run else tuple(what)
    if found.danger:
        named = f"the files of run {found.run}" if found.run else "the files"
        words = f"send {named}, and leave those people as they are in the account:"
        return NextStep(words, commands.push(*files, "--consent", "keep", to=to))
    if found.run and to.is_live:
        return NextStep(command=commands.promote(found.run, to))
    return NextStep(command=commands.push(*files, to=to))


def _date(text: str) -> datetime | None:
    """A day or a moment; in UTC where it has no zone.

    Raises:
        UsageError: it is none.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--since: {text!r} is not a date", hint="Write it like this: --since 2024-03-01."
        ) from None
