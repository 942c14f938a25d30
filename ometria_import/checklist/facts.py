"""What the tool knows of a way live, before anything is concluded from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ometria_import.delivery import ListedRun, RunInfo
from ometria_import.options.choices import AccountName, Danger
from ometria_import.package import Effects
from ometria_import.tracking import KeptCheck
from ometria_import.verification import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """A finished run."""

    run: ListedRun
    info: RunInfo
    verified: Summary | None = None
    """The newest finished verification of the whole run, else of a part of it."""
    is_contradicted: bool = False
    """Whether a newer verification found something else."""
    allowed: frozenset[Danger] = frozenset()
    made_of: tuple[str, ...] = ()
    """Why its package is not the one that was prepared, if it was made of another one."""
    packages: frozenset[str] = frozenset()
    """The hashes of its package and of those that it was made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """One account in the settings."""

    problem: str = ""
    """Why its key cannot be used; empty where it can."""
    account_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFacts:
    """What is known about people in a package who have opted out in live."""

    at: datetime
    """When live was asked."""
    danger: int = 0
    """How many would be opted in again."""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the steps are judged by."""

    to: AccountName
    accounts: Mapping[AccountName, AccountFacts] | None
    """None where nobody looked at the settings."""
    staged: RunFacts | None
    """The staging run that the way begins with."""
    live: RunFacts | None
    """The live run that it leads to."""
    changed_only: str = ""
    """A later live run that sent only what had changed."""
    across: Mapping[str, Any] = field(default_factory=dict)
    """What preparing found across the files of the staging run."""
    effects: Effects | None = None
    effect_lines: tuple[str, ...] = ()
    consent: ConsentFacts | None = None
    """The last comparison of these records with live; None if no comparison covers everybody
    whom they opt in."""
    kept_run: str = ""
    """The live run, if it left out the opt-ins that live contradicts."""
    consent_command: str = ""
    check: KeptCheck | None = None
    """The last check of the shop's pages for `to`."""
    check_command: str = ""
    verify_command: str = ""
