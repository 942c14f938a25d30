"""Comparing what a package's contacts say of consent with what an account says of it."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ometria_import.config import Account
from ometria_import.config.home import Home
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.consent.account_side import Progress, Reading
from ometria_import.consent.asking import Part
from ometria_import.consent.file_side import Contact, add_contacts, contacts_of
from ometria_import.consent.people import CHANNELS, NEVER, People, Says, Told, Verdict
from ometria_import.consent.summary import (
    ConsentDiff,
    Matrix,
    State,
    in_account,
    in_files,
    is_danger,
    save_diff,
)
from ometria_import.delivery import StopSignal
from ometria_import.errors import UsageError
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package
from ometria_import.problems.spreadsheet_cells import ENCODING, guarded
from ometria_import.verification.reading import AccountReads, PlaceLost, ReadEvent

DANGER_COLUMNS = (
    "channel",
    "collection",
    "id",
    "source",
    "line",
    "files_say",
    "opted_in_at",
    "account_says",
    "opted_out_at",
    "force_optin",
)
_MARGIN = timedelta(days=1)
"""Times without a zone are read in UTC, and can be so much too late at most."""
_SKEW = timedelta(hours=1)
"""How far the clocks of the account and of this machine may differ."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be compared."""

    part: Part = field(default_factory=Part)
    since: datetime | None = None
    """When the files were exported; None for the newest time in them, which is no later."""
    give_up_after_s: float = 3600.0
    is_only_askers: bool = False
    """Whether only the people whom the files opt in need to be looked up."""
    needs_time: bool = True
    """Whether files without any time are refused; if not, recent opt-outs are not asked for."""


def diff_consent(
    package: Package,
    account: Account,
    home: Home,
    wishes: Wishes,
    *,
    run: str = "",
    on_event: Callable[[ReadEvent | Progress], None],
    stop: StopSignal,
) -> ConsentDiff:
    """Compare a package with an account, and keep what was found; nothing is sent.

    Args:
        package: Whose contacts are meant.
        account: Where they are to go.
        home: Keeps the outcome.
        wishes: What is compared.
        run: The run that the package belongs to, if it does.
        on_event: Is told what goes on.
        stop: Ends it early.

    Raises:
        UsageError: there are no contacts, or none of them has a time and none was given.
        NotReadableError: the account does not show what is needed.
        TemporaryFailureError: the account or the disk fails.
        InterruptedRunError: it was stopped.
        PackageError: the package is damaged.
    """
    if not package.record_counts().get(ObjectType.CONTACT):
        raise UsageError(
            "there are no contacts among the records, so there is no consent to compare",
            hint="Name the files or the run that the contacts are in.",
        )
    with storage_errors(home.root), People() as people:
        found = add_contacts(package, people)
        return compare(package, people, found, account, home, wishes, run, on_event, stop)


