"""The known name that is nearest to a mistyped one, and the one wording that asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

_LEAST_RATIO = 75
"""Of 100: how much of both names is the same letters in the same order. Two letters that changed
places in a name of four are still near; names of two different things rarely are."""


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A name as names are compared: without case, spaces, underscores, dashes and `@`."""
    return "".join(char for char in name.casefold() if char not in " _-@\t\u00a0")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name that is nearest to a word, or empty where none is near."""
    from rapidfuzz import fuzz, process

    names = {name: plain(name) for name in known}
    found = process.extractOne(plain(word), names, scorer=fuzz.ratio, score_cutoff=_LEAST_RATIO)
    return found[2] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion in brackets to stand behind the word in a message, or nothing."""
    near = nearest(word, known)
    return f" (did you mean '{near}'?)" if near else ""


def did_you_mean_each(pairs: Iterable[tuple[str, str]]) -> str:
    """The same for several words, each with the name that is near it, or with an empty one."""
    near = [f"'{name}' for '{word}'" for word, name in pairs if name]
    return f" (did you mean {', '.join(near)}?)" if near else ""
