from __future__ import annotations

import itertools
import re
import time

import pytest
import spacy
from spacy.tokens import Doc

from pipeline.components.identity import make_identity
from pipeline.components.posts import make_posts

MARK = re.compile(r"\[([^|\]]+)\|(PER|ORG|LOC|TITLE|PROGRAMME)\]")
NLP = spacy.blank("xx")
POSTS, IDENTITY = make_posts(NLP, "posts"), make_identity(NLP, "identity")


def read(line: str, home: str | None = None, articles: list[int] | None = None) -> Doc:
    """A Doc of the marked text behind both components; articles: where each starts."""
    text, mentions, position = "", [], 0
    for match in MARK.finditer(line):
        text += line[position : match.start()]
        mentions.append((len(text), len(text) + len(match[1]), match[2]))
        text += match[1]
        position = match.end()
    text += line[position:]
    doc = Doc(NLP.vocab, words=list(text), spaces=[False] * len(text))
    doc.ents = [doc.char_span(start, end, label=label) for start, end, label in mentions]
    doc._.meta = {"home_place": home}
    borders = [*(articles or []), len(text)]
    doc._.articles = [
        {"id": f"a{i}", "start": start, "end": end, "dateline": {"place": None, "date": None}}
        for i, (start, end) in enumerate(itertools.pairwise(borders), start=1)
    ]
    return IDENTITY(POSTS(doc))


def names(doc: Doc, label: str) -> dict[str, list[str]]:
    """Name → texts of the mentions, of the entities of one label."""
    return {
        row["name"]: [doc.text[start:end] for start, end in row["mentions"]]
        for row in doc._.entities
        if row["label"] == label
    }


def org_names(doc: Doc) -> dict[str, str | None]:
    """ROLE text → completed organisation."""
    return {doc.text[row["start"] : row["end"]]: row["org_name"] for row in doc._.posts}


def test_every_mention_is_in_exactly_one_entity():
    doc = read(
        "[海州市委|ORG][书记|TITLE][李海明|PER]说，[海州|LOC]要办好[暖冬工程|PROGRAMME]。[李海明|PER]强调"
    )
    spans = [tuple(span) for row in doc._.entities for span in row["mentions"]]
    expected = [(e.start_char, e.end_char) for e in doc.ents if e.label_ != "TITLE"]
    expected += [(s.start_char, s.end_char) for s in doc.spans["roles"]]
    assert sorted(spans) == sorted(expected)
    assert names(doc, "PER") == {"李海明": ["李海明", "李海明"]}


