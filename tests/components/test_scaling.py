"""What a long document costs: work is counted, because seconds depend on the machine."""

from __future__ import annotations

from itertools import islice, product

import pytest

from pipeline.components import places
from pipeline.components.identity import Mention, read_document
from pipeline.components.relations import status, structure
from pipeline.components.relations.engine import find_relations
from pipeline.components.relations.examples import parse_example
from pipeline.components.relations.mentions import fold
from pipeline.components.relations.pairs import first_mentions
from pipeline.components.relations.rules import load_rules
from pipeline.schema import Label

RULES = load_rules()


def villages(count):
    characters = "云河海山石林沙青白红金银铜松柏杨柳桃李梅"
    return ["".join(name) + "村" for name in islice(product(characters, repeat=3), count)]


@pytest.fixture
def looked_up(monkeypatch):
    """The names that were looked at for their short form, one for each time."""
    names = []
    short_place = places.short_place

    def counted(name):
        names.append(name)
        return short_place(name)

    monkeypatch.setattr(places, "short_place", counted)
    return names


def test_each_place_of_a_document_is_looked_at_a_few_times(looked_up):
    names = villages(600)
    text = "、".join(names)
    spans = [(number * 5, number * 5 + 4) for number in range(len(names))]
    read_document(text, [Mention(*span, "LOC", text[slice(*span)]) for span in spans], [])
    assert len(looked_up) <= 10 * len(names)


def test_forms_of_places_cost_a_few_looks_each(looked_up):
    names = villages(600)
    example = parse_example("、".join(f"[{name}|LOC]" for name in names))
    structure._forms(first_mentions(fold(example.text, example.mentions, {}), Label.LOC))
    assert len(looked_up) <= 10 * len(names)


def test_other_places_are_read_once_for_all_namesakes(monkeypatch):
    read = []
    full_place = places.full_place

    def counted(name, known=()):
        read.append(name)
        return full_place(name, known)

    monkeypatch.setattr(places, "full_place", counted)
    known = frozenset({*villages(600), "鼓楼区"})
    assert {places.ancestors("鼓楼区", known) for _ in range(50)} == {()}
    assert len(read) <= 2 * len(known)


def test_the_dates_of_a_sentence_are_read_once_for_all_names(monkeypatch):
    sentences = []
    find_dates = status.find_dates

    def counted(sentence, issue_date):
        sentences.append(sentence)
        return find_dates(sentence, issue_date)

    monkeypatch.setattr(status, "find_dates", counted)
    status._last_date.cache_clear()
    names = "、".join(f"[李{name}|PER]" for name in villages(60))
    example = parse_example(f"2009年3月，{names}任[局长|ROLE]。")
    found = find_relations(fold(example.text, example.mentions, {}), RULES)
    assert sum(finding.date is not None for finding in found) == 60
    assert len(sentences) <= 3
