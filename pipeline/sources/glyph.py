"""A character on a page, as far as the reading order needs to know it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Glyph", "Line"]


@dataclass(frozen=True)
class Glyph:
    """A visible character: its horizontal extent, base line and size (em), y growing downwards."""

    left: float
    right: float
    base: float
    em: float

    @property
    def top(self) -> float:
        return self.base - 0.85 * self.em

    @property
    def bottom(self) -> float:
        return self.base + 0.15 * self.em

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2


Line = list[int]
