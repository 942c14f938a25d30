"""Where each page stands in the site."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

Nav: TypeAlias = list["str | dict[str, str | Nav]"]
"""As Zensical has it: pages, pages by a title of their own, and sections."""


def navigation(docs: Path) -> Nav:
    """The sections of the site, with all pages of a folder."""
    return [
        {"Start": ["index.md", {"Install and try it": "tasks/try.md"}]},
        {
            "Tasks": [
                {"Backfill in ten minutes": "tasks/backfill.md"},
                {"From an e-mail platform": "tasks/email-platform.md"},
                {"From a data warehouse": "tasks/warehouse.md"},
                {"From staging to live": "tasks/staging-to-live.md"},
                {"Every night, from cron": "cron.md"},
                {"In a container": "docker.md"},
                {"Something went wrong": "tasks/went-wrong.md"},
                {"From Python": "python.md"},
            ]
        },
        {
            "Guide": [
                {"Files": "files.md"},
                {"Values": "values.md"},
                "mapping.md",
                {"Consent": "consent.md"},
                {"Forgetting people": "forget.md"},
                "pseudonyms.md",
                {"Before live": "before-live.md"},
                "runs.md",
                "verification.md",
                "comparing.md",
                "report.md",
                "promotion.md",
                "changed.md",
                {"Accounts and keys": "accounts.md"},
                {"The shop's tracker": "tracking.md"},
                {"The emulator": "emulator.md"},
            ]
        },
        {
            "Reference": [
                "reference/commands.md",
                "reference/settings.md",
                "reference/exit-codes.md",
                "reference/json-lines.md",
                "problems.md",
                "reference/fields.md",
                {"Presets": ["reference/presets.md", *_pages(docs, "presets")]},
                "reference/schemas.md",
            ]
        },
        {
            "How it works": [
                "architecture.md",
                {"Reliability": "reliability.md"},
                {"Security": "security.md"},
                {"Decisions": ["decisions/index.md", *_pages(docs, "decisions")]},
            ]
        },
    ]


def _pages(docs: Path, folder: str) -> Nav:
    """Every page of a folder but its index, by name."""
    found = sorted((docs / folder).glob("*.md"))
    return [f"{folder}/{page.name}" for page in found if page.name != "index.md"]


def pages_of(nav: Nav) -> list[str]:
    """All pages of a navigation, in its order."""
    found = []
    for entry in nav:
        for inner in [entry] if isinstance(entry, str) else entry.values():
            found += [inner] if isinstance(inner, str) else pages_of(inner)
    return found
