"""`ometria-import given`: what each account was given, as `push --changed` goes by it."""

from __future__ import annotations

from typing import Annotated

import typer

from ometria_import.actions.calling.words import counted, local_moment
from ometria_import.actions.giving.managing import forget_given, rebuild_given, show_given
from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.asking.options import To
from ometria_import.cli.showing.screen import linked, table_of

given = typer.Typer(help="Show, forget or rebuild what `push --changed` knows of an account.")

_RUNS_SHOWN = 5


@given.command("show")
@with_flags
def show(*, to: To, place: PlaceFlags, screen: TellingScreen) -> None:
    """Show how many records an account is known to have been given, and by which runs."""
    with attending(screen, place) as context:
        shown = show_given(context.settings.named(to), context)
    if shown is None:
        screen.prose(f"Nothing is known of what {to} was given: push --changed sends everything.")
        screen.result({"account": to, "given": {}, "runs": []})
        return
    rows = [
        (str(name), f"{held.certain:,}", f"{held.in_doubt:,}") for name, held in shown.held.items()
    ]
    screen.show(table_of(("object type", ">given", ">uncertain, goes again"), rows))
    for run_id, moment in shown.runs[:_RUNS_SHOWN]:
        screen.fact("Run", f"{run_id}, {local_moment(moment)}")
    screen.fact("Store", linked(shown.path), f", {shown.bytes / 1_000_000:,.1f} MB")
    screen.next_step(command=context.commands.push("FILE", "--changed", to=to))
    screen.result(
        {
            "account": to,
            "given": {
                str(name): {"certain": held.certain, "in_doubt": held.in_doubt}
                for name, held in shown.held.items()
            },
            "runs": [{"run": run_id, "at": moment.isoformat()} for run_id, moment in shown.runs],
            "store": str(shown.path),
            "bytes": shown.bytes,
        }
    )


@given.command("forget")
@with_flags
def forget(*, to: To, place: PlaceFlags, screen: TellingScreen) -> None:
    """Forget what an account was given, so that push --changed sends everything once more.

    Say this when the account was emptied, or records in it were changed by others.
    """
    with attending(screen, place) as context:
        was_known = forget_given(context.settings.named(to), context)
    words = "Forgotten" if was_known else "Nothing was known"
    screen.prose(f"{words}: the next push --changed to {to} sends everything.")
    screen.result({"account": to, "forgotten": was_known})


@given.command("rebuild")
@with_flags
def rebuild(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help="The run to compare the account with, also a dry run; default: the newest to "
            "this account that has all records of its files.",
        ),
    ] = None,
    *,
    to: To,
    place: PlaceFlags,
    screen: TellingScreen,
) -> None:
    """Read an account back and take as given what it holds just as a run has it.

    Nothing is sent. Everything else of the run's object types is sent by the next push --changed;
    so are all custom events, as nothing shows them.
    """
    with attending(screen, place) as context:
        found = rebuild_given(context.settings.named(to), run, context)
    rows = [(each.listing.path, f"{each.records:,}", f"{each.same:,}") for each in found]
    screen.show(table_of(("list", ">records of the run", ">the same in the account"), rows))
    same, records = sum(each.same for each in found), sum(each.records for each in found)
    screen.prose(f"{counted(same, 'record')} of {records:,} count as given to {to} now.")
    told = [
        {"list": each.listing.path, "records": each.records, "same": each.same} for each in found
    ]
    screen.result({"account": to, "lists": told, "records": records, "same": same})
