"""Showing a promotion: the lines of its gate, and what became of it."""

from __future__ import annotations

from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from ometria_import.actions.calling.events import AlreadyPromoted, GateChecked, PromotionEnded
from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.calling.words import counted, local_moment
from ometria_import.actions.promoting.gate import gate_json
from ometria_import.cli.showing.deferred_screen import DeferredScreen
from ometria_import.cli.showing.quiet_view import open_words, sum_up_open
from ometria_import.cli.showing.screen import (
    ERROR,
    FAINT,
    GOOD,
    WARNING,
    Screen,
    linked,
)
from ometria_import.errors import ExitCode
from ometria_import.promotion import Attestation, GateLine, Mark

_MARKS = MappingProxyType(
    {
        Mark.PASSED: ("\N{CHECK MARK}", "ok", GOOD),
        Mark.SHUT: ("\N{BALLOT X}", "NO", ERROR),
        Mark.NOT_ASKED: ("\N{EN DASH}", "--", FAINT),
    }
)
"""The sign of each mark, the same for terminals without such characters, and its style."""


def show_promotion(
    screen: Screen, event: GateChecked | PromotionEnded | AlreadyPromoted, commands: Commands
) -> None:
    """Show what only a promotion tells."""
    match event:
        case GateChecked():
            _show_line(screen, event.line)
        case PromotionEnded():
            _show_end(screen, event)
        case AlreadyPromoted():
            _show_already_promoted(screen, event, commands)


def _show_line(screen: Screen, line: GateLine) -> None:
    sign, plain, style = _MARKS[line.mark]
    mark = sign if screen.out.encoding.lower().startswith("utf") else plain
    screen.prose((f"{mark} ", style), line.words, (f": {line.evidence}", FAINT), hang=2)


def _show_end(screen: Screen, event: PromotionEnded) -> None:
    _show_attestation(screen, event.attested)
    if event.is_owed and event.attested is None:
        screen.prose(
            ("Nothing is attested yet: ", WARNING),
            "the run has not ended. The same promote command goes on with it, or finds it "
            "finished, and then writes the statement.",
        )
    if isinstance(screen, DeferredScreen):
        screen.release(
            {
                "promotes": event.staged,
                "gate": gate_json(event.gate),
                **_attestation_json(event.attested),
            }
        )


def _show_already_promoted(screen: Screen, event: AlreadyPromoted, commands: Commands) -> None:
    earlier, left = event.earlier, event.left
    accepted = sum(total.accepted for total in earlier.totals)
    records = counted(sum(total.records for total in earlier.totals), "record")
    screen.prose(
        f"Nothing to do: run {earlier.id} has sent this very package to live on "
        f"{local_moment(earlier.info.updated_at)}, {accepted:,} of {records} accepted."
    )
    _show_attestation(screen, event.attested)
    if left:
        step = commands.show(earlier.id)
        screen.prose((f"Still open from that run: {open_words(left)}.", WARNING))
        screen.next_step(command=step)
        screen.sum_up(sum_up_open(str(earlier.info.account), left, step))
    screen.result(
        {
            "run": earlier.id,
            "account": earlier.info.account,
            "promotes": event.staged,
            "nothing_to_do": True,
            **({"open": asdict(left)} if left else {}),
            **_attestation_json(event.attested),
            "exit_code": int(ExitCode.REJECTS if left else ExitCode.OK),
        }
    )


def _show_attestation(screen: Screen, attested: Attestation | None) -> None:
    if attested is None:
        return
    screen.fact("Attested", linked(attested.path))
    if attested.signer is not None:
        screen.fact("Signed", linked(attested.signature))
    else:
        screen.fact(
            "Signed", ("no", WARNING), ": it does not prove who wrote it; --sign-with KEY does"
        )


def _attestation_json(attested: Attestation | None) -> dict[str, Any]:
    if attested is None:
        return {"attestation": None, "signature": None}
    signature = str(attested.signature) if attested.signer is not None else None
    return {"attestation": str(attested.path), "signature": signature}
