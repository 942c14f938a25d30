"""An account that allows half of what is configured, over a real socket, counted in every way."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.delivery import push_package
from ometria_import.emulator import COUNTERS, Settings, running
from ometria_import.errors import ExitCode
from ometria_import.options.choices import ObjectType
from tests.delivery.building import account, begin_run, pack


@pytest.mark.parametrize("counting", COUNTERS)
def test_everything_gets_in_where_the_server_allows_half_and_jitter_bunches_requests(
    tmp_path: Path, counting: str
) -> None:
    package = pack(tmp_path / "packages", {ObjectType.PRODUCT: 60}, batch_size=1)
    settings = Settings(rate=15, jitter=0.003, rate_counter=COUNTERS[counting])
    with running(settings) as server, package:
        to = account(server.base_url, rate_per_s=30)
        run = begin_run(tmp_path, package, to)
        with run.journal() as journal:
            summary = push_package(package, journal, to)
    assert summary.exit_code == ExitCode.OK
    assert summary.accepted == 60
    assert summary.retries < 20
