from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.package import (
    Derivation,
    Package,
    PackageWriter,
    PackedBatch,
    SourceSummary,
    derive,
)
from ometria_import.package.bodies import records_of
from ometria_import.schema import ObjectType

SIZES = {ObjectType.PRODUCT: (100, 100, 30), ObjectType.CONTACT: (100,), ObjectType.ORDER: (7,)}


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Package:
    folder = tmp_path_factory.mktemp("packages")
    line = 0
    with PackageWriter(folder) as writer:
        for object_type, sizes in SIZES.items():
            for size in sizes:
                lines = range(line, line := line + size)
                body = b"[" + b",".join(record(object_type, each) for each in lines) + b"]"
                origins = struct.pack(f"<{2 * size}q", *(n for each in lines for n in (1, each)))
                writer.add(PackedBatch(object_type, size, body, origins))
        sources = [SourceSummary(1, "s.csv", "product", 10, "ab", line)]
        return writer.finish(sources, {"rejected": 3, "superseded": 0, "records": {}})


def record(object_type: ObjectType, line: int) -> bytes:
    return f'{{"@type":"{object_type}","id":"{line}"}}'.encode()


def content(package: Package) -> list[tuple[ObjectType, bytes, tuple[int, int]]]:
    return [
        (batch.object_type, body, origin)
        for batch in package.batches()
        for body, origin in zip(records_of(batch), package.origins(batch.number), strict=True)
    ]


@given(left_out=st.sets(st.integers(0, 336)), changed=st.sets(st.integers(0, 336)))
def test_records_that_stay_keep_order_origin_and_type(
    parent: Package, left_out: set[int], changed: set[int]
) -> None:
    seen = iter(range(337))

    def change(_: ObjectType, records: Sequence[bytes]) -> list[bytes | None]:
        return [
            None if n in left_out else b'{"new":1}' if n in changed else each
            for each, n in zip(records, seen, strict=False)
        ]

    with derive(parent, parent.path.parent, change, "a test") as package:
        package.verify()

        assert content(package) == [
            (object_type, b'{"new":1}' if n in changed else body, origin)
            for n, (object_type, body, origin) in enumerate(content(parent))
            if n not in left_out
        ]
        assert [size for *_, size in package.sizes()].count(100) == sum(
            count // 100 for count in package.record_counts().values()
        )
        assert package.sources() == parent.sources()
        assert package.sums["rejected"] == 3
        if left_out or changed:
            assert package.id != parent.id
            assert package.sums["records"] == package.record_counts()
            assert Derivation.of(package.sums) == Derivation(
                parent.content_hash, "a test", len(left_out), len(changed - left_out)
            )
        else:
            assert package.path == parent.path
            assert Derivation.of(package.sums) is None
        package.path.unlink() if package.path != parent.path else None


def same(_: ObjectType, records: Sequence[bytes]) -> Sequence[bytes]:
    return records


def first_only(_: ObjectType, records: Sequence[bytes]) -> list[bytes | None]:
    return [records[0], *[None] * (len(records) - 1)]


def test_package_of_the_same_records_for_a_reason_is_another_one(parent: Package) -> None:
    folder = parent.path.parent
    with (
        derive(parent, folder, same, "for one", is_always_new=True) as one,
        derive(parent, folder, same, "for another", is_always_new=True) as another,
    ):
        one.verify()
        another.verify()

        assert len({parent.content_hash, one.content_hash, another.content_hash}) == 3
        assert content(one) == content(another) == content(parent)


def test_every_step_from_the_prepared_package_is_named(parent: Package) -> None:
    folder = parent.path.parent
    with (
        derive(parent, folder, first_only, "less") as less,
        derive(less, folder, same, "marked", is_always_new=True) as marked,
    ):
        assert Derivation.chain(marked.sums) == [
            Derivation(less.content_hash, "marked", 0, 0),
            Derivation(parent.content_hash, "less", 332, 0),
        ]
        assert less.sums["records"] == {"product": 3, "contact": 1, "order": 1}
        assert less.batch_counts() == dict.fromkeys(SIZES, 1)


def test_package_that_leaves_out_everything_has_no_batch(parent: Package) -> None:
    with derive(
        parent, parent.path.parent, lambda _, records: [None] * len(records), "nothing"
    ) as package:
        package.verify()

        assert package.record_counts() == {}
        assert package.sums["records"] == {}
