"""`ometria-import push`: prepare a package and send it to an account."""

from __future__ import annotations

import typer

from ometria_import.actions.delivering import DEFAULT_GIVE_UP_AFTER, Sending
from ometria_import.cli.asking.ending import HooksOption, ending
from ometria_import.cli.asking.flags import PlaceFlags, WorkingScreen, with_flags
from ometria_import.cli.asking.options import (
    Allow,
    Between,
    Changed,
    Consent,
    DryRun,
    Files,
    GiveUpAfter,
    Keep,
    New,
    Phones,
    Pseudonymise,
    To,
    YesOption,
)
from ometria_import.options.reading_options import ReadingOptions


@with_flags
def push(
    files: Files = None,
    *,
    to: To,
    dry_run: DryRun = False,
    yes: YesOption = False,
    options: ReadingOptions,
    allow: Allow = None,
    new: New = False,
    changed: Changed = None,
    consent: Consent = None,
    pseudonymise: Pseudonymise = None,
    phones: Phones = None,
    keep: Keep = None,
    give_up_after: GiveUpAfter = DEFAULT_GIVE_UP_AFTER,
    between: Between = None,
    hooks: HooksOption = False,
    place: PlaceFlags,
    screen: WorkingScreen,
) -> None:
    """Check the files and send every valid record, 100 per request."""
    with ending(
        "push", screen, place, to, is_confirmed=yes, is_allowed=hooks, is_dry_run=dry_run
    ) as end:
        # Here and not above: pandas and pyarrow take a second that --help does not need.
        from ometria_import.actions.push import Push
        from ometria_import.actions.push import push as push_files
        from ometria_import.pseudonyms import PseudonymWish

        wish = Push(
            to=end.context.settings.named(to),
            options=options,
            files=files,
            sending=Sending(frozenset(allow or ()), give_up_after, between),
            is_new=new,
            is_dry_run=dry_run,
            pseudonyms=PseudonymWish(pseudonymise, phones, tuple(keep or ())),
            is_changed_only=changed,
            consent=consent,
        )
        end.code = push_files(wish, end.context).exit_code
    raise typer.Exit(end.code)
