"""XML and HTML are said to be what they are, whatever the file is called."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, SourceError
from ometria_import.sources import SourceKind, open_any_source

SFCC = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<orders xmlns="http://www.demandware.com/xml/impex/order/2006-10-31">\n'
    ' <order order-no="7"><currency>EUR</currency></order>\n</orders>\n'
)
CATALOGUE = SFCC.replace("impex/order/2006-10-31", "impex/catalog/2006-10-31")
SPREADSHEET = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>\n'
)


def refused(path: Path, data: bytes) -> SourceError:
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        open_any_source(path)
    assert caught.value.exit_code is ExitCode.UNUSABLE
    assert str(path) in caught.value.message
    return caught.value


@pytest.mark.parametrize("name", ["orders.xml", "orders.csv", "orders.txt", "orders"])
def test_xml_is_refused_with_what_to_export_instead(tmp_path: Path, name: str) -> None:
    error = refused(tmp_path / name, SFCC.encode())

    assert "orders of Salesforce Commerce Cloud in XML, which cannot be read" in error.message
    assert "as JSON from its API" in error.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CATALOGUE, "an export of Salesforce Commerce Cloud in XML"),
        (SPREADSHEET, "a spreadsheet in XML of the year 2003"),
        ("<?xml version='1.0'?>\n<feed><entry/></feed>", "is XML, which cannot be read"),
        ("\n  <orders>\n  <order/>\n</orders>", "is XML, which cannot be read"),
        ("<!-- made on Monday -->\n<orders/>", "is XML, which cannot be read"),
        ("<orders/>", "is XML, which cannot be read"),
        ("<!DOCTYPE html>\n<html><body>Sign in</body></html>", "is a web page (HTML)"),
        ("<table border=1>\n<tr><td>id</td></tr></table>", "is a web page (HTML)"),
    ],
)
def test_each_kind_of_markup_is_named(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(tmp_path / "export.csv", text.encode()).message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_before_the_markup_hides_nothing(tmp_path: Path, encoding: str) -> None:
    assert "in XML" in refused(tmp_path / "a.xml", SFCC.encode(encoding)).message


def test_packed_xml_is_refused_as_well(tmp_path: Path) -> None:
    assert "in XML" in refused(tmp_path / "a.xml.gz", gzip.compress(SFCC.encode())).message


@pytest.mark.parametrize("header", ["<id>,email", "<b>id</b>,email", "id,<?xml", "<5,email"])
def test_a_table_with_brackets_in_its_header_is_still_a_table(tmp_path: Path, header: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\n1,ada@example.com\n", encoding="utf-8")

    assert open_any_source(path).format.kind is SourceKind.CSV