@pytest.mark.parametrize(
    ("line", "home", "completed"),
    [
        ("[市委|ORG][书记|TITLE][李海明|PER]", "盐城市", {"市委书记": "盐城市委"}),
        ("[省政府|ORG][秘书长|TITLE][李海明|PER]", "盐城市", {"省政府秘书长": "江苏省政府"}),
        # Where somebody is from tells nothing of his office.
        (
            "[李海明|PER]，[盐城市|LOC]人，现任[市政府|ORG][秘书长|TITLE]",
            None,
            {"市政府秘书长": "市政府"},
        ),
        # A city of its own when the paper came out, a district of another one today.
        ("[市委|ORG][书记|TITLE][李海明|PER]", "莱芜市", {"市委书记": "莱芜市委"}),
        ("[团市委|ORG][书记|TITLE][李海明|PER]", "盐城市", {"团市委书记": "共青团盐城市委"}),
        ("[市委|ORG][书记|TITLE][李海明|PER]到[盐城市|LOC]", None, {"市委书记": "盐城市委"}),
        ("[市委|ORG][书记|TITLE][李海明|PER]", None, {"市委书记": "市委"}),
        ("[盐城市|LOC]和[南通市|LOC]，[市委|ORG][书记|TITLE]", None, {"市委书记": "市委"}),
        # The document names no city: what lies above 响水 is not for us to say.
        ("[响水县委|ORG]上报，[市委|ORG][书记|TITLE]", None, {"市委书记": "市委"}),
        ("[响水县|LOC][副省长|TITLE][李海明|PER]说", None, {"副省长": "响水县"}),
        ("[响水县|LOC]下雨。[副省长|TITLE][李海明|PER]说", None, {"副省长": None}),
        ("[响水县|LOC]下雨。[副省长|TITLE][李海明|PER]说", "盐城市", {"副省长": "江苏省"}),
        ("[副市长|TITLE][李海明|PER]", "盐城市", {"副市长": "盐城市"}),
        (
            "[盐城市委|ORG][副书记|TITLE]、[市长|TITLE][李海明|PER]",
            None,
            {"市委副书记": "盐城市委", "市长": "盐城市"},
        ),
        (
            "[教育部|ORG][党组书记|TITLE]、[部长|TITLE]",
            None,
            {"党组书记": "教育部", "部长": "教育部"},
        ),
        (
            "[盐城市委|ORG][常委|TITLE]、[组织部|ORG][部长|TITLE][李海明|PER]",
            None,
            {"市委常委": "盐城市委", "组织部部长": "盐城市委组织部"},
        ),
        ("[海河大学|ORG]开会。[李海明|PER][校长|TITLE]说", None, {"校长": "海河大学"}),
        ("[海河科学院|ORG]开会。[校长|TITLE][李海明|PER]说", None, {"校长": None}),
        ("[海河科学院|ORG]开会。[院长|TITLE][李海明|PER]说", None, {"院长": "海河科学院"}),
        ("[海河大学|ORG]和[江州大学|ORG]。[校长|TITLE][李海明|PER]", None, {"校长": None}),
        ("[江州大学|ORG]、[海河大学|ORG][校长|TITLE]", None, {"校长": "海河大学"}),
        (
            "[海河大学|ORG]开会，赴[江州|LOC]。[江州大学|ORG]参加。[校长|TITLE][李海明|PER]",
            None,
            {"校长": "海河大学"},
        ),
        ("[海河大学|ORG]开会。[江州大学|ORG]参加。[教师|TITLE][李海明|PER]", None, {"教师": None}),
        ("[海河支队|ORG]拉练。支队[政委|TITLE][李海明|PER]", None, {"政委": "海河支队"}),
        ("[海河大队|ORG]拉练。支队[政委|TITLE][李海明|PER]", None, {"政委": None}),
        (
            "[江州公司|ORG]开工。[海河公司|ORG]参加。公司[经理|TITLE][李海明|PER]",
            None,
            {"经理": "海河公司"},
        ),
        (
            "[江州一院监察室|ORG]开会，院[纪委书记|TITLE][李海明|PER]",
            None,
            {"纪委书记": "江州一院"},
        ),
        ("[江州大学工会|ORG]开会。[教师|TITLE][李海明|PER]", None, {"教师": None}),
        ("[李海明|PER]已赴[海河公司|ORG]任[副主任|TITLE]", None, {"副主任": "海河公司"}),
        ("[李海明|PER]由[海河公司|ORG]任命，[副主任|TITLE]", None, {"副主任": None}),
        ("来自[台湾|LOC]的[林|PER][主席|TITLE]", None, {"主席": None}),
        ("[海河国|LOC]的[林海|PER][主席|TITLE]", None, {"主席": "海河国"}),
        (
            "[江州医院内科|ORG][副主任|TITLE]、[外科|ORG][主任|TITLE][李海明|PER]",
            None,
            {"内科副主任": "江州医院内科", "外科主任": "江州医院外科"},
        ),
        (
            "[江州医院内科|ORG][副主任|TITLE]兼[外科|ORG][主任|TITLE][李海明|PER]",
            None,
            {"内科副主任": "江州医院内科", "外科主任": "江州医院外科"},
        ),
        (
            "[江州医院内科|ORG][副主任|TITLE]送[外科|ORG][主任|TITLE][李海明|PER]",
            None,
            {"内科副主任": "江州医院内科", "外科主任": "外科"},
        ),
        (
            "[江州市委|ORG][委员|TITLE]、[外交部|ORG][部长|TITLE][李海明|PER]",
            None,
            {"市委委员": "江州市委", "外交部部长": "外交部"},
        ),
        (
            "[江州公司|ORG][经理|TITLE]、[国家能源办|ORG][主任|TITLE][李海明|PER]",
            None,
            {"经理": "江州公司", "国家能源办主任": "国家能源办"},
        ),
        (
            "[甲国工党|ORG][主席|TITLE]、[联邦副总理|TITLE][李海明|PER]",
            None,
            {"主席": "甲国工党", "联邦副总理": None},
        ),
        (
            "[甲国工党|ORG][主席|TITLE]、[总书记|TITLE][李海明|PER]",
            None,
            {"主席": "甲国工党", "总书记": "甲国工党"},
        ),
        (
            "[江州医院|ORG][主任|TITLE]、[博士生导师|TITLE][李海明|PER]",
            None,
            {"主任": "江州医院", "博士生导师": None},
        ),
        (
            "[民盟江州市委|ORG][主委|TITLE][李海明|PER]到会，[副主委|TITLE][王新竹|PER]、"
            "[委员|TITLE][张河东|PER]参加",
            None,
            {"市委主委": "民盟江州市委", "副主委": "民盟江州市委", "委员": "民盟江州市委"},
        ),
        (
            "[民盟江州市委|ORG][主委|TITLE][李海明|PER]到会，请[委员|TITLE]参加",
            None,
            {"市委主委": "民盟江州市委", "委员": None},
        ),
        (
            "[民盟江州市委|ORG][主委|TITLE][李海明|PER]到会。[委员|TITLE][张河东|PER]参加",
            None,
            {"市委主委": "民盟江州市委", "委员": None},
        ),
        ("[望山站|ORG]有三人：[站长|TITLE][李海明|PER]", None, {"站长": "望山站"}),
        ("到[望山站|ORG]，该站[副站长|TITLE][李海明|PER]", None, {"副站长": "望山站"}),
        ("[市政协主席|TITLE][李海明|PER]", "盐城市", {"市政协主席": "盐城市政协"}),
        ("[盐城|LOC][市委书记|TITLE][李海明|PER]", None, {"市委书记": "盐城市委"}),
        ("[国务委员|TITLE][李海明|PER]", None, {"国务委员": "国务院"}),
        ("[沙特|LOC][总统|TITLE][李海明|PER]。[李海明|PER][总统|TITLE]说", None, {"总统": "沙特"}),
        ("[中国|LOC]驻[沙特|LOC][大使|TITLE][李海明|PER]", None, {"大使": "中国"}),
        ("[海河社|ORG]盐城4月18日电（[记者|TITLE][李海明|PER]）", None, {"记者": "海河社"}),
        (
            "[海河大学|ORG]开会，校[党委书记|TITLE][李海明|PER]出席",
            None,
            {"党委书记": "海河大学"},
        ),
    ],
)
def test_organisations_of_posts_are_completed(line, home, completed):
    assert org_names(read(line, home)) == completed


