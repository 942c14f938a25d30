"""What each account was given: a store of hashes, by which a push sends only what changed.

A record counts as given only once the account accepted it and its list of late errors was quiet
about it. It does not hold what records say, and nothing here decides what is sent.
"""

from ometria_import.given.certainty import doubt_about_all, doubtful_keys
from ometria_import.given.changes import Changes, Counts, changes_of
from ometria_import.given.keys import fingerprints_of, keys_of
from ometria_import.given.reading_back import (
    Found,
    SpotCheck,
    check_spots,
    read_back,
    spot_checked,
)
from ometria_import.given.store import (
    Given,
    Held,
    UnusableStoreError,
    forget,
    has_store,
    store_path,
)

__all__ = [
    "Changes",
    "Counts",
    "Found",
    "Given",
    "Held",
    "SpotCheck",
    "UnusableStoreError",
    "changes_of",
    "check_spots",
    "doubt_about_all",
    "doubtful_keys",
    "fingerprints_of",
    "forget",
    "has_store",
    "keys_of",
    "read_back",
    "spot_checked",
    "store_path",
]
