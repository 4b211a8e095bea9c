"""The repaired text and what was deleted give the raw page, and the same alignment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.page import repair
from pipeline.page.alignment import Alignment, delete
from pipeline.page.deletions import deletions, restore
from pipeline.schema import Deletion

TEXT = st.text(st.sampled_from("云岭县书记周明远12 \n\t\u3000𠮷😀。"), max_size=60)


@given(TEXT, st.data())
def test_any_deletion_can_be_put_back(raw: str, data: st.DataObject) -> None:
    border = st.integers(0, len(raw))
    spans = data.draw(st.lists(st.tuples(border, border).map(lambda pair: tuple(sorted(pair)))))
    kept = delete(raw, spans)
    deleted = deletions(raw, kept.alignment)
    assert restore(kept.text, deleted) == (raw, kept.alignment)
    assert sum(len(one.raw) for one in deleted) == len(raw) - len(kept.text)


@given(TEXT)
def test_any_repair_can_be_put_back(raw: str) -> None:
    page = repair(raw)
    assert restore(page.text, deletions(raw, page.alignment)) == (raw, page.alignment)


def test_runs_are_whole_and_nothing_is_said_of_untouched_text() -> None:
    page = delete("云云岭县\n\n县长 ", [(1, 2), (4, 6), (8, 9)])
    assert deletions("云云岭县\n\n县长 ", page.alignment) == (
        Deletion(at=1, raw="云"),
        Deletion(at=3, raw="\n\n"),
        Deletion(at=5, raw=" "),
    )
    assert deletions("县长", Alignment.identity(2)) == ()


@pytest.mark.parametrize("places", [(3,), (1, 1), (2, 1)])
def test_places_that_do_not_fit_are_refused(places: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        restore("县长", [Deletion(at=at, raw=" ") for at in places])
