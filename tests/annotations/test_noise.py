from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.annotations.noise import Layout, add_noise, carry, random_layout
from pipeline.schema import Label, RelationType

TEXT = (
    "青山县召开春耕现场会\n3月12日，青山县在城关镇召开春耕现场会，县委书记陈立新、县长罗敏出席，"
    "121名村干部参加，完成15.6万亩。\nBlue Sky Company 的代表何静介绍了情况。"
)


@given(st.integers(0, 10**6))
@settings(max_examples=80)
def test_noise_only_inserts(seed: int) -> None:
    noisy = add_noise(TEXT, seed=seed)
    assert [noisy.raw[offset] for offset in noisy.alignment.offsets] == list(noisy.clean)
    assert [noisy.clean[i] for i in noisy.origin] == list(TEXT)
    assert list(noisy.alignment.offsets) == sorted(set(noisy.alignment.offsets))
    assert noisy == add_noise(TEXT, seed=seed)


@given(st.text(st.sampled_from("滨州工作12.，。“”（） \nab"), max_size=80), st.integers(0, 999))
@settings(max_examples=150)
def test_any_text_can_be_set(text: str, seed: int) -> None:
    noisy = add_noise(text, seed=seed)
    assert "".join(noisy.raw[offset] for offset in noisy.alignment.offsets) == noisy.clean


def test_each_kind_of_noise_is_made() -> None:
    plain = Layout(width=12, height=4, doubled=0, spaced=0, split=0, furniture=False, blank=False)
    raw = add_noise(TEXT, seed=1, layout=plain).raw
    lines = raw.split("\n")
    assert "" in lines  # a column break
    assert max(map(len, lines[1:])) <= 26
    assert len(lines) > 8
    doubled = add_noise(TEXT, seed=1, layout=Layout(doubled=1)).raw
    assert "青青山山县县" in doubled
    split = add_noise(TEXT, seed=1, layout=Layout(split=1)).raw
    assert "15 . 6" in split.replace("\n", "")
    spaced = add_noise(TEXT, seed=1, layout=Layout(spaced=1, split=0)).raw
    assert "春 耕 现 场 会" in spaced.replace("\n", "")
    furnished = [add_noise(TEXT, seed=seed, layout=Layout()) for seed in range(8)]
    assert any(page.clean != TEXT for page in furnished)


def test_layouts_vary_and_repeat() -> None:
    layouts = [random_layout(seed) for seed in range(30)]
    assert {layout.width for layout in layouts} >= {11, 17}
    assert layouts == [random_layout(seed) for seed in range(30)]


def test_gold_is_carried_over() -> None:
    name = TEXT.index("陈立新")
    document = GoldDocument(
        "d1",
        TEXT,
        ((name, name + 3, Label.PER), (name - 4, name, Label.ROLE)),
        (GoldTriple("陈立新", RelationType.HOLDS_POST, "县委书记"),),
        {"issue_date": "2016-03-13"},
    )
    edited = 0
    for seed in range(40):
        noisy = add_noise(TEXT, seed=seed)
        carried = carry(document, noisy)
        assert carried.text == noisy.raw
        assert carried.meta["clean_text"] == noisy.clean
        assert carried.triples[:1] == document.triples
        surfaces = ["".join(carried.text[s:e].split()) for s, e, _ in carried.entities]
        assert surfaces[:2] == ["陈立新", "县委书记"]
        _, _, editor = noisy.clean.partition("责任编辑：")
        edited += bool(editor)
        assert surfaces[2:] == (["责任编辑", editor] if editor else [])
        assert [t.head for t in carried.triples[1:]] == ([editor] if editor else [])
    assert edited
