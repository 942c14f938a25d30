"""Loading a workbook with openpyxl, except for most of its texts, which are read faster."""

from __future__ import annotations

from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from ometria_import.sources.workbook.elements import whole_elements


def load_book(file: BinaryIO) -> Any:
    """The workbook, its sheets unread.

    Raises:
        Exception: whatever openpyxl raises at a file that is no workbook.
    """
    from openpyxl.reader import excel  # here, as it is slow to import and few sources need it
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

    class Sheet(ReadOnlyWorksheet):  # type: ignore[misc]
        def _get_size(self) -> None:
            """Do nothing: to find its size, openpyxl would read some sheets to their end."""

    class Reader(excel.ExcelReader):  # type: ignore[misc]
        def read_strings(self) -> None:
            if (part := self.package.find(SHARED_STRINGS)) is None:
                return
            inside, tag = f"{{{SHEET_MAIN_NS}}}sst", f"{{{SHEET_MAIN_NS}}}si"
            with self.archive.open(part.PartName[1:]) as source:
                texts = (text_of(each) for each in whole_elements(source, inside, tag))
                # As openpyxl does in its table of texts, and not in cells.
                self.shared_strings = [text.replace("x005F_", "") for text in texts]

        def read_worksheets(self) -> None:
            for sheet, relation in self.parser.find_sheets():
                if relation.target not in self.valid_files:
                    continue
                if "chartsheet" in relation.Type:
                    self.read_chartsheet(sheet, relation)
                    continue
                found = Sheet(self.wb, sheet.name, relation.target, self.shared_strings)
                found.sheet_state = sheet.state
                self.wb._sheets.append(found)  # noqa: SLF001 -- as openpyxl itself does

    reader = Reader(file, read_only=True, data_only=True, keep_links=False)
    reader.read()
    return reader.wb


def text_of(element: Element) -> str:
    """The text of a cell or of the table of texts, without its formatting."""
    if len(element) == 1 and element[0].tag.endswith("}t") and not len(element[0]):
        return element[0].text or ""
    from openpyxl.cell.text import Text

    content: str = Text.from_tree(element).content
    return content
