"""TOML as people write it: bounded, read into Structs, and refused with file, line and hint.

Settings, mappings and the emulator's scenarios are read by it; it knows nothing of any of them.
"""

from ometria_import.toml.structs import read_struct, read_value, refuse_unknown
from ometria_import.toml.table import Keys, Table, load_table, parse_table
from ometria_import.toml.text import MAX_BYTES, ContradictionError, TomlError

__all__ = [
    "MAX_BYTES",
    "ContradictionError",
    "Keys",
    "Table",
    "TomlError",
    "load_table",
    "parse_table",
    "read_struct",
    "read_value",
    "refuse_unknown",
]
