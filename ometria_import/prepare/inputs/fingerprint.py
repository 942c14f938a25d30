"""Recognising sources again without reading them: by their names and the state of their files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ometria_import.mapping.file.source_parts.tables import files_beside
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.reading_options import reading_options
from ometria_import.prepare.options import PrepareOptions
from ometria_import.sources.file.names import file_on_disk
from ometria_import.version import __version__


class Fingerprint(NamedTuple):
    """Two hashes by which a later command recognises the same sources."""

    asked: str
    """The hash of the source names; empty for a source that cannot be read twice, like a pipe."""
    state: str
    """The hash of all that determines the records: files, mappings, options and our version."""


def fingerprint(
    names: Sequence[str], arguments: Sequence[SourceArgument], options: PrepareOptions
) -> Fingerprint:
    """Compute the fingerprint of sources; only mapping files, and the tables beside them, are read.

    Args:
        names: The source names from the user, before folders and patterns were expanded.
        arguments: The sources.
        options: The user's options for reading the sources.
    """
    if not all(each.given is not None or file_on_disk(each.path).is_file() for each in arguments):
        return Fingerprint("", "")
    asked = [str(Path.cwd()), sorted(names), str(options.mapping)]
    try:
        states = [
            [f"{each.object_type} {each.items}", _state_of(each), _said(options.of(each))]
            for each in arguments
        ]
    except OSError:
        # An unreadable file is reported by the code that reads it.
        return Fingerprint("", "")
    return Fingerprint(_hash(asked), _hash([__version__, states]))


def _state_of(source: SourceArgument) -> list[Any]:
    if source.given is not None:
        return [source.given.state]
    path = source.path
    found = file_on_disk(path).stat()
    # Programs cannot set the change time, so it reveals a copy that kept an old date.
    return [str(path.absolute()), found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _said(options: PrepareOptions) -> list[Any]:
    said = {
        each.name: str(getattr(options, each.name))
        for each in reading_options()
        if each.about.is_of_records
    }
    said["decided"] = str(options.decided)
    said["settings"] = json.dumps(dict(options.settings), sort_keys=True)
    mapping = Path(options.mapping) if options.mapping else None
    content = []
    if mapping is not None and mapping.is_file():
        tables = (path for path, _ in files_beside(mapping, options.settings))
        content = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (mapping, *tables)]
    return [said, content]


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
