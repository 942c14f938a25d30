"""Packages without real people: what names a person is replaced by a fake, the same everywhere."""

from ometria_import.pseudonyms.fakes import Fakes
from ometria_import.pseudonyms.packing import (
    Pseudonymised,
    PseudonymOptions,
    PseudonymWish,
    is_pseudonymised,
    pseudonymise,
)
from ometria_import.pseudonyms.secret import Secret, known_secret, secret_for

__all__ = [
    "Fakes",
    "PseudonymOptions",
    "PseudonymWish",
    "Pseudonymised",
    "Secret",
    "is_pseudonymised",
    "known_secret",
    "pseudonymise",
    "secret_for",
]
