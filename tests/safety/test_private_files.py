"""What is written is its owner's alone: 0600 and 0700 whatever the umask, and never a link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ometria_import.errors import ExitCode
from tests.cli.program import Shop

BAD_ROWS = "id,@collection,email\n1,main,a@example.com\n2,main,bad\n"


def modes(folder: Path) -> dict[str, int]:
    """The rights of all that is in a folder, and of itself."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_all_that_is_written_is_its_owners_alone(shop: Shop, umask: int) -> None:
    name = shop.write("contacts.csv", BAD_ROWS)
    before = os.umask(umask)
    try:
        for command in (
            ("check", name),
            ("push", name, "--to", "staging"),
            ("push", name, "--to", "staging", "--dry-run"),
            ("errors",),
            ("doctor",),
            ("runs", "prune"),
        ):
            assert shop.run(*command).code != ExitCode.UNEXPECTED
    finally:
        os.umask(before)
    found = modes(shop.folder / ".ometria-import")
    folders = {name for name in found if (shop.folder / ".ometria-import" / name).is_dir()}
    assert {found[name] for name in folders} == {0o700}, found
    assert {mode for name, mode in found.items() if name not in folders} == {0o600}, found
    assert any(name.endswith("journal.db") for name in found)


@pytest.mark.usefixtures("emulator")
def test_folders_that_were_there_before_are_closed_to_others(shop: Shop) -> None:
    home = shop.folder / ".ometria-import"
    for name in ("packages", "runs", "locks", "checks"):
        (home / name).mkdir(parents=True)
        (home / name).chmod(0o777)
    shop.run("check", shop.contacts(1))
    shop.run("push", shop.contacts(1), "--to", "staging")
    assert set(modes(home).values()) - {0o600, stat.S_IMODE(home.stat().st_mode)} == {0o700}


@pytest.mark.usefixtures("emulator")
def test_a_link_in_place_of_a_file_is_not_followed(shop: Shop) -> None:
    target = shop.folder / "somebody-elses.txt"
    target.write_text("theirs")
    shop.run("push", shop.contacts(2), "--to", "staging")
    (run,) = shop.run_folders()
    (run / "run.log").unlink()
    (run / "run.log").symlink_to(target)
    (run / "journal.db").chmod(0o600)
    shop.run("retry", run.name)
    shop.run("resume", run.name)
    locks = shop.folder / ".ometria-import" / "locks"
    for lock in locks.iterdir():
        lock.unlink()
    (locks / "staging.lock").symlink_to(target)
    ended = shop.run("push", shop.contacts(3), "--to", "staging")
    assert ended.code != ExitCode.OK
    assert "Traceback" not in ended.err
    assert target.read_text() == "theirs"
