"""A source as the settings file lists it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.options.reading_options import ReadingOptions


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One source as the file tells of it."""

    where: str
    """The file, the line and the number of the source, for messages."""
    path: Path
    """A file, a folder or a pattern, within the folder of the settings file."""
    object_type: str = ""
    """Empty where the file does not say it."""
    options: ReadingOptions = field(default_factory=ReadingOptions)
    is_complete: bool = False
    """Whether it always holds every record that there is, so that what is missing is gone."""
