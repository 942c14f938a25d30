"""The summary of a check, or of the preparing half of a push."""

from __future__ import annotations

from ometria_import.actions.calling.events import SourcesPrepared
from ometria_import.actions.calling.words import counted
from ometria_import.cli.showing.problem_view import show_problems, warnings_in
from ometria_import.cli.showing.screen import (
    ERROR,
    FAINT,
    GOOD,
    STRONG,
    WARNING,
    Screen,
    linked,
    table_of,
)
from ometria_import.config.home import RunFolder
from ometria_import.prepare import (
    CrossCheckReport,
    Join,
    LineTotals,
    PrepareSummary,
    Sales,
    SourceConsents,
)

_ORPHANS_SHOWN = 3


def show_prepared(screen: Screen, event: SourcesPrepared) -> None:
    """Print what was read; in short if the same was shown before."""
    if event.seen_in is None:
        _show_summary(screen, event.summary)
    else:
        _show_in_short(screen, event.summary, event.seen_in)


def _show_in_short(screen: Screen, summary: PrepareSummary, seen_in: RunFolder) -> None:
    files = counted(len({each.path for each in summary.sources}), "file")
    screen.prose(
        (counted(summary.rows.read, "row"), STRONG),
        f" in {files}, with the same problems and totals as {seen_in.id}",
    )
    ready = _ready(summary)
    screen.prose((f"Ready to send: {ready or 'nothing'}", GOOD if ready else ERROR))
    if summary.groups:
        rejected = counted(summary.rejected, "reject")
        screen.prose(
            (rejected, ERROR if summary.rejected else GOOD),
            f" and {counted(warnings_in(summary.problems), 'warning')}",
        )
        screen.fact("Problems", linked(summary.problems_path))


def _show_summary(screen: Screen, summary: PrepareSummary) -> None:
    """Print what was read, every problem by cause, and the sums."""
    show_problems(screen, summary.groups)
    screen.say("")
    rows = [
        (
            source.path,
            f"{source.object_type}, {source.description}",
            f"{source.rows:,}",
            f"{source.records:,}",
            f"{source.rejected:,}",
        )
        for source in summary.sources
    ]
    screen.show(table_of(("source", "", ">rows", ">records", ">rejected"), rows))
    screen.say("")
    _show_sums(screen, summary)
    _show_cross_checks(screen, summary.cross_checks)
    if summary.groups:
        screen.fact("Problems", linked(summary.problems_path))
    if summary.reject_paths:
        screen.fact("Rejects", linked(summary.reject_paths[0].parent))
    if summary.groups:
        screen.fact("Explained", f"ometria-import explain {summary.groups[0].code}")


def _show_sums(screen: Screen, summary: PrepareSummary) -> None:
    rows = summary.rows
    others = {
        "folded into one": rows.folded,
        "merged into a later record": rows.merged,
        "rejected": rows.rejected,
        "superseded": rows.superseded,
        "that are repeated": rows.repeated,
        "left out by the mapping or as returns": rows.left_out,
        "of orders held back": rows.held_back,
        "that repeat the header": rows.headers,
    }
    parts = [f"{rows.in_records:,} that start a record"]
    parts += [f"{count:,} {words}" for words, count in others.items() if count]
    screen.prose((counted(rows.read, "row"), STRONG), f" = {' + '.join(parts)}")
    if rows.members:
        screen.prose(f"{counted(rows.members, 'row')} also became records of their own (variants)")
    if not rows.comes_out:
        screen.prose(("The totals do not add up: this is a bug, please report it.", ERROR))
    ready = _ready(summary)
    for run, count in summary.fixed_rejects.items():
        screen.prose(f"{counted(count, 'record')} corrected that run {run} had rejected")
    screen.prose((f"Ready to send: {ready or 'nothing'}", GOOD if ready else ERROR))


def _ready(summary: PrepareSummary) -> str:
    return ", ".join(
        counted(count, name.replace("_", " ")) for name, count in summary.records.items()
    )


def _show_cross_checks(screen: Screen, report: CrossCheckReport) -> None:
    """Print the joins, whether totals add up, and the sums of orders and contacts."""
    _show_join(screen, report.products, "line item", "a product")
    _show_join(screen, report.contacts, "order", "a contact")
    _show_line_totals(screen, report.line_totals)
    if report.sales:
        screen.say("")
        _show_sales(screen, report.sales)
    if report.consents:
        screen.say("")
        _show_consents(screen, report.consents)
    if report.sales or report.optins:
        screen.prose(
            ("Compare these figures with the shop's own dashboard before you send.", FAINT)
        )


def _show_join(screen: Screen, join: Join, what: str, to: str) -> None:
    if join.share is None:
        return
    style = GOOD if join.joined == join.asked else WARNING
    screen.prose(
        (f"{_percent(join.joined, join.asked)}", style),
        f" of {counted(join.asked, what)} belong to {to} in this input",
    )
    if join.orphans:
        shown = [f"{orphan.id} ({orphan.count:,}×)" for orphan in join.orphans[:_ORPHANS_SHOWN]]
        screen.prose((f"not found, most often: {', '.join(shown)}", FAINT), indent=5)


def _show_line_totals(screen: Screen, totals: LineTotals) -> None:
    if not totals.checked:
        return
    fits = totals.checked - totals.off
    screen.prose(
        (_percent(fits, totals.checked), WARNING if totals.off else GOOD),
        f" of {counted(totals.checked, 'order')} have line items that add up to their total",
    )
    if totals.places:
        screen.prose((f"not so: {', '.join(map(str, totals.places))}", FAINT), indent=5)


def _show_sales(screen: Screen, sales: tuple[Sales, ...]) -> None:
    has_invalid = any(each.invalid_orders for each in sales)
    columns = ["orders by date", ">orders", ">revenue"]
    if has_invalid:
        columns += [">not valid", ">their totals"]
    rows = []
    for each in sales:
        row = [f"{each.period} {each.currency}", f"{each.orders:,}", f"{each.revenue:,f}"]
        if has_invalid:
            row += [f"{each.invalid_orders:,}", f"{each.invalid_revenue:,f}"]
        rows.append(row)
    screen.show(table_of(columns, rows))
    screen.prose((f"all  {sum(each.orders for each in sales):,} orders", STRONG))


def _show_consents(screen: Screen, consents: tuple[SourceConsents, ...]) -> None:
    """Print who may be emailed, by the source that says so."""
    names = ("opted_in", "opted_out", "none", "suppressed", "contradicting")
    rows = [(each.source, *(f"{getattr(each, name):,}" for name in names)) for each in consents]
    if len(rows) > 1:
        sums = (sum(getattr(each, name) for each in consents) for name in names)
        rows.append(("all", *(f"{total:,}" for total in sums)))
    columns = (">in", ">out", ">none", ">suppressed", ">contradicting")
    screen.show(table_of(("consent to email by source", *columns), rows))


def _percent(part: int, whole: int) -> str:
    """Never 100% where one is missing, nor 0% where there is one."""
    if part == whole:
        return "100%"
    share = 100 * part / whole
    return f"{min(max(share, 0.1 if part else 0.0), 99.9):.1f}%"