def test_titles_said_alike_of_two_people_tell_nothing_of_each_other():
    doc = read("[江州医院|ORG][李海明|PER][教授|TITLE]到会，[王新竹|PER][教授|TITLE]参加")
    assert [row["org_name"] for row in doc._.posts] == ["江州医院", None]


def test_a_department_has_a_name_of_its_own_behind_each_institution():
    doc = read(
        "[江州医院内科|ORG][主任|TITLE]、[外科|ORG][主任|TITLE][李海明|PER]；"
        "[海河医院内科|ORG][主任|TITLE]、[外科|ORG][主任|TITLE][王新竹|PER]"
    )
    assert {"江州医院外科", "海河医院外科"} <= names(doc, "ORG").keys()


HOUSES = [
    # 该科 is the last one that opened a paragraph, not the last one named.
    (
        "[云山医院肾内科|ORG]成立。\n近年与[海州医院心内科|ORG]合作。\n该科[主任|TITLE][李海明|PER]带队",
        "云山医院肾内科",
    ),
    (
        "[云山医院肾内科|ORG]成立。\n与[海州医院心内科|ORG]合作，该科[主任|TITLE][李海明|PER]带队",
        "海州医院心内科",
    ),
    # Where somebody is sent is not the house that a bare title means, nor the next in the list.
    ("[李海明|PER][副校长|TITLE]赴[云山大学|ORG]、[海州大学|ORG]调研", None),
    ("[李海明|PER][副校长|TITLE]介绍[云山大学|ORG]", "云山大学"),
    ("队员进驻[云山医院|ORG]。[云山医院|ORG]很大。[护士长|TITLE][李海明|PER]说", None),
    ("[云山医院|ORG]很大。[护士长|TITLE][李海明|PER]说", "云山医院"),
    ("记者走进[云山医院|ORG]。接待他的是[院长|TITLE][李海明|PER]", "云山医院"),
    # 我校 and a bare 校 are not the school of a guest.
    ("[云山大学|ORG][教授|TITLE][王新竹|PER]来访。校[党委书记|TITLE][李海明|PER]主持", None),
    ("[云山大学|ORG]来客。校[党委书记|TITLE][李海明|PER]主持", "云山大学"),
    ("[云山医院|ORG][王新竹|PER]来访。我院由分管[院长|TITLE][李海明|PER]主持", None),
    ("[云山医院|ORG][王新竹|PER]来访。由分管[院长|TITLE][李海明|PER]主持", "云山医院"),
]


