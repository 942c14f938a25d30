"""The way into the program, before anything else of it is imported."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def run() -> None:
    """Answer a shell that asks what could be typed next, or run the command line."""
    if sys.platform == "win32":
        sys.stderr.write(
            "error: ometria-import needs Linux or macOS: it locks and writes files in ways that "
            "Windows does not know\n"
            "hint: Run it in WSL: wsl --install, and then install it there as on Linux.\n"
        )
        sys.exit(2)
    # Somebody pressed a key and waits: only what completes is imported, and only here.
    from ometria_import.cli.completing import VARIABLE, complete

    if VARIABLE in os.environ and (answer := complete(os.environ, Path())) is not None:
        text, code = answer
        sys.stdout.write(text)
        sys.exit(code)
    from ometria_import.cli.main import main

    main()
