"""Knowing sources again without reading them: by their names, and by the state of their files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ometria_import import __version__
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.reading_options import reading_options
from ometria_import.prepare.options import PrepareOptions


class Fingerprint(NamedTuple):
    """Two hashes by which a later command knows the same sources again."""

    asked: str
    """Of what was named; empty where it cannot be read a second time, such as a pipe."""
    state: str
    """Of everything that makes up the records: files, mappings, options and this version."""


def fingerprint(
    names: Sequence[str], arguments: Sequence[SourceArgument], options: PrepareOptions
) -> Fingerprint:
    """Take the fingerprint of sources; of files, only mappings are read.

    Args:
        names: What the user named, before folders and patterns became files.
        arguments: The sources.
        options: What the user says about them.
    """
    if not all(each.given is not None or each.path.is_file() for each in arguments):
        return Fingerprint("", "")
    asked = [str(Path.cwd()), sorted(names), str(options.mapping)]
    try:
        states = [
            [f"{each.object_type} {each.items}", _state_of(each), _said(options.of(each))]
            for each in arguments
        ]
    except OSError:
        # Whoever reads it says what is wrong.
        return Fingerprint("", "")
    return Fingerprint(_hash(asked), _hash([__version__, states]))


def _state_of(source: SourceArgument) -> list[Any]:
    if source.given is not None:
        return [source.given.state]
    path = source.path
    found = path.stat()
    # The time of change is nobody's to set: a copy with an old date is seen by it.
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
    content = ""
    if mapping is not None and mapping.is_file():
        content = hashlib.sha256(mapping.read_bytes()).hexdigest()
    return [said, content]


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
