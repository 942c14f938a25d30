"""What a fault is to a trial; which there are stands in `network` and `machine`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.torture.child import Order
    from tests.torture.launching import Command, Session
    from tests.torture.trial import Trial

TEMPORARY, INTERRUPTED, REFUSED, UNUSABLE, USAGE, BUSY = 75, 130, 5, 4, 2, 6


class Fault:
    """Goes wrong in one trial; made anew for each, and all its luck is the trial's.

    It has its say before the first command (`arrange`), at each command's start (`shape`), while
    one runs (`disturb`, every few milliseconds) and after one has stopped (`mend`, where it also
    does what a user would). A trial that is to end well calms down after a few commands.
    """

    name: str = ""
    stops: frozenset[int] = frozenset()
    """The exit codes that it may stop a command with; 0 and 3 are no stops."""
    is_line_steady: bool = False
    """Whether the emulator answers as if nothing were wrong."""
    forgets_requests: bool = False
    """Whether a journal may lose count of requests: it is damaged."""
    speed: float = 50.0
    """Seconds of the trial's clock in one of the world's."""

    def arrange(self, trial: Trial) -> None:
        """Prepare the folder, the settings and the emulator's scenario."""

    def shape(self, trial: Trial, order: Order) -> Order:
        """Put something under the command that is about to start."""
        del trial
        return order

    def disturb(self, trial: Trial, command: Command) -> None:
        """Do something to a running command, or let it go on."""

    def mend(self, trial: Trial, session: Session) -> None:
        """Do what a user would before going on, or damage something while nothing runs."""

    def expect(self, trial: Trial) -> None:
        """Say what else must hold at the end: append to `trial.broken`."""
