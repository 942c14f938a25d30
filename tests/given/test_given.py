"""The law of what accounts were given, and the store's own promises."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
from pathlib import Path

import pytest

from ometria_import.config import AccountName, AccountSettings
from ometria_import.config.home import Home
from ometria_import.errors import OmetriaImportError
from ometria_import.given import Given, Held, has_store, store_path
from ometria_import.given.joining import Joining
from ometria_import.given.keys import NOBODY, Fingerprints, key_of, slot_keys
from ometria_import.schema import ObjectType
from tests.given.trials import play

ACCOUNT = AccountSettings(AccountName.STAGING)
CONTACT = ObjectType.CONTACT


@pytest.mark.parametrize("seed", range(12))
def test_what_changed_leaves_the_account_as_everything_would(seed: int) -> None:
    play(f"suite {seed}")


def keys(count: int, kind: ObjectType = CONTACT) -> list[bytes]:
    return [key_of(kind, f"c{n}") for n in range(count)]


@pytest.mark.parametrize(("slots", "known"), [(1, 400), (7, 400), (7, 40_000), (256, 90)])
def test_records_are_found_whatever_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slots: int, known: int
) -> None:
    monkeypatch.setattr("ometria_import.given.joining._IN_A_SLOT", 1_000 // slots or 1)
    monkeypatch.setattr("ometria_import.given.joining._MOST_SLOTS", slots)
    wanted, home = keys(1_000), Home(tmp_path / "home")
    with Given(home, ACCOUNT) as store:
        others = set(wanted[60:70])
        bodies = ((key, b"." * 16 if key in others else key[::-1]) for key in keys(known)[50:])
        store.begin("run", bodies)
        store.settle("run", keys(100)[80:90])
        with Joining(CONTACT, 5, [100] * 10, tmp_path) as joining:
            for batch in range(10):
                some = wanted[batch * 100 : batch * 100 + 100]
                nobody = [NOBODY] * len(some)
                prints = Fingerprints(some, [key[::-1] for key in some], nobody, nobody)
                joining.add(5 + batch, prints)
            found = list(joining.join(store))
            stays = {int(place) for place in (~joining.goes).ravel().nonzero()[0]}
    assert sum(len(each.is_known) for each in found) == 1_000
    assert sum(int(each.is_known.sum()) for each in found) == min(known, 1_000) - 50
    assert stays == set(range(50, min(known, 1_000))) - {*range(60, 70), *range(80, 90)}


@pytest.mark.parametrize("slots", [1, 2, 3, 7, 100, 256])
def test_slots_part_the_keys_of_a_type(slots: int) -> None:
    ends = [slot_keys(CONTACT, slot, slots) for slot in range(slots)]
    draw = random.Random(1)
    for key in (b"c" + draw.randbytes(15) for _ in range(500)):
        slot = key[1] * slots // 256
        assert ends[slot][0] <= key <= ends[slot][1]
    assert all(before[1] < after[0] for before, after in itertools.pairwise(ends))


def test_a_key_with_two_bodies_in_one_run_is_never_left_out(tmp_path: Path) -> None:
    (key,) = keys(1)
    with Given(Home(tmp_path), ACCOUNT) as store:
        store.begin("run", [(key, b"a" * 16), (key, b"b" * 16)])
        store.settle("run", [])
        assert store.lines([key])[key].body == b""


def test_a_later_run_is_not_doubted_by_an_earlier_one(tmp_path: Path) -> None:
    (key,) = keys(1)
    with Given(Home(tmp_path), ACCOUNT) as store:
        store.begin("earlier", [(key, b"a" * 16)])
        store.begin("later", [(key, b"b" * 16)])
        store.settle("later", [])
        store.settle("earlier", [key])
        assert store.lines([key])[key].is_certain
        assert store.held() == {CONTACT: Held(certain=1)}
        # What is known of the later run only now.
        store.settle("later", [key])
        assert store.held() == {CONTACT: Held(in_doubt=1)}


def test_what_dies_while_it_writes_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    some = keys(300)

    def records() -> object:
        for number, key in enumerate(some):
            if number == 200:
                raise KeyboardInterrupt
            yield key, key

    with Given(Home(tmp_path), ACCOUNT) as store:
        store.begin("run", [(key, key) for key in some[:100]])
        store.settle("run", [])
        with pytest.raises(KeyboardInterrupt):
            store.begin("next", records())  # type: ignore[arg-type]
        assert store.held() == {CONTACT: Held(certain=100)}
        store.begin("next", [(key, key) for key in some])
        assert store.held() == {CONTACT: Held(certain=100, in_doubt=200)}


KILLED = """
import os, sqlite3, sys
from pathlib import Path

class Connection(sqlite3.Connection):
    def execute(self, sql, *values):
        if sql == "DROP TABLE sent":
            os.kill(os.getpid(), 9)
        return super().execute(sql, *values)

connect = sqlite3.connect
sqlite3.connect = lambda *given, **named: connect(*given, **{**named, "factory": Connection})
from ometria_import.config.home import Home
from ometria_import.given import Given, store
from tests.given.test_given import ACCOUNT, keys
store._CACHE_KIB = 16
with Given(Home(Path(sys.argv[1])), ACCOUNT) as given:
    given.begin("next", [(key, key) for key in keys(5_000)])
"""


def test_what_kill_9_left_half_written_is_taken_back_by_whoever_comes_first(
    tmp_path: Path,
) -> None:
    home, some = Home(tmp_path), keys(100)
    with Given(home, ACCOUNT) as store:
        store.begin("run", [(key, key) for key in some])
        store.settle("run", [])
    whole = store_path(home, ACCOUNT.name).stat().st_size
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert ended.returncode == -9
    assert store_path(home, ACCOUNT.name).stat().st_size > 2 * whole
    with Given(home, ACCOUNT, is_read_only=True) as store:
        assert store.held() == {CONTACT: Held(certain=100)}
        with pytest.raises(OmetriaImportError, match="readonly"):
            store.begin("next", [(key, key) for key in some])


def test_a_store_that_was_killed_while_it_was_made_is_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = store_path(home, ACCOUNT.name)
    path.parent.mkdir(parents=True)
    path.touch(0o600)
    assert not has_store(home, ACCOUNT.name)
    with Given(home, ACCOUNT) as store:
        store.begin("run", [(key, key) for key in keys(3)])
        assert store.held() == {CONTACT: Held(in_doubt=3)}
    assert has_store(home, ACCOUNT.name)


def test_a_run_that_goes_on_notes_what_it_has_left_unless_it_was_the_last_to_begin(
    tmp_path: Path,
) -> None:
    (key,) = keys(1)
    with Given(Home(tmp_path), ACCOUNT) as store:
        store.begin("one", [])
        store.begin("two", [(key, b"b" * 16)])
        assert store.is_begun("two")
        store.begin("one", [(key, b"a" * 16)])
        store.settle("one", [])
        store.begin("two", [(key, b"b" * 16)])
        assert not store.lines([key])[key].is_certain
        store.settle("two", [])
        assert store.lines([key])[key].body == b"b" * 16
