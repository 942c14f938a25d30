"""Build the site of the documentation, which needs no network, neither now nor in a browser.

python -m docs.building.site    writes build/docs/site/index.html and what belongs to it
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tomlkit

from docs.building.nav import navigation
from docs.building.pictures import says_of, take_pictures

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
BUILT = ROOT / "build" / "docs"
CONFIG = "zensical.toml"
PICTURE = re.compile(r"^<!-- picture: (\w+) -->$", re.MULTILINE)
"""Where the build puts a picture."""
_COPIED = (".md", ".json", ".toml", ".png")
_FROM_ELSEWHERE = re.compile(
    r'<(?:script|img|iframe|link rel="stylesheet")[^>]*"(?:https?:)?//[^>]*>'
)


def main() -> int:
    """Build it; returns the exit code."""
    shutil.rmtree(BUILT, ignore_errors=True)
    pages = BUILT / "pages"
    copied = [each for each in DOCS.rglob("*") if each.suffix in _COPIED and _is_page(each)]
    for each in copied:
        place = pages / each.relative_to(DOCS)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(each, place)
    for name in ("site.css", "iframe-worker.js"):
        shutil.copy(DOCS / "building" / name, pages)
    pictures = pages / "pictures"
    pictures.mkdir()
    with tempfile.TemporaryDirectory() as work:
        taken = take_pictures(pictures, Path(work))
    for page in pages.rglob("*.md"):
        depth = len(page.relative_to(pages).parts) - 1
        page.write_text(with_pictures(page.read_text("utf-8"), taken, "../" * depth), "utf-8")
    config = tomlkit.parse((DOCS / "building" / CONFIG).read_text("utf-8"))
    config["project"]["nav"] = navigation(DOCS)
    (BUILT / CONFIG).write_text(tomlkit.dumps(config), "utf-8")
    program = Path(sys.executable).with_name("zensical")
    built = subprocess.run([program, "build", "--strict", "--clean"], cwd=BUILT, check=False)
    if built.returncode:
        return built.returncode
    if fetching := _fetching(BUILT / "site"):
        print("These pages would ask others for something:", *fetching, sep="\n  ")
        return 1
    print(f"The documentation is in {(BUILT / 'site' / 'index.html').relative_to(ROOT)}.")
    return 0


def with_pictures(text: str, taken: dict[str, str], up: str) -> str:
    """A page with the pictures that were taken, and without the places of the others."""
    says = says_of()

    def picture(place: re.Match[str]) -> str:
        name = place[1]
        if name not in taken:
            return ""
        file = f"{up}pictures/{taken[name]}"
        image = f"[![{says[name]}]({file})]({file})"
        return f"{image}{{ .terminal }}" if file.endswith(".svg") else image

    return PICTURE.sub(picture, text)


def _is_page(file: Path) -> bool:
    return file.parent.name != "building"


def _fetching(site: Path) -> list[str]:
    """What pages take from other servers as they are opened."""
    return [
        f"{page.relative_to(site)}: {found}"
        for page in sorted(site.rglob("*.html"))
        for found in _FROM_ELSEWHERE.findall(page.read_text("utf-8"))
    ]


if __name__ == "__main__":
    sys.exit(main())
