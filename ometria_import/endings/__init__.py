"""How commands that send have ended: kept for monitoring, and told to hooks."""

from ometria_import.endings.attempts import BegunAttempt, attempts_in
from ometria_import.endings.hooks import run_hook
from ometria_import.endings.kept import Ending, endings_of, keep_ending
from ometria_import.endings.metrics import Watched, metrics_of

__all__ = [
    "BegunAttempt",
    "Ending",
    "Watched",
    "attempts_in",
    "endings_of",
    "keep_ending",
    "metrics_of",
    "run_hook",
]
