"""What actions tell while they are done, beside what preparing and delivering tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ometria_import.actions.calling.run import Run, SendableRun
from ometria_import.config import AccountSettings
from ometria_import.config.home import RunFolder, RunId
from ometria_import.errors import ExitCode, RejectLimitError
from ometria_import.options.choices import AccountName, Danger
from ometria_import.options.sending_hours import SendingHours
from ometria_import.package import Effects

if TYPE_CHECKING:
    from pathlib import Path

    # For types only: imported at run time, they would load what few commands need.
    from ometria_import.delivery import EarlierRun, OpenRejects, RunSummary
    from ometria_import.prepare import PrepareSummary
    from ometria_import.promotion import Attestation, GateLine
    from ometria_import.verification.run import Verified


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that was decided or found, in one line for people."""

    text: str


@dataclass(frozen=True, slots=True)
class SourcesPrepared:
    """All sources were read; what came of them."""

    summary: PrepareSummary
    seen_in: RunFolder | None = None
    """An earlier check or run that was shown with the same result, if there is one."""


@dataclass(frozen=True, slots=True)
class TooManyRejected:
    """More was rejected than the caller allows; the run is recorded, and nothing was sent."""

    run: Run
    error: RejectLimitError


@dataclass(frozen=True, slots=True)
class NothingToSend:
    """The package of a run is empty."""

    run: Run
    reason: str
    """Why, where everything was rejected; else empty."""


@dataclass(frozen=True, slots=True)
class EffectsCounted:
    """What a package sets off in a live account, before it goes to staging."""

    effects: Effects | None
    """None where the package is damaged."""
    to: AccountName


@dataclass(frozen=True, slots=True)
class RestBegun:
    """A push sends what an earlier run has left before it begins with its own."""

    run: EarlierRun


@dataclass(frozen=True, slots=True)
class RestEnded:
    """What an earlier run had left is sent, or cannot be."""

    run: EarlierRun
    is_end: bool
    """Whether the push ends with it, as nothing is to follow."""


@dataclass(frozen=True, slots=True)
class AlreadySent:
    """A push found that an earlier run has sent all this, and nothing has changed since."""

    earlier: EarlierRun
    left: OpenRejects
    """What is still open from that run."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A dry run wrote what would be sent."""

    run: SendableRun
    summary: RunSummary
    account: AccountSettings
    bodies: tuple[Path, ...]
    """A file of bodies for each object type."""
    allowed: frozenset[Danger]
    """What a run that sends may set off in the live account."""
    hours: SendingHours
    """The hours in which it may send."""

    @property
    def seconds(self) -> float:
        """How long sending would take at the account's rate."""
        return self.summary.batches / self.account.rate_per_s


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery ended, whether or not everything is sent."""

    run: Run
    summary: RunSummary
    is_told_why: bool = False
    """Whether `api-problems.csv` was written."""
    report: Path | None = None
    """The page that tells of the run; None where none was written."""

    @property
    def exit_code(self) -> ExitCode:
        """Of the run as a whole."""
        return self.run.exit_code(self.summary.exit_code)


@dataclass(frozen=True, slots=True)
class NothingLeft:
    """A run that was to go on is finished."""

    run: Run


@dataclass(frozen=True, slots=True)
class NothingToRetry:
    """A run left nothing that can pass now."""

    run: RunFolder
    is_unknown: bool
    """Whether its late errors were never read: what they name may pass then."""


@dataclass(frozen=True, slots=True)
class LateErrorsAdded:
    """What the account's error list says of a run now was added to the run."""

    run: RunFolder
    added: int
    listed: int
    """Entries of the account's list, whatever they are about."""
    is_alone: bool
    """Whether no later run sent to the account; else only what names a request counts."""


class OtherWay(NamedTuple):
    """Why a staging run is not promoted, and what is done instead."""

    why: str
    words: str
    """What to do, as it stands behind "then" in a sentence."""
    command: str


@dataclass(frozen=True, slots=True)
class RunVerified:
    """A verification ended, whether or not all was read."""

    verified: Verified
    account: AccountName
    """The account that was read."""
    report: Path | None
    """The run's report, written anew; None where that failed."""
    other_way: OtherWay | None
    """How its records can go live if this run may not be promoted."""
    opts_in: bool
    """Whether it opts anybody in, in which case live is asked first who has opted out there."""


@dataclass(frozen=True, slots=True)
class GateChecked:
    """A line of the gate before live was checked."""

    line: GateLine


@dataclass(frozen=True, slots=True)
class PromotionBegun:
    """The gate is open, or was before: the package of a staging run goes to live now."""

    staged: RunId


@dataclass(frozen=True, slots=True)
class PromotionEnded:
    """The delivery of a promotion ended, whether or not everything is sent."""

    staged: RunId
    gate: tuple[GateLine, ...]
    """What was passed before the first request."""
    attested: Attestation | None
    """None where no statement was asked for, or the run has not ended."""
    is_owed: bool
    """Whether a statement was asked for."""


@dataclass(frozen=True, slots=True)
class AlreadyPromoted:
    """A live run has sent all of the staging run's package before."""

    earlier: EarlierRun
    staged: RunId
    left: OpenRejects
    """What is still open from that run."""
    attested: Attestation | None


PromotionEvent: TypeAlias = GateChecked | PromotionBegun | PromotionEnded | AlreadyPromoted
"""What only a promotion tells."""


RunEvent: TypeAlias = (
    Noted
    | SourcesPrepared
    | TooManyRejected
    | NothingToSend
    | EffectsCounted
    | RestBegun
    | RestEnded
    | AlreadySent
    | Rehearsed
    | Delivered
    | NothingLeft
    | NothingToRetry
    | LateErrorsAdded
    | PromotionEvent
    | RunVerified
)
"""What actions tell beside what preparing and delivering tell."""
