"""Tenures from statements, and what cannot be true together."""

from __future__ import annotations

import pytest
from written import Held, document, folder

from pipeline.errors import BadInputError
from pipeline.graph.build import build
from pipeline.graph.questions import conflicts, history, who
from pipeline.graph.tenures import Observation, Tenure, merge, overlaps, sure_days


def held(*said: str) -> list[tuple[str | None, ...]]:
    """Tenures of statements written ``status date``."""
    observations = [Observation(f"s{i}", *words.split()) for i, words in enumerate(said)]
    return [(t.start, t.first, t.last, t.end) for t in merge(observations)]


@pytest.mark.parametrize(
    ("said", "tenures"),
    [
        (["current 2014-04-24"], [(None, "2014-04-24", "2014-04-24", None)]),
        (["current 2015", "current 2012-03"], [(None, "2012-03", "2015", None)]),
        (
            ["appointed 2012-03", "current 2014", "removed 2016-09-01"],
            [("2012-03", "2014", "2014", "2016-09-01")],
        ),
        (
            ["appointed 2010", "removed 2012", "appointed 2015"],
            [("2010", None, None, "2012"), ("2015", None, None, None)],
        ),
        (
            ["removed 2012", "current 2013-05"],
            [(None, None, None, "2012"), (None, "2013-05", "2013-05", None)],
        ),
        (["proposed 2014-01"], []),
        (["acting 2014-01", "current 2014-03"], [(None, "2014-01", "2014-03", None)]),
    ],
)
def test_statements_make_tenures(said, tenures):
    assert held(*said) == tenures


def test_a_former_post_was_over_by_then_and_keeps_its_source():
    (tenure,) = merge([Observation("s", "former", seen="2014-04-24")])
    assert (tenure.ended_by, tenure.status, tenure.sources) == ("2014-04-24", "former", ("s",))


def test_what_has_no_date_is_kept():
    (tenure,) = merge([Observation("s", "current")])
    assert tenure == Tenure(status="current", sources=("s",))


def test_sure_days_hold_whatever_the_precision_hides():
    assert sure_days(Tenure(start="2012", end="2014")) is not None
    assert sure_days(Tenure(first="2014-04", last="2014-04")) is None
    begin, finish = sure_days(Tenure(start="2012", last="2014-03")) or (0, 0)
    assert finish - begin == 31 + 28 + 365 + 1  # from 31 December 2012 to 1 March 2014


def test_overlaps_but_no_handover():
    one, two = Tenure(start="2012-01-01", end="2014-05-01"), Tenure(start="2014-05-01", last="2015")
    assert overlaps([("a", one), ("b", two)]) == []
    three = Tenure(start="2014-04-30", last="2015")
    (found,) = overlaps([("a", one), ("b", three)])
    assert (str(found.first), str(found.last)) == ("2014-04-30", "2014-05-01")
    assert overlaps([("a", one), ("a", three)]) == []


def test_two_holders_of_one_post_are_listed_and_kept(tmp_path):
    shards = folder(
        tmp_path / "out",
        document("a", Held("林知远", "市委书记", "滨州市委"), date="2014-04-25"),
        document("b", Held("林知远", "市委书记", "滨州市委"), date="2014-08-01"),
        document("c", Held("周望舒", "市委书记", "中共滨州市委"), date="2014-06-01"),
        document("d", Held("何映雪", "市委副书记", "滨州市委"), date="2014-06-01"),
    )
    build([shards], tmp_path / "g")
    (found,) = conflicts(tmp_path / "g")
    assert found["kind"] == "two_holders"
    assert {side.person for side in found["sides"]} == {"林知远", "周望舒"}
    assert all(side.sources for side in found["sides"])
    assert (found["from"], found["to"]) == ("2014-06-01", "2014-06-01")
    both = who(tmp_path / "g", "市委书记", "滨州市", "2014-06-01")
    assert {answer.person for answer in both} == {"林知远", "周望舒"}


def test_an_end_before_its_beginning_is_listed(tmp_path):
    wrong = Held("林知远", "局长", "滨州市教育局", start="2015-01", end="2012-01")
    build([folder(tmp_path / "out", document("a", wrong))], tmp_path / "g")
    assert "wrong_order" in {row["kind"] for row in conflicts(tmp_path / "g")}


def test_history_is_in_order_of_time(tmp_path):
    shards = folder(
        tmp_path / "out",
        document("a", Held("周望舒", "市长", "滨州市政府", "appointed", "2016-02")),
        document("b", Held("林知远", "市长", "滨州市人民政府"), date="2014-04-25"),
    )
    build([shards], tmp_path / "g")
    assert [a.person for a in history(tmp_path / "g", "市长", "滨州市")] == ["林知远", "周望舒"]
    with pytest.raises(BadInputError, match="not a date"):
        who(tmp_path / "g", "市长", at="yesterday")
