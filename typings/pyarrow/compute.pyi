# pyarrow's functions of arrays, as mypy is to see them: each makes an array.

from collections.abc import Callable

from pyarrow import Array

def __getattr__(name: str) -> Callable[..., Array]: ...
