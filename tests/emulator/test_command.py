from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from ometria_import.cli.commands.emulator import emulator
from ometria_import.errors import UsageError

# The command as the program registers it, without the program's other commands.
PROGRAM = """
import typer
from ometria_import.cli.commands.emulator import emulator
app = typer.Typer()
app.command()(emulator)
app()
"""


def start(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_with_its_options_until_it_is_told_to_stop(
    stop: signal.Signals, tmp_path: Path
) -> None:
    database = tmp_path / "received.db"
    options = ["--port", "0", "--rate", "1", "--queue", "7", "--drain", "0", "--latency", "0.01"]
    options += ["--staging-key", "sesame-1", "--live-key", "sesame-2"]
    with start(*options, "--database", str(database)) as process:
        assert process.stdout
        assert process.stderr
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/v2", line)
        assert address, line
        assert "OMETRIA_STAGING_KEY=" in line
        assert str(database) in line
        for key in ("sesame-1", "sesame-2"):
            answer = httpx.post(
                f"{address[0]}/push",
                json=[{"@type": "product", "id": "1"}],
                headers={"X-Ometria-Auth": key},
            )
            assert answer.status_code == 202
            assert answer.headers["X-QueueSize-Remaining"] == "6"
        process.send_signal(stop)
        rest, complaints = process.communicate(timeout=30)
    assert (process.returncode, rest, complaints) == (0, "", "")
    assert database.is_file()
    assert "sesame" not in line


def test_a_port_in_use_is_a_usage_error() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}") as caught:
            emulator(port=port)
    assert "--port 0" in caught.value.hint


def test_it_listens_on_loopback_addresses_only() -> None:
    with pytest.raises(UsageError, match="not a loopback address"):
        emulator(host="0.0.0.0", port=0)


def test_a_database_that_is_something_else_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database" * 100)
    with pytest.raises(UsageError, match="cannot be used"):
        emulator(port=0, database=path)


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("ometria_import.emulator")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette", None)
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    with pytest.raises(UsageError, match="not installed") as caught:
        emulator(port=0)
    assert caught.value.hint == "Install it with pip install 'ometria-import[emulator]'"


def test_the_command_line_does_not_need_the_extra_to_start() -> None:
    code = (
        "import sys, ometria_import.cli.commands.emulator;"
        " sys.exit(bool({'starlette', 'uvicorn', 'jsonschema'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
