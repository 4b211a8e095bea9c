"""Tests of what the names of places and organisations say about where they lie."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.components.relations.mentions import Folded, Mention, fold
from pipeline.components.relations.structure import places_in_names
from pipeline.components.relations.wholes import main_house, organisations_in_names
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


def test_branch_of_another_party_is_no_part_of_the_house_that_it_meets_in() -> None:
    branch = ("市一院支部", "ORG", "农工党云山市一院支部")
    house, party = ("市一院", "ORG", "云山市一院"), ("农工党", "ORG", "农工党")
    found = organisations_in_names(folded([branch, house, party]), {}, ())
    assert {(pair.head.text, pair.tail.text) for pair in found} == {("市一院支部", "农工党")}


@pytest.mark.parametrize(
    "party", ["农工党", "民建", "民盟", "民革", "民进", "九三学社", "致公党", "台盟"]
)
def test_each_party_keeps_its_branches(party: str) -> None:
    branch = ("市一院支部", "ORG", f"{party}云山市一院支部")
    assert not [*organisations_in_names(folded([branch, ("市一院", "ORG", "云山市一院")]), {}, ())]


def house_of(text: str, school: str = "江北大学") -> Mention | None:
    start = text.index(school)
    mention = Mention(0, start, start + len(school), Label.ORG, school, entity=0)
    return main_house(fold(text, [mention], {}, {0: school}), ("大学",))


@pytest.mark.parametrize(
    "text",
    [
        "他毕业于江北大学。",
        "他就读于江北大学。",
        "他考入江北大学。",
        "他考取江北大学。",
        "他进修于江北大学。",
        "他从江北大学法学院毕业。",
        "江北大学法学硕士李海明",
        "江北大学博士李海明",
        "他有江北大学的学位。",
        "他到江北大学进修。",
        "他在江北大学研修。",
        "他在江北大学经过严格刻苦的训练。",
        "他在江北大学接受培训。",
    ],
)
def test_where_somebody_studied_is_not_what_a_text_is_about(text: str) -> None:
    assert house_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "江北大学开学。",
        "江北大学博士生方法课",
        "江北大学硕士研究生课",
        "江北大学开会，会后毕业生离开。",
    ],
)
def test_a_house_that_teaches_is_what_a_text_is_about(text: str) -> None:
    assert house_of(text) is not None
