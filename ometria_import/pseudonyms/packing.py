"""Making a package without real people of one with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ometria_import.config import AccountSettings
from ometria_import.config.home import Home
from ometria_import.errors import UsageError
from ometria_import.options.choices import SamplePhonesChoice
from ometria_import.package import Derivation, Package, derive
from ometria_import.pseudonyms.fakes import Fakes
from ometria_import.pseudonyms.phones import SamplePhones
from ometria_import.pseudonyms.records import Records
from ometria_import.pseudonyms.secret import Secret

_REASON = "pseudonymised"


@dataclass(frozen=True, slots=True)
class PseudonymOptions:
    """How fakes are made."""

    has_sample_phones: bool = False
    """Whether up to 1,000 people get a number of nobody's; all others have none."""
    keep: tuple[str, ...] = ()
    """The custom fields that stay."""

    def reason(self, secret: Secret) -> str:
        """What a package says of why it is another one than its parent."""
        parts = [f"{_REASON} with secret {secret.mark}"]
        parts += ["sample phones"] if self.has_sample_phones else []
        parts += [f"keeps {', '.join(sorted(set(self.keep)))}"] if self.keep else []
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class PseudonymWish:
    """What a push says about fakes; the account's settings decide what it leaves open."""

    is_wanted: bool | None = None
    phones: SamplePhonesChoice | None = None
    keep: tuple[str, ...] = ()

    def options_for(self, account: AccountSettings) -> PseudonymOptions | None:
        """How fakes are made; None if none are wanted.

        Raises:
            UsageError: the push says how to make them although none are wanted.
        """
        if account.pseudonymises if self.is_wanted is None else self.is_wanted:
            phones = self.phones or account.phones
            keep = self.keep or account.keep
            return PseudonymOptions(phones is SamplePhonesChoice.SAMPLE, keep)
        if self.phones is not None or self.keep:
            raise UsageError(
                "--phones and --keep say how fakes are made, and none are wanted",
                hint="Add --pseudonymise, or leave them out.",
            )
        return None


@dataclass(frozen=True, slots=True)
class Pseudonymised:
    """The outcome."""

    package: Package
    not_found: tuple[str, ...]
    """Custom fields that were to stay and that no record has."""


def pseudonymise(
    parent: Package, folder: Path, secret: Secret, options: PseudonymOptions, home: Home
) -> Pseudonymised:
    """Write a package with a fake for everybody; it is always another one than its parent.

    Args:
        parent: The package with real people.
        folder: Where packages live.
        secret: What the fakes are made with.
        options: What stays.
        home: Keeps who has which sample phone.

    Raises:
        PackageError: the parent is damaged.
        UsageError: what is kept about sample phones is damaged.
    """
    phones = SamplePhones(home.pseudonyms / "phones.json") if options.has_sample_phones else None
    records = Records(Fakes(secret, phones), options.keep)
    package = derive(parent, folder, records.change, options.reason(secret), is_always_new=True)
    if phones is not None:
        phones.save()
    missing = tuple(name for name in dict.fromkeys(options.keep) if name not in records.kept)
    return Pseudonymised(package, missing)


def is_pseudonymised(sums: Mapping[str, Any]) -> bool:
    """Whether a package with these sums, or one that it was made of, is pseudonymised."""
    return any(step.reason.startswith(_REASON) for step in Derivation.chain(sums))
