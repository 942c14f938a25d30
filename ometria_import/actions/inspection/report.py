"""What is known of a file before it is imported, as values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

OWN_NAMES = "Ometria's own field names"
NO_ZONE = "none is written"
NO_COUNTRY = "not written in all numbers"
API_SHAPE = "objects in the shape of Ometria's push API"


@dataclass(frozen=True, slots=True)
class SettingReport:
    """Something that the mapping asks for and the file does not say."""

    name: str
    about: str
    is_missing: bool
    """Whether nothing can be imported without it, and nobody said it."""


@dataclass(frozen=True, slots=True)
class FedField:
    """A field and what feeds it."""

    field: str
    column: str
    """The field's own path where no column does, but a constant or a setting."""


@dataclass(slots=True)
class FileReport:
    """One file, or what of it becomes one object type."""

    path: str
    format: str = ""
    rows: int = 0
    unreadable: int = 0
    """Rows among them that cannot be read."""
    object_type: str = ""
    platform: str = ""
    mapping: str = ""
    """A preset's name or a mapping file's; empty where the columns speak for themselves."""
    recognised: str = ""
    """What the file is, in words; empty if nobody knows."""
    generation: str = ""
    key: tuple[str, ...] = ()
    """The columns that tell records apart; `A or B` where the first of several counts."""
    grouped_by: tuple[str, ...] = ()
    """The columns whose rows are one record, where several rows are."""
    has_members: bool = False
    """Whether single rows of these are records of their own, too."""
    conventions: dict[str, str] = field(default_factory=dict)
    """What the columns say of days and months, zones, decimal signs and currencies."""
    questions: list[str] = field(default_factory=list)
    """What they leave open, with the option that answers it."""
    flags: list[str] = field(default_factory=list)
    """Those without which nothing of it can be read, as something is left open."""
    fed: list[FedField] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Mandatory fields that nothing feeds."""
    unused: list[str] = field(default_factory=list)
    unused_consent: list[str] = field(default_factory=list)
    """Those of them that may be about consent."""
    unused_are_kept: bool = False
    """Whether the unused columns go into `properties`."""
    dropped: list[str] = field(default_factory=list)
    """Columns that the mapping leaves out by name."""
    withheld: list[str] = field(default_factory=list)
    """Columns with secrets: they never leave the file."""
    notes: list[str] = field(default_factory=list)
    """What such an export cannot say, and where to get it."""
    settings: list[SettingReport] = field(default_factory=list)
    error: str = ""
    """Why the file cannot be imported as it is; empty if it can."""
    hint: str = ""
    """What to do about it, or what to export instead."""
    is_contested: bool = False
    """Whether that is because two presets fit it equally well."""

    @property
    def is_usable(self) -> bool:
        """Whether `check` would read it."""
        return not self.error

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self), "usable": self.is_usable}
