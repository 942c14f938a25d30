"""Files by URL: read like files of this machine, copied once, and nothing left of the copies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import zipfile
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, pushes
from tests.servers.bucket import Bucket, bucket_in_memory

CONTACTS = "id,@collection,email\n1,main,a@example.com\n2,main,b@@example.com\n"
BUCKET = "s3://shop-exports/night"


@pytest.fixture(autouse=True)
def bucket(monkeypatch: pytest.MonkeyPatch) -> MemoryFileSystem:
    system = bucket_in_memory(monkeypatch)
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
    members = f"{BUCKET}/all.zip!contacts-b.csv", f"{BUCKET}/all.zip!contacts-a.csv"
    (shop.folder / "ometria-import.toml").write_text(
        "".join(f'[[sources]]\npath = "{path}"\ndelimiter = ","\n' for path in members)
    )
    listed = shop.run("check", "--json").json
    assert [each["path"] for each in listed["sources"]] == [*members]
    assert len(Bucket.copied) == 2
    named = shop.run("check", f"{BUCKET}/all.zip").err
    assert named.count("read as described in") == 2
    none = shop.run("check", f"{BUCKET}/all.zip!orders*.csv")
    assert f"{BUCKET}/all.zip holds no file 'orders*.csv'" in none.err


def test_nothing_is_used_of_a_file_whose_connection_breaks(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bucket, "breaks_after", 45)
    ended = shop.run("push", f"{BUCKET}/contacts.csv", "--to", "staging")
    assert ended.code == ExitCode.UNUSABLE
    assert f"{BUCKET}/contacts.csv cannot be read to its end" in ended.err
    assert "Connection reset by peer" in ended.err
    assert "Traceback" not in ended.err
    assert len(Bucket.copied) == 3
    assert pushes(emulator) == 0
    assert copies(shop) == []


def test_a_file_whose_connection_breaks_is_copied_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bucket, "breaks_after", 45)
    monkeypatch.setattr(Bucket, "breaks_times", 2)
    ended = shop.run("check", f"{BUCKET}/contacts.csv", "--json")
    assert ended.code == ExitCode.REJECTS
    assert ended.json["records"] == {"contact": 1}
    assert ended.err.count("Connection reset by peer; copying it again") == 2
    assert len(Bucket.copied) == 3


def test_a_file_for_which_there_is_no_room_is_not_begun(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    ended = shop.run("check", f"{BUCKET}/contacts.csv")
    assert ended.code == ExitCode.UNUSABLE
    assert "no room" in ended.err
    assert "it has 64 B, and 10 B are free" in " ".join(ended.err.split())
    assert Bucket.copied == []
    assert copies(shop) == []


def test_an_interrupted_copy_leaves_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def get_file(*_: object, **__: object) -> None:
        # The folder has to be looked at while the copy is under way.
        assert len(copies(shop)) == 1
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Bucket, "get_file", get_file)
    for command in ("check", "init", "inspect"):
        ended = shop.run(command, f"{BUCKET}/contacts.csv")
        assert ended.code == ExitCode.INTERRUPTED
        assert copies(shop) == []


@pytest.mark.parametrize("end", ["", "/"])
def test_a_folder_stands_for_its_exports(shop: Shop, bucket: MemoryFileSystem, end: str) -> None:
    bucket.pipe("shop-exports/night/readme.pdf", b"%PDF")
    bucket.pipe("shop-exports/night/.hidden.csv", b"x")
    bucket.pipe("shop-exports/night/older/contacts.csv", b"x")
    ended = shop.run("check", f"{BUCKET}{end}", "--json")
    assert [each["path"] for each in ended.json["sources"]] == [f"{BUCKET}/contacts.csv"]
    assert f"{BUCKET}: passed over readme.pdf" in ended.err
    bucket.rm("shop-exports/night/contacts.csv")
    assert "contains no file that can be a source" in shop.run("check", f"{BUCKET}{end}").err


def test_a_whole_bucket_is_a_folder_too(shop: Shop, bucket: MemoryFileSystem) -> None:
    bucket.pipe("shop.exports/contacts.csv", CONTACTS.encode())
    told = shop.run("check", "s3://shop.exports/", "--json").json
    assert [each["path"] for each in told["sources"]] == ["s3://shop.exports/contacts.csv"]


def test_a_name_that_looks_like_a_pattern_is_the_files_own(
    shop: Shop, bucket: MemoryFileSystem
) -> None:
    for name in ("contacts[1].csv", "contacts1.csv"):
        bucket.pipe(f"shop-exports/night/{name}", CONTACTS.encode())
    told = shop.run("check", f"{BUCKET}/contacts[1].csv", "--json").json
    assert [each["path"] for each in told["sources"]] == [f"{BUCKET}/contacts[1].csv"]


def test_progress_of_a_copy_is_told_until_it_is_over(shop: Shop) -> None:
    lines = shop.run("check", f"{BUCKET}/contacts.csv", "--json-lines").out.splitlines()
    told = [json.loads(line) for line in lines]
    copying = [each for each in told if each["event"] == "source_copying"]
    assert [(each["bytes_copied"], each["is_over"]) for each in copying] == [(0, False), (64, True)]
    assert {(each["path"], each["size_bytes"]) for each in copying} == {
        (f"{BUCKET}/contacts.csv", 64)
    }


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
        ("s3://shop-exports/night.d", None, "is a folder"),
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
    bucket: MemoryFileSystem,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    refusal: Exception | None,
    words: str,
) -> None:
    bucket.pipe("shop-exports/night.d/contacts.csv", CONTACTS.encode())
    monkeypatch.setattr(Bucket, "refusal", refusal)
    ended = shop.run("check", url)
    assert ended.code in {ExitCode.UNUSABLE, ExitCode.USAGE}
    assert words in " ".join(ended.err.split())
    assert "Traceback" not in ended.err
    assert "hunter2" not in ended.out + ended.err


@pytest.mark.parametrize(
    "url",
    [
        "sftp://shop:hunter2@files.example.com/a.csv",
        "sftp://shop:hunter2/x@files.example.com/a.csv",
        "s3://id:hunter2@bucket/a.csv",
        "s3://id:hunter2/x@bucket/a.csv",
    ],
)
def test_a_password_in_a_url_is_refused_and_repeated_nowhere(shop: Shop, url: str) -> None:
    (shop.folder / "listed.toml").write_text(f'[[sources]]\npath = "{url}"\n')
    for command in (
        ["check", url],
        ["push", f"order={url}", "--to", "staging"],
        ["init", url],
        ["inspect", url],
        ["mapping", "suggest", url],
    ):
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


@pytest.mark.parametrize(
    "command",
    [
        ["check", "contacts.csv", "--mapping", "URL"],
        ["check", "contacts.csv", "--config", "URL"],
        ["check", "contacts.csv", "--home", "URL"],
        ["mapping", "check", "URL"],
        ["mapping", "show", "URL"],
        ["forget", "--file", "URL"],
        ["status", "--prometheus", "URL"],
    ],
)
def test_only_exports_have_urls(shop: Shop, command: list[str]) -> None:
    shop.contacts(1)
    url = "sftp://shop:hunter2@files.example.com/night/my.toml"
    ended = shop.run(*(url if word == "URL" else word for word in command))
    assert ended.code in {ExitCode.USAGE, ExitCode.UNUSABLE}
    assert "sftp:// names" in ended.err
    assert "hunter2" not in ended.out + ended.err
    assert not [path for path in shop.folder.rglob("*") if "sftp:" in str(path)]


def test_a_mapping_in_the_settings_has_no_url(shop: Shop) -> None:
    (shop.folder / "ometria-import.toml").write_text(
        f'[[sources]]\npath = "contacts.csv"\nmapping = "{BUCKET}/my.toml"\n'
    )
    ended = shop.run("check")
    assert ended.code == ExitCode.USAGE
    assert "ometria-import.toml:3" in ended.err
    assert "mappings are files of this machine" in ended.err


def test_a_mapping_is_drafted_for_one_file(shop: Shop, bucket: MemoryFileSystem) -> None:
    bucket.pipe("shop-exports/night/people.csv", b"Person no,E-mail address\n1,a@example.com\n")
    suggested = shop.run("mapping", "suggest", f"{BUCKET}/people.csv")
    assert suggested.code == ExitCode.OK, suggested.err
    assert 'object_type = "contact"' in suggested.out
    assert Bucket.copied == ["shop-exports/night/people.csv"]
    several = shop.run("mapping", "suggest", f"{BUCKET}/*.csv")
    assert several.code == ExitCode.USAGE
    assert "stands for 2 files" in several.err
    assert copies(shop) == []


def test_forgetting_somebody_removes_copies_that_a_killed_command_left(shop: Shop) -> None:
    folder = shop.folder / ".ometria-import" / "copies"
    folder.mkdir(parents=True)
    (folder / "copy-left").write_text(CONTACTS)
    assert shop.run("forget", "a@example.com").code == ExitCode.OK
    assert copies(shop) == []
