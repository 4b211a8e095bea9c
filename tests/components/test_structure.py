"""Tests of what the names of places and organisations say about where they lie."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.components.relations.mentions import Folded, Mention, fold
from pipeline.components.relations.structure import places_in_names
from pipeline.schema import Label

HOSPITALS = {"house_hospital": ("医院", "一院")}


def folded(names: Sequence[tuple[str, str, str]]) -> Folded:
    """A document of these mentions (surface, label, full name) with 在 between them."""
    text, mentions, full = "", [], {}
    for index, (surface, label, name) in enumerate(names):
        start = len(text)
        text += f"{surface}在"
        mentions.append(
            Mention(index, start, start + len(surface), Label(label), surface, entity=index)
        )
        full[index] = name
    return fold(text, mentions, {}, full)


def pairs(*names: tuple[str, str, str]) -> set[tuple[str, str]]:
    found = places_in_names(folded(names), HOSPITALS, ())
    return {(pair.head.text, pair.tail.text) for pair in found}


CITY = ("云山", "LOC", "云山")


def test_hospital_lies_in_the_city_of_its_full_name() -> None:
    assert pairs(("市一院", "ORG", "云山市一院"), CITY) == {("市一院", "云山")}


@pytest.mark.parametrize("surface", ["市教育局", "市政府"])
def test_other_relative_names_are_not_placed_by_their_full_names(surface: str) -> None:
    assert pairs((surface, "ORG", f"云山{surface}"), CITY) == set()


def test_ward_lies_with_its_hospital() -> None:
    hospital, ward = ("市一院", "ORG", "云山市一院"), ("市一院儿科", "ORG", "云山市一院儿科")
    assert pairs(hospital, ward, CITY) == {("市一院", "云山")}


def test_letter_of_a_place_is_the_country_that_another_name_spells() -> None:
    ministry = ("乌兹别克斯坦文化部", "ORG", "乌兹别克斯坦文化部")
    assert pairs(ministry, ("乌", "LOC", "乌")) == {("乌兹别克斯坦文化部", "乌")}
    assert pairs(ministry, ("乌", "LOC", "乌"), ("乌克兰政府", "ORG", "乌克兰政府")) == {
        ("乌克兰政府", "乌")
    }
