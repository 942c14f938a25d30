"""What `consent diff`, `tracking check`, `checklist`, `forget` and `show --results` do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Unpack

from ometria_import.actions.checklist import checklist as steps_now
from ometria_import.actions.consent import consent_diff as compare_consent
from ometria_import.actions.delivering import DEFAULT_GIVE_UP_AFTER
from ometria_import.actions.forgetting.forget import Forget, Forgotten
from ometria_import.actions.forgetting.forget import forget as forget_people
from ometria_import.actions.results.results import WrittenResults
from ometria_import.actions.results.results import write_results as write_results_of
from ometria_import.actions.tracking import TrackingCheck, check_tracking
from ometria_import.checklist import Step
from ometria_import.config.home import DEFAULT_ROOT, Home
from ometria_import.consent import ConsentDiff, Wishes, parse_part
from ometria_import.library.context import Access, Listener, Listening, context_of
from ometria_import.library.reading import Reading, options_of


def consent_diff(
    what: str | Sequence[str] | None = None,
    *,
    to: str,
    since: datetime | None = None,
    profiles: str = "all",
    give_up_after: timedelta = DEFAULT_GIVE_UP_AFTER,
    key: str | None = None,
    base_url: str | None = None,
    home: str | Path = DEFAULT_ROOT,
    config: str | Path | None = None,
    listener: Listener | None = None,
    **reading: Unpack[Reading],
) -> ConsentDiff:
    """Find whom a push would opt in again although the account has them as opted out.

    Args:
        what: Paths of exports, or a run's id; None takes what the settings list.
        to: `staging`, `live`, or another account of the settings.
        since: When the files were exported; None takes a day before the newest time in them.
        profiles: How many people are looked up: `all`, or a sample such as `sample 300`.
        give_up_after: How long a request that fails in a temporary way is tried again.
        key: The account's key; None takes it from the environment.
        base_url: Another address of the API.
        home: Folder where packages and runs live.
        config: The settings file; None takes `ometria-import.toml`, if there is one.
        listener: Is told what happens.
        **reading: How sources are read; see `Reading`.

    Raises:
        OmetriaImportError: as the command does.
    """
    caller = Listening(listener)
    context = context_of(caller, home, config, Access(to, key, base_url))
    name = context.settings.named(to)
    wishes = Wishes(parse_part(profiles), since, give_up_after.total_seconds())
    given = [what] if isinstance(what, str) else what
    options = options_of(reading)
    return caller.run(lambda: compare_consent(given, name, wishes, options, context))


def tracking_check(
    pages: Sequence[str | Path],
    *,
    to: str | None = None,
    fetch_tag: bool = False,
    allow_private: bool = False,
    home: str | Path = DEFAULT_ROOT,
    config: str | Path | None = None,
    listener: Listener | None = None,
) -> TrackingCheck:
    """Check the tracker on pages of the shop against what was pushed.

    Args:
        pages: Saved pages, folders of them, and https:// addresses.
        to: The account whose tag they should have; None for either's.
        fetch_tag: Look also whether the tag's file is there and names the account.
        allow_private: Read addresses of this machine and of private networks, too.
        home: Folder where packages and runs live.
        config: The settings file; None takes `ometria-import.toml`, if there is one.
        listener: Is told what happens.

    Raises:
        OmetriaImportError: as the command does.
    """
    caller = Listening(listener)
    context = context_of(caller, home, config)
    name = None if to is None else context.settings.named(to)
    names = [str(page) for page in pages]
    return caller.run(
        lambda: check_tracking(
            names, name, context, allows_private=allow_private, fetches_tag=fetch_tag
        )
    )


def checklist_steps(
    *,
    to: str = "live",
    home: str | Path = DEFAULT_ROOT,
    config: str | Path | None = None,
) -> list[Step]:
    """The steps of the way live, each with its evidence as far as it is proven.

    Args:
        to: The account whose tag and ids pages should have.
        home: Folder where packages and runs live.
        config: The settings file; None takes `ometria-import.toml`, if there is one.

    Raises:
        OmetriaImportError: as the command does.
    """
    context = context_of(Listening(None), home, config)
    return steps_now(context.settings.named(to), context)


def write_results(
    file: str | Path,
    run: str | None = None,
    *,
    home: str | Path = DEFAULT_ROOT,
) -> WrittenResults:
    """Write a CSV with one line for each row of a run's sources: what became of it.

    Args:
        file: Where it is written; only a file of this kind is overwritten.
        run: The run's id, or its beginning; None takes the newest.
        home: Folder where packages and runs live.

    Returns:
        The file, and how many rows had each `verdicts`.

    Raises:
        OmetriaImportError: as `show --results` does.
    """
    return write_results_of(Home(Path(home)), run, Path(file))


def forget(
    emails: str | Iterable[str] = (),
    *,
    accounts: Iterable[str] = (),
    home: str | Path = DEFAULT_ROOT,
    config: str | Path | None = None,
    listener: Listener | None = None,
) -> Forgotten:
    """Remove people from the home who asked for it, and never send them again.

    Args:
        emails: Whoever is to be forgotten; nobody stands for everybody who is on the list.
        accounts: Whose deletion requests are read, too, with the keys of the environment.
        home: Folder where packages and runs live.
        config: The settings file; None takes `ometria-import.toml`, if there is one.
        listener: Is told what happens.

    Returns:
        How many people are new on the list and on it, and what was `removed`.

    Raises:
        OmetriaImportError: as the command does.
    """
    caller = Listening(listener)
    context = context_of(caller, home, config)
    wish = Forget(
        emails=[emails] if isinstance(emails, str) else list(emails),
        accounts=[context.settings.named(each) for each in accounts],
    )
    return caller.run(lambda: forget_people(wish, context))
