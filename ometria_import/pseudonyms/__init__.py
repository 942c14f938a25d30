"""Packages without real people: what names a person is replaced by a fake, the same everywhere."""

from ometria_import.pseudonyms.fakes import Fakes
from ometria_import.pseudonyms.packing import (
    Pseudonymised,
    PseudonymOptions,
    is_pseudonymised,
    pseudonym_options,
    pseudonymise,
)
from ometria_import.pseudonyms.secret import Secret, known_secret, secret_for

__all__ = [
    "Fakes",
    "PseudonymOptions",
    "Pseudonymised",
    "Secret",
    "is_pseudonymised",
    "known_secret",
    "pseudonym_options",
    "pseudonymise",
    "secret_for",
]
