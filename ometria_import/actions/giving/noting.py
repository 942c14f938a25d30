"""Noting what an account is given, before a run sends and after it has ended."""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.actions.calling.run import SendableRun
from ometria_import.config import Account
from ometria_import.delivery import Journal
from ometria_import.errors import InterruptedRunError, OmetriaImportError, PackageError
from ometria_import.given import (
    Given,
    UnusableStoreError,
    doubtful_keys,
    fingerprints_of,
    forget,
    has_store,
)

_MANY = 500_000
"""So many records take some seconds."""


def note_begun(run: SendableRun, journal: Journal, account: Account, context: Context) -> None:
    """Note that what a run has left is uncertain from now on; its account must be held.

    A store that cannot be used is forgotten, and begun anew. So is one beside a package that is
    damaged: nobody knows what of it is sent before the delivery stops, which says so.

    Raises:
        TemporaryFailureError: the disk fails; nothing was sent.
    """
    try:
        try:
            _begin(run, journal, account, context)
        except UnusableStoreError as error:
            context.caller.tell(Noted(f"{error.message}; it is begun anew"))
            forget(context.home, account.name)
            _begin(run, journal, account, context)
    except PackageError:
        forget(context.home, account.name)


def note_ended(run: SendableRun, journal: Journal, account: Account, context: Context) -> None:
    """Note what the account took of a run that is finished, also when more is known of that.

    Where that fails, the records stay uncertain, so that they are sent again one day.
    """
    if not has_store(context.home, account.name):
        return
    try:
        with Given(context.home, account) as store:
            if store.knows(run.folder.id):
                store.settle(run.folder.id, doubtful_keys(run.package, journal))
    except InterruptedRunError:
        raise
    except OmetriaImportError as error:
        words = f"what {account.name} took could not be noted for `push --changed`: {error.message}"
        context.caller.tell(Noted(words))


def _begin(run: SendableRun, journal: Journal, account: Account, context: Context) -> None:
    with Given(context.home, account) as store:
        # A run that goes on sends soon: what it has left was noted when it began.
        if store.is_begun(run.folder.id):
            return
        if sum(run.package.record_counts().values()) >= _MANY:
            words = f"noting what {account.name} is about to be given, before the first request"
            context.caller.tell(Noted(words))
        store.begin(run.folder.id, _to_send(run, journal))


def _to_send(run: SendableRun, journal: Journal) -> Iterator[tuple[bytes, bytes]]:
    settled = journal.settled()
    for number, _, _ in run.package.sizes():
        if number not in settled:
            prints = fingerprints_of(run.package.batch(number))
            yield from zip(prints.keys, prints.bodies, strict=True)
