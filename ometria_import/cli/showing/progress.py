"""Progress of long work: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

from rich.console import RenderableType
from rich.progress import Progress, ProgressColumn
from rich.text import Text

from ometria_import.actions.calling.words import visible
from ometria_import.cli.showing.screen import Screen

HEARTBEAT_S = 30.0


class _Bars(Progress):
    """Bars with lines below them."""

    def __init__(self, *columns: ProgressColumn, **settings: Any) -> None:
        self.below: list[Text] = []
        super().__init__(*columns, **settings)

    def get_renderables(self) -> Iterable[RenderableType]:
        """What is drawn at each refresh."""
        yield from super().get_renderables()
        yield from self.below


class ProgressView:
    """Draws bars, or prints lines where there is no terminal; a context manager."""

    def __init__(
        self,
        screen: Screen,
        *columns: ProgressColumn,
        clock: Callable[[], float] = time.monotonic,
        is_transient: bool = False,
    ) -> None:
        self._screen = screen
        self._clock = clock
        self._last_line = clock()
        self._bars = _Bars(
            *columns, console=screen.err, disable=not screen.shows_bars, transient=is_transient
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def _heartbeat(self, text: str) -> None:
        """Print a line if there was none for a while."""
        if self._clock() - self._last_line >= HEARTBEAT_S:
            self._line(text)

    def _line(self, text: str) -> None:
        if not self._screen.shows_bars:
            self._screen.note(visible(text))
            self._last_line = self._clock()
