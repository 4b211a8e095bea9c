from __future__ import annotations

import gzip

import pytest

from pipeline.components.places import (
    ancestors,
    country_of,
    divisions_named,
    full_place,
    is_country,
    is_home_region,
    is_region,
    is_within,
    leading_places,
    level_of,
    place_of,
    short_place,
    site_above,
)
from pipeline.training.divisions import build_table, main


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("滨州市委组织部", ["滨州市"]),
        ("江苏省邳州市官湖镇武装部", ["江苏省", "邳州市", "官湖镇"]),
        ("新疆维吾尔自治区党委", ["新疆维吾尔自治区"]),
        ("恩施土家族苗族自治州州委", ["恩施土家族苗族自治州"]),
        ("滨州教育局", ["滨州"]),
        ("俄罗斯石油公司", ["俄罗斯"]),
        ("芝加哥市政府", ["芝加哥"]),
        ("普洱市市委", ["普洱市"]),
        ("日本防卫厅", ["日本"]),
        ("美国防部", []),
        ("某某镇党委", ["某某镇"]),
        ("市教育局", []),
        ("国家林业局", []),
        ("农业农村部", []),
        ("滨州市", []),
    ],
)
def test_places_that_a_name_begins_with(name, places):
    assert [name[slice(*span)] for span in leading_places(name).spans] == places
    assert place_of(name) == (places[-1] if places else None)


def test_countries_regions_and_sites():
    assert is_country("大韩民国")
    assert is_country("俄")
    assert not is_country("滨州市")
    assert is_region("东南亚")
    assert not is_region("越南")
    assert country_of("河内") == "越南"
    assert country_of("滨州") is None
    assert site_above("人民英雄纪念碑") == "天安门广场"
    assert site_above("滨州") is None


@pytest.mark.parametrize(
    ("name", "above"),
    [
        ("滨州市", ("山东省",)),
        ("滨州", ("山东省",)),
        ("亭湖区", ("盐城市", "江苏省")),
        ("邹平县", ("滨州市", "山东省")),
        ("济源市", ("河南省",)),
        ("浦东新区", ("上海市",)),
        ("山东省", ()),
        ("约翰内斯堡", ("南非",)),
        ("南非", ()),
        ("鼓楼区", ()),
        ("无此市", ()),
    ],
)
def test_ancestors_only_where_they_are_certain(name, above):
    assert ancestors(name) == above


def test_a_known_place_decides_between_namesakes():
    assert ancestors("鼓楼区", ["南京市"]) == ("南京市", "江苏省")
    assert ancestors("鼓楼区", ["江苏省"]) == ()  # 徐州 has one as well
    assert full_place("海州", ["海州县"]) == "海州县"
    assert full_place("云杉", ["云杉镇", "云杉区"]) == "云杉区"  # the wider one
    assert full_place("云杉", ["云杉县", "云杉区"]) == "云杉"  # in doubt
    assert full_place("平川县") == "平川县"  # gazetteers know 平川区 alone
    assert full_place("长阳县") == "长阳土家族自治县"


def test_containment():
    assert is_within("滨州", "山东省")
    assert is_within("亭湖区", "中国")
    assert not is_within("滨州市", "江苏省")
    assert is_within("芝加哥", "美")
    assert not is_within("芝加哥", "中国")


def test_names_of_places():
    assert [short_place(name) for name in ("滨州市", "恩施土家族苗族自治州", "和平区")] == [
        "滨州", "恩施", "和平区",
    ]  # fmt: skip
    assert [full_place(name) for name in ("鲁", "美", "滨州", "火星", "德意志联邦共和国")] == [
        "山东省", "美国", "滨州市", "火星", "德国",
    ]  # fmt: skip
    assert [level_of(name) for name in ("山东省", "滨州市", "北镇街道", "滨州")] == [
        "province", "prefecture", "township", None,
    ]  # fmt: skip
    assert [division.depth for division in divisions_named("东莞市")] == [2, 3]


def test_table_is_built_from_the_code_list(tmp_path):
    rows = [
        ("乙市", "prefecture", "9901"),
        ("甲省", "province", "99"),
        ("丙区", "county", "990101"),
        ("丁市", "county", "999001"),
        ("无码县", "county", ""),
    ]
    assert list(build_table(rows)) == ["1 甲省", "2 乙市", "3 丙区", "2 ", "3 丁市"]
    source = tmp_path / "source.tsv"
    source.write_text("\n".join("\t".join(row) for row in rows), encoding="utf-8")
    main(source, tmp_path / "one.gz")
    main(source, tmp_path / "two.gz")
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()
    assert gzip.decompress((tmp_path / "one.gz").read_bytes()).startswith("1 甲省\n".encode())


@pytest.mark.parametrize("name", ["华北", "东北", "黄淮", "江南"])
def test_parts_of_china_are_home_regions(name: str) -> None:
    assert is_home_region(name)
    assert not is_region(name)


@pytest.mark.parametrize("name", ["华北电力大学", "欧洲", "江北"])
def test_other_names_are_no_home_regions(name: str) -> None:
    assert not is_home_region(name)
