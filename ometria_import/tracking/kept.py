"""The last check of the shop's pages, kept in the home for the checklist."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

import msgspec

from ometria_import.config.home import Home
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.options.choices import AccountName
from ometria_import.tracking.model import CheckedPage, Mark

_EITHER = "either"


@dataclass(frozen=True, slots=True)
class KeptPage:
    """What is kept of one page."""

    page: str
    account: str | None
    mark: str
    page_types: tuple[str, ...]
    codes: tuple[str, ...]
    stores: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptCheck:
    """What is kept of a check."""

    at: datetime
    to: str | None
    """The account whose tag was asked for; None where it could be either."""
    pages: tuple[KeptPage, ...]
    pushed_stores: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[KeptPage, ...]:
        """The pages with errors, and those that could not be read."""
        return tuple(each for each in self.pages if each.mark == Mark.ERROR)


def kept_of(
    pages: list[CheckedPage], to: AccountName | None, stores: list[str], now: datetime
) -> KeptCheck:
    """What is kept of a check that has ended."""
    return KeptCheck(
        now,
        to and str(to),
        tuple(
            KeptPage(
                each.page,
                each.account and str(each.account),
                str(each.mark),
                each.page_types,
                tuple(verdict.code for verdict in each.verdicts),
                tuple(
                    dict.fromkeys(
                        call.store
                        for call in (each.found.calls if each.found else ())
                        if call.store
                    )
                ),
            )
            for each in pages
        ),
        tuple(stores),
    )


def save_check(home: Home, check: KeptCheck) -> None:
    """Keep a check in place of the one before it.

    Raises:
        UsageError: the home cannot be written.
        TemporaryFailureError: the disk has no room.
    """
    path = home.tracking / f"{check.to or _EITHER}.json"
    unfinished = path.with_suffix(f".{os.getpid()}")
    with storage_errors(path):
        private_file(unfinished).write_bytes(msgspec.json.encode(check))
        unfinished.replace(path)


def last_check(home: Home, account: AccountName) -> KeptCheck | None:
    """The last check of pages for an account; None where there is none that can be read.

    One that asked for neither account counts if all tags were those of this one.
    """
    found = []
    for name in (str(account), _EITHER):
        try:
            path = home.root / "tracking" / f"{name}.json"
            check = msgspec.json.decode(path.read_bytes(), type=KeptCheck)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        owners = {each.account for each in check.pages if each.account is not None}
        if check.to == account or (check.to is None and owners == {account}):
            found.append(check)
    return max(found, key=lambda each: each.at, default=None)
