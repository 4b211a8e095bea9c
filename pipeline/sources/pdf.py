"""PDF pages: the text layer in reading order, every character with its page, index and box.

The text is what the page shows and no more: glyphs that are printed twice over each other come
twice, the spaces of a spaced headline stay. Repairing is the next stage's work.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from pipeline.errors import BadInputError
from pipeline.schema import Page
from pipeline.sources.columns import Glyph, Line, reading_order
from pipeline.sources.layout import Place, pack

__all__ = ["PdfText", "parse_pdf"]

OCR = "run OCR (文字识别) on it first, such as `ocrmypdf -l chi_sim`, and annotate the result"
WORD_GAP = 0.3  # em between two glyphs that become a space
CELL_GAP = 2.0  # em between two cells of a table; become two spaces
INDENT = 0.8  # em that a line is moved in by before it gets spaces
UNMAPPED_SHARE = 0.3


@dataclass(frozen=True)
class PdfText:
    """The raw text of a PDF. layout: as `pipeline.sources.layout` packs it; meta: title, author.

    meta also names the pages without any text (``pages_without_text``), where others have some.
    """

    text: str
    pages: tuple[Page, ...]
    layout: bytes
    meta: dict[str, Any]


@dataclass(frozen=True)
class _Char:
    text: str
    place: Place
    glyph: Glyph


Piece = tuple[str, Place | None]


def parse_pdf(data: bytes, name: str, max_characters: int) -> PdfText:
    """Read the text layer of a PDF.

    RAISES BadInputError: it is encrypted, damaged, has no text layer (a scan), or one that does
    not say which characters it shows, or more characters than are allowed.
    """
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise BadInputError(name, _cause(data, str(error))) from error
    try:
        return _parse(document, name, max_characters)
    except pdfium.PdfiumError as error:
        raise BadInputError(name, f"is damaged: {error}") from error
    finally:
        document.close()


def _cause(data: bytes, message: str) -> str:
    if "password" in message.lower():
        return "is encrypted: it needs a password"
    if "security" in message.lower():
        return "is encrypted in a way that cannot be read"
    if data.lstrip()[:5] != b"%PDF-":
        return "is not a PDF file"
    if b"%%EOF" not in data[-2048:]:
        return "is not a whole PDF file: its end is missing"
    return "is damaged: no PDF file that can be read"


def _parse(document: Any, name: str, max_characters: int) -> PdfText:
    pieces: list[Piece] = []
    pages: list[Page] = []
    empty: list[int] = []
    unmapped = total = 0
    for number in range(1, len(document) + 1):
        page = document[number - 1]
        try:
            width, height = page.get_size()
            chars = list(_chars(page, width, height))
        finally:
            page.close()
        unmapped += sum(_is_unmapped(char.text) for char in chars)
        total += len(chars)
        if not any(char.text.strip() for char in chars):
            empty.append(number)
        if pages and pieces:
            pieces.append(("\n", None))
        start = len(pieces)
        pieces.extend(_page_pieces(chars))
        pages.append(
            Page(
                number=number,
                start=start,
                end=len(pieces),
                width=round(width, 2),
                height=round(height, 2),
            )
        )
        if len(pieces) > max_characters:
            reason = f"has more than {max_characters} characters (see --max-characters)"
            raise BadInputError(name, reason)
    if len(empty) == len(pages):
        raise BadInputError(name, f"is a scan without a text layer: {OCR}")
    if unmapped > UNMAPPED_SHARE * total:
        raise BadInputError(name, f"its fonts do not say which characters they show: {OCR}")
    meta: dict[str, Any] = {key.lower(): value for key, value in _info(document) if value}
    if empty:
        meta["pages_without_text"] = empty
    text = "".join(text for text, _ in pieces)
    return PdfText(text, tuple(pages), pack([place for _, place in pieces]), meta)


def _info(document: Any) -> Iterator[tuple[str, str]]:
    for key in ("Title", "Author", "Subject"):
        yield key, document.get_metadata_value(key).replace("\0", "").strip()


def _is_unmapped(text: str) -> bool:
    return text in {"\ufffd", "\ufffe", "\uffff"} or "\ue000" <= text <= "\uf8ff"


def _chars(page: Any, width: float, height: float) -> Iterator[_Char]:
    """A page's characters in the PDF's own order, in the coordinates of the page as shown."""
    from pypdfium2 import raw

    rotation = page.get_rotation()
    left, bottom, _, _ = page.get_cropbox()
    sheet = (height, width) if rotation in {90, 270} else (width, height)
    text_page = page.get_textpage()
    box = raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    try:
        high = ""
        for index in range(text_page.count_chars()):
            code = raw.FPDFText_GetUnicode(text_page, index)
            if 0xD800 <= code < 0xDC00:
                high = chr(code)
                continue
            text = _printable(_join_surrogates(high, code))
            high = ""
            raw.FPDFText_GetLooseCharBox(text_page, index, box)
            raw.FPDFText_GetCharOrigin(text_page, index, x, y)
            corners = (
                _turn(box.left - left, box.top - bottom, rotation, *sheet),
                _turn(box.right - left, box.bottom - bottom, rotation, *sheet),
            )
            (x0, x1), (y0, y1) = (sorted(side) for side in zip(*corners, strict=True))
            _, base = _turn(x.value - left, y.value - bottom, rotation, *sheet)
            em = _em(text, x1 - x0, y1 - y0)
            base = base if y0 <= base <= y1 else y1 - 0.2 * em
            place = Place(index, (x0, base - 0.88 * em, x1, base + 0.12 * em))
            yield _Char(text, place, Glyph(x0, x1, base, em))
    finally:
        text_page.close()


def _join_surrogates(high: str, code: int) -> str:
    if high and 0xDC00 <= code < 0xE000:
        return (high + chr(code)).encode("utf-16", "surrogatepass").decode("utf-16")
    return "\ufffd" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)


def _printable(text: str) -> str:
    """A character that is not one of control: what a page shows is none of them."""
    return "\ufffd" if text < " " and not text.isspace() else text


def _turn(x: float, y: float, rotation: int, width: float, height: float) -> tuple[float, float]:
    """From PDF coordinates of a sheet to those of the page as shown, from its top left corner."""
    return {
        0: (x, height - y),
        90: (y, x),
        180: (width - x, y),
        270: (height - y, width - x),
    }[rotation]


def _em(text: str, width: float, height: float) -> float:
    """Size of a character: its width where it fills its square, else by its font's height."""
    if "\u2e80" <= text <= "\u9fff" or text >= "\uf900":
        return max(0.1, min(width, height) if height else width)
    return max(0.1, height / 1.3)


