from __future__ import annotations

import pytest

from pipeline.components.organisations import abbreviates, parent_organisation, relative_level


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("滨州市委组织部", "滨州市委"),
        ("盐城市第一人民医院重症医学科", "盐城市第一人民医院"),
        ("北京大学教务处", "北京大学"),
        ("中国商务部", None),
        ("滨州市委", None),
        ("滨州市教育局", None),
        ("国务院残疾人工作委员会", "国务院"),
    ],
)
def test_parent_organisation_is_in_the_name(name, parent):
    assert parent_organisation(name) == parent


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("市委", ("市", "prefecture")),
        ("省政府", ("省", "province")),
        ("县教育局", ("县", "county")),
        ("团市委", ("市", "prefecture")),
        ("农工党市委", ("市", "prefecture")),
        ("滨州市委", None),
        ("国务院", None),
        ("市", None),
    ],
)
def test_relative_organisations_say_their_level(name, level):
    assert relative_level(name) == level


@pytest.mark.parametrize(
    ("short", "full", "fits"),
    [
        ("盐城市一院", "盐城市第一人民医院", True),
        ("市委组织部", "滨州市委组织部", True),
        ("发改委", "国家发展和改革委员会", True),
        ("住建部", "住房和城乡建设部", True),
        ("北大", "北京大学", True),
        ("教育局", "公安局", False),
        ("财政部", "教育部", False),
        ("滨州市委", "滨州市委", False),
    ],
)
def test_short_forms_by_shape(short, full, fits):
    assert abbreviates(short, full) is fits
