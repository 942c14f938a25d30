"""What exports of e-mail platforms say of people, as it would be sent."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ometria_import.sources import find_paths
from tests.prepare.outcomes import Outcome, prepare_files

EXPORTS = Path(__file__).parents[1] / "exports"
IN, OUT, NOTHING = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED"
People = dict[str, dict[str, Any]]


def prepared(folder: Path, *names: str | Path, **options: Any) -> tuple[People, Outcome]:
    """The contacts of some exports by email, of which each has one, and what else came out.

    Whatever the platform, what holds for every consent is checked here.
    """
    paths = (path for name in names for path in find_paths(str(EXPORTS / name)).paths)
    outcome = prepare_files(folder, *paths, **options)
    people = {each["email"]: each for each in outcome.records}
    assert len(people) == len(outcome.records)
    for each in outcome.records:
        state = each.get("marketing_optin")
        assert "@force_optin" not in each
        assert "@" not in each["id"]
        assert state == IN or "timestamp_subscribed" not in each
        assert state == OUT or "timestamp_unsubscribed" not in each
    return people, outcome


def people_of(folder: Path, *names: str | Path, **options: Any) -> People:
    """The contacts alone."""
    return prepared(folder, *names, **options)[0]


def states(people: People) -> dict[str, str | None]:
    """The consent of each person, by the part of the email before the @."""
    return {email.split("@")[0]: each.get("marketing_optin") for email, each in people.items()}


def times(people: People, name: str) -> tuple[str | None, str | None]:
    """When a person subscribed and unsubscribed."""
    each = people[f"{name}@example.com"]
    return each.get("timestamp_subscribed"), each.get("timestamp_unsubscribed")


def hash_of(email: str) -> str:
    """The id of somebody who has none."""
    return hashlib.sha256(email.encode()).hexdigest()
