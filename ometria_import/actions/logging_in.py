"""Keeping an account's key in the system's keyring, once the account has accepted it."""

from __future__ import annotations

from dataclasses import replace

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.config import Account, AccountName, AccountSettings
from ometria_import.config.keys import KEYRING_PLACE, FoundKey, forget_key, keep_key
from ometria_import.delivery.api.probing import probe_account
from ometria_import.errors import ABOUT_KEYS, AccountRefusedError, TemporaryFailureError


def log_in(name: AccountName, key: str, context: Context) -> Account:
    """Check a key with one harmless request, and keep it; nothing is pushed.

    Raises:
        UsageError: it cannot be a key, or there is no keyring, or nobody vouches for the address.
        AccountRefusedError: the account does not accept it; it is not kept.
        TemporaryFailureError: the account cannot be reached; it is not kept.
    """
    account = context.account(name, FoundKey(key, "what was typed"))
    probe = probe_account(account)
    if probe.is_refused and not account.reads_errors:
        context.caller.tell(
            Noted(
                f"{account.base_url} {probe.words}: the key may not read, which matches "
                "read_errors = false; only a push can show whether it may push"
            )
        )
    elif probe.is_refused:
        raise AccountRefusedError(
            f"{account.base_url} {probe.words}: it does not accept this key, which is not kept",
            hint="Is it a key of this account, copied in full, not revoked, and allowed to push? "
            f"{ABOUT_KEYS} If it may push but not read, set read_errors = false under "
            f"[accounts.{name}].",
        )
    elif not probe.is_accepted:
        raise TemporaryFailureError(
            f"{account.base_url} {probe.words}: nobody knows whether it accepts this key, which "
            "is not kept",
            hint="Check base_url, and try again later.",
        )
    keep_key(account, key)
    return replace(account, key_place=KEYRING_PLACE)


def log_out(name: AccountName, context: Context) -> AccountSettings | None:
    """Remove an account's key from the keyring; None where there was none.

    Raises:
        UsageError: the keyring fails.
    """
    account = context.settings.of(name)
    return account if forget_key(account) else None
