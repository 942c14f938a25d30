"""Checking the gate before live, and telling each line of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import GateChecked, Noted
from ometria_import.actions.calling.run import Run, package_to_show
from ometria_import.actions.calling.words import danger_words, effect_lines, way_out
from ometria_import.actions.promoting.consenting import consent_line
from ometria_import.actions.promoting.wish import Promote
from ometria_import.config import Account
from ometria_import.config.home import RunFolder
from ometria_import.delivery import Journal, ListedRun, RunHistory
from ometria_import.errors import GateShutError, PackageError
from ometria_import.options.choices import Danger
from ometria_import.package import Package, effects_of
from ometria_import.promotion import (
    Conditions,
    GateLine,
    Mark,
    PassedGate,
    Ways,
    candidate_of,
    facts_of,
    gate_lines,
    passed_gate,
)


def pass_gate(
    staged: RunFolder,
    wish: Promote,
    account: Account,
    history: RunHistory,
    context: Context,
    held: ExitStack,
) -> tuple[Package, PassedGate]:
    """Check every line of the gate for a staging run.

    Args:
        staged: The staging run.
        wish: What is asked of it.
        account: Live.
        history: The runs, as they stand while live is held.
        context: Is told each line.
        held: Keeps the package open.

    Raises:
        GateShutError: a line is shut.
        PackageError: the run's journal is damaged.
    """
    now, commands = datetime.now(UTC), context.commands
    context.caller.tell(Noted(f"May run {staged.id} go live? Reading its package."))
    with Journal(staged.journal, is_read_only=True) as journal:
        info = journal.info()
        package = held.enter_context(package_to_show(info.package_path))
        sums = Run(staged, package, info.account, commands).sums
        listed = history.run(staged.id) or ListedRun(staged, info)
        run = candidate_of(listed, info, package, sums, history, account)
        lines = []
        for line in gate_lines(run, _conditions(wish, now), _ways(staged, context)):
            lines.append(line)
            context.caller.tell(GateChecked(line))
        if isinstance(package, PackageError) or isinstance(run.survey, PackageError):
            raise _shut(staged, account, lines)
        for line in (
            consent_line(package, staged, wish, account, now, context),
            _effects(package, wish.sending.allowed, now),
        ):
            lines.append(line)
            context.caller.tell(GateChecked(line))
        if not all(line.is_open for line in lines):
            raise _shut(staged, account, lines)
        gate = passed_gate(
            run,
            lines,
            facts_of(journal, package),
            package,
            account=account,
            allowed=wish.sending.allowed,
            now=now,
        )
    return package, gate


def gate_json(lines: Iterable[GateLine]) -> list[Mapping[str, Any]]:
    """The lines of a gate, for `--json`."""
    return [
        {
            "name": line.name,
            "mark": str(line.mark),
            "words": line.words,
            "evidence": line.evidence,
            "remedy": line.remedy,
        }
        for line in lines
    ]


def _conditions(wish: Promote, now: datetime) -> Conditions:
    return Conditions(
        now=now,
        max_age=wish.max_age,
        requirement=wish.requirement,
        is_ids_checked=wish.is_ids_checked,
        is_even_if_older=wish.is_even_if_older,
    )


def _ways(staged: RunFolder, context: Context) -> Ways:
    commands = context.commands
    return Ways(
        resume=commands.resume(staged.id),
        retry=commands.retry(staged.id),
        errors=commands.errors(staged.id),
        verify=commands.verify(staged.id),
    )


def _effects(package: Package, allowed: frozenset[Danger], now: datetime) -> GateLine:
    """What the package sets off in live today, of which some must be allowed by name."""
    effects = effects_of(package, now)
    left = {danger: count for danger, count in effects.dangers.items() if danger not in allowed}
    evidence = danger_words(left) if left else "; ".join(effect_lines(effects, now))
    return GateLine(
        name="effects",
        words="What it sets off in live today is allowed",
        mark=Mark.SHUT if left else Mark.PASSED,
        evidence=evidence or "nothing",
        remedy=way_out(left) if left else "",
    )


def _shut(staged: RunFolder, account: Account, lines: Sequence[GateLine]) -> GateShutError:
    """The error of a gate that is shut, with a part for each line that is."""
    shut = [line for line in lines if not line.is_open]
    parts = [GateShutError(f"{line.name}: {line.evidence}", hint=line.remedy) for line in shut]
    names = ", ".join(line.name for line in shut)
    message = f"run {staged.id} may not go live as it is ({names}); nothing was sent"
    hint = " ".join(part.hint for part in parts)
    error = GateShutError(message, hint, (GateShutError(message), *parts))
    error.told = {"account": account.name, "promotes": staged.id, "gate": gate_json(lines)}
    return error
