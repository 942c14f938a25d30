"""The page in a real browser, where there is one: nothing sticks out, nothing is fetched."""

from __future__ import annotations

import shutil
import subprocess
import warnings
from pathlib import Path

import pytest

from ometria_import.reporting import render
from tests.reporting.test_size import HOSTILE, huge

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
A4_POINTS = (595, 842)


@pytest.fixture
def browser(tmp_path: Path) -> list[str]:
    """The command that starts a browser without a window."""
    if BROWSER is None:
        reason = f"no browser: none of {', '.join(BROWSERS)} is installed, so no page was drawn"
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    return [BROWSER, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def test_a_page_is_drawn_at_the_width_of_a_phone_and_printed_on_a4(
    browser: list[str], tmp_path: Path
) -> None:
    page = render(huge(HOSTILE)).decode()
    # The page forbids scripts, so a copy without its policy measures itself.
    measuring = (
        "<script>document.title = [document.documentElement.scrollWidth, innerWidth].join()"
        "</script></body>"
    )
    (tmp_path / "page.html").write_text(page, "utf-8")
    policy = page[page.index("<meta http-equiv") : page.index('<meta name="viewport"')]
    measured = page.replace(policy, "").replace("</body>", measuring)
    frame = tmp_path / "frame.html"
    (tmp_path / "measured.html").write_text(measured, "utf-8")
    # A window is never narrower than 500 pixels, a frame is.
    frame.write_text(
        '<iframe src="measured.html" width="390" height="800"></iframe><script>'
        'const frame = document.querySelector("iframe"); onload = () => '
        "{ document.title = frame.contentDocument.title }</script>"
    )

    told = run([*browser, "--allow-file-access-from-files", "--dump-dom", frame.as_uri()])
    pdf = tmp_path / "page.pdf"
    printed = [f"--print-to-pdf={pdf}", "--no-pdf-header-footer", (tmp_path / "page.html").as_uri()]
    run([*browser, *printed])

    assert "<title>390,390</title>" in told, "something sticks out to the right"
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF")
    boxes = content.split(b"/MediaBox")[1:]
    assert boxes
    for box in boxes:
        width, height = box[: box.index(b"]")].split()[-2:]
        assert (round(float(width)), round(float(height))) == A4_POINTS
