"""Pictures of real runs: what commands print, and the page of a report.

The commands run in folders of their own, against an emulator that ends with them.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "ometria_import"]
COLUMNS = 100
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_REPORT_SIZE = "1000,1300"
_FONT_FACES = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)
"""They name a server of others."""
_ADDRESS = re.compile(r"http://[\w.]+:[0-9]+[\w/]*")
_KEYS = {"OMETRIA_STAGING_KEY": "staging-key", "OMETRIA_LIVE_KEY": "live-key"}
_SAMPLES = "products.csv contacts.csv orders.csv orders.json"
_WAIT_S = 120
_MOST_LINES = 42
_A_FEW = 5
"""A picture that is longer than a screen shows no more, unless it is but a few lines."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A command, of which there is a picture if it has a name."""

    command: str
    name: str = ""
    says: str = ""
    """What stands where the picture cannot be seen."""
    exit_code: int = 0


RAW = (
    Shot("init", "init", "init finds out what four tables of a warehouse are"),
    Shot("push --to staging", "push", "push sends every valid record to staging"),
    Shot("verify", "verify", "verify reads them back and compares them"),
    Shot("consent diff RUN --to live", "consent", "consent diff finds nobody who has left"),
    Shot("promote RUN --to live --yes", "promote", "promote shows its gate and sends to live"),
    Shot("checklist", "checklist", "the checklist ticks what is proven"),
)
SAMPLES = (
    Shot(f"inspect {_SAMPLES}", "inspect", "inspect says which column feeds which field"),
    Shot(
        f"check {_SAMPLES} --country GB",
        "check",
        "check lists the problems of the sample data by cause, with advice",
        exit_code=3,
    ),
    Shot(f"push {_SAMPLES} --to staging --country GB --quiet", exit_code=3),
    Shot("verify --quiet"),
    Shot("runs", "runs", "runs lists the runs, newest first"),
    Shot("show", "show", "show says what became of a run and what to do next"),
    Shot("explain E012", "explain", "explain says what a code means and what to do"),
)
REPORT = "report"
REPORT_SAYS = "the page about a push: its verdict, the run, and where every row of the files went"


def says_of() -> dict[str, str]:
    """Every picture that there is, and what it shows in words."""
    shots = {shot.name: shot.says for shot in (*RAW, *SAMPLES) if shot.name}
    return shots | {REPORT: REPORT_SAYS}


def take_pictures(folder: Path, work: Path) -> dict[str, str]:
    """Run everything and draw it; the file of each picture by its name."""
    with _emulator(work) as address:
        settings = "\n".join(
            f'[accounts.{name}]\nbase_url = "{address}"\nwait_for_errors = 1\n'
            for name in ("staging", "live")
        )
        raw = work / "raw"
        shutil.copytree(ROOT / "sample_data" / "raw", raw)
        found = _draw(RAW[:1], raw, folder)
        with (raw / "ometria-import.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n{settings}")
        found |= _draw(RAW[1:], raw, folder)
        samples = work / "samples"
        samples.mkdir()
        for name in _SAMPLES.split():
            shutil.copy(ROOT / "sample_data" / name, samples)
        (samples / "ometria-import.toml").write_text(settings, "utf-8")
        found |= _draw(SAMPLES, samples, folder)
    (page,) = samples.glob(".ometria-import/runs/*/report.html")
    return found | _photograph(page, folder, work)


def _draw(shots: tuple[Shot, ...], folder: Path, pictures: Path) -> dict[str, str]:
    found = {}
    for shot in shots:
        command = shot.command.replace("RUN", _newest_run(folder)) if "RUN" in shot.command else ""
        code, printed = _run(shlex.split(command or shot.command), folder)
        if code != shot.exit_code:
            sys.exit(f"ometria-import {shot.command} ended with {code}:\n{printed}")
        if shot.name:
            found[shot.name] = f"{shot.name}.svg"
            shown = f"ometria-import {shot.command}"
            (pictures / found[shot.name]).write_text(_svg(shown, printed, shot.name), "utf-8")
    return found


def _svg(command: str, printed: str, name: str) -> str:
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, highlight=False
    )
    console.print(Text.assemble(("$ ", "dim"), (command, "bold")))
    lines = printed.strip("\n").splitlines()
    is_long = len(lines) > _MOST_LINES + _A_FEW
    console.print(Text.from_ansi("\n".join(lines[:_MOST_LINES] if is_long else lines)))
    if is_long:
        console.print(f"… and {len(lines) - _MOST_LINES} more lines", style="dim")
    return console.export_svg(
        title="", code_format=_FONT_FACES.sub("", CONSOLE_SVG_FORMAT), unique_id=name
    )


def _run(arguments: list[str], folder: Path) -> tuple[int, str]:
    """Run a command on a terminal of a fixed width; its exit code and what it printed there."""
    terminal, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    environment = {
        **{name: value for name, value in os.environ.items() if name != "NO_COLOR"},
        **_KEYS,
        "TERM": "xterm-256color",
        "PYTHONPATH": str(ROOT),
    }
    with subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=inner,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(inner)
        pieces = []
        # Linux answers with an error where no one writes to the terminal any more.
        while piece := _read(terminal):
            pieces.append(piece)
        assert process.stderr is not None
        errors = process.stderr.read().decode()
        code = process.wait(_WAIT_S)
    os.close(terminal)
    printed = b"".join(pieces).decode().replace("\r\n", "\n") or errors
    # Where the pictures were made is nobody's business.
    return code, printed.replace(f"{folder.resolve()}/", "")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def _newest_run(folder: Path) -> str:
    runs = sorted(path.name for path in (folder / ".ometria-import" / "runs").iterdir())
    return runs[-1]


@contextmanager
def _emulator(work: Path) -> Iterator[str]:
    """Keep an emulator running and give its address."""
    command = [*PROGRAM, "emulator", "--port", "0", "--database", str(work / "received.db")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if (address := _ADDRESS.search(line)) is None:
                sys.exit(f"The emulator did not start. {line}")
            yield address[0]
        finally:
            process.terminate()


def _photograph(page: Path, folder: Path, work: Path) -> dict[str, str]:
    """Take a picture of a report, if there is a browser."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        print(f"No browser is installed ({', '.join(BROWSERS)}): the report has no picture.")
        return {}
    picture = folder / "report.png"
    command = [
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        *("--no-first-run", "--disable-background-networking", "--disable-sync"),
        f"--user-data-dir={work / 'profile'}",
        f"--window-size={_REPORT_SIZE}",
        f"--screenshot={picture}",
        page.resolve().as_uri(),
    ]
    subprocess.run(command, check=True, timeout=_WAIT_S, capture_output=True)
    return {REPORT: picture.name}
