"""Scores the drafts of all tables: `python -m benchmarks.drafting.score [-v] [NAME]`."""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from benchmarks.drafting.sets import DraftedSet, all_sets
from ometria_import.drafting.draft import Draft, draft, draft_objects

_FREE = ("properties.", "variant_options.", "@collection")
_MANDATORY = {
    "contact": ("id", "email"),
    "product": ("id",),
    "order": ("id", "timestamp", "grand_total", "currency"),
    "custom_event": ("id", "event_type", "timestamp"),
    "lineitem": ("id", "lineitems.product_id", "lineitems.quantity"),
}
_LEFT, _OUT = "timestamp_unsubscribed", "EXPLICITLY_OPTEDOUT"
_SHOWN = 10
_WORST = ("fine", "right", "wrong", "dangerous")
_SPLIT = {
    "customer.name": ("customer.firstname", "customer.lastname"),
    "name": ("firstname", "lastname"),
}


def score(table: DraftedSet) -> tuple[Counter[str], list[str]]:
    """How a draft compares with the answers: counts, and what is not right."""
    _, reading, text = _draft(table)
    counts, notes = Counter[str](), list[str]()
    kind = reading.kind or "nothing"
    counts["files"] += 1
    counts["type"] += kind == table.kind
    if kind != table.kind:
        notes.append(f"type: {kind}, not {table.kind}")
    fed: dict[str, str] = {}
    for path, source in _fields(tomllib.loads(text) if text else {}):
        for column, is_turned in _columns(source):
            of = _LEFT if _says_left(source, column) else path
            verdict = _judge(table, of, column, is_turned=is_turned)
            fed[path] = max(verdict, fed.get(path, "fine"), key=_WORST.index)
            if verdict in {"wrong", "dangerous"}:
                notes.append(f"{verdict}: {path} <- {column}")
    counts.update(verdict for verdict in fed.values() if verdict in {"wrong", "dangerous"})
    expected = [answer.split(",") for answer in table.answers.values() if answer[0] not in ".?!"]
    by_field: dict[str, list[str]] = {}
    for answer in expected:
        by_field.setdefault(answer[0].removeprefix("-"), answer)
    for answer in by_field.values():
        is_right = any(fed.get(path.removeprefix("-")) == "right" for path in answer)
        is_bad = any(fed.get(path.removeprefix("-")) in {"wrong", "dangerous"} for path in answer)
        counts["right"] += is_right
        counts["open"] += not is_right and not is_bad
        if not is_right and not is_bad:
            notes.append(f"open: {answer[0]}")
    allowed = {path.strip("?-") for answer in table.answers.values() for path in answer.split(",")}
    for path in _MANDATORY.get(table.kind, ()):
        if path in allowed and kind == table.kind:
            counts["mandatory"] += fed.get(path) in {"right", "fine"}
        counts["mandatory_of"] += path in allowed
    return counts, notes


def _draft(table: DraftedSet) -> Draft:
    if table.file.endswith(".json"):
        return draft_objects(table.file, table.objects())
    return draft(table.file, table.rows())


def _fields(mapping: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for path, source in mapping.get("fields", {}).items():
        name = "id" if mapping.get("object_type") == "lineitem" and path == "order_id" else path
        if not name.startswith(_FREE):
            yield name, source
    for path, source in mapping.get("items", {}).get("lineitems", {}).get("fields", {}).items():
        if not path.startswith(_FREE):
            yield f"lineitems.{path}", source


def _columns(source: Any, *, is_turned: bool = False) -> Iterator[tuple[str, bool]]:
    """The columns of a source, each with whether a rule stands between it and the field."""
    if isinstance(source, str):
        yield source, is_turned
        return
    is_turned = is_turned or bool({"translate", "when", "part", "scale"} & set(source))
    for key in ("column", "date", "hash"):
        if key in source:
            yield source[key], is_turned or key == "hash"
    for each in source.get("first", []):
        yield from _columns(each, is_turned=is_turned)
    condition = source.get("when")
    if condition and "constant" in source:
        yield from (
            (name, True)
            for name in [condition.get("column", ""), *condition.get("filled", [])]
            if name
        )
    if "template" in source:
        yield source["template"].split("{")[1].split("}")[0], True


def _says_left(source: Any, column: str) -> bool:
    """Whether a date in a column makes an opt-out: right where it is the time of one."""
    entries = source.get("first", []) if isinstance(source, dict) else []
    return any(
        each.get("constant") == _OUT and column in each.get("when", {}).get("filled", [])
        for each in entries
        if isinstance(each, dict)
    )


def _judge(table: DraftedSet, path: str, column: str, *, is_turned: bool) -> str:
    answers = table.answers.get(column, ".").split(",")
    names = [
        each for name in answers for each in (_SPLIT.get(name.strip("?-!"), (name.strip("?-!"),)))
    ]
    if path == "id" and is_turned and any("email" in name for name in names):
        return "right" if "id" not in ",".join(table.answers.values()).split(",") else "fine"
    follows = {
        "is_valid": "status",
        "customer_id": "id",
        "web_id": "id",
        "lineitems.sku": "lineitems.product_id",
        "lineitems.variant_id": "lineitems.sku",
    }
    if f"!{path}" in answers or (f"-{path}" in answers and not is_turned):
        return "dangerous"
    if path in names and not any(name.startswith("!") for name in answers):
        return "right" if not any(name == f"?{path}" for name in answers) else "fine"
    if follows.get(path) in names:
        return "fine"
    return "wrong"


def main() -> None:
    """Print the score of every table, and of all."""
    only = next((each for each in sys.argv[1:] if not each.startswith("-")), "")
    total: dict[str, Counter[str]] = {}
    faults: dict[str, int] = {}
    for table in all_sets():
        if only not in table.name:
            continue
        counts, notes = score(table)
        faults[table.name] = faults_of(counts)
        for name in (table.language, table.kind, "all"):
            total.setdefault(name, Counter()).update(counts)
        if "-v" in sys.argv or notes:
            print(f"{table.name:32} {dict(counts)}", *notes, sep="\n    ")
    for name, counts in total.items():
        lines = counts["right"] + counts["open"] + counts["wrong"] + counts["dangerous"]
        right = counts["right"] / max(lines, 1)
        print(
            f"{name:12} type {counts['type']} of {counts['files']}, "
            f"mandatory {counts['mandatory']} of {counts['mandatory_of']}, right {right:.1%}, "
            f"open {counts['open']}, wrong {counts['wrong']}, dangerous {counts['dangerous']}"
        )
    print("worst:", worst(faults))


def worst(faults: dict[str, int]) -> str:
    """The names of the ten worst drafts that have any fault."""
    names = sorted((name for name, each in faults.items() if each), key=lambda name: -faults[name])
    return ", ".join(names[:_SHOWN]) or "none has a fault"


def faults_of(counts: Counter[str]) -> int:
    """How bad a draft is: what is dangerous is worse than any number of open fields."""
    wrong_type = counts["type"] == 0
    return 100 * counts["dangerous"] + 10 * (counts["wrong"] + wrong_type) + counts["open"]


if __name__ == "__main__":
    main()
