"""What a package sets off is counted while it is written, as it is counted afterwards."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ometria_import.errors import PackageError
from ometria_import.options.choices import ObjectType
from ometria_import.package import PackageWriter, PackedBatch, effects_of

NOW = datetime.now(UTC)
CONTACTS = [
    {"marketing_optin": "EXPLICITLY_OPTEDIN", "timestamp_subscribed": "2024-01-02T03:04:05Z"},
    {"marketing_optin": "EXPLICITLY_OPTEDIN", "@force_optin": True, "@collection": "optin:sms"},
    {"marketing_optin": "EXPLICITLY_OPTEDOUT", "channels": {"sms": {"allow_marketing": True}}},
    {"marketing_optin": "NOT_SPECIFIED"},
]


def packed(object_type: ObjectType, records: Sequence[object]) -> PackedBatch:
    """A batch of records."""
    body = json.dumps(records).encode()
    origins = struct.pack(f"<{2 * len(records)}q", *range(2 * len(records)))
    return PackedBatch(object_type, len(records), body, origins)


def moments(*ages: timedelta) -> list[dict[str, str]]:
    """Records of some ages."""
    return [{"timestamp": (NOW - age).isoformat()} for age in ages]


@pytest.mark.parametrize("is_one_by_one", [False, True])
def test_counts_of_the_writer_are_those_of_a_reader(tmp_path: Path, *, is_one_by_one: bool) -> None:
    young = moments(timedelta(hours=1), timedelta(days=2), timedelta(days=400))
    batches = [
        *(packed(ObjectType.CONTACT, CONTACTS[: 1 + n % 4]) for n in range(80)),
        *(packed(ObjectType.ORDER, young) for _ in range(3)),
        packed(ObjectType.CUSTOM_EVENT, [*young, {"timestamp": "soon"}]),
    ]
    with PackageWriter(tmp_path) as writer:
        if is_one_by_one:
            for batch in batches:
                writer.add(batch)
        else:
            writer.add_all(batches)
        package = writer.finish([], {})

    kept = package.path.with_suffix(".effects.json")
    counted = json.loads(kept.read_bytes())
    kept.unlink()
    with package:
        effects = effects_of(package, NOW)

    assert effects.opted_in == 140
    assert effects.young_orders(NOW) == 6
    assert json.loads(kept.read_bytes()) == counted


def test_what_cannot_be_counted_is_told_to_whoever_asks(tmp_path: Path) -> None:
    batch = packed(ObjectType.CONTACT, CONTACTS)
    damaged = PackedBatch(batch.object_type, 3, batch.body, batch.origins[:48])
    with PackageWriter(tmp_path) as writer:
        writer.add(packed(ObjectType.CONTACT, CONTACTS))
        writer.add(damaged)
        package = writer.finish([], {})

    assert [path.suffix for path in tmp_path.iterdir()] == [".db"]
    with package, pytest.raises(PackageError, match="does not match its checksum"):
        effects_of(package, NOW)
