"""Beginning a verification, or going on with one of the same wishes that was stopped."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

from ometria_import.config.home import Home
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.delivery import RunInfo
from ometria_import.errors import AccountBusyError, PackageError
from ometria_import.verification.folders import VerificationFolder
from ometria_import.verification.records.state import State
from ometria_import.verification.wishes import Wishes

_GOES_ON_FOR = timedelta(days=1)
"""What was read longer ago than this says too little of the account as it is now."""


def noted(info: RunInfo, wishes: Wishes) -> dict[str, str]:
    """What a verification must have noted, so that it can go on for these wishes."""
    about = {
        "run": info.run_id,
        "package": info.content_hash,
        "base_url": info.base_url,
        "wishes": wishes.fingerprint,
    }
    return about | ({"seed": wishes.seed} if wishes.seed else {})


@contextmanager
def begun_verification(
    home: Home, account: str, about: Mapping[str, str], now: datetime
) -> Iterator[tuple[VerificationFolder, State]]:
    """Hold the folder and the database of a verification while the block runs.

    Args:
        home: Where it lives.
        account: The account's name.
        about: What it is about; one that noted the same and was stopped goes on.
        now: When it begins.

    Raises:
        AccountBusyError: another process is at the same verification.
        TemporaryFailureError: the disk fails.
    """
    with ExitStack() as held:
        found = _stopped(home, about, now, held)
        if found is None:
            folder = VerificationFolder(home.create_verification(account, now))
            held.enter_context(_locked(folder))
            state = held.enter_context(State(folder.state, is_new=True))
            started = {"started_at": now.isoformat(), "seed": secrets.token_hex(8)}
            state.set_meta(**started | dict(about))
            found = folder, state
        yield found


def _stopped(
    home: Home, about: Mapping[str, str], now: datetime, held: ExitStack
) -> tuple[VerificationFolder, State] | None:
    """The newest verification that noted the same and was stopped not long ago."""
    for path in home.verifications():
        folder = VerificationFolder(path)
        if not folder.state.is_file():
            continue  # It came to its end.
        try:
            state = State(folder.state)
        except PackageError:
            continue  # It was damaged, or has only just been begun by another process.
        if _is_same(state, about, now):
            held.enter_context(_locked(folder))
            held.enter_context(state)
            return folder, state
        state.close()
    return None


def _is_same(state: State, about: Mapping[str, str], now: datetime) -> bool:
    if any(state.meta(name) != value for name, value in about.items()):
        return False
    try:
        return now - datetime.fromisoformat(state.meta("started_at")) < _GOES_ON_FOR
    except (ValueError, TypeError):
        return False


@contextmanager
def _locked(folder: VerificationFolder) -> Iterator[None]:
    """Hold a verification; the system lets go of it when the process ends, however it does."""
    with storage_errors(folder.lock):
        descriptor = os.open(private_file(folder.lock), os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AccountBusyError(
                f"the same verification, {folder.id}, is under way in another process",
                hint="Wait until it ends, or stop it with Ctrl-C. Then run the same command again.",
            ) from None
        yield
    finally:
        os.close(descriptor)


def started_at(state: State) -> datetime:
    """When a verification was begun."""
    return datetime.fromisoformat(state.meta("started_at")).astimezone(UTC)


def forget(folder: VerificationFolder) -> None:
    """Remove what only a verification needs that is to go on."""
    with storage_errors(folder.path):
        for path in (*folder.path.glob(f"{folder.state.name}*"), folder.lock):
            path.unlink(missing_ok=True)
