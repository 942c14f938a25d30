"""Checking pages: what is read, compared and said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ometria_import.errors import SourceError
from ometria_import.options.choices import AccountName
from ometria_import.tracking.fetching import Fetched, fetch
from ometria_import.tracking.judging.calls import judged_calls
from ometria_import.tracking.judging.ids import judged_ids, known_ids, wanted_ids
from ometria_import.tracking.judging.tags import account_of, judged_tags
from ometria_import.tracking.model import CheckedPage, Mark, Verdict
from ometria_import.tracking.page.model import Form, Page, Tag
from ometria_import.tracking.page.reading import page_of
from ometria_import.tracking.page.tags import FORM_WORDS
from ometria_import.tracking.page.text import read_page
from ometria_import.tracking.pages import content_of, is_address
from ometria_import.tracking.pushed import Pushed

_OK, _GONE = 200, (403, 404, 410)
_BY_HAND = "Save the page from the browser instead, and check the file."
_MOST_FILES = 4
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of pages."""

    to: AccountName | None
    hashes: Mapping[AccountName, str]
    allows_private: bool = False
    fetches_tag: bool = False


def read_pages(names: list[str | SourceError], asked: Asked) -> Iterator[CheckedPage]:
    """Read each page; nothing is said yet but of those that cannot be read."""
    known = [each for each in asked.hashes.values() if each]
    for name in names:
        if isinstance(name, SourceError):
            yield _unreadable(name.message.partition(":")[0], name)
            continue
        redirects: tuple[str, ...] = ()
        try:
            if is_address(name):
                answer = fetch(name, allows_private=asked.allows_private)
                redirects = answer.redirects
                markup = read_page(_page_in(answer), answer.charset)
            else:
                markup = read_page(content_of(name))
        except SourceError as error:
            yield replace(_unreadable(name, error), redirects=redirects)
            continue
        page = page_of(markup, known)
        yield CheckedPage(name, page, account_of(page.tags, asked.hashes), (), redirects)


def _page_in(answer: Fetched) -> bytes:
    if answer.status != _OK:
        raise SourceError(f"its server answers {answer.status}", hint=_BY_HAND)
    return answer.content


def _unreadable(name: str, error: SourceError) -> CheckedPage:
    said = Verdict(UNREADABLE, Mark.ERROR, error.message, error.hint)
    return CheckedPage(name, None, None, (said,))


def wanted_of(pages: list[CheckedPage], to: AccountName | None) -> dict[AccountName, set[str]]:
    """The ids to look for, by the account whose records they should be."""
    wanted: dict[AccountName, set[str]] = {}
    for each in pages:
        account = to or each.account
        if each.found is not None and account is not None:
            wanted.setdefault(account, set()).update(wanted_ids(each.found))
    return wanted


def judge(
    page: CheckedPage, asked: Asked, pushed: Mapping[AccountName, Pushed | None]
) -> CheckedPage:
    """Say what is right and wrong with a page that was read."""
    found = page.found
    if found is None:
        return page
    account = asked.to or page.account
    said = [*judged_tags(found, asked.to, asked.hashes), *judged_calls(found)]
    if account is not None:
        said += judged_ids(found, account, pushed.get(account))
    if asked.fetches_tag:
        said += _fetched_tags(found, asked)
    said += [Verdict("note", Mark.WARNING, each) for each in found.notes]
    if not any(each.mark in {Mark.ERROR, Mark.CANNOT_TELL} for each in said):
        said.insert(0, _fine(page, found, pushed.get(account) if account else None))
    return replace(page, verdicts=tuple(said))


def _fine(page: CheckedPage, found: Page, pushed: Pushed | None) -> Verdict:
    tag = next(each for each in found.tags if each.hash)
    words = f"the tag of {page.account} on line {tag.line}, {FORM_WORDS[tag.form]}"
    if count := known_ids(found, pushed):
        words += f"; {count:,} product id{'s' if count > 1 else ''} known"
    return Verdict("ok", Mark.OK, words)


def _fetched_tags(page: Page, asked: Asked) -> Iterator[Verdict]:
    tags = {each.hash: each for each in page.tags if each.hash and each.form is not Form.SAVED}
    for tag in list(tags.values())[:_MOST_FILES]:
        yield from _fetched(tag, asked)


def _fetched(tag: Tag, asked: Asked) -> Iterator[Verdict]:
    """Whether a tag's file is there and is what its name says; nothing where it is."""
    path = tag.address.split("//", 1)[1] if "//" in tag.address else ""
    address = f"https://{path or f'cdn.ometria.com/tags/{tag.hash}.js'}"
    try:
        answer = fetch(address, allows_private=asked.allows_private)
    except SourceError as error:
        words = f"the tag's file {address} was not read: {error.message}"
        yield Verdict("tag_not_read", Mark.CANNOT_TELL, words, error.hint)
        return
    if answer.status in _GONE:
        yield Verdict(
            "tag_gone",
            Mark.ERROR,
            f"the tag's file {address} is not there ({answer.status}): the account is another one "
            "or switched off",
            "Copy the tag anew from the account's settings in Ometria.",
        )
    elif answer.status != _OK:
        words = f"the tag's file {address} was not read: the server answers {answer.status}"
        yield Verdict("tag_not_read", Mark.CANNOT_TELL, words, "Try again later.")
    elif tag.hash.encode() not in answer.content:
        yield Verdict(
            "tag_of_another",
            Mark.ERROR,
            f"the tag's file {address} does not name the hash {tag.hash}",
            "Copy the tag anew from the account's settings in Ometria.",
        )
