"""The summary of a delivery, its totals, and what it sets off in a live account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ometria_import.actions.calling.words import counted, effect_lines, way_out
from ometria_import.cli.showing.screen import ERROR, FAINT, GOOD, STRONG, WARNING, Screen, table_of
from ometria_import.options.choices import AccountName, Danger
from ometria_import.package import Effects

if TYPE_CHECKING:
    from ometria_import.delivery import BatchRange, LateSums, RunSummary, TypeTotals

_BATCHES_SHOWN = 10
_ACCEPTED_MEANS = "(Accepted means received: Ometria validates and stores records afterwards.)"
_TITLES = {"rejected later": "(rejected later)"}
"""In brackets what is counted already."""


def show_totals(screen: Screen, totals: Sequence[TypeTotals], late: LateSums) -> None:
    """Print the sums by object type and over all; columns that are all zero are left out.

    What Ometria refused later without naming a record stands right below them.
    """
    counts = {total.object_type.replace("_", " "): _sums(total) for total in totals}
    if len(counts) != 1:
        counts["all"] = {name: sum(own[name] for own in counts.values()) for name in _sums(None)}
    always = ("records", "accepted", "refused", "to send")
    names = [
        name
        for name in _sums(None)
        if name != "unattributed"
        and (name in always or any(each[name] for each in counts.values()))
    ]
    rows = [(who, *(f"{own[name]:,}" for name in names)) for who, own in counts.items()]
    titles = (f">{_TITLES.get(name, name)}" for name in names)
    screen.show(table_of(("object type", *titles), rows))
    if late.unattributed:
        least = "at least " if late.is_at_least else ""
        words = f"{least}{late.unattributed:,} refused by Ometria, record unknown"
        screen.prose((words, ERROR), (" (W064)", FAINT))
    if any(total.to_send < 0 for total in totals):
        screen.prose(("The totals do not add up: this is a bug, please report it.", ERROR))


def show_delivery(screen: Screen, summary: RunSummary) -> None:
    """Print the totals of a delivery; where all went well, in a line."""
    screen.say("")
    if summary.is_finished and not summary.has_rejects and not summary.skipped:
        _show_success(screen, summary)
        show_late_errors(screen, summary)
        return
    show_totals(screen, summary.totals, summary.late)
    screen.say("")
    show_requests(screen, summary)
    if summary.is_finished and not summary.has_rejects:
        screen.prose(
            ("Everything that was sent was accepted or skipped by the push API. ", GOOD),
            (_ACCEPTED_MEANS, FAINT),
        )
    elif summary.is_finished and not summary.accepts_all:
        screen.prose(("Done, but not everything was imported.", ERROR))
    elif summary.is_finished:
        words = (
            "Everything that was sent was accepted, but it is not known whether all of it "
            "was stored."
        )
        screen.prose((words, WARNING))
    if summary.unclear_batches:
        numbers = ", ".join(map(str, summary.unclear_batches[:_BATCHES_SHOWN]))
        more = " …" if len(summary.unclear_batches) > _BATCHES_SHOWN else ""
        screen.prose(("Receipts that do not add up (W062): ", ERROR), f"batches {numbers}{more}")
    show_late_errors(screen, summary)


def _show_success(screen: Screen, summary: RunSummary) -> None:
    records = ", ".join(
        counted(total.accepted, total.object_type.replace("_", " ")) for total in summary.totals
    )
    retries = f", {counted(summary.retries, 'retry', 'retries')} among them"
    screen.prose(
        (f"Everything was accepted: {records}", GOOD),
        f" in {counted(summary.requests, 'request')}{retries if summary.retries else ''}. ",
        (_ACCEPTED_MEANS, FAINT),
    )


def show_late_errors(screen: Screen, summary: RunSummary) -> None:
    """Print what the account's error list said after it had accepted records."""
    late = summary.late
    least = "at least " if late.is_at_least else ""
    if late.errors:
        records = counted(summary.rejected_later, "accepted record")
        screen.prose(
            (f"Rejected later: {least}{records}", ERROR),
            f", by {counted(late.errors, 'entry', 'entries')} of the account's error list.",
        )
    if late.missed:
        screen.prose(
            ("More errors came than the account's list keeps (W065): ", ERROR),
            f"errors about {_ranges(late.missed)} are not known.",
        )
    if late.unread:
        screen.prose(
            ("Late errors may be missing (W065): ", WARNING),
            f"the account's error list could not be read in time for {_ranges(late.unread)}.",
        )
    if late.unreadable:
        screen.prose(("Late errors are not known (W066): ", WARNING), f"{late.unreadable}.")
    if not (late.was_read or late.unreadable) and summary.batches_settled:
        screen.prose(("(The account's error list was not read: read_errors = false.)", FAINT))
    if late.is_at_least and not late.errors:
        screen.prose(
            ("Late errors may have been missed: ", WARNING),
            "the account's error list kept changing, or is full of entries that look alike.",
        )
    if late.elsewhere:
        entries = counted(late.elsewhere, "entry", "entries")
        screen.prose(
            (f"({entries} in the error list name records that are not in this run.)", FAINT)
        )


