"""What every training tells whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Progress", "Watch"]


@dataclass(frozen=True)
class Progress:
    """Where a run stands: steps done of all, mean loss of the last steps, seconds since start.

    loss: None in a stage that has none.
    """

    stage: str
    step: int
    steps: int
    loss: float | None
    seconds: float


@dataclass(frozen=True)
class Watch:
    """Who is told how often (in steps), and how often the state is saved (in seconds).

    note: is given lines for people, such as the score of a pass.
    """

    report: Callable[[Progress], None] | None = None
    steps: int = 20
    save_seconds: float = 240.0
    note: Callable[[str], None] | None = None

    def tell(self, progress: Progress) -> None:
        if self.report is not None:
            self.report(progress)

    def say(self, line: str) -> None:
        if self.note is not None:
            self.note(line)
