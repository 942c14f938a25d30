"""The commands and flags that messages suggest, as their reader can paste them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from ometria_import.config.home import DEFAULT_ROOT


def live_after(staging: str) -> str:
    """The live account that follows a staging account, as far as its name tells."""
    return "live" if staging == "staging" else "ACCOUNT"


@dataclass(frozen=True, slots=True)
class Commands:
    """Where a command was told to look: what it suggests must look there, too."""

    home: Path = DEFAULT_ROOT
    config: Path | None = None
    trust: tuple[str, ...] = ()
    """The flags that say which host and variable the user vouches for."""

    @property
    def config_from_root(self) -> str:
        """The settings file as any folder finds it; empty where none was named."""
        return str(self.config.absolute()) if self.config else ""

    def command(self, *words: str, is_delivering: bool = False) -> str:
        """One command, quoted for the shell; only what delivers reads the settings."""
        where = [] if self.home == DEFAULT_ROOT else ["--home", str(self.home)]
        if is_delivering and self.config is not None:
            where += ["--config", str(self.config)]
        if is_delivering:
            where += self.trust
        return shlex.join(["ometria-import", *words, *where])

    def show(self, run: str) -> str:
        """Look at a run."""
        return self.command("show", run)

    def retry(self, run: str) -> str:
        """Send again what of a run can pass now."""
        return self.command("retry", run, is_delivering=True)

    def errors(self, run: str) -> str:
        """The command to read the account's errors again for a run."""
        return self.command("errors", "--run", run, is_delivering=True)

    def promote(self, run: str, to: str = "live") -> str:
        """Send the very package of a staging run to a live account."""
        return self.command("promote", run, "--to", to, is_delivering=True)

    def consent_diff(self, *what: str, to: str = "live") -> str:
        """Compare who opted in or out in files or in a run with what a live account says."""
        return self.command("consent", "diff", *what, "--to", to, is_delivering=True)

    def resume(self, run: str, *, is_overtaken: bool = False) -> str:
        """Go on with a run, be it one that a later run has overtaken."""
        flags = ["--even-if-older"] if is_overtaken else []
        return self.command("resume", run, *flags, is_delivering=True)

    def verify(self, run: str, *flags: str) -> str:
        """Read back what the account holds of a run."""
        return self.command("verify", run, *flags, is_delivering=True)

    def push(self, *words: str, to: str = "staging") -> str:
        """Push something, to staging unless it belongs to live."""
        return self.command("push", *words, "--to", to, is_delivering=True)
