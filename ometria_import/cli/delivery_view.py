"""The summary of a delivery, whose sums come out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ometria_import.cli.screen import ERROR, FAINT, GOOD, STRONG, Screen, counted, table_of
from ometria_import.delivery import RunSummary, TypeTotals

_BATCHES_SHOWN = 10
_ACCEPTED_MEANS = "(Accepted means received: Ometria checks and stores records afterwards.)"


def show_totals(screen: Screen, totals: Sequence[TypeTotals]) -> None:
    """Print the sums by object type and over all; columns that are all zero are left out."""
    counts = {total.object_type.replace("_", " "): _sums(total) for total in totals}
    if len(counts) != 1:
        counts["all"] = {name: sum(own[name] for own in counts.values()) for name in _sums(None)}
    always = ("records", "accepted", "refused", "to send")
    names = [
        name for name in _sums(None) if name in always or any(c[name] for c in counts.values())
    ]
    rows = [(who, *(f"{own[name]:,}" for name in names)) for who, own in counts.items()]
    screen.show(table_of(("object type", *(f">{name}" for name in names)), rows))
    if any(total.to_send < 0 for total in totals):
        screen.prose(("The sum does not come out: this is a bug, please report it.", ERROR))


def show_delivery(screen: Screen, summary: RunSummary) -> None:
    """Print what a delivery came to."""
    screen.say("")
    show_totals(screen, summary.totals)
    screen.say("")
    show_requests(screen, summary)
    if summary.is_finished and not (summary.refused or summary.unclear):
        screen.prose(("Everything that was sent was accepted. ", GOOD), (_ACCEPTED_MEANS, FAINT))
    elif summary.is_finished:
        screen.prose(("Done, but not everything got in.", ERROR))
    if summary.unclear_batches:
        numbers = ", ".join(map(str, summary.unclear_batches[:_BATCHES_SHOWN]))
        more = " …" if len(summary.unclear_batches) > _BATCHES_SHOWN else ""
        screen.prose(("Receipts that do not add up (W062): ", ERROR), f"batches {numbers}{more}")


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
        "accepted": summary.accepted,
        "refused": summary.refused,
        "skipped": summary.skipped,
        "unclear": summary.unclear,
        "to_send": summary.to_send,
        "delivered": {
            str(total.object_type): {
                name.replace(" ", "_"): count for name, count in _sums(total).items()
            }
            for total in summary.totals
        },
    }


def _sums(total: TypeTotals | None) -> dict[str, int]:
    """The sums by name, in the order of their columns; zeros where there is nothing."""
    if total is None:
        return dict.fromkeys(("records", "accepted", "refused", "skipped", "unclear", "to send"), 0)
    return {
        "records": total.records,
        "accepted": total.accepted,
        "refused": total.refused,
        "skipped": total.skipped,
        "unclear": total.unclear,
        "to send": total.to_send,
    }
