"""Imports all that a command may need, once, so that starting one costs no second."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_NOBODY = "http://127.0.0.1:9/v2"
_SECOND_ROUND = 2
_PRODUCTS = "id,title,price\n1,Kettle,1.00\n2,Kettle,no\n2,Pan,2.00\n"
_CONTACTS = "id,@collection,email\n1,main,a@example.com\n"
_ORDERS = "id,timestamp,grand_total,currency\n1,2024-01-01T10:00:00Z,1.00,EUR\n"
_COMMANDS = ("push", "resume", "runs")


def import_program(commands: Iterable[str] = _COMMANDS) -> None:
    """Import some commands, and what a push needs."""
    of_commands = (f"cli.commands.{name}" for name in commands)
    for name in ("cli.main", *of_commands, "delivery.api.push_api"):
        importlib.import_module(f"ometria_import.{name}")
    # What else a push imports on its way, it says itself; child and parent share no state.
    for _ in range(_SECOND_ROUND):
        for name in _modules_of_a_push():
            with suppress(ImportError):
                importlib.import_module(name)
    _read_presets()
    # Whoever collects garbage in a fork need not look through all this, and copy it.
    gc.collect()
    gc.freeze()


def _read_presets() -> None:
    """Read the headings of all presets, which stay in memory."""
    from ometria_import.mapping.presets import recognise_preset

    recognise_preset(Path("nothing.csv"), ["nothing"])


def _modules_of_a_push() -> list[str]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _push()
        with os.fdopen(writer, "w") as pipe:
            pipe.write("\n".join(sys.modules))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        names = pipe.read().split("\n")
    os.waitpid(child, 0)
    return [name for name in names if name not in sys.modules and "main__" not in name]


def _push() -> None:
    from ometria_import.cli.main import main

    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    with tempfile.TemporaryDirectory() as folder, suppress(SystemExit):
        os.chdir(folder)
        files = {"products.csv": _PRODUCTS, "contacts.csv": _CONTACTS, "orders.csv": _ORDERS}
        for name, text in files.items():
            Path(name).write_text(text)
        Path("ometria-import.toml").write_text(f'[accounts.staging]\nbase_url = "{_NOBODY}"\n')
        os.environ["OMETRIA_STAGING_KEY"] = "warming"
        sys.argv = ["ometria-import", "push", *files, "--to", "staging", "--give-up-after", "0"]
        main()
