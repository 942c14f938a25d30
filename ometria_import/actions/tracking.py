"""Checking the tracker on the shop's pages against the settings and what was pushed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ometria_import.delivery import RunHistory
from ometria_import.errors import ExitCode, UsageError
from ometria_import.options.choices import AccountName
from ometria_import.tracking import (
    UNREADABLE,
    Asked,
    CheckedPage,
    Mark,
    Pushed,
    judge,
    kept_of,
    named_pages,
    pushed_to,
    read_pages,
    save_check,
    wanted_of,
)

if TYPE_CHECKING:
    from ometria_import.actions.calling.caller import Context


@dataclass(frozen=True, slots=True)
class TrackingCheck:
    """What was asked and found."""

    to: AccountName | None
    pages: tuple[CheckedPage, ...]
    pushed: dict[AccountName, Pushed | None]
    hashes: dict[AccountName, str]

    @property
    def exit_code(self) -> ExitCode:
        """What the command tells the shell; what cannot be told or only warned of is no error."""
        if any(verdict.code == UNREADABLE for page in self.pages for verdict in page.verdicts):
            return ExitCode.UNUSABLE
        has_errors = any(page.mark is Mark.ERROR for page in self.pages)
        return ExitCode.REJECTS if has_errors else ExitCode.OK

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "to": self.to,
            "pages": [_page_json(each, self.hashes) for each in self.pages],
            "compared_with": {
                str(name): {
                    "runs": each.runs,
                    "products": each.products,
                    "orders": each.orders,
                    "stores": sorted(each.stores),
                }
                for name, each in self.pushed.items()
                if each is not None
            },
            "exit_code": int(self.exit_code),
        }


def check_tracking(
    pages: Sequence[str],
    to: AccountName | None,
    context: Context,
    *,
    allows_private: bool = False,
    fetches_tag: bool = False,
) -> TrackingCheck:
    """Check pages, and keep what was found for the checklist.

    Args:
        pages: Files, folders and addresses.
        to: The account whose tag they should have; None for either.
        context: Settings and home.
        allows_private: Whether addresses of private networks may be read.
        fetches_tag: Whether the tag's file itself is looked at, too.

    Raises:
        UsageError: no page is named, or the settings have no hash to compare with.
    """
    hashes = {name: each.account_hash for name, each in context.settings.accounts.items()}
    _require_hash(hashes, to)
    if not pages:
        raise UsageError(
            "no page is named", hint="Name files, folders or https:// addresses of pages."
        )
    asked = Asked(to, hashes, allows_private, fetches_tag)
    read = list(read_pages(list(named_pages(pages)), asked))
    wanted = wanted_of(read, to)
    history = RunHistory.load(context.home)
    pushed = {
        name: pushed_to(context.settings.accounts[name], history, ids)
        for name, ids in wanted.items()
    }
    checked = [judge(each, asked, pushed) for each in read]
    stores = {store for each in pushed.values() if each for store in each.stores}
    save_check(context.home, kept_of(checked, to, sorted(stores), datetime.now(UTC)))
    return TrackingCheck(to, tuple(checked), pushed, hashes)


def _require_hash(hashes: dict[AccountName, str], to: AccountName | None) -> None:
    wanted = [to] if to else list(hashes)
    if any(hashes[each] for each in wanted):
        return
    where = " or ".join(f"[accounts.{each}]" for each in wanted)
    raise UsageError(
        f"no account_hash is set in {where}, so no tag can be told to be the right one",
        hint="It stands in the account's tag, cdn.ometria.com/tags/<account_hash>.js, and may "
        f'stand in ometria-import.toml: [accounts.{wanted[-1]}] account_hash = "…".',
    )


def _page_json(page: CheckedPage, hashes: dict[AccountName, str]) -> dict[str, Any]:
    found = page.found
    owners = {known: str(name) for name, known in hashes.items() if known}
    return {
        "page": page.page,
        "mark": str(page.mark),
        "account": page.account,
        "page_types": list(page.page_types),
        "redirects": list(page.redirects),
        "tags": [
            {
                "hash": tag.hash,
                "account": owners.get(tag.hash),
                "form": str(tag.form),
                "line": tag.line,
                "waits": tag.is_gated,
            }
            for tag in (found.tags if found else ())
        ],
        "calls": [
            {
                "name": call.name,
                "page_type": call.page_type,
                "ids": list(call.ids),
                "store": call.store,
                "line": call.line,
            }
            for call in (found.calls if found else ())
        ],
        "containers": list(found.containers) if found else [],
        "verdicts": [
            {
                "code": each.code,
                "mark": str(each.mark),
                "text": each.text,
                "remedy": each.remedy,
            }
            for each in page.verdicts
        ],
    }
