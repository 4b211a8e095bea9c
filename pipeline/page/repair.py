"""The whole page repair: every repair in order, again until nothing changes."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.page.alignment import Alignment, Repaired
from pipeline.page.control import drop_control
from pipeline.page.doubling import undouble
from pipeline.page.gaps import close_column_gaps
from pipeline.page.numbers import close_numbers
from pipeline.page.spacing import close_letter_spacing
from pipeline.page.wrapping import join_wrapped

__all__ = ["REPAIRS", "repair"]

REPAIRS: tuple[Callable[[str], Repaired], ...] = (
    drop_control,
    close_letter_spacing,
    undouble,
    close_numbers,
    close_column_gaps,
    join_wrapped,
)


def repair(raw: str) -> Repaired:
    """Repair a page's raw text: one paragraph or headline a line, as a person would retype it.

    Only deletes characters, so ``text[i] == raw[alignment.offsets[i]]``. Repairing a repaired text
    changes nothing, because the repairs run until none of them finds anything to delete.
    """
    text, alignment = raw, Alignment.identity(len(raw))
    changed = True
    while changed:
        changed = False
        for step in REPAIRS:
            repaired = step(text)
            if len(repaired.text) < len(text):
                text, alignment = repaired.text, alignment.compose(repaired.alignment)
                changed = True
    return Repaired(text, alignment)
