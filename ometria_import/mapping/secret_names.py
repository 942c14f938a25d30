"""Which names of columns and keys stand for secrets.

A name is cut into words, so that `rpToken`, `RP_TOKEN` and `customer.rp_token` are one. What could
as well be harmless is no secret: `pin_code` is a postcode in India, `token_count` a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

REMEMBERED = 4_096

Words = tuple[str, ...]


def _listed(text: str) -> frozenset[Words]:
    """Names of one or more words that stand with commas between them."""
    return frozenset(tuple(name.split()) for name in text.split(","))


_WORDS = _listed(
    "password, passwords, passwd, passphrase, passcode, passwort, kennwort, wachtwoord, "
    "contrasena, motdepasse, pwd, pswd, cvv, cvc, cvd, secret, secrets, apikey, token, otp, totp, "
    "jwt, nonce, hmac, csrf, xsrf, oauth, credential, credentials, phpsessid, iban, ssn"
)
"""A name that has one of these in it is a secret."""
_WHOLE_NAMES = _listed("auth, authorization, confirmation, pass, pin, salt, session")
"""Secrets where nothing stands beside them; with other words they mean too many other things."""
_PHRASES = _listed(
    "card number, card no, card num, card pin, card code, card security code, cc number, cc num, "
    "cc cid, gift certificate code, gift code, bank account, routing number, social security, "
    "passport number, passport no, mot de passe, user pass, pass hash, pass key, hash salt, "
    "user salt, pin hash, pin number, user pin, customer pin, login pin, account pin, voucher pin, "
    "access key, activation key, api key, auth key, cart key, confirm key, confirmation key, "
    "consumer key, encryption key, hash key, licence key, license key, order key, private key, "
    "reset key, secure key, security key, session key, signing key, access code, activation code, "
    "auth code, authorization code, backup code, backup codes, confirm code, confirmation code, "
    "login code, protect code, recovery code, recovery codes, reset code, security code, "
    "two factor code, verification code, auth cookie, auth hash, authorization header, "
    "confirm hash, reset hash, session cookie, session data, session hash, abandoned checkout url, "
    "deep link code, download hash, multipass identifier, status page url, "
    "activation link, activation url, confirmation link, confirmation url, invoice url, "
    "login link, login url, magic link, order received url, order status url, payment link, "
    "payment url, preferences link, preferences url, receipt url, recover url, recovery url, "
    "reset link, reset url, unsubscribe link, unsubscribe url, verification link, verification url"
)
"""A name in which these words follow each other is a secret."""
_RUN_TOGETHER = frozenset("".join(phrase) for phrase in _PHRASES)
"""The same as databases and spreadsheets write them: `securekey`, `ORDERKEY`."""
_HARMLESS = _listed(
    "token count, token balance, token type, token amount, secret santa, pin code, "
    "confirmation number"
)
_BUSINESS_PARTNER = re.compile(r"(?<![A-Za-z])CardCode(?![A-Za-z])")
"""SAP Business One calls the number of a customer so, in this spelling."""
_LONGEST = max(map(len, _PHRASES | _HARMLESS))
_INSIDE_A_WORD = ("password", "passwd", "passwort", "kennwort", "rptoken")
_NUMBER_OF_REPEATED = re.compile(r" \([0-9]+\)$")
"""Stands behind the name of the second column of one name."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(maxsize=REMEMBERED)
def is_secret(name: str) -> bool:
    """Whether a column or key of this name holds what must not leave the file."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    folded = _BUSINESS_PARTNER.sub("", _NUMBER_OF_REPEATED.sub("", folded))
    words = tuple(word.lower() for word in _WORD.findall(folded))
    phrases = set(_phrases_in(words))
    if not phrases.isdisjoint(_HARMLESS):
        return False
    squeezed = "".join(words)
    return (
        (squeezed,) in _WHOLE_NAMES
        or squeezed in _RUN_TOGETHER
        or any(inside in squeezed for inside in _INSIDE_A_WORD)
        or any((word,) in _WORDS or word in _RUN_TOGETHER for word in words)
        or any(word.endswith("token") for word in words)
        or not phrases.isdisjoint(_PHRASES)
    )


def _phrases_in(words: Words) -> Iterator[Words]:
    """All words that follow each other, as many as a phrase may have."""
    for start in range(len(words)):
        for length in range(1, _LONGEST + 1):
            yield words[start : start + length]
