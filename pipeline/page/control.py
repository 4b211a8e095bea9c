"""Take out characters that print nothing: controls, byte order marks, zero-width characters."""

from __future__ import annotations

import re

from pipeline.page.alignment import Repaired, delete
from pipeline.page.glyphs import BREAKS

__all__ = ["drop_control"]

# U+200D joins emoji and stays; a tab is white space and line breaks are handled below.
_JUNK = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff]+"
)
_BREAK_RUN = re.compile(f"[{re.escape(BREAKS)}]{{2,}}")
_BREAK_NOT_NEWLINE = re.compile(f"[{re.escape(BREAKS.replace(chr(10), ''))}]+")


def drop_control(text: str) -> Repaired:
    r"""Delete characters without a glyph, and line breaks other than \n that stand beside one.

    A lone \r or form feed is all that keeps two lines apart, so it stays.
    """
    spans = [match.span() for match in _JUNK.finditer(text)]
    for run in _BREAK_RUN.finditer(text):
        start, end = run.span()
        if "\n" in run.group():
            others = _BREAK_NOT_NEWLINE.finditer(text, start, end)
            spans.extend(other.span() for other in others)
    return delete(text, spans)
