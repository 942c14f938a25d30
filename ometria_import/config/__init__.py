"""What `ometria-import.toml` and the environment say: accounts, keys and sources."""

from ometria_import.config.accounts import (
    DEFAULT_BASE_URL,
    DEFAULT_RATE_PER_S,
    MAX_RATE_PER_S,
    PSEUDONYM_VARIABLE,
    Account,
    AccountSettings,
    Secret,
)
from ometria_import.config.settings import (
    DEFAULT_SETTINGS_FILE,
    Settings,
    load_settings,
)
from ometria_import.config.source import SourceSettings
from ometria_import.config.trust import (
    Trust,
    UntrustedAddressError,
    checked_base_url,
    host_of,
    is_loopback,
    is_ometrias,
)
from ometria_import.options.choices import AccountKind, AccountName

__all__ = [
    "DEFAULT_BASE_URL",
    "DEFAULT_RATE_PER_S",
    "DEFAULT_SETTINGS_FILE",
    "MAX_RATE_PER_S",
    "PSEUDONYM_VARIABLE",
    "Account",
    "AccountKind",
    "AccountName",
    "AccountSettings",
    "Secret",
    "Settings",
    "SourceSettings",
    "Trust",
    "UntrustedAddressError",
    "checked_base_url",
    "host_of",
    "is_loopback",
    "is_ometrias",
    "load_settings",
]
