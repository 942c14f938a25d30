"""Lines about a promotion."""

from __future__ import annotations

from ometria_import.cli.lines.shapes.line import Line
from ometria_import.promotion.gate import Mark


class GateChecked(Line):
    """A check before live, and what it found."""

    name: str
    words: str
    mark: Mark
    evidence: str
    remedy: str


class PromotionBegun(Line):
    """The records of a staging run go to live now."""

    staged: str


class PromotionEnded(Line):
    """The promotion's delivery ended; `attested` is the file that states it."""

    staged: str
    attested: str | None
    is_owed: bool


class AlreadyPromoted(Line):
    """A live run has sent all of the staging run before."""

    run: str
    staged: str
    attested: str | None
