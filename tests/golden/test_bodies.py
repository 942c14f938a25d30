"""Every export becomes the same records as ever, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Shop
from tests.golden.golden import (
    EXPORTS,
    ROOT,
    SAMPLES,
    digests,
    exports_of,
    load,
    outcome,
    platforms,
)


@pytest.fixture
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shop:
    return Shop(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("platform", "name"),
    [(platform, path.name) for platform in platforms() for path in exports_of(platform)],
)
def test_export_becomes_the_same_records_as_ever(shop: Shop, platform: str, name: str) -> None:
    golden = load(platform)[name]
    command = ("push", str(EXPORTS / platform / name), "--to", "staging", "--dry-run")

    ended = shop.run(*command, *golden.pop("answers"))

    assert ended.code == golden.pop("exit_code"), ended.err
    if ended.code in {0, 3}:
        assert outcome(shop.folder / ".ometria-import") == golden


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_data_becomes_the_same_records_as_ever(shop: Shop, name: str) -> None:
    golden = load("sample_data")[name]

    ended = shop.run("push", str(ROOT / "sample_data" / name), "--to", "staging", "--dry-run")

    assert ended.code == golden.pop("exit_code"), ended.err
    assert digests(shop.folder / ".ometria-import") == golden
