"""Comparing what a package's contacts say of consent with what an account says of it."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ometria_import.config import Account
from ometria_import.config.home import Home, private_file, storage_errors
from ometria_import.consent.account_side import Reading
from ometria_import.consent.asking import Part
from ometria_import.consent.file_side import add_contacts, contacts_of
from ometria_import.consent.people import CHANNELS, NEVER, People, Says, Told
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
from ometria_import.problems.spreadsheet_cells import guarded
from ometria_import.verification.reading import AccountReads, PlaceLost, ReadEvent, ReadSubscriber

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


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be compared."""

    part: Part = field(default_factory=Part)
    since: datetime | None = None
    """When the files were exported; None for the newest time in them, which is no later."""
    give_up_after_s: float = 3600.0


def diff_consent(
    package: Package,
    account: Account,
    home: Home,
    wishes: Wishes,
    *,
    run: str = "",
    on_event: ReadSubscriber,
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
    now = datetime.now(UTC).replace(microsecond=0)
    with storage_errors(home.root), People() as people:
        newest, collections = add_contacts(package, people)
        since = _since(wishes, newest, now)
        doubts: list[str] = []

        def hear(event: ReadEvent) -> None:
            if isinstance(event, PlaceLost):
                doubts.append(
                    f"{event.path} lost records while it was read, so that some people may not "
                    "have been seen"
                )
            on_event(event)

        async def read() -> int:
            give_up = wishes.give_up_after_s
            async with AccountReads(
                account, home, give_up_after_s=give_up, on_event=hear, stop=stop
            ) as reads:
                reading = Reading(reads, people, doubts)
                opt_outs = await reading.leavers(since, now)
                if wishes.part.sample is None:
                    await reading.everybody(collections)
                else:
                    await reading.some(package, people.drawn(wishes.part.sample))
                people.note_gone()
                return opt_outs

        opt_outs = asyncio.run(read())
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
            people=total,
            looked=looked,
            undated=people.undated(),
            opt_outs=opt_outs,
            channels=channels,
            doubts=tuple(doubts),
            danger_file=_write_danger(folder, package, people, channels),
        )
    return save_diff(folder, diff)


def _since(wishes: Wishes, newest: float, now: datetime) -> datetime:
    """From when on it is asked who left."""
    since = wishes.since
    if since is None:
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
    with (
        storage_errors(path),
        private_file(path).open("w", encoding="utf-8", errors="backslashreplace", newline="") as to,
    ):
        writer = csv.writer(to)
        writer.writerow(DANGER_COLUMNS)
        for row in _danger_rows(package, people):
            writer.writerow([guarded(each) if isinstance(each, str) else each for each in row])
    return str(path)


def _danger_rows(package: Package, people: People) -> Iterator[Sequence[object]]:
    sources = {each.number: each.path for each in package.sources()}
    for contact, (source, line) in contacts_of(package):
        for channel, own in zip(CHANNELS, (contact.email, contact.sms), strict=True):
            if in_files(own.says) is not State.IN:
                continue
            found = people.verdict(contact.person, channel)
            if found is None:
                continue
            ours, theirs = found
            is_newer = theirs.at > NEVER and ours.at > theirs.at
            if is_danger(ours.says, theirs.says, is_newer=is_newer):
                yield (
                    channel,
                    contact.collection,
                    contact.record_id,
                    sources.get(source, ""),
                    line,
                    str(in_files(own.says)),
                    _when(own),
                    str(in_account(theirs.says)),
                    _when(theirs),
                    "yes" if own.says & Says.FORCED_IN else "no",
                )


def _when(told: Told) -> str:
    """A time as people read it; empty where nobody knows it."""
    if told.at == NEVER:
        return ""
    return datetime.fromtimestamp(told.at, UTC).isoformat()