@pytest.mark.parametrize(("line", "organisation"), HOUSES)
def test_which_house_a_title_means(line, organisation):
    doc = read(line)
    row = next(row for row in doc._.posts if doc.text[slice(*row["title"])] != "教授")
    assert row["org_name"] == organisation


def test_a_list_that_the_leaders_of_a_house_begin_is_of_that_house():
    bureau = "[海州市医保局|ORG]来函，[海州市医保局|ORG]有令。"
    doc = read(
        f"{bureau}[云山医院|ORG]开会。院领导班子成员、各[党支部书记|TITLE]、中层干部，"
        "[科主任|TITLE]、各诊疗组[班组长|TITLE]等到会。[支委|TITLE]也来。",
        "海州市",
    )
    assert [row["org_name"] for row in doc._.posts] == ["云山医院", "云山医院", None, None]


def test_a_post_of_the_state_has_the_mention_of_its_organisation():
    doc = read("[海州国|LOC][海州国国务院|ORG]来访。[国务院|ORG][总理|TITLE]、[国务委员|TITLE]到会")
    row = doc._.posts[-1]
    assert (doc.text[slice(*row["org"])], row["org_name"]) == ("国务院", "国务院")
    assert row["org"][0] > 10
    assert read("[国务委员|TITLE][李海明|PER]")._.posts[0]["org"] is None


def test_owner_word_gives_the_post_the_mention_of_its_institution():
    doc = read("[海河大学|ORG]开会，校[党委书记|TITLE][李海明|PER]出席")
    assert doc._.posts[0]["org"] == [0, 4]


