"""Which encodings a text that is no UTF-8 may be in, judged by how its words look in each.

Nothing proves any of them, so nothing is decided here: the result is for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from ometria_import.sources.model import EncodingGuess

_MAX_WORDS = 400
_SHOWN_WORDS = 3
_SHOWN_NAMES = 3
_LEAST_SCORE = 0.5
_NEAR = 0.15
"""Encodings whose score is so much below the best one's are named as well."""
_WORD = re.compile(rb"[A-Za-z\x80-\xff'-]*[\x80-\xff][A-Za-z\x80-\xff'-]*")
_PUNCTUATION = (
    "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u20ac\u00ae\u2122\u00a9\u00ab\u00bb\u00b0\u00a0\u2116"
    "\u00bf\u00a1-'"
)
"""Signs that stand at the ends of words in texts of many languages."""
_IN_WORDS = "-'\u2019"


class _Alphabet(NamedTuple):
    """What the words of a language are made of beyond ASCII."""

    letters: frozenset[str]
    frequent: frozenset[str] = frozenset()
    """Of a script of its own: letters that make up more than half of any text."""


def _latin(*languages: str) -> tuple[_Alphabet, ...]:
    return tuple(_Alphabet(frozenset(each + each.upper()) - {"S"}) for each in languages)


def _script(first: str, last: str, others: str, frequent: str) -> tuple[_Alphabet, ...]:
    letters = {chr(code) for code in range(ord(first), ord(last) + 1)} | set(others)
    return (_Alphabet(frozenset(letters), frozenset(frequent + frequent.upper())),)


_WESTERN = _latin(
    "àâæçéèêëîïôœùûüÿ",
    "äöüßéè",
    "áéíñóúü",
    "áâãàçéêíóôõú",
    "àèéìíòóù",
    "åäöéü",
    "æøåéòôü",
    "éëïóöüè",
    "áéíóúýþæöð",
    "àâèéêîôû",
)
_CENTRAL = _latin(
    "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "âăîșțşţ", "čćđšž", "äöüßé"
)
_TURKISH = _latin("çğıöşüâîûİ")
_BALTIC = _latin("āčēģīķļņšūž", "ąčęėįšųūž", "äöõüšž")
_CYRILLIC = _script("\u0410", "\u044f", "ёЁіІїЇєЄґҐўЎјЈљЉњЊћЋђЂџЏ", "оеаинтсрвлкд")
_GREEK = _script("\u0391", "\u03c9", "άέήίόύώΆΈΉΊΌΎΏϊϋΐΰ", "αοιετνσρκπςά")
_HEBREW = _script("\u05d0", "\u05ea", "", "יולאהמרבתשדנכםן")
_ARABIC = _script("\u0621", "\u064a", "پچژگ", "اليمنرتوبد")
_THAI = _script("\u0e01", "\u0e5b", "", "านรกอเงมยลว")

_BY_ALPHABET: dict[str, tuple[_Alphabet, ...]] = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859-2": _CENTRAL,
    "mac_roman": _WESTERN,
    "cp850": _WESTERN,
    "cp852": _CENTRAL,
    "cp1251": _CYRILLIC,
    "koi8-r": _CYRILLIC,
    "cp866": _CYRILLIC,
    "iso8859-5": _CYRILLIC,
    "cp1253": _GREEK,
    "iso8859-7": _GREEK,
    "cp1254": _TURKISH,
    "cp1257": _BALTIC,
    "cp1255": _HEBREW,
    "cp1256": _ARABIC,
    "cp874": _THAI,
}
"""In the order in which they are named where two of them are as likely."""


def _is_in_rows(encoding: str, *rows: tuple[int, int]) -> Callable[[str], bool]:
    """Whether the first byte of a character lies in the rows of the usual ones."""

    @lru_cache(maxsize=4_096)
    def is_usual(char: str) -> bool:
        try:
            lead = char.encode(encoding)[0]
        except UnicodeEncodeError:
            return False
        return any(first <= lead <= last for first, last in rows)

    return is_usual


