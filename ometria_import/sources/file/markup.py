"""XML and HTML under whatever name: read as a table they would be one column of nonsense."""

from __future__ import annotations

import re
from pathlib import Path

from ometria_import.errors import SourceError
from ometria_import.sources.model import BLANKS

_HEAD_BYTES = 4096
_MARKUP = re.compile(
    rb"<(?:\?xml\b|!--|!doctype\b|([a-z_][\w:.-]*)(?:\s[^<>]*)?/?>\s*(?:<|$))", re.IGNORECASE
)
"""How XML and HTML begin. A CSV file whose first name stands in brackets goes on behind them."""
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table)\b", re.IGNORECASE)
_KINDS = (
    (
        re.compile(rb"demandware\.com/xml/impex/order"),
        "contains orders of Salesforce Commerce Cloud in XML, which cannot be read",
        (
            "Get the same orders as JSON from its API (OCAPI or SCAPI, order search), or have the "
            "export job write CSV with one row for each line item, and read that file with a "
            "mapping of your own: `ometria-import mapping suggest FILE > my.toml` drafts one."
        ),
    ),
    (
        re.compile(rb"demandware\.com/xml/impex"),
        "contains an export of Salesforce Commerce Cloud in XML, which cannot be read",
        (
            "Get the same data as JSON from its API (OCAPI or SCAPI), or have the export job write "
            "CSV, and read that file with a mapping of your own."
        ),
    ),
    (
        re.compile(rb"urn:schemas-microsoft-com:office:spreadsheet"),
        "is a spreadsheet in XML of the year 2003, which cannot be read",
        "Open it in a spreadsheet program and save it as .xlsx or CSV.",
    ),
)


def refuse_markup(path: Path, text: bytes) -> None:
    """Refuse a file that is XML or HTML.

    Args:
        path: The file, for messages.
        text: Its beginning as UTF-8.

    Raises:
        SourceError: it is one of them.
    """
    head = text.lstrip(BLANKS)[:_HEAD_BYTES]
    if not _MARKUP.match(head):
        return
    if _HTML.search(head):
        raise SourceError(
            f"{path} is a web page (HTML) and not an export",
            hint="If the page asks you to sign in, do so and download the file again. If it "
            "is a table, open it in a spreadsheet program and save it as CSV.",
        )
    for namespace, what, instead in _KINDS:
        if namespace.search(head):
            raise SourceError(f"{path} {what}", hint=instead)
    raise SourceError(
        f"{path} is XML, which cannot be read",
        hint="Export it as CSV or JSON. If the system only writes XML, convert it: one row for "
        "each line item, with the fields of the order in each row.",
    )
