"""Running the hook from the settings when a command that sends has ended."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from threading import Thread
from typing import IO, Any

from ometria_import.errors import InterruptedRunError
from ometria_import.problems import shorten

_WITHIN_S = 60
_LAST_WORDS_S = 1
"""How long the output of a hook that has ended is waited for: what it left running in the
background may keep that open for ever."""
_SHOWN = 300
_SHOWN_LINES = 20
_KEPT_BYTES = 64 * 1024
_PIECE_BYTES = 64 * 1024


def run_hook(
    command: str, told: Mapping[str, Any], environ: Mapping[str, str], within_s: float = _WITHIN_S
) -> list[str]:
    """Run a hook with a JSON object on its standard input, without a shell, for a minute at most.

    Whatever it does, this returns soon after that, and a signal ends the wait and nothing else.

    Args:
        command: As the settings have it.
        told: The object.
        environ: What the hook gets as its environment; it must hold no key.
        within_s: How long it may take.

    Returns:
        What it printed, line by line, and at the end why it failed, if it did.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 -- the user allows it by name
            shlex.split(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environ),
            # Of its own, so that what it has begun can be stopped along with it.
            start_new_session=True,
        )
    except ValueError:
        return ["its quotes are odd, so that it is no command"]
    except OSError as error:
        return [f"it cannot be run: {error.strerror}"]
    printed = bytearray()
    text = json.dumps(told, default=str).encode()
    # In threads, as a hook need not read, and may print without end.
    writer = Thread(target=_write, args=(process.stdin, text), daemon=True)
    reader = Thread(target=_read, args=(process.stdout, printed), daemon=True)
    failed = []
    try:
        writer.start()
        reader.start()
        code = process.wait(within_s)
        reader.join(_LAST_WORDS_S)
        if code:
            failed = [_ended_with(code)]
    except subprocess.TimeoutExpired:
        _stop(process)
        failed = [f"it was stopped after {within_s:g} s"]
    except InterruptedRunError:
        _stop(process)
        failed = ["it was stopped by a signal"]
    lines = bytes(printed[:_KEPT_BYTES]).decode("utf-8", "replace").splitlines()
    shown = [shorten(each, _SHOWN) for each in lines[:_SHOWN_LINES]]
    if len(lines) > _SHOWN_LINES or len(printed) > _KEPT_BYTES:
        shown.append("it printed more, which is not shown")
    return shown + failed


def _write(stream: IO[bytes], text: bytes) -> None:
    with suppress(OSError), stream:
        stream.write(text)


def _read(stream: IO[bytes], kept: bytearray) -> None:
    """Read to the end, so that the hook does not wait, and keep no more than is shown."""
    with suppress(OSError, ValueError), stream:
        while piece := os.read(stream.fileno(), _PIECE_BYTES):
            if len(kept) <= _KEPT_BYTES:
                kept += piece


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a hook and what it has begun."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ended_with(code: int) -> str:
    if code > 0:
        return f"it ended with exit code {code}"
    return f"it was stopped by signal {-code}"
