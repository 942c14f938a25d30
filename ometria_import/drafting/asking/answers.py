"""Answers as they stand in a mapping file, so that the next run knows them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping

from ometria_import.drafting.writing.toml_text import quoted

_ANSWER = "# ANSWER "


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
