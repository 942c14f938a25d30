"""The request of a run: its sources, and the dangers that the user allowed by name.

It is stored beside the journal and written first, so every run that can be resumed has one. A lost
or unreadable request allows nothing and has no known sources, which is the safe assumption.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Self

from ometria_import.config.home import RunFolder, RunId
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.options.choices import ConsentRule, Danger
from ometria_import.options.sending_hours import SendingHours


@dataclass(frozen=True, slots=True)
class Approval:
    """Who allowed a danger, and when."""

    by: str
    """The name of the machine's user."""
    at: str
    """ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The request in the command that started a run."""

    asked: str = ""
    """A hash of which sources were named; empty where they cannot be known again."""
    state: str = ""
    """A hash of what the sources, mappings and options were like."""
    allowed: frozenset[Danger] = frozenset()
    """The dangers that were allowed for this run."""
    config: str = ""
    """The settings file that was named, from the root; empty where none was."""
    command: str = ""
    """The command as it was given; empty where a program called, or an earlier version wrote it."""
    approvals: Mapping[Danger, Approval] = field(default_factory=dict)
    """Of the dangers that were allowed; an earlier version did not keep them."""
    promotes: RunId = field(default=RunId(""))
    """The staging run whose package this one sends to live; empty where it promotes none."""
    consent: ConsentRule = ConsentRule.FILE
    """Which opt-ins were left out of its records."""
    is_pseudonymised: bool = False
    """Whether a fake stands for each person in its records."""
    between: SendingHours | None = None
    """When it may send; None where nobody said."""

    def allowing(self, dangers: Iterable[Danger], now: datetime) -> Self:
        """The same with more dangers allowed, by whoever runs this process."""
        new = frozenset(dangers) - self.allowed
        if not new:
            return self
        approval = Approval(_user(), now.isoformat(timespec="seconds"))
        approvals = {**self.approvals, **dict.fromkeys(new, approval)}
        return replace(self, allowed=self.allowed | new, approvals=approvals)

    def is_same(self, other: RunRequest) -> bool:
        """Whether the same sources were named, and nothing about them has changed."""
        return bool(self.asked) and (self.asked, self.state) == (other.asked, other.state)


def save_request(run: RunFolder, request: RunRequest) -> None:
    """Write a request into its run's folder; durable when it returns."""
    said = {
        "asked": request.asked,
        "state": request.state,
        "allowed": sorted(request.allowed),
        "config": request.config,
        "command": request.command,
        "approvals": {danger: asdict(each) for danger, each in request.approvals.items()},
        "promotes": request.promotes,
        "consent": request.consent,
        "pseudonymised": request.is_pseudonymised,
        "between": str(request.between or ""),
    }
    unfinished = run.request.with_suffix(".unfinished")
    with storage_errors(run.request), private_file(unfinished).open("w") as file:
        file.write(json.dumps(said))
        file.flush()
        os.fsync(file.fileno())
        unfinished.replace(run.request)


def load_request(run: RunFolder) -> RunRequest:
    """Read the request of a run; an empty one if it cannot be read."""
    try:
        said = json.loads(run.request.read_bytes())
        return RunRequest(
            str(said["asked"]),
            str(said["state"]),
            frozenset(map(Danger, said["allowed"])),
            str(said.get("config", "")),
            str(said.get("command", "")),
            {
                Danger(danger): Approval(str(each["by"]), str(each["at"]))
                for danger, each in said.get("approvals", {}).items()
            },
            RunId(str(said.get("promotes", ""))),
            ConsentRule(said.get("consent", ConsentRule.FILE)),
            said.get("pseudonymised") is True,
            SendingHours.parse(said["between"]) if said.get("between") else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return RunRequest()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # In a container, the user may have a number and no name.
        return f"user {os.getuid()}"
