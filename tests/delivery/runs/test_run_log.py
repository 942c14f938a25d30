from __future__ import annotations

import json
from pathlib import Path

from ometria_import.delivery import RateChanged, RunLog


def test_a_log_that_grows_too_long_is_rotated_and_only_the_newest_files_stay(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.log"
    for first in (0, 500):
        with RunLog(path, max_bytes=1_000) as log:
            for number in range(first, first + 500):
                log(RateChanged(float(number), 8.0))
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["run.log", "run.log.1", "run.log.2", "run.log.3"]
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert all(file.stat().st_size < 1_200 for file in files)
    kept = [
        json.loads(line) for file in (*files[:0:-1], path) for line in file.read_text().splitlines()
    ]
    rates = [event["rate_per_s"] for event in kept]
    assert rates == [float(n) for n in range(1_000 - len(rates), 1_000)]
