"""Values that shops write as words: yes and no, genders, opt-in states."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import partial

from ometria_import.problems import Finding
from ometria_import.problems.catalogue import BAD_BOOLEAN, BAD_GENDER, BAD_OPTIN
from ometria_import.schema.field_types.model import (
    Conventions,
    FieldType,
    GenderLetters,
    JsonKind,
)
from ometria_import.schema.field_types.text import shown

_MAX_CHARS = 40


def _table(**words: str) -> dict[str, str]:
    return {word: value for value, line in words.items() for word in line.split()}


_TRUE = (
    "true t yes y 1 1.0 on enabled ja j oui o si sí sì sim tak wahr vrai verdadero vero waar "
    "verdadeiro prawda kyllä kylla ano áno evet igen da да так \u03bd\u03b1\u03b9 はい 是 예 네"
)
_FALSE = (
    "false f no n 0 0.0 off disabled nein non nee não nao nie nej falsch faux falso onwaar "
    "fałsz ei ne hay\u0131r hayir nem nu нет ні \u03cc\u03c7\u03b9 \u03bf\u03c7\u03b9 "
    "いいえ 否 아니오 아니요"
)
_BOOLEANS = _table(true=_TRUE, false=_FALSE)

# `h` is left out on purpose: where men are h (hombre), m is a woman (mujer), so the column must
# not be read word by word; `_LETTERS` says what it shows. Titles say little about gender, digits
# nothing.
_GENDERS = _table(
    m="m male man men boy m\u00e4nnlich maennlich mann masculin homme masculino hombre maschio "
    "maschile uomo mannelijk mand",
    f="f female woman women girl w weiblich frau f\u00e9minin feminin femme femenino mujer femmina "
    "femminile donna vrouw vrouwelijk v feminino mulher kvinna kvinde kvinne kobieta k",
    o="o other diverse divers d x nb enby nonbinary non-binary non_binary autre andere otro altro",
)

_LETTERS: dict[GenderLetters | None, dict[str, str]] = {
    GenderLetters.HM: {"h": "m", "m": "f"},
    GenderLetters.HF: {"h": "m", "m": ""},
    GenderLetters.VH: {"v": "m", "h": "f", "m": ""},
    GenderLetters.UNCLEAR: {"v": "", "h": "", "m": ""},
}
_SHOW_LETTERS = {
    "h": GenderLetters.HM,
    "f": GenderLetters.HF,
    "v": GenderLetters.VH,
}
"""Each letter, with what the column may be where it stands beside an H."""

SUPPRESSED = "suppressed"
"""An opt-out that no later opt-in of another row or file takes back."""

# Words that certainly mean that somebody left, in each language without and with its accents; the
# participles of both genders. A word with other meanings besides is left out: it counts as unclear.
_LEFT = (
    "abgemeldet désinscrit désinscrite desinscrit desinscrite désabonné "
    "désabonnée desabonne desabonnee disiscritto disiscritta uitgeschreven afgemeld "
    "baja debaja dadodebaja dadadebaja desuscrito desuscrita "
    "descadastrado descadastrada desinscrito desinscrita "
    "afmeldt frameldt avregistrerad avprenumererad avmeldt "
    "tilausperuttu tilausperuutettu peruuttanuttilauksen "
    "wypisany wypisana wypisano odhlášen odhlášena odhlášený "
    "odhlášená odhlášeno odhlasen odhlasena odhlaseny odhlaseno "
    "leiratkozott dezabonat dezabonată dezabonata отписан отписана отписался отписалась "
    "配信停止 退订 退訂 수신거부"
)
# A letter that looks like a digit, or that is the first of many words, gives no consent.
_UNCLEAR = frozenset({"o", "s"})
# A plain no, like pending and never subscribed, is no answer: that somebody did not tick a box is
# not that they left. Consent is never invented, nor is its refusal.
_OPTINS = {
    **{word: "EXPLICITLY_OPTEDIN" for word in _TRUE.split() if word not in _UNCLEAR},
    **dict.fromkeys(_FALSE.split(), "NOT_SPECIFIED"),
    **_table(
        EXPLICITLY_OPTEDIN="explicitlyoptedin explicitoptin optedin optin subscribed",
        EXPLICITLY_OPTEDOUT="explicitlyoptedout explicitoptout optedout optout unsubscribed "
        f"{SUPPRESSED} {_LEFT}",
        NOT_SPECIFIED="notspecified unspecified unknown none never pending notset null na "
        "unconfirmed notsubscribed nonsubscribed neversubscribed",
    ),
}
# Only between letters: without this, -1 would be read as 1, which is an opt-in.
_JOINT = re.compile(r"(?<=[a-z])[ _/-]+(?=[a-z])")


def gender_type(conventions: Conventions) -> FieldType:
    """One of the three genders that Ometria knows."""
    letters = conventions.gender_letters
    return FieldType(
        name="gender",
        parse=partial(parse_gender, letters=letters),
        # An m may be a woman's as long as nobody has looked at the letters beside it.
        canonical="[mfo]" if letters is GenderLetters.MF else "[fo]",
        json=JsonKind.STRING,
        rule="m, f or o; common words in several languages are accepted, and an M beside an H is a "
        "woman.",
        example="f",
        open_in=_open_in_gender,
        evidence=lambda text: _SHOW_LETTERS.get(_key(text)),
    )


def gender_letters_of(shown_by: Collection[object]) -> GenderLetters:
    """What the letters of a column mean.

    Args:
        shown_by: What its texts show, each by itself.
    """
    said = {each for each in shown_by if isinstance(each, GenderLetters)}
    if GenderLetters.HM not in said:
        return GenderLetters.MF
    if len(said) == len(_SHOW_LETTERS):
        return GenderLetters.UNCLEAR
    return next(iter(said - {GenderLetters.HM}), GenderLetters.HM)


def _open_in_gender(text: str) -> frozenset[str]:
    return frozenset({"gender_letters"} if _key(text) in {"m", "h", "v"} else ())


def boolean_type() -> FieldType:
    """Yes or no."""
    return FieldType(
        name="boolean",
        parse=parse_boolean,
        canonical="true|false",
        json=JsonKind.BOOLEAN,
        rule="true or false; yes, no, 1, 0 and the like are accepted.",
        example="true",
    )


def optin_type() -> FieldType:
    """What a contact said about marketing."""
    return FieldType(
        name="optin",
        parse=parse_optin,
        canonical="EXPLICITLY_OPTEDIN|EXPLICITLY_OPTEDOUT|NOT_SPECIFIED",
        json=JsonKind.STRING,
        rule="EXPLICITLY_OPTEDIN, EXPLICITLY_OPTEDOUT or NOT_SPECIFIED, or words for them; a "
        "plain no is read as NOT_SPECIFIED.",
        example="NOT_SPECIFIED",
    )


def parse_gender(text: str, letters: GenderLetters | None = None) -> str | Finding:
    """Find the letter of a gender; unknown is not other."""
    word = _key(text)
    of_column = _LETTERS.get(letters, {})
    if found := of_column.get(word, _GENDERS.get(word)):
        return found
    message = f"{shown(text)} is not a known word for m, f or o"
    if word in of_column:
        message = f"{shown(text)} has two meanings, and the other letters of its column show both"
    return Finding(BAD_GENDER, message)


def parse_boolean(text: str) -> str | Finding:
    """Find out whether a word means yes or no."""
    found = _BOOLEANS.get(_key(text))
    return found or Finding(BAD_BOOLEAN, f"{shown(text)} means neither true nor false")


def parse_optin(text: str) -> str | Finding:
    """Find the opt-in state that a word says clearly."""
    found = _OPTINS.get(_JOINT.sub("", _key(text)))
    return found or Finding(BAD_OPTIN, f"{shown(text)} is not a clear opt-in state")


def is_no(text: str) -> bool:
    """Whether a text, trimmed, is one of the words for no."""
    return _BOOLEANS.get(_key(text)) == "false"


def _key(text: str) -> str:
    # macOS and some shops write an accented letter as two characters.
    return unicodedata.normalize("NFC", text).lower() if len(text) <= _MAX_CHARS else ""
