from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from pipeline.annotations.noise import add_noise
from pipeline.page import Repaired, repair
from pipeline.page.alignment import Alignment

ROOT = Path(__file__).parents[2]
PAGE = "binzhou-daily-2014-04-25.txt"
CLEAN = [
    "青山县召开春耕现场会\n3月12日，青山县在城关镇召开春耕现场会，县委书记陈立新、县长罗敏出席，"
    "121名村干部参加。\n"
    "陈立新指出，要实实在在帮助农户解决种子、化肥等问题，确保完成15.6万亩的任务。\n"
    "本报记者 王红梅",
    "白河区与Blue Sky公司签约\n"
    "本报5月8日讯（记者 李建国 通讯员 张平）昨日，白河区与Blue Sky公司签订合作协议，"
    "投资2.1亿元建设GDP监测中心。\n区长罗敏说：“要天天有进展，家家户户都满意。”\n"
    "据了解，项目分3期，第1期337.6亩。",
]


def check(raw: str, repaired: Repaired) -> None:
    """Characters map back in order, nothing but layout is lost, and a second repair is idle."""
    text, offsets = repaired.text, repaired.alignment.offsets
    assert [raw[offset] for offset in offsets] == list(text)
    assert all(a < b for a, b in pairwise(offsets))
    again = repair(text)
    assert again.text == text
    assert again.alignment == Alignment.identity(len(text))
    kept = set(offsets)
    for i, char in enumerate(raw):
        if i not in kept and char.isprintable() and not char.isspace() and char != "\ufffb":
            twins = range(i - 1, -1, -1)
            twin = next(j for j in twins if raw[j] != char or j in kept)
            assert raw[twin] == char, f"{char!r} at {i} is lost"


@given(st.sampled_from(CLEAN), st.integers(0, 10**6))
@settings(max_examples=60)
def test_generated_pages(clean: str, seed: int) -> None:
    noisy = add_noise(clean, seed=seed)
    repaired = repair(noisy.raw)
    check(noisy.raw, repaired)
    wrong = Levenshtein.distance(noisy.clean, repaired.text)
    assert wrong <= 0.05 * len(noisy.clean)


@given(
    st.text(
        st.one_of(
            st.sampled_from(" \n\t\r\f\u3000\ufeff滨州工作人天12345.,，。：“”（）()aBc本报记者讯"),
            st.characters(exclude_categories=["Cs"]),
        ),
        max_size=120,
    )
)
@settings(max_examples=250)
def test_any_text(raw: str) -> None:
    check(raw, repair(raw))


@given(
    st.lists(st.text(st.sampled_from("滨滨州州工作12 .，。“”"), max_size=16), max_size=14).map(
        "\n".join
    )
)
@settings(max_examples=150)
def test_any_column(raw: str) -> None:
    check(raw, repair(raw))


def test_example_page_reads_as_retyped() -> None:
    raw = (ROOT / "corpus/pages" / PAGE).read_text("utf-8")
    clean = (ROOT / "corpus/gold/pages" / PAGE).read_text("utf-8").rstrip("\n")
    repaired = repair(raw)
    check(raw, repaired)
    assert Levenshtein.distance(clean, repaired.text) <= 0.005 * len(clean)


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_is_untouched(text: str) -> None:
    assert repair(text).text == text


def test_invisible_characters_go() -> None:
    assert (
        repair("\ufeff市委\u200b召开\x00会议。\r\n第二段。\r\n\x0c").text
        == "市委召开会议。\n第二段。"
    )


def test_a_lone_form_feed_parts_lines() -> None:
    assert repair("第一版完。\x0c第二版始。").text == "第一版完。\x0c第二版始。"


@pytest.mark.parametrize("raw", ["", " ", "\n\n\n", "\r\n", "\ufeff", "滨", "\x0c"])
def test_nearly_nothing(raw: str) -> None:
    assert repair(raw).text in {"", "滨"}


@pytest.mark.parametrize(
    "raw",
    ["滨" * 20_000, "\n" * 20_000, " " * 20_000, "滨 " * 10_000, "滨滨州州" * 5_000, "“" * 20_000],
)
def test_monotonous_texts_end(raw: str) -> None:
    check(raw, repair(raw))


def test_no_article_of_the_data_is_changed() -> None:
    data = Path(os.environ.get("RENZHI_DATA", ROOT.parent / "shared" / "data"))
    gold = data / "gov_gold" / "dev.jsonl"
    if not gold.exists():
        pytest.skip("the data folder is not here")
    for line in gold.read_text("utf-8").splitlines():
        text = json.loads(line)["text"]
        assert repair(text).text == text
