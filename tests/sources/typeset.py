"""A small typesetter for tests: characters at places, as boxes or as a real PDF."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipeline.sources.columns import Glyph

COMMON = "清河县水利局长何启明郭晓莉于得春灌工作展开群众满意教育副" + "，。、"
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
)


@dataclass
class Sheet:
    """One page, 595 by 842 points; y of a line is its base line."""

    marks: list[tuple[str, float, float, float]] = field(default_factory=list)

    def line(
        self, x: float, y: float, text: str, size: float = 10, gap: float = 0, shadow: float = 0
    ) -> None:
        """Characters side by side; gap: space between them.

        shadow: print each character a second time, so far off and a little larger.
        """
        for char in text:
            width = size if ord(char) > 0x2E7F else size / 2
            if char != " ":
                self.marks.append((char, x, y, size))
            if shadow:
                self.marks.append((char, x + shadow, y, size * 1.04))
            x += width + gap

    def column(
        self, x: float, y: float, text: str, width: int = 16, indent: int = 2, pitch: float = 15
    ) -> float:
        """A paragraph of so many characters a line, its first line moved in; gives the next y."""
        first, rest = text[: width - indent], text[width - indent :]
        self.line(x + indent * 10, y, first)
        for start in range(0, len(rest), width):
            y += pitch
            self.line(x, y, rest[start : start + width])
        return y + pitch

    def upright(self, x: float, y: float, text: str, size: float = 20) -> None:
        for number, char in enumerate(text):
            self.marks.append((char, x, y + number * size * 1.2, size))

    def glyphs(self) -> list[Glyph]:
        return [
            Glyph(x, x + (size if ord(char) > 0x2E7F else size / 2), y, size)
            for char, x, y, size in self.marks
        ]

    def text(self, blocks: list[list[list[int]]]) -> str:
        """What blocks of lines of glyph numbers read as: lines joined, blocks by `|`."""
        marks = self.marks
        return "|".join("".join(marks[i][0] for line in block for i in line) for block in blocks)


@cache
def _small(font: str, characters: str) -> str:
    """A font with only these characters: a whole Chinese font takes a second to read."""
    from fontTools import subset

    folder = tempfile.mkdtemp(prefix="renzhi-font-")
    small = str(Path(folder) / "small.otf")
    subset.main([font, "--font-number=0", f"--text={characters}", f"--output-file={small}"])
    return small


def write_pdf(path: Path, *sheets: Sheet, **settings: Any) -> Path:
    """Set sheets as a PDF with a Chinese font of the system; skips the test where there is none."""
    font = next((font for font in FONTS if Path(font).is_file()), None)
    if font is None:
        pytest.skip("needs a Chinese font: apt-get install fonts-noto-cjk")
    from fpdf import FPDF

    characters = "".join(sorted({mark[0] for sheet in sheets for mark in sheet.marks} | {"某"}))
    pdf = FPDF(unit="pt", format=(595, 842))
    pdf.add_font("chinese", fname=_small(font, "".join(sorted(set(characters + COMMON)))))
    if "title" in settings:
        pdf.set_title(settings["title"])
    if "password" in settings:
        pdf.set_encryption(owner_password="o", user_password=settings["password"])
    for sheet in sheets:
        pdf.add_page()
        size = 0.0
        pdf.set_font("chinese", size=10)
        for char, x, y, char_size in sheet.marks:
            if char_size != size:
                size = char_size
                pdf.set_font_size(size)
            pdf.text(x, y, char)
        if not sheet.marks:
            pdf.rect(50, 50, 400, 600, style="F")  # a picture of a page, as a scanner leaves it
    pdf.output(str(path))
    return path
