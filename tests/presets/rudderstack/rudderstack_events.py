"""Events as RudderStack writes them, and what becomes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.prepare.outcomes import Outcome, prepare_text

Json = dict[str, Any]


def events(folder: Path, *objects: Json, **options: Any) -> Outcome:
    """Prepare a file of events."""
    lines = "".join(json.dumps(each) + "\n" for each in objects)
    return prepare_text(folder, "events.ndjson", lines, **options)


def identify(traits: Json, **more: Any) -> Json:
    """An identify call of a whole contact."""
    own = {"listingId": "l-1", "email": "ada@example.com"}
    return {"type": "identify", "messageId": "m", "userId": "u-1", "traits": own | traits, **more}


def track(event: Any, properties: Json, **more: Any) -> Json:
    """A track call of somebody known."""
    context = {"traits": {"email": "ada@example.com"}}
    base = {"type": "track", "messageId": "m", "userId": "u-1", "context": context}
    own = {"timestamp": "2023-01-02T14:00:00Z"}
    return base | {"event": event, "properties": own | properties} | more


def order(properties: Json, event: str = "order completed", **more: Any) -> Json:
    """A track call that is a whole order."""
    return track(event, {"order_id": "1", "grand_total": 1, "currency": "GBP"} | properties, **more)


def contact_of(folder: Path, traits: Json, **more: Any) -> Json:
    """The contact that comes of some traits."""
    (record,) = events(folder, identify(traits, **more)).records
    return record


def order_of(folder: Path, properties: Json, **more: Any) -> Json:
    """The order that comes of some properties."""
    (record,) = events(folder, order(properties, **more)).records
    return record
