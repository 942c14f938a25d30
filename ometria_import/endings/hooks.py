"""Running the hook from the settings when a command that sends has ended."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Mapping
from typing import Any

from ometria_import.problems import shorten

_WITHIN_S = 60
_SHOWN = 300


def run_hook(command: str, told: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Run a hook with a JSON object on its standard input, without a shell, for a minute at most.

    Args:
        command: As the settings have it.
        told: The object.
        environ: What the hook gets as its environment; it must hold no key.

    Returns:
        What it printed, line by line, and at the end why it failed, if it did.
    """
    try:
        ended = subprocess.run(  # noqa: S603 -- the user allows it by name
            shlex.split(command),
            input=json.dumps(told, default=str).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_WITHIN_S,
            check=False,
            env=dict(environ),
        )
    except ValueError:
        return ["its quotes are odd, so that it is no command"]
    except OSError as error:
        return [f"it cannot be run: {error.strerror}"]
    except subprocess.TimeoutExpired:
        return [f"it was stopped after {_WITHIN_S} s"]
    lines = [shorten(each, _SHOWN) for each in ended.stdout.decode("utf-8", "replace").splitlines()]
    failed = [f"it ended with exit code {ended.returncode}"] if ended.returncode else []
    return lines + failed
