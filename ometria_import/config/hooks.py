"""Hooks: commands in the settings file to run when a command that sends has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HOOKS_VARIABLE = "OMETRIA_IMPORT_HOOKS"
"""The environment variable that allows them, as `--hooks` does."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks of a settings file, which may come from somebody else, so users must allow them."""

    on_success: str = ""
    on_failure: str = ""

    def wanted(self, exit_code: int) -> tuple[str, str]:
        """The name of the hook for an exit code, and its command; empty where there is none."""
        return ("on_failure", self.on_failure) if exit_code else ("on_success", self.on_success)


def are_hooks_allowed(environ: Mapping[str, str]) -> bool:
    """Whether the environment allows the hooks of a settings file."""
    return environ.get(HOOKS_VARIABLE, "") not in {"", "0"}
