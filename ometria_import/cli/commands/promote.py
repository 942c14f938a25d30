"""`ometria-import promote`: send the very package of a staging run to live."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from ometria_import.actions.delivering import DEFAULT_GIVE_UP_AFTER, Sending
from ometria_import.actions.promote import promote as promote_run
from ometria_import.actions.promoting.wish import DEFAULT_MAX_AGE, Promote
from ometria_import.cli.asking.durations import parse_age
from ometria_import.cli.asking.ending import HooksOption, ending
from ometria_import.cli.asking.flags import PlaceFlags, WorkingScreen, with_flags
from ometria_import.cli.asking.options import (
    Allow,
    Between,
    EvenIfOlder,
    GiveUpAfter,
    To,
    YesOption,
)
from ometria_import.errors import UsageError
from ometria_import.options.reading_options import duration_text
from ometria_import.promotion import Attestation, Signer, parse_requirement


@with_flags
def promote(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="A staging run's id, or the beginning of it.")
    ],
    *,
    to: To,
    require_verify: Annotated[
        str | None,
        typer.Option(
            "--require-verify",
            metavar="STATEMENT",
            help="Stop unless a verification of the run proves this: 0.1%@95 means 95% sure that "
            "fewer than 0.1% of the records differ.",
            show_default=False,
        ),
    ] = None,
    max_age: Annotated[
        timedelta,
        typer.Option(
            "--max-age",
            metavar="DURATION",
            parser=parse_age,
            help="Stop if the run began longer ago than this, such as 7d or 12h.",
            show_default=duration_text(DEFAULT_MAX_AGE),
        ),
    ] = DEFAULT_MAX_AGE,
    ids_checked: Annotated[
        bool,
        typer.Option(
            "--ids-checked",
            help="Confirm that profile_id in events and the ids of lists are those of the live "
            "account.",
        ),
    ] = False,
    consent_unasked: Annotated[
        bool,
        typer.Option(
            "--consent-unasked",
            help="Promote although nobody has asked the live account who has opted out there: for "
            "keys that may not read it. People who are known to be in danger stop it all the same.",
        ),
    ] = False,
    even_if_older: EvenIfOlder = False,
    attest: Annotated[
        Path | None,
        typer.Option(
            "--attest",
            metavar="FILE",
            help="Write a statement of what was promoted into this file, once the run has ended.",
            show_default=False,
        ),
    ] = None,
    sign_with: Annotated[
        Path | None,
        typer.Option(
            "--sign-with",
            metavar="KEY",
            help="Sign the statement with this SSH key, by ssh-keygen; the signature goes into "
            "FILE.sig.",
            show_default=False,
        ),
    ] = None,
    yes: YesOption = False,
    allow: Allow = None,
    give_up_after: GiveUpAfter = DEFAULT_GIVE_UP_AFTER,
    between: Between = None,
    hooks: HooksOption = False,
    place: PlaceFlags,
    screen: WorkingScreen,
) -> None:
    """Send the very package of a staging run to live, once every check has passed."""
    with ending("promote", screen, place, to, is_confirmed=yes, is_allowed=hooks) as end:
        requirement = parse_requirement(require_verify) if require_verify is not None else None
        attestation = _attestation(attest, sign_with)
        wish = Promote(
            run=run,
            to=end.context.settings.named(to),
            sending=Sending(frozenset(allow or ()), give_up_after, between),
            requirement=requirement,
            max_age=max_age,
            is_ids_checked=ids_checked,
            is_consent_unasked=consent_unasked,
            is_even_if_older=even_if_older,
            attestation=attestation,
        )
        end.code = promote_run(wish, end.context).exit_code
    raise typer.Exit(end.code)


def _attestation(path: Path | None, key: Path | None) -> Attestation | None:
    if path is None:
        if key is not None:
            raise UsageError(
                "--sign-with has nothing to sign",
                hint="Say where the statement goes: --attest FILE",
            )
        return None
    return Attestation(path, Signer(key.expanduser()) if key is not None else None)
