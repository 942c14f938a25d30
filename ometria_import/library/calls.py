"""What commands do, to be called.

Nothing is printed, no signal handler is installed and no environment variable is set. What is not
said by an argument is taken from `ometria-import.toml` and the environment, as on the command line.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from ometria_import.actions.check import check as check_sources
from ometria_import.actions.delivering import DEFAULT_GIVE_UP_AFTER, Sending
from ometria_import.actions.inspect import inspect as inspect_sources
from ometria_import.actions.inspection.report import FileReport
from ometria_import.actions.push import Push
from ometria_import.actions.push import push as push_sources
from ometria_import.actions.resume import resume as resume_run
from ometria_import.actions.retry import retry as retry_run
from ometria_import.config.home import DEFAULT_ROOT
from ometria_import.delivery import StopSignal
from ometria_import.errors import UsageError
from ometria_import.library.context import (
    Access,
    Consent,
    Listener,
    Listening,
    context_of,
    run_of,
)
from ometria_import.library.given import given_sources
from ometria_import.library.reading import Reading, choice_of, options_of
from ometria_import.library.result import Result, result_of
from ometria_import.options.choices import (
    ConsentRule,
    Danger,
    SamplePhonesChoice,
)
from ometria_import.options.sending_hours import SendingHours
from ometria_import.pseudonyms import PseudonymWish

if TYPE_CHECKING:
    from ometria_import.library.given import Sources


def inspect(
    sources: Sources | None = None,
    *,
    home: str | Path = DEFAULT_ROOT,
    config: str | Path | None = None,
    listener: Listener | None = None,
    **reading: Unpack[Reading],
) -> list[FileReport]:
    """Tell what sources are, which field each column feeds, and what is missing.

    Args:
        sources: See `check`.
        home: Folder where packages and runs live.
        config: The settings file; None takes `ometria-import.toml`, if there is one.
        listener: Is told what happens.
        **reading: How sources are read; see `Reading`.

    Returns:
        One report for each object type that a source becomes. A source that cannot be imported
        has one with the reason in `error`; nothing is raised for it.

    Raises:
        UsageError: an argument is wrong.
        SourceError: a folder or pattern stands for no file.
    """
    context = context_of(Listening(listener), home, config)
    with given_sources(sources) as arguments:
        return list(inspect_sources(arguments, options_of(reading), context))


def check(
    sources: Sources | None = None,
    *,
    max_rejects: int | str | None = None,
    home: str | Path = DEFAULT_ROOT,
    config: str | Path | None = None,
    listener: Listener | None = None,
    **reading: Unpack[Reading],
) -> Result:
    """Find every problem of sources; nothing is sent.

    Args:
        sources: One or several of: a path, folder or pattern, said as on the command line
            (`"orders.csv"`, `"order=export.csv"`); a file that is open, for bytes or text; a
            pandas DataFrame. A mapping says object types, as in
            `{"order": frame, "lineitem": items}`. None stands for what the settings file lists.
        max_rejects: Stop if more than so many are rejected: a number, or a share such as `"0.5%"`
            of each object type; None for no limit.
        home: Folder where packages, runs and checks live; made if it does not exist.
        config: The settings file; None takes `ometria-import.toml`, if there is one.
        listener: Is told what happens.
        **reading: How sources are read; see `Reading`.

    Raises:
        SourceError: a source cannot be read.
        MappingError: an object type is not certain, or a mapping cannot be used.
        UsageError: a column leaves something open, or an argument is wrong.
        RejectLimitError: more was rejected than is allowed; its `told` has the sums.
    """
    caller = Listening(listener)
    context = context_of(caller, home, config)
    with given_sources(sources) as arguments:
        summary = check_sources(arguments, options_of(reading, max_rejects), context)
    return Result(
        exit_code=summary.exit_code,
        folder=summary.problems_path.parent,
        run=None,
        account=None,
        nothing_to_do=False,
        dry_run=False,
        ready={str(name): count for name, count in summary.records.items()},
        rejected=summary.rejected,
        problems=summary.groups,
        sums=summary.as_json(),
        delivery=None,
    )


def push(
    sources: Sources | None = None,
    *,
    to: str,
    confirm: Consent = False,
    allow: Iterable[Danger | str] = (),
    max_rejects: int | str | None = None,
    new: bool = False,
    changed: bool | None = None,
    consent: ConsentRule | str | None = None,
    pseudonymise: bool | None = None,
    phones: SamplePhonesChoice | str | None = None,
    keep: Iterable[str] = (),
    dry_run: bool = False,
    give_up_after: timedelta = DEFAULT_GIVE_UP_AFTER,
    between: str | None = None,
    key: str | None = None,
    base_url: str | None = None,
    home: str | Path = DEFAULT_ROOT,
    config: str | Path | None = None,
    listener: Listener | None = None,
    stop: StopSignal | None = None,
    **reading: Unpack[Reading],
) -> Result:
    """Check sources and send every good record, 100 to a request; blocks until that ends.

    An unfinished run of the same sources goes on; where nothing has changed since all was sent,
    nothing is done. DataFrames and open files are known again by their content, under the name
    that they have in `sources`.

    Args:
        sources: See `check`.
        to: `staging`, `live`, or another account of the settings.
        confirm: Consent to a live push: True, or a function that is told what the push sets off
            (a `LivePush`) and answers True. Staging needs none.
        allow: What a live push may set off that it would otherwise stop for, by name, such as
            `welcome-campaigns`.
        max_rejects: Stop before anything is sent if more than so many are rejected; see `check`.
        new: Start a fresh run; leave earlier runs of the same sources alone.
        changed: Leave out what the account was given before and is still the same; None does as
            its settings say.
        consent: What to do about opt-ins: `keep` asks the account, and leaves out those of people
            who have opted out there and not opted in again since; `lower` leaves out those of
            everybody who is not opted in there already; `file` sends all of them. None does as
            the settings say; without them, `keep` for live and `file` for staging.
        pseudonymise: Send a fake for each person; for staging alone. None does as the settings
            of the account say.
        phones: With `pseudonymise`: `sample` gives up to 1,000 people a number of nobody's.
        keep: With `pseudonymise`: the custom fields that are not left out.
        dry_run: Write what would be sent into files; needs no key and no network.
        give_up_after: How long a request that fails in a temporary way is tried again.
        between: Send only in these hours of the machine's clock, such as `01:00-06:00`; `always`
            at any time. None does as the run did before, or as the settings say.
        key: The account's key; None takes it from the environment.
        base_url: Another address of the push API, such as that of an emulator.
        home: Folder where packages and runs live; made if it does not exist.
        config: The settings file; None takes `ometria-import.toml`, if there is one.
        listener: Is told what happens.
        stop: Lets another thread end the call with `stop.request()`; a KeyboardInterrupt does the
            same.
        **reading: How sources are read; see `Reading`.

    Raises:
        SourceError: a source cannot be read.
        MappingError: an object type is not certain, or a mapping cannot be used.
        UsageError: something is left open, or a key, a consent or an allowance is missing.
        RejectLimitError: more was rejected than is allowed; nothing was sent.
        AccountBusyError: another run holds the account.
        AccountRefusedError: the API refuses the key; `resume` goes on with the run.
        TemporaryFailureError: given up for now; `resume`, or the same push, goes on.
        InterruptedRunError: `stop` was requested; `resume`, or the same push, goes on.
    """
    caller = Listening(listener, confirm=confirm, stop=stop)
    context = context_of(caller, home, config, Access(to, key, base_url))
    account = context.settings.named(to)
    with given_sources(sources) as arguments:
        wish = Push(
            to=account,
            options=options_of(reading, max_rejects),
            files=arguments,
            sending=sending_of(allow, give_up_after, between),
            is_new=new,
            is_dry_run=dry_run,
            pseudonyms=PseudonymWish(
                pseudonymise,
                None if phones is None else choice_of("phones", phones, SamplePhonesChoice),
                tuple(keep),
            ),
            is_changed_only=changed,
            consent=None if consent is None else choice_of("consent", consent, ConsentRule),
        )
        outcome = caller.run(lambda: push_sources(wish, context))
    return result_of(outcome, account, caller.prepared, is_dry_run=dry_run)


def resume(
    run: str | None = None,
    *,
    confirm: Consent = False,
    allow: Iterable[Danger | str] = (),
    even_if_older: bool = False,
    give_up_after: timedelta = DEFAULT_GIVE_UP_AFTER,
    between: str | None = None,
    key: str | None = None,
    base_url: str | None = None,
    home: str | Path = DEFAULT_ROOT,
    config: str | Path | None = None,
    listener: Listener | None = None,
    stop: StopSignal | None = None,
) -> Result:
    """Send what an interrupted run has left; its sources are not needed.

    Args:
        run: A run's id, or its beginning; None takes the newest unfinished run that no later one
            has overtaken.
        confirm: Consent to a live run; see `push`.
        allow: What was allowed when the run began stays allowed; this comes to it.
        even_if_older: Send although a later run sent records of the same object types.
        give_up_after: How long a request that fails in a temporary way is tried again.
        between: Send only in these hours of the machine's clock, such as `01:00-06:00`; `always`
            at any time. None does as the run did before, or as the settings say.
        key: The account's key; None takes it from the environment.
        base_url: Another address of the push API.
        home: Folder where packages and runs live.
        config: The settings file; None takes `ometria-import.toml`, if there is one.
        listener: Is told what happens.
        stop: Lets another thread end the call with `stop.request()`; a KeyboardInterrupt does the
            same.

    Raises:
        UsageError: there is nothing to resume, or a later run may have sent newer records, or a
            key, a consent or an allowance is missing.
        PackageError: the run's package or journal is damaged.
        AccountBusyError: another run holds the account.
        AccountRefusedError: the API refuses the key.
        TemporaryFailureError: given up for now; the same call goes on.
        InterruptedRunError: `stop` was requested.
    """
    caller = Listening(listener, confirm=confirm, stop=stop)
    account, run_id = run_of(run, home, config)
    context = context_of(caller, home, config, Access(account, key, base_url))
    sending = sending_of(allow, give_up_after, between)
    outcome = caller.run(
        lambda: resume_run(run_id, sending, context, is_even_if_older=even_if_older)
    )
    return result_of(outcome, account, caller.prepared)


def retry(
    run: str,
    *,
    refused_too: bool = False,
    confirm: Consent = False,
    allow: Iterable[Danger | str] = (),
    even_if_older: bool = False,
    give_up_after: timedelta = DEFAULT_GIVE_UP_AFTER,
    between: str | None = None,
    key: str | None = None,
    base_url: str | None = None,
    home: str | Path = DEFAULT_ROOT,
    config: str | Path | None = None,
    listener: Listener | None = None,
    stop: StopSignal | None = None,
) -> Result:
    """Send again what of a finished run was not taken, for reasons that can pass.

    Args:
        run: The finished run's id, or its beginning.
        refused_too: Also send what was refused for its content.
        confirm: Consent to a live run; see `push`.
        allow: What was allowed for the run stays allowed; this comes to it.
        even_if_older: Send although a later run sent records of the same object types.
        give_up_after: How long a request that fails in a temporary way is tried again.
        between: Send only in these hours of the machine's clock, such as `01:00-06:00`; `always`
            at any time. None does as the run did before, or as the settings say.
        key: The account's key; None takes it from the environment.
        base_url: Another address of the push API.
        home: Folder where packages and runs live.
        config: The settings file; None takes `ometria-import.toml`, if there is one.
        listener: Is told what happens.
        stop: Lets another thread end the call with `stop.request()`; a KeyboardInterrupt does the
            same.

    Raises:
        UsageError: there is no such run, it is not finished, or as for `resume`.
        PackageError: the run's package or journal is damaged.
        AccountBusyError: another run holds the account.
        AccountRefusedError: the API refuses the key.
        TemporaryFailureError: given up for now; `resume` goes on with the new run.
        InterruptedRunError: `stop` was requested.
    """
    caller = Listening(listener, confirm=confirm, stop=stop)
    account, run_id = run_of(run, home, config)
    context = context_of(caller, home, config, Access(account, key, base_url))
    sending = sending_of(allow, give_up_after, between)
    outcome = caller.run(
        lambda: retry_run(
            run_id,
            sending,
            context,
            is_refused_too=refused_too,
            is_even_if_older=even_if_older,
        )
    )
    return result_of(outcome, account, caller.prepared)


def sending_of(
    allow: Iterable[Danger | str], give_up_after: timedelta, between: str | None
) -> Sending:
    """The options of every delivery, from the arguments of a call."""
    named = [allow] if isinstance(allow, str) else allow
    allowed = frozenset(choice_of("allow", each, Danger) for each in named)
    try:
        hours = None if between is None else SendingHours.parse(between)
    except ValueError as error:
        raise UsageError(f"between: {error}") from None
    return Sending(allowed, give_up_after, hours)
