"""Refusing a setting that nobody asks for: a typing error would be as if nothing was said."""

from __future__ import annotations

from ometria_import.did_you_mean import did_you_mean, plain
from ometria_import.errors import UsageError
from ometria_import.mapping.presets import find_mapping, presets
from ometria_import.prepare.chunks.order_prefix import ORDER_PREFIX
from ometria_import.prepare.options import PrepareOptions


def refuse_unknown_settings(options: PrepareOptions) -> None:
    """Make sure that each setting is one of a preset, of the user's own mapping, or of all sources.

    Which of them the files need is not asked: one command may bring files of several kinds.

    Raises:
        UsageError: nobody knows one of them.
        MappingError: the user's mapping cannot be read.
    """
    if not options.settings:
        return
    known = {setting.name for preset in presets() for setting in preset.settings}
    if options.mapping is not None:
        known |= {setting.name for setting in find_mapping(options.mapping).settings}
    known_plain = set(map(plain, known))
    for name in options.settings:
        if name != ORDER_PREFIX and plain(name) not in known_plain:
            names = sorted({*known, ORDER_PREFIX})
            raise UsageError(
                f"no mapping has a setting '{name}'{did_you_mean(name, names)}",
                hint=f"There are {', '.join(names)}.",
            )
