"""A process that a server forks is like one that is started anew, as far as programs can tell."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.starting import warm

FACTS = """
import json, os, signal, sys
streams = [[each.encoding, each.errors, each.isatty(), each.line_buffering]
    for each in (sys.stdin, sys.stdout, sys.stderr)]
listed = [f"/proc/self/fd/{each}" for each in os.listdir("/proc/self/fd") if int(each) > 2]
# Once it is loaded, libffi keeps its own file open.
opened = [what for each in listed if os.path.lexists(each)
    if ".so" not in (what := os.readlink(each))]
print(json.dumps({
    "words": sys.argv[1:], "read": sys.stdin.read(), "streams": streams, "folder": os.getcwd(),
    "umask": os.umask(0), "group": os.getpgrp(), "session": os.getsid(0), "parent": os.getppid(),
    "signals": {each.name: str(signal.getsignal(each)) for each in signal.Signals},
    "open": opened,
    "environment": {each: os.environ[each] for each in os.environ if "OMETRIA" in each},
}))
sys.exit(7)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_it_finds_the_world_as_one_that_is_started_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMETRIA_STAGING_KEY", "k\u00e9y")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    umask = os.umask(0o027)
    try:
        anew, forked = (told(tmp_path, is_forked=is_forked) for is_forked in (False, True))
    finally:
        os.umask(umask)
        signal.signal(signal.SIGHUP, before)
    assert forked == anew
    assert forked["read"] == "typed\n"
    assert forked["signals"]["SIGHUP"] == "1"


def told(folder: Path, *, is_forked: bool) -> dict[str, Any]:
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    if is_forked:
        process = warm.start("one", "two", code=FACTS, cwd=folder, text=True, **pipes)
    else:
        command = [sys.executable, "-c", FACTS, "one", "two"]
        process = subprocess.Popen(command, cwd=folder, text=True, **pipes)
    out, err = process.communicate("typed\n", timeout=60)
    assert (process.returncode, err) == (7, "")
    facts: dict[str, Any] = json.loads(out)
    return facts


def test_it_ends_by_the_signal_that_it_is_sent() -> None:
    process = warm.start(code="import time\ntime.sleep(60)", stderr=subprocess.DEVNULL)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == -signal.SIGTERM