def _ranges(ranges: Sequence[BatchRange]) -> str:
    shown = ", ".join(map(str, ranges[:_BATCHES_SHOWN]))
    return shown + (" …" if len(ranges) > _BATCHES_SHOWN else "")


def show_requests(screen: Screen, summary: RunSummary) -> None:
    """Print how many requests it took."""
    retries = f", {summary.retries:,} of them retries" if summary.retries else ""
    screen.prose(
        (counted(summary.requests, "request"), STRONG),
        f"{retries}; {summary.batches_settled:,} of {counted(summary.batches, 'batch', 'batches')}"
        " settled",
    )


def delivery_json(summary: RunSummary) -> dict[str, Any]:
    """The part of `--json` that a delivery knows."""
    return {
        "batches": summary.batches,
        "batches_settled": summary.batches_settled,
        "requests": summary.requests,
        "retries": summary.retries,
        "between": summary.between or None,
        "paused_s": round(summary.paused_s, 3),
        "paused_total_s": round(summary.paused_total_s, 3),
        "accepted": summary.accepted,
        "refused": summary.refused,
        "skipped": summary.skipped,
        "unclear": summary.unclear,
        "to_send": summary.to_send,
        "rejected_later": summary.rejected_later,
        "late_errors": _late_json(summary.late),
        "delivered": {
            str(total.object_type): {
                name.replace(" ", "_"): count for name, count in _sums(total).items()
            }
            for total in summary.totals
        },
    }


def _late_json(late: LateSums) -> dict[str, Any]:
    return {
        "errors": late.errors,
        "unattributed": late.unattributed,
        "elsewhere": late.elsewhere,
        "missed_batches": [list(each) for each in late.missed],
        "unread_batches": [list(each) for each in late.unread],
        "is_at_least": late.is_at_least,
        "unreadable": late.unreadable,
        "was_read": late.was_read,
        "is_known": late.is_known,
    }


def _sums(total: TypeTotals | None) -> dict[str, int]:
    """The sums by name, in the order of their columns; zeros where there is nothing.

    All but the last two add up to the records: those are part of `accepted`, and errors.
    """
    return {
        "records": total.records if total else 0,
        "accepted": total.accepted if total else 0,
        "refused": total.refused if total else 0,
        "skipped": total.skipped if total else 0,
        "unclear": total.unclear if total else 0,
        "to send": total.to_send if total else 0,
        "rejected later": total.rejected_later if total else 0,
        "unattributed": total.unattributed if total else 0,
    }


def show_effects(
    screen: Screen,
    effects: Effects | None,
    to: AccountName,
    allowed: frozenset[Danger] = frozenset(),
) -> None:
    """Print what a package sets off in a live account, and what must be allowed for it by name.

    Args:
        screen: Is told.
        effects: None where nobody could count them.
        to: Where the run goes.
        allowed: The dangers that are allowed already.
    """
    if effects is None:
        return
    lines = effect_lines(effects, datetime.now(UTC))
    if lines:
        where = "In the live account:" if to.is_live else "If this package were pushed to live:"
        screen.prose((where, STRONG))
    for line in lines:
        screen.prose((line, WARNING), indent=2)
    if missing := {one: count for one, count in effects.dangers.items() if one not in allowed}:
        screen.prose((way_out(missing), FAINT), indent=2)
