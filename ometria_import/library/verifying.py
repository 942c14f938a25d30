"""`verify`, to be called."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from ometria_import.actions.delivering import DEFAULT_GIVE_UP_AFTER
from ometria_import.actions.verify import run_to_verify
from ometria_import.actions.verify import verify as verify_run
from ometria_import.config.home import DEFAULT_ROOT
from ometria_import.delivery import StopSignal
from ometria_import.library.context import Access, Listener, Listening, account_of, context_of
from ometria_import.library.reading import choice_of
from ometria_import.options.choices import ObjectType
from ometria_import.verification.sampling.statements import Part, Statement, Whole, parse_sample
from ometria_import.verification.summary import Summary
from ometria_import.verification.wishes import DEFAULT_SETTLE, Wishes


def verify(
    run: str | None = None,
    *,
    sample: int | str | None = None,
    part: tuple[int, int] | None = None,
    types: Iterable[ObjectType | str] = (),
    source: str = "",
    settle: timedelta = DEFAULT_SETTLE,
    accept: Iterable[str] = (),
    seed: str = "",
    give_up_after: timedelta = DEFAULT_GIVE_UP_AFTER,
    key: str | None = None,
    base_url: str | None = None,
    home: str | Path = DEFAULT_ROOT,
    config: str | Path | None = None,
    listener: Listener | None = None,
    stop: StopSignal | None = None,
) -> Summary:
    """Read back what an account holds of a run and compare it with what was sent.

    Args:
        run: A finished run's id, or its beginning; None takes the newest that sent anything.
        sample: `"all"`, a number of records, a share such as `"1%"`, or `"0.1%@95"`: as many as it
            takes to say with 95 % confidence that fewer than 0.1 % are wrong. None takes the last,
            or everything where that takes fewer requests.
        part: One of several equal parts instead, such as `(3, 30)`.
        types: Only these object types.
        source: Only the records that came from this file.
        settle: How long to wait for records that are not there yet so soon after the run.
        accept: Rules that were offered, and are accepted as the account's own form.
        seed: What a sample is drawn with; the same one draws the same records.
        give_up_after: How long a request that fails in a temporary way is tried again.
        key: The account's key; None takes it from the environment.
        base_url: Another address of the account.
        home: Folder where packages and runs live.
        config: The settings file; None takes `ometria-import.toml`, if there is one.
        listener: Is told what happens.
        stop: Lets another thread end the call with `stop.request()`; a KeyboardInterrupt does the
            same.

    Returns:
        What was found: its `verdict`, `sentence`, `types`, `patterns`, `load` and `files`. Nothing
        is raised where records differ or are missing.

    Raises:
        UsageError: there is no such run, it is not finished, or an argument or the key is wrong.
        PackageError: the run's package or journal is damaged.
        AccountBusyError: another process is at the same verification.
        TemporaryFailureError: given up for now; the same call goes on.
        InterruptedRunError: `stop` was requested; the same call goes on.
    """
    wishes = Wishes(
        statement=_statement(sample, part),
        types=tuple(choice_of("types", each, ObjectType) for each in types),
        source=source,
        settle=settle,
        seed=seed,
        accepted=tuple(sorted(accept)),
    )
    caller = Listening(listener, stop=stop)
    folder = run_to_verify(run, context_of(caller, home, config))
    context = context_of(caller, home, config, Access(account_of(folder), key, base_url))
    verified = caller.run(
        lambda: verify_run(folder.id, wishes, context, give_up_after=give_up_after)
    )
    if verified.failure is not None:
        verified.failure.told = {"verification": verified.folder.id, "run": folder.id}
        raise verified.failure
    return verified.summary


def _statement(sample: int | str | None, part: tuple[int, int] | None) -> Statement | None:
    if part is not None:
        return Part(*part)
    if sample is None:
        return None
    return Whole() if sample == "all" else parse_sample(str(sample))
