"""Looking at what an account was given, forgetting it, and finding it out anew."""

from __future__ import annotations

import asyncio
import random
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.actions.calling.run import find_run, package_to_show
from ometria_import.actions.calling.words import counted
from ometria_import.actions.giving.changed import is_changed_only
from ometria_import.config import Account, AccountName
from ometria_import.config.home import RunFolder, RunId
from ometria_import.delivery import AccountLock, Journal, RunHistory
from ometria_import.errors import PackageError, UsageError
from ometria_import.given import (
    Found,
    Given,
    Held,
    SpotCheck,
    UnusableStoreError,
    check_spots,
    forget,
    has_store,
    read_back,
    spot_checked,
    store_path,
)
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package
from ometria_import.verification.reading import AccountReads

SPOTS = 20
_PACKAGES = 20
"""The newest runs are enough to see that an account was reset."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of what an account was given."""

    path: Path
    bytes: int
    held: dict[ObjectType, Held]
    runs: list[tuple[str, datetime]]
    """Newest first."""


def show_given(name: AccountName, context: Context) -> Shown | None:
    """What is known of what an account was given; None for nothing.

    Raises:
        PackageError: the store cannot be used.
    """
    if not has_store(context.home, name):
        return None
    path = store_path(context.home, name)
    with Given(context.home, context.settings.accounts[name], is_read_only=True) as store:
        return Shown(path, path.stat().st_size, store.held(), store.runs())


def forget_given(name: AccountName, context: Context) -> bool:
    """Forget what an account was given; whether anything was known.

    Raises:
        AccountBusyError: a run holds the account.
    """
    with AccountLock(context.home, name, RunId("given forget")):
        return forget(context.home, name)


def rebuild_given(name: AccountName, run_id: str | None, context: Context) -> list[Found]:
    """Read an account back, and take as given what is in it just as a run has it.

    Args:
        name: The account.
        run_id: The beginning of the run's id, a dry run's too; None for the newest that has all
            of its files' records.
        context: The caller.

    Raises:
        UsageError: there is no such run, or it sent only a part of its files.
        AccountRefusedError: the account does not show a list.
        AccountBusyError: a run holds the account.
        PackageError: the run's package is damaged.
        TemporaryFailureError: the account or the disk fails.
    """
    account = context.account(name)
    with ExitStack() as held:
        folder, package = _package(name, run_id, held, context)
        held.enter_context(AccountLock(context.home, name, RunId("given rebuild")))
        records = sum(package.record_counts().values())
        words = f"comparing {counted(records, 'record')} of run {folder.id} with {account.name}"
        context.caller.tell(Noted(f"{words}, at {account.reads_per_s:g} pages a second"))
        try:
            store = held.enter_context(Given(context.home, account))
        except UnusableStoreError as error:
            context.caller.tell(Noted(f"{error.message}; it is begun anew"))
            forget(context.home, name)
            store = held.enter_context(Given(context.home, account))
        stop = held.enter_context(context.caller.stopping())
        source = f"{folder.id} (read back {datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f})"

        async def run() -> list[Found]:
            async with AccountReads(account, context.home, stop=stop) as reads:
                return await read_back(package, source, store, reads)

        return asyncio.run(run())


def spot_check(account: Account, context: Context) -> SpotCheck | None:
    """Read a few records back that the account was given; None where nothing is known of any.

    Raises:
        PackageError: the store cannot be used.
        TemporaryFailureError: the account fails.
    """
    if not has_store(context.home, account.name):
        return None
    with ExitStack() as held:
        store = held.enter_context(Given(context.home, account, is_read_only=True))
        packages = []
        for run_id, _ in store.runs()[:_PACKAGES]:
            folder = context.home.root / "runs" / run_id
            if (folder / "journal.db").exists():
                with Journal(RunFolder(folder).journal, is_read_only=True) as journal:
                    package = held.enter_context(package_to_show(journal.info().package_path))
                if isinstance(package, Package):
                    packages.append(package)
        draw = random.Random()  # noqa: S311 -- a sample, nothing secret
        spots = spot_checked(packages, store, SPOTS, draw)
        if not spots:
            return None

        async def run() -> SpotCheck:
            async with AccountReads(account, context.home, give_up_after_s=30) as reads:
                return await check_spots(spots, reads)

        return asyncio.run(run())


def _package(
    name: AccountName, run_id: str | None, held: ExitStack, context: Context
) -> tuple[RunFolder, Package]:
    """The run whose records the account is compared with.

    Raises:
        UsageError: there is none, or it has not all records of its files.
        PackageError: its package is damaged.
    """
    hint = "Prepare all of the files, without sending anything, and name that run: " + (
        context.commands.command("push", "FILE", "--to", str(name), "--full", "--dry-run")
    )
    if run_id is not None:
        folder = find_run(context.home, run_id, context.commands)
        with Journal(folder.journal, is_read_only=True) as journal:
            package = held.enter_context(Package(journal.info().package_path))
        if is_changed_only(package) or "retry_of" in package.sums:
            raise UsageError(f"run {folder.id} has only some records of its files", hint=hint)
        return folder, package
    for run in RunHistory.load(context.home).runs:
        if run.info is None or run.info.account != name or run.info.retry_of:
            continue
        found = held.enter_context(package_to_show(run.info.package_path))
        if not isinstance(found, PackageError) and not is_changed_only(found):
            return run.folder, found
    raise UsageError(f"no run to {name} has all records of its files", hint=hint)