_JAPANESE = _is_in_rows("euc_jp", (0xA4, 0xA5), (0xB0, 0xCF))
_CHINESE = _is_in_rows("gb2312", (0xB0, 0xD7))
_BY_CHARACTERS: dict[str, Callable[[str], bool]] = {
    "shift_jis": _JAPANESE,
    "cp932": _JAPANESE,
    "gb18030": _CHINESE,
    "big5": _is_in_rows("big5", (0xA4, 0xC6)),
    "euc_kr": _is_in_rows("euc_kr", (0xB0, 0xC8)),
    "euc_jp": _JAPANESE,
}
"""Encodings of many bytes: a wrong reading makes rare characters."""


def guess_encoding(head: bytes, assumed: str) -> EncodingGuess:
    """Judge the words in the beginning of a file that are no UTF-8.

    Args:
        head: The beginning.
        assumed: The encoding that they are read in.
    """
    words = _words(head)
    scores = {name: _score(words, name) for name in (*_BY_ALPHABET, *_BY_CHARACTERS)}
    best = max(scores.values(), default=0.0)
    ranked = sorted(scores, key=lambda name: -scores[name])
    likely: dict[str, str] = {}
    for name in ranked:
        if scores[name] < _LEAST_SCORE or scores[name] < best - _NEAR:
            break
        likely.setdefault("\n".join(word.decode(name, "replace") for word in words), name)
    names = tuple(likely.values())[:_SHOWN_NAMES]
    usual = _BY_ALPHABET[assumed]
    odd = sorted(words, key=lambda word: _is_plausible(word.decode(assumed, "replace"), usual))
    return EncodingGuess(
        tuple(word.decode(assumed, "replace") for word in odd[:_SHOWN_WORDS]),
        names,
        tuple(word.decode(each, "replace") for each in names[:1] for word in odd[:_SHOWN_WORDS]),
    )


def _words(head: bytes) -> list[bytes]:
    """The first different words beyond ASCII on lines that are no UTF-8."""
    words: dict[bytes, None] = {}
    for line in head.splitlines():
        if line.isascii() or _is_utf_8(line):
            continue
        words.update(dict.fromkeys(_WORD.findall(line)))
        if len(words) >= _MAX_WORDS:
            break
    return list(words)[:_MAX_WORDS]


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _score(words: list[bytes], encoding: str) -> float:
    """How many of the words look right in an encoding, from 0 to 1."""
    texts = [word.decode(encoding, "replace") for word in words]
    if not texts:
        return 0.0
    is_usual = _BY_CHARACTERS.get(encoding)
    if is_usual is not None:
        chars = [char for text in texts for char in text if not char.isascii()]
        return sum(map(is_usual, chars)) / len(chars) if chars else 0.0
    alphabets = _BY_ALPHABET[encoding]
    in_any = sum(_is_plausible(text, alphabets) for text in texts)
    in_one = max(sum(_is_plausible(text, (each,)) for text in texts) for each in alphabets)
    return (0.7 * in_any + 0.3 * in_one) / len(texts) * _frequency(texts, alphabets[0])


def _is_plausible(text: str, alphabets: Iterable[_Alphabet]) -> bool:
    """Whether a word can be one of a single language.

    A small letter before a large one, or an end form of Greek in mid-word, shows a wrong reading.
    """
    word = text.strip(_PUNCTUATION)
    if any(one.islower() and two.isupper() for one, two in pairwise(word)) or "\u03c2" in word[:-1]:
        return False
    beyond = {char for char in word if not char.isascii() and char not in _IN_WORDS}
    is_latin = any(char.isascii() and char.isalpha() for char in word)
    return any(beyond <= each.letters and not (each.frequent and is_latin) for each in alphabets)


def _frequency(texts: Iterable[str], alphabet: _Alphabet) -> float:
    """How near the letters come to those that the script's languages have most."""
    if not alphabet.frequent:
        return 1.0
    letters = [char for text in texts for char in text if char in alphabet.letters]
    share = sum(char in alphabet.frequent for char in letters) / max(len(letters), 1)
    return min(1.0, 0.4 + share)
