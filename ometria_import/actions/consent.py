"""Comparing what files or a run say of consent with what an account says of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ometria_import.actions.calling.events import Noted, SourcesPrepared
from ometria_import.actions.calling.run import find_run
from ometria_import.actions.calling.unsent import check_folder
from ometria_import.actions.calling.words import counted
from ometria_import.actions.seen_before import seen_before
from ometria_import.config.home import RunFolder, is_run_id
from ometria_import.consent import (
    ConsentDiff,
    LeaversRead,
    PeopleRead,
    Progress,
    Wishes,
    diff_consent,
)
from ometria_import.delivery import Journal, load_request
from ometria_import.errors import UsageError
from ometria_import.options.choices import ObjectType
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.package import Package
from ometria_import.verification.reading import (
    AnswersSlow,
    PageShifted,
    PlaceLost,
    ReadEvent,
    ReadRetried,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ometria_import.actions.calling.caller import Context
    from ometria_import.config import AccountName


def consent_diff(
    what: Sequence[str] | None,
    to: AccountName,
    wishes: Wishes,
    options: ReadingOptions,
    context: Context,
) -> ConsentDiff:
    """Compare the contacts of files or of a run with an account; nothing is sent.

    Args:
        what: Files, or one run by the beginning of its id; none stands for what the settings list.
        to: The account.
        wishes: What is compared.
        options: The options for reading files.
        context: The home keeps the outcome.

    Raises:
        UsageError: there is no such run, no contact, no date, or a key is missing.
        SourceError: a source cannot be read.
        MappingError: an object type is not certain, or a mapping cannot be used.
        PackageError: the run's package is gone or damaged.
        AccountRefusedError: the account may not be read.
        TemporaryFailureError: the account or the disk fails.
    """
    account = context.account(to)
    with ExitStack() as held:
        run, package = held.enter_context(_package(what, options, context))
        contacts = package.record_counts().get(ObjectType.CONTACT, 0)
        context.caller.tell(
            Noted(
                f"comparing the consent of {counted(contacts, 'contact')} with {to}, at "
                f"{account.reads_per_s:g} requests a second"
            )
        )
        stop = held.enter_context(context.caller.stopping())
        return diff_consent(
            package,
            account,
            context.home,
            wishes,
            run=run,
            on_event=ConsentTelling(context),
            stop=stop,
        )


@contextmanager
def _package(
    what: Sequence[str] | None, options: ReadingOptions, context: Context
) -> Iterator[tuple[str, Package]]:
    """The package that is meant, and the run that it belongs to."""
    if what is not None and len(what) == 1 and _is_run(what[0], context):
        folder = find_run(context.home, what[0], context.commands)
        _refuse_run(folder, options, context)
        with Journal(folder.journal, is_read_only=True) as journal:
            path = journal.info().package_path
        with Package(path) as package:
            yield folder.id, package
        return
    # Here and not above: pandas and pyarrow take a second that the package of a run does not need.
    from ometria_import.actions.remote import copies_removed
    from ometria_import.actions.sources import chosen_sources
    from ometria_import.prepare import RejectLimit, prepare

    limit = RejectLimit.parse(options.max_rejects) if options.max_rejects is not None else None
    arguments, own = chosen_sources(what, options, context)
    with check_folder(context.home) as folder, copies_removed(context):
        prepared = prepare(
            arguments, own, folder.path, context.home.packages, context.caller.tell_preparing
        )
    with prepared.package as package:
        seen = seen_before(prepared.summary, folder, context.home)
        context.caller.tell(SourcesPrepared(prepared.summary, seen))
        prepared.summary.require_within(limit)
        yield "", package


def _refuse_run(folder: RunFolder, options: ReadingOptions, context: Context) -> None:
    """Stop where a run cannot be compared as it is wanted.

    Raises:
        UsageError: it cannot.
    """
    if flags := options.flags():
        raise UsageError(
            f"{folder.id} is a run, whose files are not read again, so {flags[0]} has no effect",
            hint="Leave it away, or name the files instead of the run.",
        )
    if load_request(folder).is_pseudonymised:
        raise UsageError(
            f"run {folder.id} sent fakes instead of people, whom no other account knows",
            hint="Name the files that it was made of: "
            + context.commands.command("consent", "diff", "FILE", "--to", "live"),
        )


def _is_run(word: str, context: Context) -> bool:
    """Whether a word means a run: it is no file, and looks like a run's id or begins one."""
    if Path(word).exists() or not word:
        return False
    return is_run_id(word) or any(run.id.startswith(word) for run in context.home.runs())


_SILENT_S = 10.0
"""Seconds between two reports of how much has been read."""


@dataclass(slots=True)
class ConsentTelling:
    """Passes on the events that somebody who waits would want to see."""

    context: Context
    _told_at: float = field(default_factory=time.monotonic)

    def __call__(self, event: ReadEvent | Progress) -> None:
        """Pass on an event if it is worth showing."""
        if isinstance(event, LeaversRead | PeopleRead):
            if time.monotonic() - self._told_at < _SILENT_S:
                return
            self._told_at = time.monotonic()
        if words := _words(event):
            self.context.caller.tell(Noted(words))


def _words(event: ReadEvent | Progress) -> str:
    if isinstance(event, ReadRetried):
        return f"{event.path}: {event.reason}; again in {event.wait_s:.0f} s"
    if isinstance(event, AnswersSlow):
        return f"answers take {event.latency_s:.1f} s, so fewer are asked for at a time"
    if isinstance(event, PageShifted | PlaceLost):
        return f"{event.path} changed while it was read"
    if isinstance(event, LeaversRead):
        return (
            f"{counted(event.opt_outs, 'opt-out')} from {event.since:%Y-%m-%d} to "
            f"{event.until:%Y-%m-%d}; read until {event.end:%Y-%m-%d}"
        )
    if isinstance(event, PeopleRead):
        return f"{event.path}: {event.count:,} read so far"
    return ""
