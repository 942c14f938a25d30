"""What `ometria-import.toml` and the environment say: accounts, keys and sources."""

from ometria_import.choices import AccountName
from ometria_import.config.settings import (
    DEFAULT_BASE_URL,
    DEFAULT_RATE_PER_S,
    DEFAULT_SETTINGS_FILE,
    MAX_RATE_PER_S,
    Account,
    AccountSettings,
    Secret,
    Settings,
    checked_base_url,
    is_loopback,
    load_settings,
)
from ometria_import.config.source_settings import SourceSettings

__all__ = [
    "DEFAULT_BASE_URL",
    "DEFAULT_RATE_PER_S",
    "DEFAULT_SETTINGS_FILE",
    "MAX_RATE_PER_S",
    "Account",
    "AccountName",
    "AccountSettings",
    "Secret",
    "Settings",
    "SourceSettings",
    "checked_base_url",
    "is_loopback",
    "load_settings",
]
