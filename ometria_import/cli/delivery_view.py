"""The summary of a delivery, whose sums come out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ometria_import.cli.screen import ERROR, FAINT, GOOD, STRONG, Screen, table_of
from ometria_import.delivery import RunSummary, TypeTotals

_COLUMNS = (
    "object type",
    ">records",
    ">accepted",
    ">refused",
    ">skipped",
    ">unclear",
    ">to send",
)


def show_totals(screen: Screen, totals: Iterable[TypeTotals]) -> None:
    """Print the sums by object type and over all."""
    counts: dict[str, tuple[int, ...]] = {
        str(total.object_type): (
            total.records,
            total.accepted,
            total.refused,
            total.skipped,
            total.unclear,
            total.to_send,
        )
        for total in totals
    }
    counts["all"] = tuple(map(sum, zip(*counts.values(), strict=True)))
    rows = [(name, *(f"{count:,}" for count in own)) for name, own in counts.items()]
    screen.show(table_of(_COLUMNS, rows))


def show_delivery(screen: Screen, summary: RunSummary) -> None:
    """Print what a delivery came to."""
    screen.say("")
    show_totals(screen, summary.totals)
    screen.say(
        "\n",
        (f"{summary.requests:,} requests", STRONG),
        f", {summary.retries:,} of them retries;"
        f" {summary.batches_settled:,} of {summary.batches:,} batches settled",
    )
    if summary.is_finished and not (summary.refused or summary.unclear):
        screen.say(("Everything was accepted. ", GOOD), (_ACCEPTED_MEANS, FAINT))
    elif summary.is_finished:
        screen.say(("Done, but not everything got in.", ERROR))
    if summary.unclear_batches:
        numbers = ", ".join(map(str, summary.unclear_batches[:10]))
        screen.say(("Receipts that do not add up (W062): ", ERROR), f"batches {numbers}")


_ACCEPTED_MEANS = "(Accepted means received: Ometria checks and stores records afterwards.)"


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
                "records": total.records,
                "accepted": total.accepted,
                "refused": total.refused,
                "skipped": total.skipped,
                "unclear": total.unclear,
                "to_send": total.to_send,
            }
            for total in summary.totals
        },
    }
