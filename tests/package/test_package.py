from __future__ import annotations

import os
import sqlite3
import stat
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.errors import ExitCode, PackageError
from ometria_import.package import Package, PackageWriter, PackedBatch, SourceSummary
from ometria_import.schema import ObjectType


def source(number: int = 1, sha256: str = "ab") -> SourceSummary:
    return SourceSummary(number, f"s{number}.csv", "product", 10, sha256, 3)


def batch(object_type: ObjectType, *ids: int, first_line: int = 2) -> PackedBatch:
    body = ",".join(f'{{"@type":"{object_type}","id":"{n}"}}' for n in ids)
    lines = (number for n in range(len(ids)) for number in (1, first_line + n))
    origins = struct.pack(f"<{2 * len(ids)}q", *lines)
    return PackedBatch(object_type, len(ids), f"[{body}]".encode(), origins)


BATCHES = (
    batch(ObjectType.PRODUCT, *range(100)),
    batch(ObjectType.PRODUCT, 100),
    batch(ObjectType.ORDER, 1, 2),
)


def pack(folder: Path, *batches: PackedBatch, sha256: str = "ab", name: str = "x") -> Path:
    with PackageWriter(folder) as writer:
        for each in batches or BATCHES:
            writer.add(each)
        with writer.finish([source(sha256=sha256)], {"name": name}) as package:
            return package.path


def change(path: Path, sql: str, *values: object) -> None:
    database = sqlite3.connect(path)
    with database:
        database.execute(sql, values)
    database.close()


def read_all(path: Path) -> object:
    with Package(path) as package:
        return (
            package.id,
            package.sums,
            package.sources(),
            package.batch_counts(),
            package.record_counts(),
            list(package.batches()),
            [package.origins(number) for number, _, _ in package.sizes()],
        )


def test_package_holds_what_was_written_in_sending_order(tmp_path: Path) -> None:
    with Package(pack(tmp_path)) as package:
        assert package.batch_counts() == {ObjectType.PRODUCT: 2, ObjectType.ORDER: 1}
        assert package.record_counts() == {ObjectType.PRODUCT: 101, ObjectType.ORDER: 2}
        assert package.sizes() == [
            (1, ObjectType.PRODUCT, 100),
            (2, ObjectType.PRODUCT, 1),
            (3, ObjectType.ORDER, 2),
        ]
        assert [each.body for each in package.batches()] == [each.body for each in BATCHES]
        assert [each.number for each in package.batches(ObjectType.ORDER)] == [3]
        assert package.origins(1)[:2] == [(1, 2), (1, 3)]
        assert package.sources() == [source()]
        assert package.sums == {"name": "x"}
        assert package.path.name == f"{package.id}.db"


def test_package_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = pack(tmp_path / "packages")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_id_is_the_hash_of_the_content(tmp_path: Path) -> None:
    one = pack(tmp_path / "a")

    assert pack(tmp_path / "b", name="y").name == one.name
    assert pack(tmp_path / "c", *BATCHES[:2]).name != one.name
    assert pack(tmp_path / "d", *reversed(BATCHES)).name != one.name
    assert pack(tmp_path / "e", sha256="cd").name != one.name


def test_same_records_of_other_lines_are_another_package(tmp_path: Path) -> None:
    """Bug: a package with other origins took the place of one that a run still needs."""
    first = pack(tmp_path, batch(ObjectType.PRODUCT, 1, first_line=2))
    second = pack(tmp_path, batch(ObjectType.PRODUCT, 1, first_line=9))

    assert first != second
    with Package(first) as package:
        assert package.origins(1) == [(1, 2)]


def test_existing_package_is_kept(tmp_path: Path) -> None:
    """Bug: it was replaced, although its writer promised to keep it."""
    first = pack(tmp_path, name="first")
    inode = first.stat().st_ino

    second = pack(tmp_path, name="second")

    assert second == first
    assert first.stat().st_ino == inode
    with Package(first) as package:
        assert package.sums == {"name": "first"}
    counted = first.with_suffix(".effects.json")
    assert sorted(tmp_path.iterdir()) == [first, counted]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE batch SET body = x'00' WHERE number = 2",
        "UPDATE batch SET origins = (SELECT origins FROM batch WHERE number = 2), records = 1",
        "UPDATE batch SET object_type = 'contact' WHERE number = 3",
        "DELETE FROM batch WHERE number = 3",
        "UPDATE source SET path = CAST(x'ff' AS TEXT)",
        "UPDATE source SET sha256 = 'cd'",
    ],
)
def test_damaged_package_is_replaced_by_a_whole_one(tmp_path: Path, damage: str) -> None:
    """Bug: damage in the sources was not seen, and the same package was tried again for ever."""
    path = pack(tmp_path)
    whole = read_all(path)
    change(path, damage)

    assert pack(tmp_path) == path
    assert read_all(path) == whole


def test_package_that_was_not_finished_leaves_nothing(tmp_path: Path) -> None:
    with PackageWriter(tmp_path) as writer:
        writer.add(BATCHES[0])

    assert list(tmp_path.iterdir()) == []


