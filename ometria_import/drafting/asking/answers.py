"""Answers as they stand in a mapping file, so that the next run knows them."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping

from ometria_import.drafting.writing.toml_text import quoted

_ANSWER = "# ANSWER "
_SEAL = "# DRAFT "
_DIGITS = 16


def answer_lines(answers: Mapping[str, str]) -> Iterator[str]:
    """The answers as comments of a mapping file."""
    yield from (f"{_ANSWER}{quoted(key)} = {quoted(answer)}" for key, answer in answers.items())


def answers_in(text: str) -> dict[str, str]:
    """The answers that stand in a mapping file; what is none is left out."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith(_ANSWER):
            try:
                read = tomllib.loads(line.removeprefix(_ANSWER))
            except tomllib.TOMLDecodeError:
                continue
            found.update({key: value for key, value in read.items() if isinstance(value, str)})
    return found


def sealed(text: str) -> str:
    """A mapping file with a line by which a later run knows that nobody changed it."""
    return f"{text}\n{_SEAL}{_seal_of(text)}: init goes on with it until somebody changes it\n"


def is_sealed(text: str) -> bool:
    """Whether a mapping file says what it said when it was drafted; comments do not count.

    Raises:
        tomllib.TOMLDecodeError: it is no TOML.
    """
    seal = _seal_of(text)
    return any(line.startswith(f"{_SEAL}{seal}") for line in text.splitlines())


def _seal_of(text: str) -> str:
    held = json.dumps(tomllib.loads(text), sort_keys=True, default=str)
    return hashlib.sha256(held.encode()).hexdigest()[:_DIGITS]
