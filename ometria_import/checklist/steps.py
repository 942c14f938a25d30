"""The thirteen steps of a way live. Source: reference/tracking.md, "Go-live checklist".

A step is ticked only by what runs, journals, verifications, packages and checks of pages prove.
What only people can know stays a box, whatever the tool thinks of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ometria_import.checklist.facts import Facts, RunFacts
from ometria_import.options.counting import counted
from ometria_import.options.moments import local_moment
from ometria_import.problems import shorten
from ometria_import.tracking import KeptCheck
from ometria_import.verification import Verdict

_PAGE_TYPES = ("homepage", "listing", "product", "basket", "checkout", "confirmation")
_ENOUGH = 0.95
"""So large a share of references must find what they name; a few products are always gone."""
_JOINS = (
    ("line_items_to_products", "line items have a product of the files"),
    ("orders_to_contacts", "orders have a contact of the files"),
)
_SHOWN = 3


class Mark(StrEnum):
    """How a step stands."""

    DONE = "done"
    OPEN = "open"
    """The tool can tell, and it is not done."""
    BY_HAND = "by_hand"
    """Only people can tell."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step."""

    number: int
    words: str
    mark: Mark
    evidence: tuple[str, ...] = ()
    by_hand: str = ""
    """What is left for people, even where it is ticked."""


Judged = tuple[Mark, Sequence[str]]


def steps_of(facts: Facts) -> list[Step]:
    """Judge every step."""
    return [
        Step(number, words.format(to=facts.to), mark, tuple(evidence), by_hand)
        for number, (words, judge, by_hand) in enumerate(_ROWS, 1)
        for mark, evidence in [judge(facts)]
    ]


def _nobody_knows(_: Facts) -> Judged:
    return Mark.BY_HAND, ()


def _accounts(facts: Facts) -> Judged:
    if facts.accounts is None:
        return Mark.BY_HAND, ["`ometria-import checklist` looks at the settings."]
    said, is_done = [], True
    for name, each in facts.accounts.items():
        run = facts.staged if not name.is_live else facts.live
        is_done = is_done and not each.problem and run is not None and bool(each.account_hash)
        if each.problem:
            said.append(f"{name}: {each.problem}.")
        elif run is None:
            said.append(f"{name}: has a key of its own, and nothing was sent there yet.")
        else:
            said.append(f"{name}: has a key of its own, which took run {run.run.folder.id}.")
        said.append(
            f"{name}: its tag is {each.account_hash}."
            if each.account_hash
            else f"{name}: account_hash is not set, so its tag is not known."
        )
    return _mark(is_done=is_done), said


def _history(facts: Facts) -> Judged:
    run = facts.staged
    if run is None:
        return Mark.OPEN, ["No run to staging has finished."]
    late = run.run.late
    errors = f", and there were {late.errors:,}" if late.errors else ""
    records = sum(total.records for total in run.run.totals)
    accepted = sum(total.accepted for total in run.run.totals)
    said = [
        (
            f"Run {run.run.folder.id}: {accepted:,} of {counted(records, 'record')} accepted, "
            f"{local_moment(run.info.updated_at)}."
        ),
        *(f"Its package was made of another one: {shorten(each)}." for each in run.made_of),
        f"Later errors were {'' if late.is_known else 'not '}read to the end{errors}.",
        _verified(run, facts.verify_command),
    ]
    is_done = records == accepted and late.is_known and not late.errors and _is_same(run)
    return _mark(is_done=is_done), said


def _joins(facts: Facts) -> Judged:
    said, is_done = [], True
    for name, words in _JOINS:
        asked, joined = _counts(facts.across.get(name))
        if not asked:
            continue
        is_done = is_done and joined is not None and joined >= asked * _ENOUGH
        if joined is None:
            said.append(f"Whether {words} is not known: nothing to compare with was pushed along.")
        else:
            said.append(f"{joined:,} of {asked:,} {words} ({100 * joined / asked:.1f} %).")
    if not said:
        return Mark.OPEN, ["The staging run has no orders, or does not tell."]
    return _mark(is_done=is_done), said


