from __future__ import annotations

import pytest

from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.evaluation.names import Names
from pipeline.schema import Label, RelationType


def names(*items: str, aliases: tuple[tuple[str, str], ...] = (), org: str | None = None) -> Names:
    text, spans = "", []
    for item in items:
        label, surface = item.split(":")
        spans.append((len(text), len(text) + len(surface), Label(label)))
        text += surface + "。"
    triples = [GoldTriple(a, RelationType.ALIAS_OF, b) for a, b in aliases]
    if org:
        triples.append(GoldTriple("李大明", RelationType.HOLDS_POST, "书记", {"org": org}))
    return Names.of_gold(GoldDocument("d", text, tuple(spans), tuple(triples)))


@pytest.mark.parametrize(
    ("label", "short", "full"),
    [
        ("PER", "李", "李大明"),
        ("PER", "欧阳", "欧阳小红"),
        ("PER", "杜兰", "克莱尔·杜兰"),
        ("LOC", "滨河", "滨河市"),
        ("LOC", "鲁", "山东省"),
        ("LOC", "美", "美国"),
        ("LOC", "新疆", "新疆维吾尔自治区"),
        ("LOC", "云岭", "云岭彝族自治县"),
        ("ORG", "市委", "滨河市委"),
        ("ORG", "滨河市委", "中共滨河市委"),
        ("ORG", "发改委", "国家发改委"),
        ("ORG", "住建部", "住房和城乡建设部"),
        ("ORG", "市一院", "滨河市第一人民医院"),
        ("ORG", "滨河市委", "滨河市委员会"),
        ("ORG", "滨大", "滨河大学"),
        ("ORG", "农工党市二中基层委", "农工党滨河市第二中学基层委员会"),
        ("ORG", "农工党市委", "农工党滨河市委"),
        ("ORG", "民盟市委会", "民盟滨河市委员会"),
        ("PROGRAMME", "市运会", "市民运动会"),
        ("PROGRAMME", "清风行动", "“清风”行动"),
        ("PROGRAMME", "感控周", "感控周活动"),
        ("PROGRAMME", "条例", "滨河市养犬管理条例"),
    ],
)
def test_short_form_is_its_only_full_form(label: str, short: str, full: str) -> None:
    found = names(f"{label}:{full}", f"{label}:{short}", "LOC:滨河市")
    assert found.canonical(Label(label), short) == full


@pytest.mark.parametrize(
    ("label", "one", "other"),
    [
        ("PER", "李大", "李大明"),
        ("PER", "李某", "李某某"),
        ("LOC", "俄罗斯", "白俄罗斯"),
        ("LOC", "滨河", "滨河南路"),
        ("ORG", "滨河大学", "滨河师范大学"),
        ("ORG", "滨河大学", "滨河大学出版社"),
        ("ORG", "滨河省委", "民盟滨河省委"),
        ("ORG", "市委", "市委党校"),
        ("ORG", "国家能源局", "国家发改委能源局"),
        ("ORG", "教育局", "教育考试局"),
        ("ORG", "央行", "央行滨河分行"),
        ("ORG", "团委", "团市委"),
        ("ORG", "农工党市委", "农工党滨河市第二中学基层委员会"),
        ("ROLE", "书记", "市委书记"),
        ("PROGRAMME", "清风行动", "清风行动座谈"),
    ],
)
def test_different_names_stay_apart(label: str, one: str, other: str) -> None:
    found = names(f"{label}:{one}", f"{label}:{other}", "LOC:滨河")
    assert found.canonical(Label(label), one) != found.canonical(Label(label), other)


def test_a_short_form_with_two_full_forms_stays_itself() -> None:
    found = names("ORG:滨河市委", "ORG:云岭市委", "ORG:市委", "PER:王大伟", "PER:王小红", "PER:王")
    assert found.canonical(Label.ORG, "市委") == "市委"
    assert found.canonical(Label.PER, "王") == "王"


def test_a_chain_of_short_forms_ends_at_the_fullest() -> None:
    found = names("ORG:中共滨河市委", "ORG:滨河市委", "ORG:市委", "LOC:滨河市")
    assert {found.canonical(Label.ORG, name) for name in ("市委", "滨河市委")} == {"中共滨河市委"}


def test_the_committee_of_another_party_does_not_make_a_short_form_unclear() -> None:
    found = names("ORG:滨河市委", "ORG:民盟滨河市委", "ORG:市委", "ORG:民盟市委", "LOC:滨河")
    assert found.canonical(Label.ORG, "市委") == "滨河市委"
    assert found.canonical(Label.ORG, "民盟市委") == "民盟滨河市委"


def test_a_committee_may_be_spelled_out() -> None:
    found = names("ORG:滨河市第二中学基层委员会")
    assert found.known(Label.ORG, "滨河市第二中学基层委")
    assert found.canonical(Label.ORG, "滨河市第二中学基层委") == "滨河市第二中学基层委员会"


def test_declared_aliases_and_org_qualifiers_count() -> None:
    found = names("ORG:城建研究中心", "ORG:研发部", aliases=(("研发部", "城建研究中心"),))
    assert found.canonical(Label.ORG, "研发部") == found.canonical(Label.ORG, "城建研究中心")
    implied = names("ORG:市委", "LOC:滨河市", org="滨河市委")
    assert implied.canonical(Label.ORG, "市委") == "滨河市委"
