"""Regular expressions of mappings: RE2's, which take time by the length of the text and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_WHOLE = r"\A(?:{})\z"


class PatternError(ValueError):
    """A text that is no regular expression of RE2; the message says why."""


@dataclass(frozen=True, slots=True)
class LinearPattern:
    """A regular expression that is compared with whole texts.

    Raises:
        PatternError: RE2 does not know it; look-around and back references it has not.
        Source: https://github.com/google/re2/wiki/Syntax
    """

    text: str

    def __post_init__(self) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        try:
            pc.match_substring_regex(pa.array([""], pa.string()), self._whole)
        except pa.ArrowInvalid as error:
            reason = str(error).partition("regular expression: ")[2] or str(error)
            raise PatternError(reason.splitlines()[0]) from None

    @property
    def _whole(self) -> str:
        return _WHOLE.format(self.text)

    def has_one_group(self) -> bool:
        """Whether exactly one pair of round brackets captures."""
        return self._has_group(1) and not self._has_group(2)

    def matches(self, texts: Any) -> Any:
        """Which texts of a `pyarrow.StringArray` match as a whole; a `pyarrow.BooleanArray`."""
        import pyarrow.compute as pc

        return pc.match_substring_regex(texts, self._whole)

    def groups(self, texts: Any) -> Any:
        """The first group of each text that matches as a whole; the others become empty."""
        import pyarrow.compute as pc

        found = pc.replace_substring_regex(texts, self._whole, r"\1")
        return pc.if_else(self.matches(texts), found, "")

    def _has_group(self, number: int) -> bool:
        import pyarrow as pa
        import pyarrow.compute as pc

        try:
            pc.replace_substring_regex(pa.array([""], pa.string()), self._whole, rf"\{number}")
        except pa.ArrowInvalid:
            return False
        return True
