"""The findings about a page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ometria_import.options.choices import AccountName
from ometria_import.tracking.page.model import Page

DEBUG = (
    "open the page in a browser with #om_debug at the end of its address, which shows what the "
    "tracker sends"
)


class Mark(StrEnum):
    """How bad it is."""

    OK = "ok"
    ERROR = "error"
    WARNING = "warning"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finding about a page."""

    code: str
    mark: Mark
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class CheckedPage:
    """A page, what was found in it, and the findings about that."""

    page: str
    """The file or the address, as it was named."""
    found: Page | None
    """None where it could not be read."""
    account: AccountName | None
    """Whose tag it has; None where nobody can tell, or it is of neither account."""
    verdicts: tuple[Verdict, ...]
    redirects: tuple[str, ...] = ()

    @property
    def mark(self) -> Mark:
        """The worst of what is said."""
        marks = {each.mark for each in self.verdicts}
        order = (Mark.ERROR, Mark.CANNOT_TELL, Mark.WARNING)
        return next((each for each in order if each in marks), Mark.OK)

    @property
    def page_types(self) -> tuple[str, ...]:
        """What kind of page it says it is."""
        calls = self.found.calls if self.found else ()
        return tuple(dict.fromkeys(each.page_type for each in calls if each.page_type))
