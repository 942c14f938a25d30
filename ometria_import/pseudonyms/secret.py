"""The secret that every fake is made with: from the environment, or made once in the home."""

from __future__ import annotations

from dataclasses import replace

from ometria_import.config import PSEUDONYM_VARIABLE
from ometria_import.config.home import Home
from ometria_import.config.kept_secret import KeptSecret as Secret
from ometria_import.config.kept_secret import SecretPlace

__all__ = ["Secret", "known_secret", "secret_for"]


def secret_for(home: Home, said: str | None) -> Secret:
    """The secret of a home; made where pseudonyms are used for the first time.

    Args:
        home: The home.
        said: What the environment variable holds; None where it is not set.

    Raises:
        UsageError: it cannot be used, or it is lost, or it is not the one that was used before.
    """
    return replace(_place(home), folder=home.pseudonyms).secret(said)


def known_secret(home: Home, said: str | None) -> Secret | None:
    """The secret of a home, or None where there has never been one.

    Args:
        home: The home.
        said: As in `secret_for`.

    Raises:
        UsageError: it cannot be used, or it is lost, or it is not the one that was used before.
    """
    return _place(home).known(said)


def _place(home: Home) -> SecretPlace:
    folder = home.root / "pseudonyms"
    return SecretPlace(
        folder=folder,
        what="pseudonyms",
        made_with="pseudonyms were made with",
        danger="find real people behind the fakes",
        loss="Another secret makes another fake of each person, so staging would hold everybody "
        "twice. Restore the secret from your backup. If it cannot be found, have staging emptied, "
        f"remove the folder {folder}, and push again: that makes a new secret.",
        variable=PSEUDONYM_VARIABLE,
    )
