"""Write what is made from the code: the pages of reference, and the tables in some others.

And what the program reads instead of making it at each start: what presets say, and the table by
which shells complete.

python -m docs.generate           writes them
python -m docs.generate --check   exits 1 where a page is not what the code says
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from docs.building.commands import command_list
from docs.building.completion import completion_table
from docs.building.json_lines import json_lines_page, json_lines_schema
from docs.building.lists import (
    decision_list,
    exit_code_list,
    field_list,
    preset_list,
    schema_list,
)
from docs.building.settings import account_lines, settings_schema, source_lines
from docs.building.text import filled, page, wrap
from ometria_import.actions.inspection.known_mappings import known_mapping
from ometria_import.cli.completing.candidates import TABLE
from ometria_import.mapping.file.place import load_values
from ometria_import.mapping.presets import presets
from ometria_import.mapping.shipped import BUILT, built_entry
from ometria_import.problems import CAUSES, Cause
from ometria_import.verification.comparing import LOOSE_RULES, RULES, Rule

FOLDER = Path(__file__).resolve().parent
_GROUPS = {
    "00": ("Rows that cannot be read", "The whole row goes to the reject file."),
    "01": (
        "Values",
        (
            "An error in a mandatory field, which rejects the record; a warning in any other: the "
            "value is left out or changed, and the record is kept."
        ),
    ),
    "03": ("Records", "What only shows when a record is put together."),
    "04": ("Records that were changed", "What was left out, or what took the place of what."),
    "05": ("Columns", "One problem for many values."),
    "06": ("Answers of the push API", "What it said about records that were sent."),
    "07": (
        "Consent",
        (
            "What rows say of one person that cannot all be true, or that Ometria would read "
            "otherwise than it was meant."
        ),
    ),
    "08": ("More about values", "As under Values."),
    "10": ("Whole sources", "One notice for many records or columns."),
    "11": ("Columns and rows of platforms", "What their exports hold besides records."),
}
"""By the first two digits of the numbers; a group lasts until the next begins."""


def pages() -> dict[str, str]:
    """Every page that is generated in whole or in part, by its path."""
    rules = {
        "rules": _rules_table(RULES),
        "rules to accept": _rules_table((*LOOSE_RULES.values(),)),
    }
    settings = {"accounts": account_lines(), "sources": source_lines()}
    return {
        "problems.md": page("Problems", _problems_lines()),
        "comparing.md": filled((FOLDER / "comparing.md").read_text("utf-8"), rules),
        "reference/commands.md": page("Commands", command_list()),
        "reference/exit-codes.md": page("Exit codes", exit_code_list()),
        "reference/fields.md": page("Fields", field_list()),
        "reference/json-lines.md": json_lines_page(
            (FOLDER / "reference" / "json-lines.md").read_text("utf-8")
        ),
        "reference/json-lines.schema.json": json_lines_schema(),
        "reference/presets.md": page("Presets", preset_list()),
        "reference/schemas.md": page("JSON Schemas", schema_list()),
        "reference/settings.md": filled(
            (FOLDER / "reference" / "settings.md").read_text("utf-8"), settings
        ),
        "reference/settings.schema.json": settings_schema(),
        "decisions/index.md": page("Decisions", decision_list(FOLDER / "decisions")),
    }


def _made() -> dict[Path, str]:
    """What is made for the program itself, by its path."""
    return {BUILT: built_presets(), TABLE: completion_table()}


def _text_of(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def built_presets() -> str:
    """What the TOML of every preset says, on a line for each, and what a list tells of it."""
    lines = []
    for preset in presets():
        listing = asdict(known_mapping(preset))
        del listing["text"]
        values = load_values(preset.place, preset.text)
        lines.append(f'"{preset.place.name}":{built_entry(preset.text, values, listing)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _rules_table(rules: tuple[Rule, ...]) -> Iterator[str]:
    yield "| rule | what is the same | fields |"
    yield "| --- | --- | --- |"
    for rule in rules:
        yield f"| `{rule.name}` | {rule.words} | {rule.fields} |"


def _problems_lines() -> Iterator[str]:
    yield from wrap(
        "Everything that `ometria-import` can find wrong with the data. A code that begins with E "
        "is an error: the record is rejected. One that begins with W is a warning: a value was "
        "left out or changed, and the record kept. The number says what is wrong, and stays the "
        "same from version to version. `ometria-import explain E012` prints an entry of this page."
    )
    heading = ""
    for cause in sorted(CAUSES.values(), key=lambda cause: cause.number):
        start = max(start for start in _GROUPS if start <= cause.number[:2])
        title, about = _GROUPS[start]
        if title != heading:
            heading = title
            yield from ("", f"## {title}", "")
            yield from wrap(about)
        yield from _entry(cause)


def _entry(cause: Cause) -> Iterator[str]:
    yield from ("", f"### {', '.join(cause.codes)}: {cause.title}", "")
    yield from wrap(cause.explanation)
    yield ""
    yield from wrap(f"**What to do:** {cause.remedy}")


def stale_pages(folder: Path) -> list[str]:
    """The names of the pages in a folder that are missing or not what the code says."""
    return [
        name
        for name, text in pages().items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != f"{text}\n"
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or check them; returns the exit code."""
    if arguments == ["--check"]:
        stale = stale_pages(FOLDER)
        for name in stale:
            print(f"docs/{name} is stale: run `python -m docs.generate`")
        made = [path for path, text in _made().items() if _text_of(path) != text]
        for path in made:
            print(f"{path.name} in {path.parent.name} is stale: run `python -m docs.generate`")
        return 1 if stale or made else 0
    if arguments:
        print(__doc__)
        return 2
    for name, text in pages().items():
        (FOLDER / name).parent.mkdir(exist_ok=True)
        (FOLDER / name).write_text(f"{text}\n", encoding="utf-8", newline="\n")
    for path, text in _made().items():
        if _text_of(path) != text:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
