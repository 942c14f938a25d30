"""Leaving people who asked to be forgotten out of what is sent."""

from __future__ import annotations

import asyncio
import json

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.actions.calling.run import sums_of
from ometria_import.actions.calling.words import counted
from ometria_import.actions.forgetting.removing import remove_from_run
from ometria_import.config import Account, AccountSettings
from ometria_import.config.home import RunFolder
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.delivery import RunHistory
from ometria_import.errors import UsageError
from ometria_import.forgotten import (
    Kind,
    Requests,
    count_records,
    deletion_requests,
    known_people,
    list_people,
    named_records,
    records_about,
    without_records,
)
from ometria_import.options.counting import enumerated
from ometria_import.package import Package, effects_path
from ometria_import.verification.reading import AccountReads, NotReadableError

_PATIENCE_S = 60.0


def without_forgotten(
    package: Package, account: AccountSettings, folder: RunFolder, context: Context
) -> Package:
    """A package without the people on the list; the caller is told how many records that are.

    Nothing about them stays in the run's folder, either. A home without a list costs nothing.

    Args:
        package: What was prepared.
        account: Where it goes; with a key, its own requests come first.
        folder: Of the run, whose sums learn of it.
        context: The caller.

    Raises:
        UsageError: the list or its secret is lost or damaged.
        PackageError: the package is damaged.
        TemporaryFailureError: the account fails, so it is not known who asked it.
    """
    if known_people(context.home) is not None and isinstance(account, Account):
        _ask(account, context)
    people = known_people(context.home)
    if not people:
        return package
    places = records_about(package, people)
    rows = remove_from_run(folder, people, named_records(package, places))
    if not places:
        _tell([], rows, context)
        return package
    counts = count_records(package, places)
    _tell(
        [counted(count, str(name).replace("_", " ")) for name, count in counts.items()],
        rows,
        context,
    )
    with storage_errors(package.path):
        left = without_records(package, package.path.parent, places)
        told = {
            "records": {str(name): count for name, count in left.record_counts().items()},
            "forgotten": {str(name): count for name, count in counts.items()},
        }
        private_file(folder.sums).write_text(json.dumps({**sums_of(folder), **told}))
        if not _is_in_use(package, context):
            for path in (effects_path(package.path), package.path):
                path.unlink(missing_ok=True)
    return left


def refuse_forgotten(package: Package, run_id: str, context: Context) -> None:
    """Stop where a run would send records about people on the list.

    Raises:
        UsageError: it would.
        PackageError: the package is damaged.
    """
    people = known_people(context.home)
    if not people:
        return
    counts = count_records(package, records_about(package, people))
    if counts:
        raise UsageError(
            f"{counted(sum(counts.values()), 'record')} of run {run_id} are about people who asked "
            "to be forgotten: nothing was sent",
            hint="Remove them, which leaves all else of the run as it is: "
            f"{context.commands.command('forget')}. Then run the same command again.",
        )


def read_requests(account: Account, context: Context) -> Requests:
    """Read whom an account was asked to forget.

    Raises:
        NotReadableError: the account does not show it.
        TemporaryFailureError: the account fails.
    """

    async def read() -> Requests:
        with context.caller.stopping() as stop:
            async with AccountReads(
                account, context.home, give_up_after_s=_PATIENCE_S, stop=stop
            ) as reads:
                return await deletion_requests(reads)

    return asyncio.run(read())


def note_requests(requests: Requests, account: Account, context: Context) -> int:
    """Put the people whom an account was asked to forget on the list; returns how many are new."""
    before = known_people(context.home)
    people = list_people(
        context.home, lambda people: [people.entry(Kind.MD5, each) for each in requests.md5s]
    )
    if requests.unknown:
        words = (
            f"{counted(requests.unknown, 'deletion request')} of {account.name} "
            "name people in a form that is not known here"
        )
        context.caller.tell(Noted(words))
    return len(people) - (len(before) if before is not None else 0)


def _ask(account: Account, context: Context) -> None:
    try:
        requests = read_requests(account, context)
    except NotReadableError as error:
        words = (
            f"it is not known whom {account.name} was asked to forget: {error.message}. The list "
            "of this home is used as it is"
        )
        context.caller.tell(Noted(words))
        return
    if new := note_requests(requests, account, context):
        words = (
            f"{counted(new, 'deletion request')} of {account.name} added to the list; to remove "
            f"these people from this home: {context.commands.command('forget')}"
        )
        context.caller.tell(Noted(words))


def _tell(records: list[str], rows: int, context: Context) -> None:
    words = []
    if records:
        words.append(f"{enumerated(records)} left out")
    if rows:
        words.append(f"{counted(rows, 'row')} not kept in the files of rejects and problems")
    if words:
        text = f"people who asked to be forgotten: {', and '.join(words)}"
        context.caller.tell(Noted(text))


def _is_in_use(package: Package, context: Context) -> bool:
    """Whether a run uses the package, so that it must be kept."""
    if package.path.parent != context.home.packages:
        return False
    return any(
        run.info is None or run.info.package_path.name == package.path.name
        for run in RunHistory.load(context.home).runs
    )
