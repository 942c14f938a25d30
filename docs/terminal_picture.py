"""Draw `docs/terminal.svg`: what `ometria-import check` shows of the sample data.

python -m docs.terminal_picture
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
_WIDTH = 104
_FIRST_LINES, _LAST_LINES = 21, 16
_COMMAND = "ometria-import check sample_data/*.csv sample_data/orders.json --country GB"


def main() -> None:
    """Run the command on the sample data and draw the beginning and the end of what it prints."""
    sources = [*sorted((ROOT / "sample_data").glob("*.csv")), ROOT / "sample_data/orders.json"]
    arguments = [str(path.relative_to(ROOT)) for path in sources]
    with tempfile.TemporaryDirectory() as home:
        words = [*arguments, "--country", "GB", "--home", home]
        output = subprocess.run(  # noqa: S603 -- our own program
            [sys.executable, "-m", "ometria_import", "check", *words],
            cwd=ROOT,
            env={
                **os.environ,
                "FORCE_COLOR": "1",
                "COLUMNS": str(_WIDTH),
                "TERM": "xterm-256color",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
            text=True,
        ).stdout.replace(home, ".ometria-import")
    lines = output.strip("\n").split("\n")
    console = Console(record=True, width=_WIDTH, file=open(os.devnull, "w"), force_terminal=True)  # noqa: PTH123, SIM115
    console.print(Text.assemble(("$ ", "bold green"), _COMMAND))
    for line in [*lines[:_FIRST_LINES], "", "  ⋮", "", *lines[-_LAST_LINES:]]:
        text = Text.from_ansi(line)
        text.truncate(_WIDTH, overflow="ellipsis")
        console.print(text)
    console.save_svg(str(ROOT / "docs/terminal.svg"), title="ometria-import")


if __name__ == "__main__":
    main()
