"""Copies of remote files: private, kept from others' tidying, and gone after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from ometria_import.sources.remote.copies import Copy

MAKES_ONE = """
import sys, time
from pathlib import Path
from ometria_import.sources.remote.copies import Copy
print(Copy(Path(sys.argv[1])).path.name, flush=True)
time.sleep(60)
"""


def test_a_copy_stays_while_its_process_lives_and_goes_once_it_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MAKES_ONE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        of_other = tmp_path / process.stdout.readline().strip()
        assert of_other.stat().st_mode & 0o777 == 0o600
        first = Copy(tmp_path)
        assert {*tmp_path.iterdir()} == {of_other, first.path}
        process.send_signal(signal.SIGKILL)
        process.wait()
        second = Copy(tmp_path)
        assert {*tmp_path.iterdir()} == {first.path, second.path}
    first.remove()
    second.remove()
    assert [*tmp_path.iterdir()] == []
