"""pandas, which nothing imports until something of ours needs it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType


class _Withholding:
    """One of Python's finders of modules: it finds none, and says that there is no pandas.

    Before pyarrow makes an array of a list, or a list of an array, it imports pandas to find out
    whether there is a Series before it. That takes longer than to check a small file, and there
    is none where nobody has imported pandas.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        """Find nothing, and raise for pandas."""
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError(f"{fullname} is withheld from pyarrow", name=fullname)


_WITHHOLDING = _Withholding()


def withhold_pandas() -> None:
    """Let pyarrow do without pandas, unless either has already been imported."""
    if sys.modules.keys().isdisjoint({"pandas", "pyarrow"}):
        sys.meta_path.insert(0, _WITHHOLDING)


def allow_pandas() -> None:
    """Let everybody import pandas again."""
    if _WITHHOLDING in sys.meta_path:
        sys.meta_path.remove(_WITHHOLDING)
