"""`ometria-import doctor`: is this machine fit for a run, before one fails at night."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

import typer

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.words import counted
from ometria_import.actions.giving.managing import spot_check
from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.showing.screen import ERROR, GOOD, WARNING
from ometria_import.config import Account
from ometria_import.config.database import sqlite_version
from ometria_import.config.storage import is_another_users, storage_errors
from ometria_import.delivery import Probe, probe_account
from ometria_import.errors import (
    ABOUT_KEYS,
    ExitCode,
    InterruptedRunError,
    OmetriaImportError,
    UsageError,
)
from ometria_import.on_disk import is_there
from ometria_import.version import __version__

_CLOCK_OFF_S = 60.0
_FREE_BYTES = 1_000_000_000
_SHOWN_FILES = 3
_LIBRARIES = ("httpx", "msgspec", "numpy", "pandas", "pyarrow", "rich", "typer", "zstandard")


_MENDED = ((3, 44, 6), (3, 50, 7))
"""Older lines of SQLite into which the mending was brought."""


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


_STYLES = {State.PROBLEM: ERROR, State.WARNING: WARNING, State.OK: GOOD}
"""Worst first, as they are shown."""
_MARK = max(map(len, State)) + 2


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    what: str
    state: State
    details: str
    exit_code: ExitCode = ExitCode.OK
    """What the command ends with because of it."""


@with_flags
def doctor(
    *,
    place: PlaceFlags,
    screen: TellingScreen,
) -> None:
    """Check whether keys, folders, clock and versions are ready for a run.

    Each account whose key is set gets one harmless request; nothing is pushed. The exit code is 5
    if a key is refused, 2 if something on this machine is wrong, and 75 if an account cannot be
    reached.
    """
    with attending(screen, place) as context:
        checks = [*_accounts(context), *_home(place.home), *_versions()]
    for each in sorted(checks, key=lambda check: [*_STYLES].index(check.state)):
        mark = f"{each.state:<{_MARK}}"
        screen.prose((mark, _STYLES[each.state]), f"{each.what}: {each.details}", hang=_MARK)
    codes = {each.exit_code for each in checks}
    order = (ExitCode.REFUSED, ExitCode.USAGE, ExitCode.TEMPORARY)
    code = next((code for code in order if code in codes), ExitCode.OK)
    told = [{**asdict(each), "exit_code": int(each.exit_code)} for each in checks]
    screen.result({"checks": told, "exit_code": int(code)})
    raise typer.Exit(code)


def _accounts(context: Context) -> Iterator[Check]:
    has_key = False
    settings, trust = context.settings, context.trust
    for name, known in settings.accounts.items():
        what = f"account {name}"
        if not settings.has_key(name):
            details = f"no key: {known.key_env} is not set"
            yield Check(what, State.WARNING, details)
            continue
        has_key = True
        try:
            # One variable that is named is not meant for both accounts.
            own = replace(trust, key_envs=trust.key_envs & {known.key_env})
            account = replace(context, trust=own).account(name)
            probe = probe_account(account)
        except UsageError as error:
            details = f"{error.message}. {error.hint}"
            yield Check(what, State.PROBLEM, details, ExitCode.USAGE)
            continue
        yield _key(what, account, probe)
        if probe.clock_off_s is not None:
            yield _clock(f"clock, by {name}", probe.clock_off_s)
        if probe.is_accepted:
            yield from _given(account, context)
    if not has_key:
        yield Check("keys", State.PROBLEM, "no account has a key", ExitCode.USAGE)


def _key(what: str, account: Account, probe: Probe) -> Check:
    at = f"{account.base_url} {probe.words}"
    if probe.is_accepted:
        return Check(what, State.OK, f"{account.base_url} accepts the key in {account.key_words}")
    if probe.is_refused and not account.reads_errors:
        details = (
            f"{at}: it may not read, which matches read_errors = false; only a push can "
            "show whether it may push"
        )
        return Check(what, State.WARNING, details)
    if probe.is_refused:
        details = (
            f"{at}: it does not accept the key in {account.key_words}. Is it a key of this "
            f"account, copied in full, not revoked, and allowed to push? {ABOUT_KEYS}"
        )
        return Check(what, State.PROBLEM, details, ExitCode.REFUSED)
    if probe.is_reached:
        details = f"{at}, which says nothing about the key; is the base_url right?"
        return Check(what, State.PROBLEM, details, ExitCode.TEMPORARY)
    details = f"{account.base_url} cannot be reached: {probe.words}"
    return Check(what, State.PROBLEM, details, ExitCode.TEMPORARY)


def _given(account: Account, context: Context) -> Iterator[Check]:
    """Whether the account still holds what `push --changed` leaves out, by a few records."""
    what = f"given to {account.name}"
    forget = context.commands.command("given", "forget", "--to", str(account.name))
    try:
        check = spot_check(account, context)
    except InterruptedRunError:
        raise
    except OmetriaImportError as error:
        yield Check(what, State.WARNING, f"{error.message}. {error.hint}")
        return
    if check is None:
        return
    read = check.same + check.missing + check.differs
    if not read:
        yield Check(what, State.WARNING, f"cannot be read back: {check.reason}")
    elif check.same == read:
        words = f"{counted(read, 'record')} drawn at random are in the account as they were given"
        yield Check(what, State.OK, words)
    else:
        details = (
            f"of {counted(read, 'record')} drawn at random the account has {check.missing} no more "
            f"and {check.differs} in another form: was it emptied, or changed by others? "
            f"push --changed would not send them again, unless you say: {forget}"
        )
        yield Check(what, State.WARNING, details)


def _clock(what: str, off_s: float) -> Check:
    if abs(off_s) <= _CLOCK_OFF_S:
        return Check(what, State.OK, "within a minute of the server's")
    way = "ahead of" if off_s > 0 else "behind"
    details = f"{abs(off_s):,.0f} s {way} the server's; turn on NTP on this machine"
    return Check(what, State.PROBLEM, details, ExitCode.USAGE)


def _home(home: Path) -> Iterator[Check]:
    try:
        with storage_errors(home):
            yield from list(_folders(home))
    except InterruptedRunError:
        raise
    except OmetriaImportError as error:
        details = f"{error.message}. {error.hint}"
        yield Check(f"folder {home}", State.PROBLEM, details, error.exit_code)


def _folders(home: Path) -> Iterator[Check]:
    existing = home.absolute()
    # A link that leads nowhere is there, and in the way.
    while not (is_there(existing) or existing.is_symlink()):
        existing = existing.parent
    what = f"folder {home}"
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        details = f"you cannot write to {existing}"
        yield Check(what, State.PROBLEM, details, ExitCode.USAGE)
    elif existing != home.absolute():
        yield Check(what, State.OK, f"will be created in {existing}")
    else:
        yield _privacy(what, home)
    free = shutil.disk_usage(existing).free
    state = State.OK if free >= _FREE_BYTES else State.WARNING
    yield Check("disk", state, f"{free / 1_000_000_000:,.1f} GB free in {existing}")


def _privacy(what: str, home: Path) -> Check:
    theirs: list[Path] = []
    readable: list[Path] = []
    for path in (home, *home.rglob("*")):
        try:
            # A home may be a link to another disk; what is within it is looked at as it is.
            found = path.stat() if path == home else path.lstat()
        except FileNotFoundError:
            continue  # a run at work makes files and removes them
        if is_another_users(found):
            theirs.append(path)
        elif found.st_mode & 0o077 and not stat.S_ISLNK(found.st_mode):
            readable.append(path)
    if not (theirs or readable):
        return Check(what, State.OK, "writable, and readable only by you")
    names = ", ".join(map(str, (theirs or readable)[:_SHOWN_FILES]))
    if theirs:
        words = f'belong to another user: {names}; run sudo chown -R "$(id -un)" {home}'
    else:
        words = f"can be read by others: {names}; run chmod -R go= {home}"
    details = f"{len(theirs or readable):,} in it {words}"
    return Check(what, State.PROBLEM, details, ExitCode.USAGE)


def _versions() -> Iterator[Check]:
    yield Check("ometria-import", State.OK, __version__)
    # platform.platform() would start a program, which inherits the keys of the environment.
    machine = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield Check("Python", State.OK, f"{platform.python_version()} on {machine}")
    yield Check("SQLite", State.OK, _sqlite_words(sqlite_version()))
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    yield Check("libraries", State.OK, libraries)


def _sqlite_words(found: tuple[int, int, int]) -> str:
    """The version, and what is known of it.

    Source: https://sqlite.org/wal.html#walresetbug
    """
    text = ".".join(map(str, found))
    if found >= (3, 51, 3) or any(each[:2] == found[:2] and found >= each for each in _MENDED):
        return text
    return (
        f"{text}; it has the WAL-reset bug (fixed in 3.51.3), which only affects files with two "
        "writers, and a journal has one"
    )