def _page_pieces(chars: Sequence[_Char]) -> Iterator[Piece]:
    """A page's text: lines end with a line break, blocks with an empty line."""
    visible = [char for char in chars if char.text.strip() and char.place.char >= 0]
    spaces = {char.place.char for char in chars if char.text.isspace() and char.text not in "\r\n"}
    blocks = reading_order([char.glyph for char in visible])
    for number, block in enumerate(blocks):
        if number:
            yield "\n", None
        upright = any(_is_upright(visible, line) for line in block)
        edge = min(_begin(visible[line[0]], upright) for line in block)
        for line in block:
            yield from _line_pieces(visible, line, edge, upright, spaces)
            yield "\n", None


def _is_upright(visible: Sequence[_Char], line: Line) -> bool:
    """Whether a line runs down the page (竖排): its end is below its first character."""
    first, last = visible[line[0]].glyph, visible[line[-1]].glyph
    return last.base - first.base > 0.5 * max(first.em, last.em)


def _begin(char: _Char, upright: bool) -> float:
    """Where a line that a character begins starts on its own axis."""
    return char.glyph.top if upright else char.glyph.left


def _line_pieces(
    visible: Sequence[_Char], line: Line, edge: float, upright: bool, spaces: set[int]
) -> Iterator[Piece]:
    em = median(visible[i].glyph.em for i in line)
    indent = (_begin(visible[line[0]], upright) - edge) / em
    if indent >= INDENT:
        yield from [("\u3000", None)] * min(8, round(indent))
    before: _Char | None = None
    for i in line:
        here = visible[i]
        if before is not None:
            yield from _white(before, here, em, upright, spaces)
        for part in here.text:
            yield part, here.place
        before = here


def _white(
    before: _Char, here: _Char, em: float, upright: bool, spaces: set[int]
) -> Iterator[Piece]:
    """The space between two neighbours: those the PDF has, else what the gap asks for."""
    end = before.glyph.bottom if upright else before.glyph.right
    gap = (_begin(here, upright) - end) / em
    between = range(before.place.char + 1, here.place.char)
    own = [index for index in between if index in spaces]
    if own and len(own) == len(between):
        yield from ((" ", Place(index, _gap_box(before, here))) for index in own)
        own_spaces = len(own)
    else:
        own_spaces = 0
    wanted = 2 if gap >= CELL_GAP else 1 if gap >= WORD_GAP else 0
    yield from [(" ", None)] * (wanted - own_spaces)


def _gap_box(before: _Char, here: _Char) -> tuple[float, float, float, float]:
    _, top, right, bottom = before.place.box
    return right, top, max(right, here.place.box[0]), bottom
