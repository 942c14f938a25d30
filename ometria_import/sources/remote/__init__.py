"""Files on other machines: found, copied to this one, and read from the copy."""

from ometria_import.sources.remote.copies import remove_leftovers
from ometria_import.sources.remote.finding import find_remote
from ometria_import.sources.remote.source import CopyWatcher, RemoteSource

__all__ = ["CopyWatcher", "RemoteSource", "find_remote", "remove_leftovers"]