def compare(
    package: Package,
    people: People,
    found: tuple[float, dict[str, None]],
    account: Account,
    home: Home,
    wishes: Wishes,
    run: str,
    on_event: Callable[[ReadEvent | Progress], None],
    stop: StopSignal,
) -> ConsentDiff:
    """Read what the account says about people in the files, and keep the outcome.

    Args:
        package: The files.
        people: Everybody in them; is told what the account says.
        found: The newest time in them, and the collections to be read.
        account: Where they are to go.
        home: Keeps the outcome.
        wishes: What is compared.
        run: The run that the package belongs to, if it does.
        on_event: Is told what goes on.
        stop: Ends it early.

    Raises:
        OmetriaImportError: as `diff_consent` does.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    newest, collections = found
    doubts: list[str] = []
    since = _since(wishes, newest, now, doubts)
    is_lost = False

    def hear(event: ReadEvent) -> None:
        nonlocal is_lost
        if isinstance(event, PlaceLost):
            is_lost = True
            doubts.append(
                f"{event.path} lost records while it was read, so that some people may not "
                "have been seen"
            )
        on_event(event)

    async def read() -> tuple[int, bool]:
        give_up = wishes.give_up_after_s
        async with AccountReads(
            account, home, give_up_after_s=give_up, on_event=hear, stop=stop
        ) as reads:
            reading = Reading(reads, people, doubts, on_event)
            opt_outs = await reading.leavers(since, now)
            is_only_askers = wishes.is_only_askers
            if is_only_askers:
                is_only_askers = await reading.askers(package, collections)
            elif wishes.part.sample is None:
                await reading.everybody(collections)
                await reading.moved(package)
            else:
                await reading.some(package, people.drawn(wishes.part.sample))
            # People who left in the meantime may be on a page that was read before; by which clock
            # they left is not known.
            await reading.leavers(now - _SKEW, datetime.now(UTC).replace(microsecond=0) + _SKEW)
            people.note_gone()
            people.spread()
            return opt_outs, is_only_askers

    opt_outs, is_only_askers = asyncio.run(read())
    channels = {channel: _matrix(people, channel) for channel in CHANNELS}
    folder = home.create_consent_diff(str(account.name), datetime.now(UTC))
    total, looked = people.counts()
    diff = ConsentDiff(
        account=str(account.name),
        base_url=account.base_url,
        package=package.content_hash,
        run=run,
        at=now,
        since=since,
        sample=wishes.part.sample,
        is_only_askers=is_only_askers,
        is_lost=is_lost,
        people=total,
        looked=looked,
        undated=people.undated(),
        opt_outs=opt_outs,
        channels=channels,
        doubts=tuple(doubts),
        danger_file=_write_danger(folder, package, people, channels),
    )
    return save_diff(folder, diff)


def _since(wishes: Wishes, newest: float, now: datetime, doubts: list[str]) -> datetime:
    """From when on it is asked who left."""
    since = wishes.since
    if since is None:
        if newest == NEVER and not wishes.needs_time:
            doubts.append(
                "none of the contacts has a time, so it was not asked who has left since they were "
                "exported: what the account says of each of them now decides"
            )
            return now
        if newest == NEVER:
            raise UsageError(
                "none of the contacts has a time, so it is not known who may have left since they "
                "were exported",
                hint="Say when the files were exported: --since 2024-03-01.",
            )
        since = datetime.fromtimestamp(newest, UTC) - _MARGIN
    since = since.replace(microsecond=0)
    if since > now:
        raise UsageError(
            f"--since: {since:%Y-%m-%d} is in the future",
            hint="Say when the files were exported.",
        )
    return since


def _matrix(people: People, channel: str) -> Matrix:
    matrix = Matrix()
    for some in people.compared(channel):
        matrix.add(some)
    return matrix


def _write_danger(
    folder: Path, package: Package, people: People, channels: dict[str, Matrix]
) -> str:
    """Write the contacts that would opt somebody in again; the path, empty if there are none."""
    if not any(each.danger for each in channels.values()):
        return ""
    path = folder / "danger.csv"
    write_rows(path, DANGER_COLUMNS, _danger_rows(package, people))
    return str(path)


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file that only its owner can read.

    Raises:
        TemporaryFailureError: the disk fails.
    """
    with (
        storage_errors(path),
        private_file(path).open(
            "w", encoding=ENCODING, errors="backslashreplace", newline=""
        ) as to,
    ):
        writer = csv.writer(to)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([guarded(each) if isinstance(each, str) else each for each in row])


def _danger_rows(package: Package, people: People) -> Iterator[Sequence[object]]:
    sources = {each.number: each.path for each in package.sources()}
    for contact, (source, line) in contacts_of(package):
        for channel, own in contact.channels():
            if in_files(own.says) is not State.IN:
                continue
            found = people.verdict(contact.person, channel)
            if found is not None and is_danger(
                found.ours.says, found.theirs.says, is_newer=found.is_newer
            ):
                place = (sources.get(source, ""), line)
                is_forced = "yes" if own.says & Says.FORCED_IN else "no"
                yield (*row_of(contact, channel, found, place), is_forced)


def row_of(
    contact: Contact, channel: str, found: Verdict, place: tuple[str, int]
) -> tuple[object, ...]:
    """What is written about a contact: who, where it is from, and what both sides say."""
    own = dict(contact.channels())[channel]
    return (
        channel,
        contact.collection,
        contact.record_id,
        *place,
        str(in_files(own.says)),
        _when(own),
        str(in_account(found.theirs.says)),
        _when(found.theirs),
    )


def _when(told: Told) -> str:
    """A time as people read it; empty where nobody knows it."""
    if told.at == NEVER:
        return ""
    return datetime.fromtimestamp(told.at, UTC).isoformat()