@pytest.mark.parametrize(
    ("line", "organisations"),
    [
        (
            "[盐城市第一人民医院|ORG]（以下简称“[一院|ORG]”）办好[一院|ORG]",
            {"盐城市第一人民医院": ["盐城市第一人民医院", "一院", "一院"]},
        ),
        (
            "[盐城市第一人民医院|ORG]开会，[盐城市一院|ORG]组织",
            {"盐城市第一人民医院": ["盐城市第一人民医院", "盐城市一院"]},
        ),
        (
            "[国家发展和改革委员会|ORG]发布，[发改委|ORG]说",
            {"国家发展和改革委员会": ["国家发展和改革委员会", "发改委"]},
        ),
        ("[发改委|ORG]说", {"发改委": ["发改委"]}),
        (
            "[中国农工民主党|ORG]说，[农工党|ORG]说",
            {"中国农工民主党": ["中国农工民主党", "农工党"]},
        ),
        ("[农工党|ORG]说", {"农工党": ["农工党"]}),
        (
            "[海河流域治理联盟|ORG]（[河盟|ORG]）说，[河盟|ORG]不去",
            {"海河流域治理联盟": ["海河流域治理联盟", "河盟", "河盟"]},
        ),
        (
            "[盐城市委|ORG]（[市政府|ORG]）说",
            {"盐城市委": ["盐城市委"], "盐城市政府": ["市政府"]},
        ),
        (
            "[海河集团|ORG]（[江州公司|ORG]主管）说",
            {"海河集团": ["海河集团"], "江州公司": ["江州公司"]},
        ),
        (
            "[共青团江州市委|ORG]与[江州市委|ORG]",
            {"共青团江州市委": ["共青团江州市委"], "江州市委": ["江州市委"]},
        ),
        (
            "[江州市纪委第三派驻纪检组|ORG]开会，[市纪委第三纪检组|ORG]说",
            {"江州市纪委第三派驻纪检组": ["江州市纪委第三派驻纪检组", "市纪委第三纪检组"]},
        ),
        (
            "[盐城市教育局|ORG]与[南通市教育局|ORG]，[教育局|ORG]说",
            {
                "盐城市教育局": ["盐城市教育局"],
                "南通市教育局": ["南通市教育局"],
                "教育局": ["教育局"],
            },
        ),
        (
            "[江州县政府|ORG]、[江州县人民政府办公室|ORG]和[县政府办公室|ORG]",
            {
                "江州县人民政府": ["江州县政府"],
                "江州县人民政府办公室": ["江州县人民政府办公室", "县政府办公室"],
            },
        ),
        (
            "到[武汉|LOC]开会，[市一院|ORG]说",
            {"武汉市一院": ["市一院"]},
        ),
        ("驰援[武汉|LOC]，[市一院|ORG]说", {"市一院": ["市一院"]}),
        ("从[武汉|LOC]回到家，[武汉|LOC]返城的人，[市一院|ORG]说", {"市一院": ["市一院"]}),
        ("[武汉|LOC]来自各地的人，[市一院|ORG]说", {"武汉市一院": ["市一院"]}),
        (
            "他去[南京|LOC]、[武汉|LOC]治病，[武汉|LOC]人多，[武汉|LOC]热，[市一院|ORG]说",
            {"市一院": ["市一院"]},
        ),
    ],
)
def test_short_forms_of_organisations(line, organisations):
    assert names(read(line), "ORG") == organisations


@pytest.mark.parametrize(
    ("line", "persons"),
    [
        (
            "[市委|ORG][书记|TITLE][李海明|PER]说。[李|PER][书记|TITLE]强调",
            {"李海明": ["李海明", "李"]},
        ),
        (
            "[市委|ORG][书记|TITLE][李海明|PER]、[县长|TITLE][李河东|PER]。[李|PER][书记|TITLE]强调",
            {"李海明": ["李海明", "李"], "李河东": ["李河东"]},
        ),
        (
            "[书记|TITLE][李海明|PER]、[书记|TITLE][李河东|PER]。[李|PER][书记|TITLE]强调",
            {"李海明": ["李海明"], "李河东": ["李河东"], "李": ["李"]},
        ),
        (
            "[穆罕默德·萨利赫|PER]到访，[萨利赫|PER]说",
            {"穆罕默德·萨利赫": ["穆罕默德·萨利赫", "萨利赫"]},
        ),
        ("[李海明|PER]走了，向[李|PER]老的亲属慰问", {"李海明": ["李海明", "李"]}),
        ("向[李|PER]老的亲属慰问，[李海明|PER]走了", {"李海明": ["李", "李海明"]}),
        (
            "[院长|TITLE][李海明|PER]走了，[李|PER][老师|TITLE]教书",
            {"李海明": ["李海明", "李"]},
        ),
        (
            "[院长|TITLE][李海明|PER]走了，[李|PER][科长|TITLE]来了",
            {"李海明": ["李海明"], "李": ["李"]},
        ),
        (
            "[李|PER]先生来电。[院长|TITLE][李海明|PER]走了",
            {"李": ["李"], "李海明": ["李海明"]},
        ),
        (
            "[李海明|PER]、[李河东|PER]走了，[李|PER]老慰问",
            {"李海明": ["李海明"], "李河东": ["李河东"], "李": ["李"]},
        ),
        ("[李|PER][老板|TITLE]说。[李|PER]先生又说", {"李": ["李", "李"]}),
        ("[山本海明|PER]到访，[山本|PER]说", {"山本海明": ["山本海明", "山本"]}),
        (
            "[山本海明|PER]、[山本河东|PER]到访，[山本|PER]说",
            {"山本海明": ["山本海明"], "山本河东": ["山本河东"], "山本": ["山本"]},
        ),
        (
            "[县长|TITLE][欧阳海明|PER]、[局长|TITLE][欧阳河东|PER]，[欧阳|PER][县长|TITLE]说",
            {"欧阳海明": ["欧阳海明", "欧阳"], "欧阳河东": ["欧阳河东"]},
        ),
        ("[王某|PER]说，[王新竹|PER]听", {"王某": ["王某"], "王新竹": ["王新竹"]}),
    ],
)
def test_persons(line, persons):
    assert names(read(line), "PER") == persons


