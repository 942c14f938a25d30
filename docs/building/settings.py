"""The settings file: its keys in words, and its JSON Schema."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from docs.building.text import plain
from ometria_import.config.settings_file import SETTINGS_FILE_TYPE
from ometria_import.options.reading_options import reading_options

_KINDS = {
    "array": "list of texts",
    "boolean": "true or false",
    "object": "table of texts",
    "string": "text",
}
_NO_DEFAULTS = {"null", "", "[]", "{}"}
_NAMES = {
    "_SettingsTable": "settings",
    "AccountTable": "account",
    "SourceTable": "source",
}
_WORDS = {
    "kind": "Which rules hold for the account. Every account needs it but `staging` and `live` "
    "([more](../accounts.md)).",
    "base_url": "The address of the API. One that is not Ometria's must be confirmed, or named "
    "with `--base-host`.",
    "rate": "Requests per second at most. A lower limit of the account is found by itself.",
    "key_env": "The environment variable that holds the key. One that does not begin with "
    "`OMETRIA_` must be named with `--key-env`. Default: `OMETRIA_STAGING_KEY` or "
    "`OMETRIA_LIVE_KEY`.",
    "ca_file": "A PEM file with the authorities to trust instead of the public ones.",
    "wait_for_errors": "A run ends after so many seconds without a new late error.",
    "read_errors": "Set it to false if the key may push but not read the account's errors.",
    "read_rate": "Requests per second that read from the account. Ometria's limit is 4.",
    "changed": "Whether pushes leave out what has not changed, as `push --changed` does "
    "([more](../changed.md)).",
    "consent": "What a push does about opt-ins, as `push --consent` says it; default: `keep` for "
    "live, `file` for staging ([more](../consent.md)).",
    "pseudonymise": "Whether pushes send fakes for all people, as `push --pseudonymise` does "
    "([more](../pseudonyms.md)).",
    "phones": "What fakes have for phone numbers; without it, they have none.",
    "keep": "The custom fields that fakes keep.",
    "between": "The hours in which runs may send, on this machine's clock, such as `01:00-06:00`, "
    "as `push --between` says them ([more](../runs.md#only-at-night)).",
    "account_hash": "What the account's tag on the shop's pages is called by "
    "([more](../tracking.md)).",
    "path": "A file, a folder or a pattern, from the folder of the settings file, or a URL "
    "(`s3://`, `gs://`, `sftp://`). Required.",
    "object_type": "What the file's records are, where the file does not say it.",
    "complete": "Whether the source always holds everything, so that what is missing is gone.",
    "mapping": "A mapping file, from the folder of the settings file, or the name of a preset; "
    "default: recognised by the columns.",
    "settings": "Values that a mapping needs and the file does not contain, such as "
    '`{ currency = "GBP" }`.',
}
"""By key; a key of `[[sources]]` that is not here is said as the flag of its name is."""


def settings_schema() -> str:
    """The JSON Schema of the settings file."""
    schema = cleaned(msgspec.json.schema(SETTINGS_FILE_TYPE))
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ometria-import.toml",
    }
    return json.dumps({**head, **schema}, indent=2)


def account_lines() -> Iterator[str]:
    """The keys of `[accounts.staging]` and `[accounts.live]`."""
    return _lines("account")


def source_lines() -> Iterator[str]:
    """The keys of `[[sources]]`."""
    return _lines("source")


def _lines(table: str) -> Iterator[str]:
    schema = json.loads(settings_schema())
    flags = {each.name: each.about.help for each in reading_options()}
    yield ""
    for key, about in schema["$defs"][table]["properties"].items():
        if key not in _WORDS and key not in flags:
            sys.exit(f"docs/building/settings.py has no words for the setting {key!r}")
        words = _WORDS.get(key) or plain(flags[key])
        default = json.dumps(about.get("default")).strip('"').removesuffix(".0")
        said = "" if default in _NO_DEFAULTS else f", `{default}` by default"
        yield f"- `{key}` ({_kind(about, schema['$defs'])}{said}): {words}"
    yield ""


def _kind(about: dict[str, Any], known: dict[str, Any]) -> str:
    """What a value has to be, in words."""
    if "anyOf" in about:
        return _kind(about["anyOf"][0], known)
    if "$ref" in about:
        words = known[about["$ref"].rpartition("/")[2]]["enum"]
        return " or ".join(f"`{word}`" for word in words)
    if about["type"] == "number":
        return f"number from {about['minimum']:g} to {about['maximum']:g}"
    return _KINDS[about["type"]]


def cleaned(value: Any) -> Any:
    """A schema without names and defaults that only the code knows."""
    if isinstance(value, list):
        return [cleaned(each) for each in value]
    if isinstance(value, str):
        last = value.rpartition("/")[2]
        return value.replace(last, _NAMES.get(last, last)) if value.startswith("#/") else value
    if not isinstance(value, dict):
        return value
    return {
        _NAMES.get(key, key): cleaned(each)
        for key, each in value.items()
        if not (
            (key == "title" and isinstance(each, str))
            or (key == "default" and isinstance(each, dict | None))
        )
    }
