"""What a verification is asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from ometria_import.errors import UsageError
from ometria_import.options.choices import ObjectType
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.package import Package
from ometria_import.verification.comparing import LOOSE_RULES
from ometria_import.verification.sampling.statements import (
    DEFAULT_CONFIDENCE,
    DEFAULT_STATEMENT,
    Claim,
    Statement,
)
from ometria_import.verification.summary import Asked

DEFAULT_SETTLE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Which records of a run are read, and when it is too early to say that one is missing."""

    statement: Statement | None = None
    """None leaves it to us: everything where that takes fewer requests than the default sample."""
    types: tuple[ObjectType, ...] = ()
    """Empty for all."""
    source: str = ""
    """Only the records of this file: its path as the run has it, or the end of the path."""
    settle: timedelta = DEFAULT_SETTLE
    """How long after the run an account may take until it shows a record, and how long to wait."""
    seed: str = ""
    """What the sample is drawn with; empty for one by chance."""
    accepted: tuple[str, ...] = ()
    """Rules of `comparing.LOOSE_RULES` that are accepted as the account's own form."""

    def __post_init__(self) -> None:
        """Refuse rules that there are not.

        Raises:
            UsageError: one is none that can be accepted.
        """
        for name in self.accepted:
            if name not in LOOSE_RULES:
                near = did_you_mean(name, LOOSE_RULES)
                raise UsageError(
                    f"--accept: there is no rule {name!r} that can be accepted{near}",
                    hint=f"These can: {', '.join(LOOSE_RULES)}.",
                )

    @property
    def sample(self) -> Statement:
        """The statement, or the default."""
        return self.statement or DEFAULT_STATEMENT

    @property
    def confidence(self) -> float:
        """In percent."""
        return self.sample.confidence if isinstance(self.sample, Claim) else DEFAULT_CONFIDENCE

    @property
    def asked(self) -> Asked:
        """As the summary says it."""
        return Asked(
            statement=str(self.sample),
            is_default=self.statement is None,
            types=self.types,
            source=self.source,
            accepted_rules=self.accepted,
        )

    @property
    def fingerprint(self) -> str:
        """The same for wishes that the same verification fulfils; the seed and waits aside."""
        return hashlib.sha256(msgspec.json.encode(self.asked)).hexdigest()

    def sources_of(self, package: Package) -> frozenset[int] | None:
        """The numbers of the sources that are wanted; None for all.

        Raises:
            UsageError: the package has no source of that name.
        """
        if not self.source:
            return None
        paths = {each.number: each.path for each in package.sources()}
        exact = {number for number, path in paths.items() if path == self.source}
        ends = {number for number, path in paths.items() if path.endswith(f"/{self.source}")}
        if found := exact or ends:
            return frozenset(found)
        near = did_you_mean(self.source, list(paths.values()))
        raise UsageError(
            f"--source: no record of the run came from {self.source}{near}",
            hint=f"The run has read: {', '.join(sorted(set(paths.values())))}.",
        )