def _counts(told: Any) -> tuple[int, int | None]:
    """How many were asked and how many found what they name, whatever a damaged file says."""
    if not isinstance(told, Mapping) or not isinstance(told.get("asked"), int):
        return 0, None
    joined = told.get("joined")
    return told["asked"], joined if isinstance(joined, int) else None


def _effects(facts: Facts) -> Judged:
    effects = facts.effects
    if effects is None:
        return Mark.OPEN, ["The package cannot be read, or nothing was sent to staging yet."]
    said = [f"{line}." for line in facts.effect_lines] or ["It sets nothing off."]
    is_kept, words = _consent(facts)
    said.append(words)
    if facts.live is not None:
        names = ", ".join(sorted(facts.live.allowed))
        live = facts.live.run.folder.id
        said.append(f"Run {live} was sent with {names or 'nothing'} allowed by name.")
        return _mark(is_done=is_kept), said
    return _mark(is_done=is_kept and not facts.effect_lines), said


def _consent(facts: Facts) -> tuple[bool, str]:
    """Whether nobody is opted in who has opted out in live, and what proves it."""
    found, effects = facts.consent, facts.effects
    if effects is not None and not (effects.opted_in or effects.sms_ignored or effects.dangers):
        return True, "No contact opts anybody in."
    if facts.kept_run:
        left_out = "left out the opt-ins that it contradicted"
        return True, f"Run {facts.kept_run} asked live, and {left_out}."
    if found is None:
        return False, (
            f"Whether anybody has opted out in live since was not asked: `{facts.consent_command}`."
        )
    if found.danger:
        people = counted(found.danger, "person", "people")
        return False, (
            f"{people} would be opted in again who opted out in live, {local_moment(found.at)}: "
            "push the files with --to live --consent keep."
        )
    asked = f"Live was asked {local_moment(found.at)}"
    if found.doubts:
        return False, f"{asked}, but {shorten('; '.join(found.doubts), 160)}."
    return True, f"{asked}: nobody would be opted in again."


def _stores(facts: Facts) -> Judged:
    check = facts.check
    if check is None:
        return Mark.BY_HAND, [_no_check(facts)]
    pushed = ", ".join(check.pushed_stores[:_SHOWN]) or "none"
    on_pages = dict.fromkeys(store for page in check.pages for store in page.stores)
    said = [
        f"In orders and listings: {shorten(pushed)}.",
        f"On the pages that were checked: {shorten(', '.join(list(on_pages)[:_SHOWN]) or 'none')}.",
    ]
    if not on_pages or not check.pushed_stores:
        return Mark.BY_HAND, said
    return _mark(is_done=set(on_pages) <= set(check.pushed_stores)), said


def _pages(facts: Facts) -> Judged:
    check = facts.check
    if check is None:
        return Mark.OPEN, [_no_check(facts)]
    right = [each for each in check.pages if each.account == facts.to and each not in check.errors]
    seen = {kind for each in right for kind in each.page_types}
    missing = [kind for kind in _PAGE_TYPES if kind not in seen]
    said = [f"{_checked(check)}: {len(right):,} of {counted(len(check.pages), 'page')} in order."]
    said += [f"{shorten(each.page)}: {', '.join(each.codes)}." for each in check.errors[:_SHOWN]]
    if missing:
        said.append(f"No page in order of the types {', '.join(missing)}.")
    # What cannot be told on a page is no proof.
    unsure = [each for each in right if each.mark == "cannot_tell"]
    if unsure:
        said.append(f"On {counted(len(unsure), 'page')} not all can be told from the HTML.")
    return _mark(is_done=not (missing or check.errors or unsure)), said


def _consent_tool(facts: Facts) -> Judged:
    gated = [e for e in (facts.check.pages if facts.check else ()) if "gated_tag" in e.codes]
    said = [f"On {counted(len(gated), 'page')} that was checked, the tag waits for consent."]
    return Mark.BY_HAND, said if gated else ()