def test_writers_of_one_process_number_do_not_meet(tmp_path: Path) -> None:
    """Bug: in two containers with one home, both of process 1, one took away the other's file."""
    with PackageWriter(tmp_path) as first, PackageWriter(tmp_path) as second:
        first.add(BATCHES[0])
        second.add(BATCHES[1])
        for writer, records in ((first, 100), (second, 1)):
            with writer.finish([source()], {}) as package:
                assert package.record_counts() == {ObjectType.PRODUCT: records}
                assert package.path.stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.glob("*.db"))) == 2


def test_leftovers_of_a_killed_writer_are_removed_after_a_day(tmp_path: Path) -> None:
    """Bug: a kill while packing left its records on the disk for good."""
    old, young = tmp_path / "unfinished-1.db", tmp_path / "unfinished-2.db"
    old.touch()
    young.touch()
    os.utime(old, (time.time() - 90_000,) * 2)

    pack(tmp_path)

    assert not old.exists()
    assert young.exists()


def test_missing_package_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="does not exist") as caught:
        Package(tmp_path / "none.db")

    assert caught.value.exit_code is ExitCode.UNUSABLE
    assert "ush the source files" in caught.value.hint


def test_package_of_another_version_is_an_error(tmp_path: Path) -> None:
    path = pack(tmp_path)
    change(path, "UPDATE meta SET value = '99' WHERE name = 'format_version'")

    with pytest.raises(PackageError, match="has format 99, this version reads 2"):
        Package(path)


def test_batch_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with Package(pack(tmp_path)) as package:
        with pytest.raises(PackageError, match="has no batch 9"):
            package.batch(9)
        with pytest.raises(PackageError, match="has no batch 9"):
            package.origins(9)


def write_text(path: Path) -> None:
    path.write_text("no database at all, but long enough to be looked at" * 20)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5_000])


@pytest.mark.parametrize(
    "damage",
    [
        write_text,
        cut,
        lambda path: path.write_bytes(b""),
        lambda path: change(path, "DROP TABLE batch"),
        lambda path: change(path, "DROP TABLE source"),
        lambda path: change(path, "DELETE FROM meta"),
        lambda path: change(path, "DELETE FROM meta WHERE name = 'sums'"),
        lambda path: change(path, "UPDATE meta SET value = '{' WHERE name = 'sums'"),
        lambda path: change(path, "UPDATE meta SET value = x'ff' WHERE name = 'sums'"),
        lambda path: change(path, "UPDATE batch SET object_type = 'invoice'"),
        lambda path: change(path, "UPDATE batch SET body = x'28b52ffd'"),
        lambda path: change(path, "UPDATE batch SET body = 'text'"),
        lambda path: change(path, "UPDATE batch SET body = (SELECT body FROM batch LIMIT 1)"),
        lambda path: change(path, "UPDATE batch SET origins = body"),
        lambda path: change(path, "UPDATE batch SET origins = x'00'"),
        lambda path: change(path, "UPDATE batch SET records = 'many'"),
        lambda path: change(path, "UPDATE batch SET records = records + 1"),
        lambda path: change(path, "UPDATE source SET path = 's2.csv'"),
        lambda path: change(path, "UPDATE source SET rows = 'x'"),
        lambda path: change(path, "UPDATE source SET path = CAST(x'ff' AS TEXT)"),
        lambda path: change(path, "UPDATE meta SET value = '{}' WHERE name = 'sums'"),
        lambda path: change(path, "DELETE FROM meta WHERE name = 'seal'"),
    ],
)
def test_damage_is_seen_and_said(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    path = pack(tmp_path)
    damage(path)

    with pytest.raises(PackageError, match="is damaged") as caught:
        read_all(path)

    assert "Nothing in it can be trusted" in caught.value.hint


@given(position=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_flipped_bit_never_changes_a_body(
    tmp_path_factory: pytest.TempPathFactory, position: float, bit: int
) -> None:
    path = pack(tmp_path_factory.mktemp("flipped"))
    content = bytearray(path.read_bytes())
    damaged = path.with_name("damaged.db")
    content[int(position * len(content))] ^= 1 << bit
    damaged.write_bytes(content)

    try:
        with Package(damaged) as package:
            bodies = [each.body for each in package.batches()]
    except PackageError:
        return

    assert set(bodies) <= {each.body for each in BATCHES}


def test_many_batches_together_make_the_package_that_they_make_one_by_one(tmp_path: Path) -> None:
    batches = [batch(ObjectType.PRODUCT, *range(n, n + 3), first_line=n) for n in range(1, 300)]
    one_by_one = pack(tmp_path / "a", *batches)
    with PackageWriter(tmp_path / "b") as writer:
        writer.add_all(iter(batches))
        together = writer.finish([SourceSummary(1, "x", "product", 1, "ab", 1)], {})

    with together, Package(one_by_one) as package:
        assert list(together.batches()) == list(package.batches())
        assert together.origins(299) == package.origins(299)
