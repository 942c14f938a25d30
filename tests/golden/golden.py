"""What each export becomes: the records as they would be sent, and every problem's place.

`python -m tests.golden.golden` writes the golden files anew; the difference shows what changed.
`python -m tests.golden.golden squarespace wix/orders.csv` freezes these exports and leaves what is
frozen of all others as it is. Answers that the files need may follow `--`, as flags of a push;
without them they are found by trying.
"""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXPORTS = ROOT / "tests" / "exports"
FOLDER = Path(__file__).parent
SAMPLES = ("contacts.csv", "orders.csv", "orders.json", "products.csv")
SUFFIXES = {".csv", ".json", ".jsonl", ".ndjson"}
ANSWERS = (
    ("--date-order", "dmy"),
    ("--timezone", "Europe/London"),
    ("--currency", "EUR"),
    ("--set", "currency=EUR"),
    ("--set", "shop_url=https://shop.example.com"),
)
"""What a file may ask of its user."""


def platforms() -> list[str]:
    """The folders of exports that have golden files."""
    return sorted(each.name for each in EXPORTS.iterdir() if each.is_dir())


def exports_of(platform: str) -> list[Path]:
    """The exports of a platform."""
    return sorted(each for each in (EXPORTS / platform).iterdir() if each.suffix in SUFFIXES)


def outcome(home: Path) -> dict[str, Any]:
    """What a dry run left in its home: the bodies to the byte, and the places of all problems."""
    (run,) = (home / "runs").iterdir()
    bodies = {
        path.stem: path.read_text("utf-8").split("\n")[:-1]
        for path in sorted((run / "bodies").glob("*.ndjson"))
    }
    return {"bodies": bodies, "problems": problems_of(run)}


def problems_of(run: Path) -> list[str]:
    """Code, line and field of each problem of a run."""
    with (run / "problems.csv").open(encoding="utf-8-sig", newline="") as file:
        return [f"{row['code']} {row['line']} {row['field']}" for row in csv.DictReader(file)]


def digests(home: Path) -> dict[str, str]:
    """What a dry run of many records left in its home, as SHA-256."""
    (run,) = (home / "runs").iterdir()
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((run / "bodies").glob("*.ndjson"))
    }
    problems = "\n".join(problems_of(run)).encode()
    return {**found, "problems": hashlib.sha256(problems).hexdigest()}


def load(name: str) -> dict[str, Any]:
    """The golden file of a platform, or of the sample data."""
    content = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def _dry_run(paths: Sequence[Path], answers: Sequence[str], home: Path) -> int:
    command = [sys.executable, "-m", "ometria_import", "push", *map(str, paths)]
    options = ["--to", "staging", "--dry-run", "--home", str(home), *answers]
    return subprocess.run([*command, *options], capture_output=True, check=False).returncode


def _answers() -> Iterator[list[str]]:
    for count in range(len(ANSWERS) + 1):
        for chosen in combinations(ANSWERS, count):
            yield [word for each in chosen for word in each]


def _golden(path: Path, answered: Sequence[str] | None = None) -> dict[str, Any]:
    codes = []
    for answers in _answers() if answered is None else [list(answered)]:
        with tempfile.TemporaryDirectory() as home:
            codes.append(_dry_run([path], answers, Path(home)))
            if codes[-1] in {0, 3}:
                return {"answers": answers, "exit_code": codes[-1], **outcome(Path(home))}
    # Refused whatever is answered; without an answer the refusal is about the file itself.
    return {"answers": [], "exit_code": codes[0]}


def _write(name: str, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", "utf-8")


def _freeze(export: str, answered: Sequence[str] | None) -> None:
    platform, _, name = export.partition("/")
    frozen = load(platform) if (FOLDER / f"{platform}.json").is_file() else {}
    chosen = [EXPORTS / platform / name] if name else exports_of(platform)
    frozen |= {path.name: _golden(path, answered) for path in chosen}
    names = [path.name for path in exports_of(platform) if path.name in frozen]
    _write(platform, {each: frozen[each] for each in names})


def main(arguments: Sequence[str]) -> None:
    """Write the golden files of some exports or platforms anew, or all of them."""
    is_answered = "--" in arguments
    end = arguments.index("--") if is_answered else len(arguments)
    exports, answered = arguments[:end], arguments[end + 1 :]
    for export in exports:
        _freeze(export, answered if is_answered else None)
    if not exports:
        _freeze_all()


def _freeze_all() -> None:
    for platform in platforms():
        _write(platform, {path.name: _golden(path) for path in exports_of(platform)})
    samples = {}
    for name in SAMPLES:
        with tempfile.TemporaryDirectory() as home:
            code = _dry_run([ROOT / "sample_data" / name], [], Path(home))
            samples[name] = {"exit_code": code, **digests(Path(home))}
    _write("sample_data", samples)


if __name__ == "__main__":
    main(sys.argv[1:])
