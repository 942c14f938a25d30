"""How shells ask what could be typed next, and how they are answered.

Source: the scripts that `--show-completion` prints for bash, zsh and fish.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from ometria_import.cli.completing.candidates import Candidate, candidates

VARIABLE = "_OMETRIA_IMPORT_COMPLETE"
_PLAIN = re.compile(r"[\w./+=@%-]+", re.ASCII)
"""Texts that need no quotes in any shell."""
_ODD = re.compile(r"""[^\w .,;/+=@%()<>-]""")


def complete(environ: Mapping[str, str], folder: Path) -> tuple[str, int] | None:
    """Answer a shell with a text for stdout and an exit code; None if only Typer knows it."""
    shell = environ.get(VARIABLE, "").removeprefix("complete_")
    if shell == "bash":
        words = environ.get("COMP_WORDS", "").split("\n")
        place = int(environ.get("COMP_CWORD") or 0)
        typed, word = words[1:place], words[place] if place < len(words) else ""
        # Bash splits words at `=`, which then is a word by itself.
        if word == "=" or (typed and typed[-1] == "="):
            word = "" if word == "=" else word
            typed = [each for each in typed if each != "="]
        return "\n".join(each.text for each in _found(typed, word, folder)), 0
    if shell not in {"zsh", "fish"}:
        return None
    line = environ.get("_TYPER_COMPLETE_ARGS", "")
    words = _split(line)[1:]
    word = words.pop() if words and not line.endswith(" ") else ""
    found = _found(words, word, folder)
    if shell == "zsh":
        return _for_zsh(found), 0
    if environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        return "", 0 if found else 1
    return "\n".join(f"{each.text}\t{each.about}" if each.about else each.text for each in found), 0


def _found(words: Sequence[str], word: str, folder: Path) -> list[Candidate]:
    return [each for each in candidates(words, word, folder) if _PLAIN.fullmatch(each.text)]


def _for_zsh(found: Sequence[Candidate]) -> str:
    if not found:
        return "_files"
    entries = "\n".join(
        f'"{each.text}":"{_ODD.sub(" ", each.about)}"' if each.about else f'"{each.text}"'
        for each in found
    )
    return f"_arguments '*: :(({entries}))'"


def _split(line: str) -> list[str]:
    """The words of a line, whose last one may have an open quote."""
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()
