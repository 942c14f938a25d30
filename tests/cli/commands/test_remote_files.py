"""Files by URL: read like files of this machine, copied once, and nothing left of the copies."""

from __future__ import annotations

import os
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import _registry

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, pushes

CONTACTS = "id,@collection,email\n1,main,a@example.com\n2,main,b@@example.com\n"
BUCKET = "s3://shop-exports/night"


class Bucket(MemoryFileSystem):  # type: ignore[misc]
    """Takes the place of s3:// and keeps its files in memory, with versions as S3 has them."""

    protocol = "s3"
    breaks_after: int | None = None
    """Bytes of a file after which the connection breaks."""
    refusal: Exception | None = None
    copied: list[str]
    environ: dict[str, str]

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        if Bucket.refusal is not None:
            raise Bucket.refusal
        Bucket.environ = dict(os.environ)
        about = dict(super().info(path, **options))
        if about["type"] == "file":
            about["ETag"] = str(hash(self.cat_file(path)))
        return about

    def get_file(self, rpath: str, lpath: str, **_: Any) -> None:
        Bucket.copied.append(rpath)
        content = self.cat_file(rpath)
        with Path(lpath).open("wb") as file:
            file.write(content[: self.breaks_after])
        if self.breaks_after is not None:
            raise ConnectionResetError(104, "Connection reset by peer")


@pytest.fixture(autouse=True)
def bucket(monkeypatch: pytest.MonkeyPatch) -> MemoryFileSystem:
    monkeypatch.setitem(_registry, "s3", Bucket)
    monkeypatch.setattr(Bucket, "copied", [], raising=False)
    monkeypatch.setattr(Bucket, "store", {})
    monkeypatch.setattr(Bucket, "pseudo_dirs", [""])
    system = Bucket(skip_instance_cache=True)
    system.pipe("shop-exports/night/contacts.csv", CONTACTS.encode())
    return system


def copies(shop: Shop) -> list[Path]:
    return list((shop.folder / ".ometria-import" / "copies").glob("*"))


def test_a_file_is_checked_and_told_of_by_its_url(shop: Shop) -> None:
    ended = shop.run("check", f"{BUCKET}/contacts.csv")
    assert ended.code == ExitCode.REJECTS
    assert f"{BUCKET}/contacts.csv:3" in ended.out
    (problems,) = (shop.folder / ".ometria-import" / "checks").glob("*/problems.csv")
    assert f"{BUCKET}/contacts.csv" in problems.read_text("utf-8-sig")
    assert Bucket.copied == ["shop-exports/night/contacts.csv"]
    assert copies(shop) == []


def test_libraries_that_run_programs_for_credentials_let_them_inherit_no_key(shop: Shop) -> None:
    shop.run("inspect", f"{BUCKET}/contacts.csv")
    assert "PATH" in Bucket.environ
    assert not [name for name in Bucket.environ if name.startswith("OMETRIA_")]
    assert os.environ["OMETRIA_LIVE_KEY"] == "live-key"


def test_a_second_push_of_the_same_file_copies_and_sends_nothing(
    shop: Shop, emulator: RunningEmulator, bucket: MemoryFileSystem
) -> None:
    bucket.pipe("shop-exports/night/contacts.csv", CONTACTS.replace("@@", "@").encode())
    push = ("push", f"{BUCKET}/contacts.csv", "--to", "staging")
    assert shop.run(*push).code == ExitCode.OK
    assert shop.run(*push).code == ExitCode.OK
    assert len(Bucket.copied) == len(shop.run_folders()) == 1
    bucket.pipe("shop-exports/night/contacts.csv", CONTACTS.replace("@@", "@x.").encode())
    assert shop.run(*push).code == ExitCode.OK
    assert len(Bucket.copied) == len(shop.run_folders()) == 2
    assert emulator.base_url


def test_rejects_of_a_remote_file_are_corrected_and_pushed_like_any(
    shop: Shop, emulator: RunningEmulator
) -> None:
    assert emulator.base_url
    pushed = shop.run("push", f"{BUCKET}/contacts.csv", "--to", "staging", "--json")
    assert pushed.code == ExitCode.REJECTS
    (run,) = shop.run_folders()
    (rejects,) = (run / "rejects").glob("*.csv")
    rejects.write_text(rejects.read_text("utf-8-sig").replace("b@@", "b@"))
    assert shop.run("push", str(rejects), "--to", "staging").code == ExitCode.OK


def test_settings_list_patterns_which_hold_for_files_that_are_named_too(
    shop: Shop, bucket: MemoryFileSystem
) -> None:
    bucket.pipe("shop-exports/night/people-2.csv", b"id,@collection,email\n3,main,c@example.com\n")
    (shop.folder / "ometria-import.toml").write_text(
        f'[[sources]]\npath = "{BUCKET}/*.csv"\nobject_type = "contact"\n'
    )
    listed = shop.run("check", "--json").json
    assert [each["path"] for each in listed["sources"]] == [
        f"{BUCKET}/contacts.csv",
        f"{BUCKET}/people-2.csv",
    ]
    named = shop.run("check", f"{BUCKET}/people-2.csv")
    assert "read as described in" in named.out + named.err


