"""How the last commands ended, as a text file for Prometheus' node exporter.

Source: Prometheus, "Exposition formats", text format 0.0.4; names end in their base unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ometria_import.endings.kept import Ending

_PREFIX = "ometria_import"
_Value = float | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is known of one account."""

    account: str
    kind: str
    last: Ending | None
    """None where no command has ended yet."""
    is_running: bool = False
    """Whether a command is at work on it."""
    waits_until: datetime | None = None
    """When the hours begin that its run waits for."""


def metrics_of(accounts: Iterable[Watched], exit_code: int) -> str:
    """All metrics, each with a sample for every account that has one.

    Args:
        accounts: What is known of each.
        exit_code: Of all of them: it is there where nothing else is.
    """
    known = list(accounts)
    lines = _metric(
        "status_exit_code",
        "The exit code of the status command that wrote this, the worst of all accounts.",
        [({}, exit_code)],
    )
    for name, words, value in _METRICS:
        samples = [(each, value(each)) for each in known]
        lines += _metric(name, words, [(_labels(each), number) for each, number in samples])
    ends = [(each, each.last) for each in known if each.last is not None]
    lines += _metric(
        "last_end_info",
        "How the last command that sends ended, in the words of its exit code.",
        [
            (
                {
                    **_labels(each),
                    "command": last.command,
                    "run": last.run,
                    "meaning": "killed" if last.is_killed else last.exit_code.meaning,
                },
                1,
            )
            for each, last in ends
        ],
    )
    return "".join(f"{line}\n" for line in lines)


def _metric(
    name: str, words: str, samples: Iterable[tuple[Mapping[str, str], _Value]]
) -> list[str]:
    """The lines of a metric; none where no account has a value."""
    known = [(labels, value) for labels, value in samples if value is not None]
    if not known:
        return []
    return [
        f"# HELP {_PREFIX}_{name} {words}",
        f"# TYPE {_PREFIX}_{name} gauge",
        *(f"{_PREFIX}_{name}{_label_set(labels)} {value:.15g}" for labels, value in known),
    ]


def _label_set(labels: Mapping[str, str]) -> str:
    inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{{{inner}}}" if inner else ""


def _labels(account: Watched) -> dict[str, str]:
    return {"account": account.account, "kind": account.kind}


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _of_last(value: Callable[[Ending], _Value]) -> Callable[[Watched], _Value]:
    return lambda account: None if account.last is None else value(account.last)


def _succeeded_at(account: Watched) -> float | None:
    last = account.last
    if not account.account:
        return None  # Nothing succeeds that names no account.
    # 0 and not nothing: what is overdue is found by the age of the last success.
    return 0 if last is None or last.succeeded_at is None else last.succeeded_at.timestamp()


def _waits_until(account: Watched) -> float | None:
    return None if account.waits_until is None else account.waits_until.timestamp()


_METRICS: tuple[tuple[str, str, Callable[[Watched], _Value]], ...] = (
    (
        "last_end_timestamp_seconds",
        "When the last command that sends ended.",
        _of_last(lambda last: None if last.is_killed else last.ended_at.timestamp()),
    ),
    (
        "last_success_timestamp_seconds",
        "When a command that sends last ended with exit code 0; 0 if none has.",
        _succeeded_at,
    ),
    (
        "last_exit_code",
        "The exit code of the last command that sends.",
        _of_last(lambda last: last.exit_code),
    ),
    (
        "last_duration_seconds",
        "How long it took.",
        _of_last(
            lambda last: None if last.is_killed else (last.ended_at - last.began_at).total_seconds()
        ),
    ),
    (
        "last_records_accepted",
        "Records that the push API accepted.",
        _of_last(lambda last: last.accepted),
    ),
    (
        "last_records_refused",
        "Records that the push API refused.",
        _of_last(lambda last: last.refused),
    ),
    (
        "last_records_rejected",
        "Records that were rejected before anything was sent.",
        _of_last(lambda last: last.rejected),
    ),
    (
        "last_records_rejected_later",
        "Accepted records that the account's error list named afterwards.",
        _of_last(lambda last: last.rejected_later),
    ),
    (
        "last_records_to_send",
        "Records that are left to send.",
        _of_last(lambda last: last.to_send),
    ),
    (
        "running",
        "Whether a command that sends is at work now.",
        lambda account: int(account.is_running),
    ),
    (
        "waiting_until_timestamp_seconds",
        "When the hours begin that a run waits for; only while it waits.",
        _waits_until,
    ),
)
