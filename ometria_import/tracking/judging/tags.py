"""Whether a page has the tag of the right account, where and as it should stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ometria_import.options.choices import AccountKind, AccountName
from ometria_import.problems import shorten
from ometria_import.tracking.model import DEBUG, Mark, Verdict
from ometria_import.tracking.page.model import Form, Page, Tag
from ometria_import.tracking.page.tags import FORM_WORDS, NO_SOURCE

_POLLUTES = {
    AccountKind.STAGING: "what shoppers do would go to {}, and nothing would arrive in live",
    AccountKind.LIVE: "what is done on this page would go to {}, among what shoppers do there",
}
_SAVE = f"Save the page from the browser once it has loaded, and check that file; or {DEBUG}."
_SHOWN = 3


def account_of(tags: tuple[Tag, ...], hashes: Mapping[AccountName, str]) -> AccountName | None:
    """The account whose tag loads first; None where it is of neither or nobody can tell."""
    first = next((each.hash for each in tags if each.hash), "")
    return next((name for name, known in hashes.items() if known and known == first), None)


def judged_tags(
    page: Page, to: AccountName | None, hashes: Mapping[AccountName, str]
) -> Iterator[Verdict]:
    """What is wrong with the tags of a page; nothing where one is there as it should be.

    Args:
        page: The page.
        to: The account whose tag it should have; None for either.
        hashes: Those of the settings; empty texts where they have none.
    """
    if not page.tags:
        yield _no_tag(page)
        return
    named = list(dict.fromkeys(each.hash for each in page.tags if each.hash))
    if not named:
        yield Verdict(
            "hash_computed",
            Mark.CANNOT_TELL,
            f"line {page.tags[0].line}: a script puts the address of the tag together, and the "
            "account's hash does not stand in the page",
            _SAVE,
        )
        return
    if len(named) > 1:
        yield _two_tags(page, named, hashes)
    yield from _wrong_account(page.tags, named[0], to, hashes)
    yield from _place(page)


def _no_tag(page: Page) -> Verdict:
    dead = "".join(
        f"; on line {line} one stands where no browser runs it" for line in page.dead_tags[:1]
    )
    if page.containers:
        names = ", ".join(page.containers[:_SHOWN])
        words = f"no tag stands in the HTML{dead}; the container {names} may load one"
        return Verdict("hidden_tag", Mark.CANNOT_TELL, words, _SAVE)
    if page.scripts or page.calls:
        names = ", ".join(page.scripts[:_SHOWN]) or "its scripts"
        more = f" and {len(page.scripts) - _SHOWN} more" if len(page.scripts) > _SHOWN else ""
        words = f"no tag stands in the HTML{dead}; a script may load one ({names}{more})"
        return Verdict("hidden_tag", Mark.CANNOT_TELL, words, _SAVE)
    return Verdict(
        "no_tag",
        Mark.ERROR,
        f"there is no tag{dead}, and no script that could load one: nothing is sent",
        "Put the tag at the top of the page's head, before any call.",
    )


def _two_tags(page: Page, named: list[str], hashes: Mapping[AccountName, str]) -> Verdict:
    order = ", then ".join(
        f"{each}{_owner(each, hashes)} on line "
        f"{next(tag.line for tag in page.tags if tag.hash == each)}"
        for each in named[:_SHOWN]
    )
    return Verdict(
        "two_tags",
        Mark.ERROR,
        f"there are tags with {len(named)} hashes: {order}. The first that loads counts, and the "
        "others do nothing",
        "Leave one tag in the page.",
    )


def _owner(found: str, hashes: Mapping[AccountName, str]) -> str:
    return next((f" ({name})" for name, known in hashes.items() if known == found), "")


def _wrong_account(
    tags: tuple[Tag, ...], first: str, to: AccountName | None, hashes: Mapping[AccountName, str]
) -> Iterator[Verdict]:
    tag = next(each for each in tags if each.hash == first)
    where = f"line {tag.line}, {FORM_WORDS[tag.form]}"
    owner = next((name for name, known in hashes.items() if known == first), None)
    if owner is None:
        known = " and ".join(f"{each} ({name})" for name, each in hashes.items() if each)
        yield Verdict(
            "unknown_hash",
            Mark.ERROR,
            f"{where}: the tag's hash {first} is none of the settings, which have {known}",
            "Compare it with the tag that Ometria shows for the account, and correct the page or "
            "account_hash in the settings.",
        )
    elif to is not None and owner != to:
        wrong = _POLLUTES[owner.kind].format(owner)
        yield Verdict(
            "wrong_account",
            Mark.ERROR,
            f"{where}: the tag is that of {owner}, not of {to}: {wrong}",
            f"Put the tag of {to} into the page: its hash is {hashes[to]}.",
        )


def _place(page: Page) -> Iterator[Verdict]:
    loading = [each for each in page.tags if each.form not in {Form.JSON, Form.SETTING}]
    if not loading:
        return
    free = [each for each in loading if not each.is_gated]
    if not free:
        kind = loading[0].script_type
        gate = "without an address" if kind == NO_SOURCE else f"of the type {shorten(kind)!r}"
        yield Verdict(
            "gated_tag",
            Mark.WARNING,
            f"line {loading[0].line}: the tag waits for consent: its script is {gate}, "
            "which no browser runs until a consent tool changes it",
            "That may be right. Make sure that the consent tool knows it as marketing and lets it "
            "run for those who agree.",
        )
        return
    calls = [each.place for each in page.calls if not each.is_data]
    if calls and min(calls) < min(each.place for each in free):
        first = next(each for each in page.calls if not each.is_data)
        yield Verdict(
            "late_tag",
            Mark.WARNING,
            f"line {free[0].line}: the tag comes after the first call, {first.name} on line "
            f"{first.line}",
            "Put the tag at the top of the page's head, before any call.",
        )
    elif free[0].in_head is False:
        yield Verdict(
            "tag_in_body",
            Mark.WARNING,
            f"line {free[0].line}: the tag is not in the page's head, so that it may load late",
            "Put the tag at the top of the page's head.",
        )