def _promoted(facts: Facts) -> Judged:
    live, staged = facts.live, facts.staged
    if live is None:
        return Mark.OPEN, ["Nothing has been sent to live yet."]
    run, package = live.run.folder.id, live.info.content_hash[:12]
    if staged is not None and staged.info.content_hash != live.info.content_hash:
        made = "; ".join((*staged.made_of, *live.made_of))
        if staged.packages & live.packages:
            return Mark.BY_HAND, [
                f"Run {run} sent the records of run {staged.run.folder.id}, in another package.",
                f"What was made of it: {shorten(made, 160)}.",
            ]
    if staged is None or staged.info.content_hash != live.info.content_hash:
        return Mark.OPEN, [f"Run {run} sent package {package}, which is none that staging took."]
    return Mark.DONE, [
        (
            f"Run {run} sent package {package} of run {staged.run.folder.id}, "
            f"{local_moment(live.info.updated_at)}."
        )
    ]


def _after(facts: Facts) -> Judged:
    live, check = facts.live, facts.check
    if live is None:
        return Mark.OPEN, ["Nothing has been sent to live yet."]
    said = [_verified(live, facts.verify_command)]
    is_checked = check is not None and check.at > live.info.updated_at and not check.errors
    if check is not None and is_checked:
        said.append(f"{_checked(check)}, after the run.")
    else:
        said.append(f"Pages were not checked since, or not in order: `{facts.check_command}`.")
    said.append(
        f"Run {facts.changed_only} sent only what had changed since."
        if facts.changed_only
        else "No later run has sent only what had changed (push --changed)."
    )
    is_live = facts.to.is_live
    return _mark(
        is_done=_is_same(live) and is_checked and is_live and bool(facts.changed_only)
    ), said


def _verified(run: RunFacts, command: str) -> str:
    found = run.verified
    if found is None:
        return f"It was not verified: `{command} {run.run.folder.id}`."
    part = "" if found.asked.is_whole_run else ", of a part of it"
    newer = " A newer verification found something else." if run.is_contradicted else ""
    sentence = shorten(found.sentence.rstrip("."), 160)
    return f"Verified {local_moment(found.ended_at)}{part}: {sentence}.{newer}"


def _is_same(run: RunFacts) -> bool:
    found = run.verified
    return (
        found is not None
        and found.verdict is Verdict.SAME
        and found.asked.is_whole_run
        and not run.is_contradicted
    )


def _no_check(facts: Facts) -> str:
    return f"No pages were checked: `{facts.check_command}`."


def _checked(check: KeptCheck) -> str:
    return f"Pages were checked {local_moment(check.at)}"


def _mark(*, is_done: bool) -> Mark:
    return Mark.DONE if is_done else Mark.OPEN


_ROWS: tuple[tuple[str, Callable[[Facts], Judged], str], ...] = (
    ("Keys and tags of both accounts differ, and both accounts answer.", _accounts, ""),
    ("A whole history is in staging, and was found there as it was sent.", _history, ""),
    (
        "Orders belong to products and contacts.",
        _joins,
        "Compare orders and revenue of each month with the shop's own dashboard.",
    ),
    (
        "What the import sets off in live is known and allowed.",
        _effects,
        "",
    ),
    (
        "Automation campaigns are paused or set to testing, and the account team knows the day.",
        _nobody_knows,
        "",
    ),
    (
        "Custom fields, event types and lists exist in live, too, and list ids are those of live.",
        _nobody_knows,
        "",
    ),
    ("Orders, listings and the tracker write store ids in the same way.", _stores, ""),
    ("Pages of every type have the tag of {to}, and ids that were pushed.", _pages, ""),
    (
        (
            "Somebody walked through the shop with #om_debug (product, basket, email address, "
            "order), and found all of it in the account half an hour later."
        ),
        _nobody_knows,
        "",
    ),
    (
        (
            "The consent tool knows the tag, and the content security policy lets it through "
            "(script-src cdn.ometria.com, img-src trk.ometria.com)."
        ),
        _consent_tool,
        "",
    ),
    (
        "The very package that staging took was sent to live, and its journal is kept.",
        _promoted,
        "Sign the import off with names.",
    ),
    (
        "What live holds was found as it was sent; pages and nightly pushes follow.",
        _after,
        "",
    ),
    (
        (
            "Staging's key and tag are out of the shop's production code, and old keys are revoked "
            "(a new key needs up to ten minutes)."
        ),
        _nobody_knows,
        "",
    ),
)
"""Each step, what judges it, and what is left for people."""
