"""What `promote` does, to be called."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from ometria_import.actions.delivering import DEFAULT_GIVE_UP_AFTER
from ometria_import.actions.promote import promote as promote_run
from ometria_import.actions.promoting.wish import DEFAULT_MAX_AGE, Promote
from ometria_import.config.home import DEFAULT_ROOT
from ometria_import.delivery import StopSignal
from ometria_import.library.calls import sending_of
from ometria_import.library.context import Access, Consent, Listener, Listening, context_of
from ometria_import.library.result import Result, result_of
from ometria_import.options.choices import Danger
from ometria_import.promotion import Attestation, Signer, parse_requirement


def promote(
    run: str,
    *,
    to: str = "live",
    confirm: Consent = False,
    allow: Iterable[Danger | str] = (),
    require_verify: str | None = None,
    max_age: timedelta = DEFAULT_MAX_AGE,
    ids_checked: bool = False,
    consent_unasked: bool = False,
    even_if_older: bool = False,
    attest: str | Path | None = None,
    sign_with: str | Path | None = None,
    give_up_after: timedelta = DEFAULT_GIVE_UP_AFTER,
    between: str | None = None,
    key: str | None = None,
    base_url: str | None = None,
    home: str | Path = DEFAULT_ROOT,
    config: str | Path | None = None,
    listener: Listener | None = None,
    stop: StopSignal | None = None,
) -> Result:
    """Send the very package of a staging run to live, once every line of the gate is open.

    An unfinished promotion of it goes on; where it is finished, nothing is sent.

    Args:
        run: The staging run's id, or its beginning.
        to: `live`, or another live account of the settings.
        confirm: Consent to the live run; see `push`.
        allow: What it may set off that it would otherwise stop for, by name.
        require_verify: What a verification must have proved, such as `0.1%@95`.
        max_age: How long ago the staging run may have begun.
        ids_checked: The ids in it that only one account gives are live's.
        consent_unasked: Send although live was not asked who has opted out there.
        even_if_older: Send although later runs sent newer records.
        attest: Write the statement of what was promoted into this file, once the run has ended.
        sign_with: Sign it with this SSH key.
        give_up_after: How long a request that fails in a temporary way is tried again.
        between: Send only in these hours; see `push`.
        key: The live account's key; None takes it from the environment.
        base_url: Another address of the push API.
        home: Folder where packages and runs live.
        config: The settings file; None takes `ometria-import.toml`, if there is one.
        listener: Is told what happens, each line of the gate as a `GateChecked`.
        stop: Lets another thread end the call with `stop.request()`; a KeyboardInterrupt does the
            same.

    Raises:
        UsageError: there is no such staging run, or a key, a consent or a place is missing.
        GateShutError: the gate is shut, and nothing was sent; its `parts` say why.
        PackageError: a journal is damaged.
        AccountBusyError: another run holds the live account.
        AccountRefusedError: the API refuses the key.
        TemporaryFailureError: given up for now; the same call goes on.
        InterruptedRunError: `stop` was requested.
    """
    caller = Listening(listener, confirm=confirm, stop=stop)
    context = context_of(caller, home, config, Access(to, key, base_url))
    signer = Signer(Path(sign_with).expanduser()) if sign_with is not None else None
    wish = Promote(
        run=run,
        to=context.settings.named(to),
        sending=sending_of(allow, give_up_after, between),
        requirement=parse_requirement(require_verify) if require_verify is not None else None,
        max_age=max_age,
        is_ids_checked=ids_checked,
        is_consent_unasked=consent_unasked,
        is_even_if_older=even_if_older,
        attestation=Attestation(Path(attest), signer) if attest is not None else None,
    )
    outcome = caller.run(lambda: promote_run(wish, context))
    return result_of(outcome, wish.to, caller.prepared)
