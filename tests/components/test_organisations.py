from __future__ import annotations

import pytest

from pipeline.components.organisations import (
    abbreviates,
    department_owner,
    owner_endings,
    parent_organisation,
    relative_level,
    unit_in_title,
    unit_start,
)


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
        ("市民读书会", None),
        ("地质局", None),
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
        ("海河台", "海河人民广播电台", True),
        ("海河队", "海河人民救援队", False),
        ("县政府", "官湖镇政府", False),
        ("县政府", "官湖镇人民政府", False),
        ("县政府", "响水县政府", True),
        ("盐城市委会", "农工党盐城市委会", True),
        ("盐城一院", "农工党盐城一院", False),
        ("教育局", "公安局", False),
        ("财政部", "教育部", False),
        ("滨州市委", "滨州市委", False),
    ],
)
def test_short_forms_by_shape(short, full, fits):
    assert abbreviates(short, full) is fits


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("中医院", "中西医结合医院"),
        ("中国银行", "中国人民银行"),
        ("南通市教育局", "盐城市教育局"),
        ("银行", "中国人民银行"),
        ("央行", "央行天津分行"),
        ("江北市一院内科", "江北市第一人民医院消化内科"),
    ],
)
def test_names_that_lack_a_word_are_other_organisations(short, full):
    assert not abbreviates(short, full)


@pytest.mark.parametrize(
    ("short", "full", "fits"),
    [
        ("江州市委", "共青团江州市委", False),
        ("江州市委", "中共江州市委", True),
        ("江州医院支部", "民盟江州医院支部", True),
        ("鹰”飞行队", "海河大学“鹰”飞行队", True),
        ("江州市纪委第三纪检组", "江州市纪委第三派驻纪检组", True),
        ("江州市纪委第三纪检组", "江州市纪委第三省级纪检组", False),
        ("市政府驻沪联络处", "市政府驻上海联络处", True),
        ("市政府驻沪联络处", "江州市政府驻上海联络处", True),
        ("市政府驻沪联络处", "江州市政府驻北京联络处", False),
    ],
)
def test_what_a_short_form_may_leave_out(short, full, fits):
    assert abbreviates(short, full) is fits


@pytest.mark.parametrize(
    ("department", "organisation", "owner"),
    [
        ("组织部", "江州市委", "江州市委"),
        ("外科", "江州医院内科", "江州医院"),
        ("外科", "江州医院", "江州医院"),
        ("财务部", "海河集团", "海河集团"),
        ("外交部", "中共中央政治局", None),
        ("财务部", "江州市", None),
        ("项目部", "海河集团", None),
        ("国家能源办", "海河集团", None),
        ("江州市外办", "海河集团", None),
        ("市外办", "海河集团", None),
        ("“绿洲”工程办", "海河集团", None),
        ("西部大区人力资源培训服务部", "海河集团", None),
    ],
)
def test_whose_department_stands_behind_a_post(department, organisation, owner):
    assert department_owner(department, organisation) == owner


@pytest.mark.parametrize(
    ("title", "ending"),
    [
        ("副站长", "站"),
        ("常务副校长", "大学"),
        ("院长", "医院"),
        ("总经理", "公司"),
        ("党委书记", "医院"),
        ("书记", None),
        ("主任", None),
        ("记者", None),
    ],
)
def test_bare_titles_tell_the_kind_of_institution(title, ending):
    endings = owner_endings(title)
    assert (ending in endings) if ending else endings == ()


@pytest.mark.parametrize(
    ("title", "unit"),
    [("市政协主席", "市政协"), ("自治区常务副主席", "自治区"), ("主席", None), ("副市长", None)],
)
def test_unit_inside_a_title(title, unit):
    assert unit_in_title(title) == unit


def test_unit_never_begins_inside_a_word():
    name = "永丰街道党工委"
    assert name[unit_start(name, "书记") :] == "街道党工委"
