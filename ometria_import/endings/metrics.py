"""How the last commands ended, as a text file for Prometheus' node exporter.

Source: Prometheus, "Exposition formats", text format 0.0.4; names end in their base unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ometria_import.endings.kept import Ending

_PREFIX = "ometria_import_last"
_Value = float | int | None


def metrics_of(endings: Iterable[Ending]) -> str:
    """All metrics, each with a sample for every account."""
    known = list(endings)
    lines: list[str] = []
    for name, words, value in _METRICS:
        samples = [(each, value(each)) for each in known]
        if all(number is None for _, number in samples):
            continue
        lines += [f"# HELP {_PREFIX}_{name} {words}", f"# TYPE {_PREFIX}_{name} gauge"]
        lines += [
            f'{_PREFIX}_{name}{{account="{each.account}",kind="{each.kind}"}} {number:.15g}'
            for each, number in samples
            if number is not None
        ]
    return "".join(f"{line}\n" for line in lines)


_METRICS: tuple[tuple[str, str, Callable[[Ending], _Value]], ...] = (
    (
        "end_timestamp_seconds",
        "When the last command that sends ended.",
        lambda each: each.ended_at.timestamp(),
    ),
    (
        "success_timestamp_seconds",
        "When a command that sends last ended with exit code 0.",
        lambda each: None if each.succeeded_at is None else each.succeeded_at.timestamp(),
    ),
    ("exit_code", "The exit code of the last command that sends.", lambda each: each.exit_code),
    (
        "duration_seconds",
        "How long it took.",
        lambda each: (each.ended_at - each.began_at).total_seconds(),
    ),
    ("records_accepted", "Records that the push API accepted.", lambda each: each.accepted),
    ("records_refused", "Records that the push API refused.", lambda each: each.refused),
    (
        "records_rejected",
        "Records that were rejected before anything was sent.",
        lambda each: each.rejected,
    ),
    (
        "records_rejected_later",
        "Accepted records that the account's error list named afterwards.",
        lambda each: each.rejected_later,
    ),
    ("records_to_send", "Records that are left to send.", lambda each: each.to_send),
)
