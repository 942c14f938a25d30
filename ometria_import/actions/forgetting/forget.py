"""Forgetting people: they are put on the list and removed from the home."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.actions.calling.words import counted
from ometria_import.actions.forgetting.leaving_out import note_requests, read_requests
from ometria_import.actions.forgetting.leftovers import remove_unfinished
from ometria_import.actions.forgetting.removing import Removed, remove_everybody
from ometria_import.config import PSEUDONYM_VARIABLE, AccountName
from ometria_import.config.home import RunId
from ometria_import.delivery import AccountLock
from ometria_import.errors import SourceError, UsageError
from ometria_import.forgotten import Kind, known_people, list_people
from ometria_import.problems import Finding
from ometria_import.pseudonyms import Fakes, known_secret
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type

_COLUMN = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Who is to be forgotten; if nobody is named, everybody who is on the list already."""

    emails: Sequence[str] = ()
    file: BinaryIO | Path | None = None
    """One address a line, or a CSV with a column `email`."""
    accounts: Sequence[AccountName] = ()
    """Whose deletion requests are read."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting has done."""

    new: int
    """People who were not on the list before."""
    listed: int
    """People who are on it now; somebody whom an account named as well counts twice."""
    removed: Removed = field(default_factory=Removed)


def forget(wish: Forget, context: Context) -> Forgotten:
    """Put people on the list, and remove everybody on it from the home.

    The list comes first, so whatever happens later, they are not sent any more. What a crash
    leaves undone is done by the next call, whoever it names.

    Raises:
        UsageError: a text is not an address, nobody is on the list, or the list cannot be used.
        SourceError: the file cannot be read.
        AccountRefusedError: an account does not show its deletion requests.
        AccountBusyError: a run holds an account, or something is being prepared or verified.
        TemporaryFailureError: an account or the disk fails; the same command goes on.
    """
    home = context.home
    emails = [*_addresses(wish)]
    secret = known_secret(home, context.settings.variable(PSEUDONYM_VARIABLE))
    fakes = Fakes(secret) if secret is not None else None
    accounts = [context.account(name) for name in dict.fromkeys(wish.accounts)]
    requests = [(account, read_requests(account, context)) for account in accounts]
    before = known_people(home)
    if before is None and not emails and not accounts:
        raise UsageError(
            f"nobody was named, and nobody is on the list of {home.root}",
            hint="Name whoever is to be forgotten: ometria-import forget ann@example.com",
        )
    with ExitStack() as held:
        for name in context.settings.accounts:
            held.enter_context(AccountLock(home, name, RunId("forget")))
        remove_unfinished(home)
        people = list_people(
            home,
            lambda people: [
                entry
                for email in emails
                for entry in (
                    people.entry(Kind.EMAIL, email),
                    *([people.entry(Kind.FAKE, fakes.email(email) or "")] if fakes else []),
                )
            ],
        )
        for account, each in requests:
            note_requests(each, account, context)
        people = known_people(home) or people
        words = f"searching {home.root} for {counted(len(people), 'person', 'people')} on the list"
        context.caller.tell(Noted(words))
        removed = remove_everybody(home, people, context.settings.accounts)
    return Forgotten(len(people) - (len(before) if before else 0), len(people), removed)


def _addresses(wish: Forget) -> Iterator[str]:
    """All addresses as records have them; a text that is not an address is never repeated."""
    for number, email in enumerate(wish.emails, start=1):
        yield _address(email, f"address {number}")
    if wish.file is not None:
        yield from _of_file(wish.file)


def _of_file(file: BinaryIO | Path) -> Iterator[str]:
    name = str(file) if isinstance(file, Path) else "standard input"
    try:
        raw = file.read_bytes() if isinstance(file, Path) else file.read()
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SourceError(
            f"{name} cannot be read: {reason}",
            hint="Give a file with one address a line, or a CSV with a column named email.",
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""))
    column = 0
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        names = [cell.strip().lower() for cell in row]
        if reader.line_num == 1 and _COLUMN in names:
            column = names.index(_COLUMN)
            continue
        if column >= len(row) or (len(row) > 1 and column == 0 and "@" not in row[0]):
            raise _no_address(f"{name} line {reader.line_num}")
        yield _address(row[column], f"{name} line {reader.line_num}")


def _address(text: str, where: str) -> str:
    found = field_type(FieldTypeName.EMAIL, Conventions()).parse(text.strip())
    if isinstance(found, Finding):
        raise _no_address(where)
    return str(found)


def _no_address(where: str) -> UsageError:
    return UsageError(
        f"{where} is no email address; nobody was forgotten",
        hint="Correct it, and run the command again. In a CSV, the column must be named email.",
    )
