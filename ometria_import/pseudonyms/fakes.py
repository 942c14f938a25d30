"""The fakes: of the same value always the same one, and no way back without the secret.

A fake is made of HMAC-SHA256(secret, class ‖ normalised value). Classes join what must join: an
address has one fake in contacts, orders and events, and so has the id of a customer.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Sequence
from datetime import date, timedelta

from ometria_import.pseudonyms.names import FIRST_NAMES, LAST_NAMES, PREFIXES
from ometria_import.pseudonyms.phones import SamplePhones
from ometria_import.pseudonyms.secret import Secret

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
"""Anywhere in a text; as a whole it is what W043 fires on, and so is the next."""
_PHONE = re.compile(r"\+[0-9][0-9 ()./-]{6,}|00?[1-9][0-9 ()./-]{8,12}", re.ASCII)
_DIGEST = re.compile(
    r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}"
    r"|[0-9a-f]{128})",
    re.ASCII | re.IGNORECASE,
)
"""Of an address, unsalted: whoever has a list of addresses finds those that are behind them."""
_DIGIT = re.compile(r"\d")
_AREA = re.compile(r"[A-Za-z]{1,2}|[0-9]{2}", re.ASCII)

_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)
_EMAIL_BYTES = 10
"""80 bits: among ten million people, two have the same fake with a chance of 4e-11."""
_ID_BYTES = 15
_NETS = tuple(
    ipaddress.ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
)
"""Reserved for documentation. Source: RFC 5737."""
_HOSTS = 254
_NET6 = int(ipaddress.IPv6Address("2001:db8::"))
"""Likewise. Source: RFC 3849."""
_NET6_FREE_BYTES = 12
_YOUNG = 2015
"""Birthdays of small children are only shifted back, lest any lies in the future."""


class Fakes:
    """Makes fakes with a secret."""

    def __init__(self, secret: Secret, phones: SamplePhones | None = None) -> None:
        """Begin.

        Args:
            secret: What they are made with.
            phones: Gives a few people numbers; None leaves every phone out.
        """
        self._key = secret.key
        self._phones = phones

    def _digest(self, kind: str, value: str) -> bytes:
        message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256")

    def email(self, text: str) -> str:
        """An address at which nothing is delivered, whatever the case of the real one."""
        digest = self._digest("email", text.strip().lower())
        return f"{_base32(digest[:_EMAIL_BYTES])}@example.com"

    def anew(self, text: str) -> str:
        """An id that stands for another one, whatever that is."""
        return f"p{_base32(self._digest('id', text)[:_ID_BYTES])}"

    def id(self, text: str) -> str:
        """The same id, unless it may give a person away."""
        return self.anew(text) if _is_personal(text) else text

    def text(self, text: str) -> str:
        """The same text, unless there is an address or a phone in it."""
        if _EMAIL.fullmatch(text.strip()):
            return self.email(text)
        return self.anew(text) if _EMAIL.search(text) or _PHONE.fullmatch(text.strip()) else text

    def place(self, text: str) -> str | None:
        """The same city or state; nothing where it has digits, as streets do."""
        return None if "@" in text or _DIGIT.search(text) else text

    def prefix(self, text: str) -> str | None:
        """The same form of address; nothing where it is none that is known."""
        return text if text.strip().rstrip(".").casefold() in PREFIXES else None

    def area(self, text: str) -> str | None:
        """A postcode's area: its first letters, or its first two digits."""
        found = _AREA.match(text.strip())
        return found[0].upper() if found else None

    def phone(self, text: str) -> str | None:
        """A number of nobody's, for the first people who ask; nothing for the others."""
        if self._phones is None:
            return None
        return self._phones.number_for(self._digest("phone", text.strip()).hex()[:32])

    def birthday(self, text: str) -> str | None:
        """Another day of the same year; nothing where it is no date."""
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            return None
        first = date(day.year, 1, 1)
        days = (date(day.year, 12, 31) if day.year < _YOUNG else day) - first
        shift = int.from_bytes(self._digest("birthday", text)[:8]) % (days.days + 1)
        return (first + timedelta(days=shift)).isoformat()

    def ip(self, text: str) -> str | None:
        """An address reserved for documentation; nothing where it is no address."""
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            return None
        digest = self._digest("ip", address.compressed)
        if address.version == 4:  # noqa: PLR2004 -- the version's own name
            net, host = divmod(int.from_bytes(digest[:8]) % (len(_NETS) * _HOSTS), _HOSTS)
            return str(_NETS[net][host + 1])
        return str(ipaddress.IPv6Address(_NET6 + int.from_bytes(digest[:_NET6_FREE_BYTES])))

    def firstname(self, text: str) -> str:
        """A given name; the same name always has the same one."""
        return self._chosen("first name", text, FIRST_NAMES)

    def lastname(self, text: str) -> str:
        """A family name; the same name always has the same one."""
        return self._chosen("last name", text, LAST_NAMES)

    def _chosen(self, kind: str, text: str, names: Sequence[str]) -> str:
        digest = self._digest(kind, text.strip().casefold())
        return names[int.from_bytes(digest[:8]) % len(names)]


def _is_personal(text: str) -> bool:
    """Whether an id may give a person away: an address, a phone, a name, or an address's hash."""
    plain = text.strip()
    return bool(
        _EMAIL.search(plain)
        or _PHONE.fullmatch(plain)
        or _DIGEST.fullmatch(plain)
        or not _DIGIT.search(plain)
    )


def _base32(digest: bytes) -> str:
    """Ten bits at a time: the library's own, which also pads, takes five times as long."""
    number = int.from_bytes(digest)
    return "".join([_PAIRS[number >> bit & 1023] for bit in range(8 * len(digest) - 10, -1, -10)])
