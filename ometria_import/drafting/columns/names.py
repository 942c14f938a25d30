"""What the words in columns' names mean, in ten languages and in older systems' shorthand."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from itertools import takewhile

Meanings = tuple[frozenset[str], ...]
"""One set for each word: several meanings where it is ambiguous, none where nobody knows it."""

FILLER = "filler"
NEVER = "never"
_LONGEST_PHRASE = 5
_SHORTEST_PART = 3
_SHORTEST_SKELETON = 4
_ENDINGS = frozenset({"nr", "no", "id", "nbr"})
"""Short words that stand at the end of compounds: `Kundennr`, `orderid`."""
_JOINTS = ("", "s", "es", "n", "en", "e")
"""What German and Dutch put between the parts of a compound."""
_ADDRESSED = frozenset(
    {"email", "mail", "phone", "sms", "newsletter", "marketing", "post", "letter", "wish"}
)
_START = re.compile(r"[A-Za-z][A-Za-z0-9]{1,3}[_.](?=[A-Za-z])")
_LONGEST_PREFIX = 3
_FEWEST_NAMES, _MOST_NAMES = 6, 0.75
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "æ": "ae",
        "Æ": "Ae",
        "đ": "d",
        "Đ": "D",
        "\u0131": "i",
    }
)
"""Letters that are not made of another one and an accent."""
_LOCALE = re.compile(r"(?<=[-_.])[a-z]{2}[-_][A-Z]{2}(?![A-Za-z])")
"""`name-en_GB`: the language of a text is nothing that a mapping asks for."""
_NOTE = re.compile(r"\(do not modify\)|\(est\.?\)", re.IGNORECASE)


@cache
def meanings_of(name: str) -> Meanings:
    """The meanings of each word of a name; words that say nothing are left out."""
    if name.rpartition(".")[2].startswith("_"):
        return (frozenset(),)  # what a system notes for itself: _type, _loaded_at
    words = words_of(name)
    found: list[frozenset[str]] = []
    position = 0
    while position < len(words):
        length, meant = _phrase(words, position)
        if not length:
            length, meant = 1, _word(words[position], is_shorthand=name.isupper())
        following = _phrase(words, position + 1)[1] or (
            _word(words[position + 1], is_shorthand=False)
            if position + 1 < len(words)
            else (frozenset(),)
        )
        is_of_data = words[:1] == ["data"] and not name.startswith("data.")
        if is_of_data and position == 0 and length == 1 < len(words):
            meant = (frozenset({"date"}),)  # Italian; at the end of a name it is English
        if words[position] == "no" and following[0] & _ADDRESSED:
            meant = (frozenset({NEVER}),)
        found.extend(each for each in meant if FILLER not in each or len(each) > 1)
        position += length
    return tuple(found)


def without_prefix(names: Iterable[str]) -> dict[str, str]:
    """The names without the letters that stand before nearly all of them: `OXCITY`, `GL_QTE`.

    Letters that mean something stay: in `CUSTNO` and `CUSTNAME` they say whose the number is.
    """
    names = list(names)
    starts = Counter(
        start[0] for name in names if (start := _START.match(name)) and len(name) > len(start[0])
    )
    if names and all(name.isupper() for name in names):
        pairs = zip(min(names), max(names), strict=False)
        shared = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        starts[shared] = len(names) if len(shared) <= _LONGEST_PREFIX else 0
    prefix, count = max(starts.items(), key=lambda each: (each[1], len(each[0])), default=("", 0))
    letters = prefix.rstrip("_.").lower()
    is_said = len(letters) < 2 or known_words().get(letters, {FILLER}) != {FILLER}  # noqa: PLR2004 -- one letter may be chance
    if is_said or len(names) < _FEWEST_NAMES or count < _MOST_NAMES * len(names):
        return {name: name for name in names}
    return {name: name if _is_phrase(name) else name.removeprefix(prefix) for name in names}


def _is_phrase(name: str) -> bool:
    words = words_of(name)
    return _phrase(words, 0)[0] == len(words)


def words_in(name: str) -> frozenset[str]:
    """Everything that the words of a name may mean."""
    return frozenset().union(*meanings_of(name))


def words_of(name: str) -> list[str]:
    """The words of a name, such as `lineItems.unitPrice`, in small letters without accents."""
    text = _NOTE.sub(" ", name).replace("e164", " ").replace("E164", " ")
    text = re.sub(r"(?<![A-Z])(M[Ww]|U)St(?![a-z])", lambda found: f" {found[0].lower()} ", text)
    text = _LOCALE.sub(" ", text).translate(_LETTERS)
    text = re.sub(r"[nN]\.?\s*[º°]|#", " number ", text).replace("%", " percent ")
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each)
    )
    words = re.findall(r"[^\W\d_]+|[0-9]+", plain.lower())
    is_mail = any(each.startswith(("mail", "adres")) for each in words)
    return [each for each in words if each != "e" or is_mail] or words


def known_words() -> Mapping[str, frozenset[str]]:
    """All words that mean something, with what they may mean."""
    return _vocabulary()[0]


@cache
def _vocabulary() -> tuple[dict[str, frozenset[str]], dict[tuple[str, ...], Meanings]]:
    folder = resources.files("ometria_import.drafting.columns")
    read = tomllib.loads(folder.joinpath("words.toml").read_text("utf-8"))
    words: dict[str, set[str]] = defaultdict(set)
    for meaning, line in read["words"].items():
        words[meaning].add(meaning)
        for word in line.split():
            words[word].add(meaning)
    phrases = {
        tuple(phrase.split()): tuple(frozenset({each}) for each in meaning.split())
        for meaning, list_ in read["phrases"].items()
        for phrase in list_
    }
    return {word: frozenset(means) for word, means in words.items()}, phrases


def _phrase(words: list[str], start: int) -> tuple[int, Meanings]:
    """How many of the words from one on mean something together, and what."""
    phrases = _vocabulary()[1]
    for length in range(min(_LONGEST_PHRASE, len(words) - start), 0, -1):
        if meant := phrases.get(tuple(words[start : start + length])):
            return length, meant
    return 0, ()


@cache
def _word(word: str, *, is_shorthand: bool) -> Meanings:
    known = known_words()
    for form in (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("n")):
        if form in known:
            return (known[form],)
    if (spelled := _skeletons().get(word)) and len(word) >= _SHORTEST_SKELETON:
        return (spelled,)
    if word.isdigit():
        return (frozenset({f"#{int(word)}"}),)
    cuts = (cut for cut in _cuts(word) if is_shorthand or _is_compound(cut))
    parts = min(
        cuts,
        key=lambda cut: (
            len(cut),
            known[cut[0]] == {FILLER},
            -sum(map(len, cut)) * is_shorthand,  # systems' shorthand has no joints
        ),
        default=None,
    )
    return tuple(known[part] for part in parts) if parts else (frozenset(),)


@cache
def _skeletons() -> dict[str, frozenset[str]]:
    """Words without their vowels, as in warehouses: `crncy`; none that may be two words."""
    found: dict[str, set[frozenset[str]]] = defaultdict(set)
    for word, meant in known_words().items():
        found[_skeleton(word)].add(meant)
    return {
        skeleton: next(iter(meant))
        for skeleton, meant in found.items()
        if len(meant) == 1 and skeleton not in known_words()
    }


def _skeleton(word: str) -> str:
    return re.sub(r"(.)\1", r"\1", word[:1] + re.sub("[aeiou]", "", word[1:]))


def _is_compound(parts: list[str]) -> bool:
    """Whether a cut makes sense in words that are written out: `report` is no `rep` and `ort`."""
    if parts[-1] in _ENDINGS:
        return all(len(part) >= _SHORTEST_PART for part in parts[:-1])
    longest = max(map(len, parts))
    return longest > _SHORTEST_PART and all(len(part) >= _SHORTEST_PART for part in parts)


def _cuts(word: str, *, is_first: bool = True) -> Iterator[list[str]]:
    """All ways to cut a compound into words that are known."""
    known = known_words()
    if not is_first and word in known:
        yield [word]
    for end in range(2, len(word) - 1):
        head = word[:end]
        if head not in known or (len(head) < _SHORTEST_PART and len(word) > 2 * _SHORTEST_PART + 1):
            continue
        for joint in _JOINTS:
            rest = word[end:]
            if rest.startswith(joint) and len(rest) > len(joint) + 1:
                for tail in _cuts(rest.removeprefix(joint), is_first=False):
                    yield [head, *tail]
