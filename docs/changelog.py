"""Make a version of what is unreleased: a section of the changelog, and the package's number.

python -m docs.changelog 0.2.0    done before, it changes nothing
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_UNRELEASED = "## [Unreleased]"
_ASSIGNED = re.compile(r'^(__version__ = )"([^"]+)"$', re.MULTILINE)


class ReleaseError(Exception):
    """There is no such version to be made."""


def with_version(changelog: str, version: str, day: date) -> str:
    """Give what is unreleased a section of its own, below an empty one for what comes next.

    Raises:
        ReleaseError: nothing is unreleased.
    """
    if f"\n## [{version}]" in changelog:
        return changelog
    before, heading, after = changelog.partition(_UNRELEASED)
    unreleased = after.partition("\n## [")[0].strip()
    if not heading or not unreleased:
        raise ReleaseError("CHANGELOG.md has nothing under [Unreleased]")
    return f"{before}{heading}\n\n## [{version}] - {day}{after}"


def main(arguments: list[str]) -> int:
    """Write both files; returns the exit code."""
    if len(arguments) != 1 or not _VERSION.fullmatch(arguments[0]):
        print("Say which version: make release VERSION=0.2.0", file=sys.stderr)
        return 2
    (version,) = arguments
    changelog, package = ROOT / "CHANGELOG.md", ROOT / "ometria_import" / "version.py"
    code = package.read_text("utf-8")
    if (known := _ASSIGNED.search(code)) is None:
        raise ReleaseError(f"{package} has no __version__")
    if _numbers(version) < _numbers(known[2]):
        print(f"{version} is older than {known[2]}, which is there already", file=sys.stderr)
        return 2
    try:
        text = with_version(changelog.read_text("utf-8"), version, datetime.now(UTC).date())
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 2
    changelog.write_text(text, "utf-8")
    package.write_text(_ASSIGNED.sub(rf'\1"{version}"', code), "utf-8")
    return 0


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
