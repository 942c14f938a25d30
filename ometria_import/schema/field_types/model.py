"""What a field type is: one plain rule for one cell, and one pattern for what needs no rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ometria_import.options.choices import DateOrder, DecimalSign
from ometria_import.problems import Finding

_PICTURED = "YMDhmso"


class JsonKind(StrEnum):
    """How a normalised text is written into a record."""

    STRING = "string"
    """In quotes, escaped."""
    NUMBER = "number"
    """As it is: the text is a JSON number."""
    BOOLEAN = "boolean"
    """As it is: the text is `true` or `false`."""
    JSON = "json"
    """As it is: the text is compact JSON, a list or an object."""


class GenderLetters(StrEnum):
    """What the letters of a column of genders mean: beside an H, an M is a woman."""

    MF = "mf"
    """M is a man, as in most languages; V is the Dutch word for a woman."""
    HM = "hm"
    """Hombre and mujer."""
    HF = "hf"
    """Homme and femme."""
    VH = "vh"
    """Varón and hembra."""
    UNCLEAR = "unclear"
    """An M beside letters that contradict each other is neither."""


@dataclass(frozen=True, slots=True)
class Conventions:
    """The conventions of a column, decided once for the whole column and never for a cell."""

    date_order: DateOrder | None = None
    """None: texts that need it are not read (the caller decides or asks before)."""
    decimal_sign: DecimalSign | None = None
    """None: texts that need it are not read (the caller decides or asks before)."""
    timezone: str | None = None
    """IANA name for times without a zone; None reads them as UTC."""
    country: str | None = None
    """ISO 3166-1 alpha-2 code for phone numbers without a country code."""
    gender_letters: GenderLetters | None = None
    """None: an M is a man, and other letters that have two meanings are not read."""

    def __post_init__(self) -> None:
        """Take a choice's word for the choice: a plain text equals it but is not it.

        Raises:
            ValueError: there is no such choice.
        """
        if self.date_order is not None:
            object.__setattr__(self, "date_order", DateOrder(self.date_order))
        if self.decimal_sign is not None:
            object.__setattr__(self, "decimal_sign", DecimalSign(self.decimal_sign))
        if self.gender_letters is not None:
            object.__setattr__(self, "gender_letters", GenderLetters(self.gender_letters))


@dataclass(frozen=True, slots=True)
class Ending:
    """What is appended to a rewritten text, decided once for all texts that begin alike."""

    head: int
    """How many characters decide, together with the length of the text."""
    of: Callable[[str, int], str | None]
    """Those characters and the length → the ending; None leaves such texts to `parse`."""


class UnixTime(StrEnum):
    """The digits of a rewritten text count these since 1970; it becomes a moment in UTC."""

    SECONDS = "s"
    MILLISECONDS = "ms"


@dataclass(frozen=True, slots=True)
class Cleaning:
    """A rewriting that removes and replaces characters wherever they are."""

    exchanged: tuple[tuple[str, str], ...]
    """Pairs of what is replaced and what replaces it, one after the other."""
    trimmed: str = ""
    """The characters that are first removed from both ends."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A rewriting that puts the characters of a text in other places.

    The second `M` of `after` is the character where `before` has its second `M`, and so on for
    each of the letters YMDhmso. Anything else in `after` is copied as it is.
    """

    before: str
    """How texts begin; all of it is ASCII."""
    after: str

    def sources(self) -> Iterator[int | None]:
        """For each character of `after`, its place in the text, if it comes from there."""
        places = {
            each: iter([place for place, char in enumerate(self.before) if char == each])
            for each in _PICTURED
        }
        return (next(places[char]) if char in places else None for char in self.after)


@dataclass(frozen=True, slots=True)
class Rewrite:
    r"""A fixed rewriting, applied to a whole column at once instead of calling `parse`.

    Law: for every text that `pattern` matches in full, what `replacement` makes of it, followed by
    what `after` makes of that, is what `parse` returns, unless `after` leaves the text to `parse`.
    """

    pattern: str
    """In the dialect that `re` and RE2 share."""
    replacement: str | Cleaning | Picture
    r"""A text refers to groups of the pattern as `\1`. The other two take a tenth of its time."""
    after: Ending | UnixTime | None = None
    dressed: str = ""
    """Pattern of texts that only match `pattern` when the characters `dropped` are taken out."""
    dropped: str = ""
    """Inside of a character class: what is taken out of the texts that `dressed` matches."""


@dataclass(frozen=True, slots=True)
class ConventionPattern:
    """The convention that all texts of one form imply, so that single texts need no check.

    Law: for every text that `pattern` matches in full, `says` is what `evidence` returns.
    """

    pattern: str
    says: DateOrder | DecimalSign | None


@dataclass(frozen=True, slots=True)
class FieldType:
    """The rule of one kind of value, under given conventions.

    Laws, checked by Hypothesis: `parse` is given stripped text with something to see in it (of
    invisible characters alone it makes an empty text) and never raises;
    a text that `canonical` matches in full is returned unchanged; what `parse` returns is
    canonical or parses to itself.
    """

    name: str
    parse: Callable[[str], str | Finding]
    """One cell's text, stripped and not empty → its normal form, or what is wrong with it."""
    canonical: str
    """Pattern (shared dialect of `re` and RE2, matched in full) of texts in normal form."""
    json: JsonKind
    rule: str
    """One sentence for `ometria-import fields` and the docs."""
    example: str
    rewrites: tuple[Rewrite, ...] = ()
    keeps_invisible: bool = False
    """Whether invisible characters are part of the text, as in a title with an emoji."""
    lowercase: bool = False
    """Whether the column may be lower-cased before anything else."""
    open_in: Callable[[str], frozenset[str]] | None = None
    """Which conventions (`date_order`, `decimal_sign`, …) a text leaves open."""
    evidence: Callable[[str], DateOrder | DecimalSign | GenderLetters | None] | None = None
    """The convention that a text implies for its column: `25/04/2024` can only be day first."""
    convention_patterns: tuple[ConventionPattern, ...] = ()
    """The conventions implied by the usual forms, in the order in which they are tried."""