def test_namesakes_of_two_articles_stay_apart_only_with_two_known_places():
    one, two = (
        "[盐城市教育局|ORG][局长|TITLE][李海明|PER]。",
        "[南通市公安局|ORG][局长|TITLE][李海明|PER]。",
    )
    assert len([r for r in read(one + two, None, [0, 12])._.entities if r["label"] == "PER"]) == 2
    assert len([r for r in read(one + two)._.entities if r["label"] == "PER"]) == 1
    bare = read(one + "[李海明|PER]说", None, [0, 12])
    assert len([r for r in bare._.entities if r["label"] == "PER"]) == 1


def test_programmes_differ_in_more_than_marks_and_category():
    surfaces = ["暖冬行动", "“暖冬”", "暖春行动", "全市青年读书活动", "青年读书活动"]
    line = "、".join(f"[{surface}|PROGRAMME]" for surface in surfaces)
    assert names(read(line), "PROGRAMME") == {
        "暖冬行动": ["暖冬行动", "“暖冬”"],
        "暖春行动": ["暖春行动"],
        "全市青年读书活动": ["全市青年读书活动", "青年读书活动"],
    }


def test_words_may_be_left_out_before_the_category_of_a_programme():
    surfaces = ["红石谷精神图片展", "红石谷精神展", "红石谷精神", "清水河整治工程", "清水河工程"]
    surfaces += ["青山引水工程", "青山引水提升工程", "青山引水改造工程"]  # which of the two?
    line = "、".join(f"[{surface}|PROGRAMME]" for surface in surfaces)
    assert names(read(line), "PROGRAMME") == {
        "红石谷精神图片展": ["红石谷精神图片展", "红石谷精神展"],
        "红石谷精神": ["红石谷精神"],
        "清水河整治工程": ["清水河整治工程"],
        "清水河工程": ["清水河工程"],  # three characters in common may be the place alone
        "青山引水工程": ["青山引水工程"],
        "青山引水提升工程": ["青山引水提升工程"],
        "青山引水改造工程": ["青山引水改造工程"],
    }


def test_places_and_programmes():
    doc = read(
        "[盐城|LOC]即[盐城市|LOC]，[中|LOC]与[中国|LOC]。“[暖冬”工程|PROGRAMME]和[暖冬工程|PROGRAMME]"
    )
    assert names(doc, "LOC") == {"盐城市": ["盐城", "盐城市"], "中国": ["中", "中国"]}
    assert names(doc, "PROGRAMME") == {"暖冬”工程": ["暖冬”工程", "暖冬工程"]}


def test_a_page_of_a_hundred_thousand_characters_is_read_in_linear_time():
    def seconds(times: int) -> float:
        doc = read(
            "[市委|ORG][书记|TITLE][李海明|PER]到[盐城市|LOC][海河大学|ORG]，校[长|TITLE][李|PER][书记|TITLE]。"
            * times,
            "盐城市",
        )
        begun = time.process_time()
        IDENTITY(POSTS(doc))
        return time.process_time() - begun

    assert seconds(1500) < 8


def test_many_nouns_before_titles_are_looked_up_in_linear_time():
    def seconds(times: int) -> float:
        nouns = [f"{chr(0x4E00 + i)}{chr(0x5E00 + i)}队" for i in range(times)]
        doc = read("。".join(f"[江州{noun}|ORG]，{noun}[政委|TITLE][李海明|PER]" for noun in nouns))
        begun = time.process_time()
        IDENTITY(POSTS(doc))
        return time.process_time() - begun

    assert seconds(2000) < 8