def test_each_file_in_a_remote_archive_is_a_source(shop: Shop, bucket: MemoryFileSystem) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("contacts-a.csv", "id,@collection,email\n3,main,c@example.com\n")
        archive.writestr("contacts-b.csv", "id,@collection,email\n4,main,d@example.com\n")
    bucket.pipe("shop-exports/night/all.zip", packed.getvalue())
    told = shop.run("check", f"{BUCKET}/all.zip", "--json").json
    assert [each["path"] for each in told["sources"]] == [
        f"{BUCKET}/all.zip!contacts-a.csv",
        f"{BUCKET}/all.zip!contacts-b.csv",
    ]
    assert len(Bucket.copied) == 1


def test_nothing_is_used_of_a_file_whose_connection_breaks(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bucket, "breaks_after", 45)
    ended = shop.run("push", f"{BUCKET}/contacts.csv", "--to", "staging")
    assert ended.code == ExitCode.UNUSABLE
    assert f"{BUCKET}/contacts.csv cannot be read to its end" in ended.err
    assert "Connection reset by peer" in ended.err
    assert "Traceback" not in ended.err
    assert len(Bucket.copied) == 1
    assert pushes(emulator) == 0
    assert copies(shop) == []


def test_a_file_that_changes_while_it_is_copied_is_not_used(
    shop: Shop, bucket: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get_file(_: object, rpath: str, lpath: str, **__: object) -> None:
        Path(lpath).write_bytes(bucket.cat_file(rpath))
        bucket.pipe(rpath, CONTACTS.replace("a@", "z@").encode())

    monkeypatch.setattr(Bucket, "get_file", get_file)
    ended = shop.run("check", f"{BUCKET}/contacts.csv")
    assert ended.code == ExitCode.UNUSABLE
    assert "changed while it was read" in ended.err


@pytest.mark.parametrize(
    ("url", "refusal", "words"),
    [
        (f"{BUCKET}/none.csv", None, "does not exist"),
        (f"{BUCKET}/*.json", None, "no file matches"),
        ("s3://shop-exports/night", None, "is a folder"),
        (f"{BUCKET}/contacts.csv", PermissionError("Access Denied"), "AWS_PROFILE"),
        (f"{BUCKET}/contacts.csv", ValueError("odd"), "cannot be read to its end: odd"),
        ("gs://bucket/a.csv", None, "pip install 'ometria-import[gs]'"),
        ("https://shop.example.com/a.csv?sig=hunter2", None, "s3://, gs://, sftp://"),
        ("s3://bucket", None, "does not name a file"),
        ("s3://bucket/a//b.csv", None, "does not name a file"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_to_do(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    refusal: Exception | None,
    words: str,
) -> None:
    monkeypatch.setattr(Bucket, "refusal", refusal)
    ended = shop.run("check", url)
    assert ended.code in {ExitCode.UNUSABLE, ExitCode.USAGE}
    assert words in " ".join(ended.err.split())
    assert "Traceback" not in ended.err
    assert "hunter2" not in ended.out + ended.err


@pytest.mark.parametrize(
    "url", ["sftp://shop:hunter2@files.example.com/a.csv", "s3://id:hunter2@bucket/a.csv"]
)
def test_a_password_in_a_url_is_refused_and_repeated_nowhere(shop: Shop, url: str) -> None:
    (shop.folder / "listed.toml").write_text(f'[[sources]]\npath = "{url}"\n')
    for command in (["check", url], ["push", f"order={url}", "--to", "staging"]):
        ended = shop.run(*command)
        assert ended.code == ExitCode.USAGE
        assert "holds a password or a key" in ended.err
        assert "hunter2" not in ended.out + ended.err
    listed = shop.run("check", "--config", "listed.toml")
    assert listed.code == ExitCode.USAGE
    assert "listed.toml:2" in listed.err
    assert "hunter2" not in listed.out + listed.err


def test_a_copy_that_a_killed_command_left_goes_with_the_next(shop: Shop) -> None:
    folder = shop.folder / ".ometria-import" / "copies"
    folder.mkdir(parents=True)
    (folder / "copy-left").write_text(CONTACTS)
    shop.run("inspect", f"{BUCKET}/contacts.csv")
    assert copies(shop) == []


def test_commands_that_fetch_no_files_say_so(shop: Shop) -> None:
    assert "init reads only this one's" in " ".join(shop.run("init", BUCKET).err.split())
    suggested = shop.run("mapping", "suggest", f"{BUCKET}/contacts.csv")
    assert suggested.code == ExitCode.UNUSABLE
    assert "is not on this machine" in suggested.err


def test_forgetting_somebody_removes_copies_that_a_killed_command_left(shop: Shop) -> None:
    folder = shop.folder / ".ometria-import" / "copies"
    folder.mkdir(parents=True)
    (folder / "copy-left").write_text(CONTACTS)
    assert shop.run("forget", "a@example.com").code == ExitCode.OK
    assert copies(shop) == []
