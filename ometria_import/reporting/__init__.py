"""The report of a run: numbers in `report.json`, and one HTML page for people to sign."""

from ometria_import.reporting.files import (
    NUMBERS,
    PAGE,
    as_json,
    decode_report,
    encode_report,
    require_place,
    save_report,
)
from ometria_import.reporting.gathering.gather import gather
from ometria_import.reporting.gathering.material import Checked, Material
from ometria_import.reporting.model import Report
from ometria_import.reporting.page.render import MAX_BYTES, render

__all__ = [
    "MAX_BYTES",
    "NUMBERS",
    "PAGE",
    "Checked",
    "Material",
    "Report",
    "as_json",
    "decode_report",
    "encode_report",
    "gather",
    "render",
    "require_place",
    "save_report",
]
