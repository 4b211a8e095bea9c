"""PROGRAMME names: candidates, the lattice, merging, training, and the spaCy component."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from pipeline.annotations.native import GoldDocument, write_gold
from pipeline.components.programme import Evidence, Programme, Scorer, merge_names
from pipeline.components.programme.candidates import Text, find_candidates, fold
from pipeline.components.programme.lattice import best_set, marginals
from pipeline.components.programme.resources import read_lists, shipped_lists
from pipeline.components.programme.scorer import count_places
from pipeline.errors import BadInputError, ConfigError, ModelError
from pipeline.schema import Label
from pipeline.training.programme import (
    ScorerSettings,
    candidate_features,
    mark_lines,
    read_articles,
    train_programme,
    train_scorer,
)

VOCAB = spacy.blank("zh").vocab


def doc_of(text: str, *entities: tuple[str, str]) -> Doc:
    """Make a character-token Doc; each entity is the first place of its words."""
    words = re.findall(r"[0-9]+|[A-Za-z]+|.", text, flags=re.DOTALL)
    doc = Doc(VOCAB, words=words, spaces=[False] * len(words))
    spans = []
    for surface, label in entities:
        start = text.index(surface)
        spans.append(doc.char_span(start, start + len(surface), label=label))
    doc.set_ents(spans)
    return doc


def proposed(text: str) -> set[str]:
    return {text[c.start : c.end] for c in find_candidates(Text(text, shipped_lists()))}


def marked(text: str) -> GoldDocument:
    """Make a gold document from text with its names in [[ ]]."""
    plain, spans, at = "", [], 0
    for match in re.finditer(r"\[\[(.+?)\]\]", text):
        plain += text[at : match.start()]
        spans.append((len(plain), len(plain) + len(match[1]), Label.PROGRAMME))
        plain += match[1]
        at = match.end()
    return GoldDocument(id=text[:8], text=plain + text[at:], entities=tuple(spans))


TEACHING = [
    marked(line)
    for line in (
        "昨日，临水县启动[[青苗护航行动]]，组织志愿者进校园。",
        "全县深入开展“[[河畔清风”专项行动]]，取得成效。",
        "县里印发《[[临水县河道管理办法（试行）]]》，要求各镇落实。",
        "记者了解到，[[第二水厂扩建工程]]已经完工。",
        "会议要求做好扶贫工作，发展农业。",
        "他在《临水日报》上读到这条消息，很受鼓舞。",
        "工作人员的活动范围很大，行动不便。",
        "县文化馆举办[[春风书画展]]，展出作品百余幅。",
        "县里实施[[绿色家园计划]]，种树万株。",
        "大家围绕“为什么来”展开讨论。",
    )
]


class TestCandidates:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("市里启动白鹭湿地保护工程，进展顺利", "白鹭湿地保护工程"),
            ("开展“比学习、比作风”主题教育，", "比学习、比作风”主题教育"),
            ("印发《云岭市节水办法(试行)》，", "云岭市节水办法(试行)"),
            ("根据云岭市节水办法（试行）的规定", "云岭市节水办法（试行）"),
            ("共建“丝绸小路”，", "丝绸小路"),
            ("开展巡察“再回头”，是", "巡察“再回头”"),
            ("推进西部大开发，建设", "西部大开发"),
            ("近日，高树林精神图片展在市档案馆开展", "高树林精神图片展"),
            ("在教育实践活动中走在前", "教育实践活动"),
            ('开展"清风"行动', '清风"行动'),
        ],
    )
    def test_proposes_the_name(self, text: str, name: str) -> None:
        assert name in proposed(text)

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("依照慈善法修订草案的规定", "慈善法修订草案"),
            ("依照中华人民共和国慈善法第五条", "中华人民共和国慈善法"),
            ("违反中国共产党纪律处分条例的，", "中国共产党纪律处分条例"),
            ("云岭市的同志，为平安云岭出力。", "平安云岭"),
            ("人人出力，健康中国。", "健康中国"),
        ],
    )
    def test_proposes_what_belongs_to_a_known_name(self, text: str, name: str) -> None:
        assert name in proposed(text)

    def test_an_aim_needs_a_place_that_the_text_names(self) -> None:
        assert "平安云岭" not in proposed("大家为平安云岭出力。")

    @pytest.mark.parametrize("text", ["这个方法很好", "他今年六十岁", "天气晴朗", ""])
    def test_proposes_nothing_where_no_name_could_end(self, text: str) -> None:
        assert proposed(text) == set()

    def test_proposes_nothing_that_goes_on_as_an_organisation(self) -> None:
        assert proposed("县委清风行动领导小组办公室发文") == set()

    def test_never_splits_a_number_or_latin_word(self) -> None:
        names = proposed("实施2030计划和ABC行动计划")
        assert {"2030计划", "ABC行动计划"} <= names
        assert not {"030计划", "BC行动计划"} & names

    def test_a_name_does_not_reach_over_a_comma(self) -> None:
        names = proposed("近日，全市动员，启动清河行动")
        assert "清河行动" in names
        assert all("，" not in name for name in names)

    @pytest.mark.parametrize(
        ("text", "name", "never"),
        [
            ("推进河湖整治等民生工程，", "民生工程", "河湖整治等民生工程"),
            ("首批队员在云岭举行清湖行动，", "清湖行动", "队员在云岭举行清湖行动"),
            ("海军首次与邻国开展清湖行动，", "清湖行动", "海军首次与邻国开展清湖行动"),
            ("启动高等学校人才计划，", "高等学校人才计划", "计划，"),
        ],
    )
    def test_a_name_does_not_reach_over_words_of_clauses(
        self, text: str, name: str, never: str
    ) -> None:
        names = proposed(text)
        assert name in names
        assert never not in names

    @pytest.mark.parametrize("text", ["完善公司法人制度", "国家的刑法学研究", "我国婚姻法律很多"])
    def test_a_law_in_a_longer_word_is_none(self, text: str) -> None:
        assert not {"公司法", "刑法", "婚姻法"} & proposed(text)

    @pytest.mark.parametrize(
        ("text", "never"),
        [
            ("清湖战略性产业", "清湖战略"),
            ("实施清湖工程师制度，", "清湖工程"),
            ("走进清湖活动室，", "清湖活动"),
            ("清湖项目部开会，", "清湖项目"),
        ],
    )
    def test_a_category_in_a_longer_word_ends_no_name(self, text: str, never: str) -> None:
        assert never not in proposed(text)

    def test_a_day_that_the_world_keeps_is_one(self) -> None:
        assert "国际渔民日" in proposed("设立国际渔民日，")
        assert not proposed("本月26日，渔民日渐增多")

    def test_the_longest_known_name_is_proposed_alone(self) -> None:
        names = proposed("开展党的群众路线教育实践活动，")
        assert "党的群众路线教育实践活动" in names
        assert not {"群众路线教育实践活动", "教育实践活动", "实践活动", "活动"} & names

    @given(st.text(alphabet='“”《》（）()"、，。活动工程展的a1\n关于', max_size=60))
    def test_candidates_lie_inside_the_text_and_are_ordered(self, text: str) -> None:
        spans = [(c.end, c.start) for c in find_candidates(Text(text, shipped_lists()))]
        assert spans == sorted(set(spans))
        assert all(0 <= start < end <= len(text) for end, start in spans)

    @given(st.text(max_size=40))
    def test_folding_keeps_the_length(self, text: str) -> None:
        assert len(fold(text)) == len(text)


WEIGHTED = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 5), st.integers(-30, 30).map(lambda w: w / 10)),
    max_size=8,
)


def paths(spans: list[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Give every set of non-overlapping spans, the slow and certain way."""
    every = itertools.chain.from_iterable(
        itertools.combinations(range(len(spans)), size) for size in range(len(spans) + 1)
    )
    return [
        chosen
        for chosen in every
        if all(
            spans[a][1] <= spans[b][0] or spans[b][1] <= spans[a][0]
            for a, b in itertools.combinations(chosen, 2)
        )
    ]


class TestSurroundings:
    """What the scorer is told of the text around a candidate."""

    def features(self, text: str, name: str) -> set[str]:
        page = Text(text, shipped_lists())
        found = next(c for c in find_candidates(page) if page.folded[c.start : c.end] == name)
        return set(candidate_features(page, found, places=1))

    def test_items_of_a_list_know_each_other(self) -> None:
        text = "认真执行湖区巡护条例、船只停靠办法和渔港规则。"
        assert "al:documents" in self.features(text, "船只停靠办法")
        assert "zl:documents|documents" in self.features(text, "船只停靠办法")
        alone = self.features("认真执行船只停靠办法，不打折扣。", "船只停靠办法")
        assert not {name for name in alone if name.startswith(("al:", "zl:"))}

    def test_a_list_ends_at_a_comma(self) -> None:
        names = self.features("执行船只停靠办法和人，渔港规则。", "船只停靠办法")
        assert not {name for name in names if name.startswith("zl:")}

    def test_an_article_follows_a_law(self) -> None:
        assert "za:documents" in self.features("按照湖区巡护条例第十二条，", "湖区巡护条例")
        assert "za:documents" not in self.features("按照湖区巡护条例第二次，", "湖区巡护条例")

    def test_the_same_words_in_marks_speak_for_a_name(self) -> None:
        text = "推出“清湖行动”。今年清湖行动见效。"
        page = Text(text, shipped_lists())
        plain = [c for c in find_candidates(page) if (c.start, c.end) == (11, 15)]
        assert "mk:plain|True" in candidate_features(page, plain[0], places=2)
        assert "mk:plain|True" not in self.features("他说，今年清湖行动见效。", "清湖行动")

    def test_a_verb_inside_is_seen(self) -> None:
        assert "iv:plain|1" in self.features("他们启动了清湖行动。", "他们启动了清湖行动")
        assert "iv:plain|0" in self.features("他们启动了清湖行动。", "清湖行动")

    def test_a_year_is_seen_in_a_name_and_before_it(self) -> None:
        text = "举办2025年清湖行动，"
        assert "ye:in" in self.features(text, "2025年清湖行动")
        assert "ye:out" in self.features(text, "清湖行动")
        assert not {"ye:in", "ye:out"} & self.features("举办今年清湖行动，", "清湖行动")

    def test_a_bare_category_is_seen(self) -> None:
        assert "be:host|events" in self.features("此次培训班结束了。", "培训班")
        assert not {
            name for name in self.features("此次渔业培训班。", "渔业培训班") if name[:3] == "be:"
        }

    def test_an_anniversary_is_seen(self) -> None:
        text = "出席湖区大桥通车4周年纪念活动，参加清湖纪念活动。"
        assert "an:undertakings" in self.features(text, "湖区大桥通车4周年纪念活动")
        assert "an:undertakings" not in self.features(text, "清湖纪念活动")

    def test_a_part_of_a_longer_title_is_seen(self) -> None:
        text = "印发《关于清湖行动的意见》和《清湖行动》。"
        assert "nt:plain" in self.features(text, "清湖行动")
        for name, kind in (("关于清湖行动的意见", "nt:title"), ("关于清湖行动", "nt:plain")):
            assert (kind in self.features(text, name)) is (kind == "nt:plain")
        alone = "开展清湖行动，印发《湖区意见》。"
        assert "nt:plain" not in self.features(alone, "清湖行动")

    def test_a_category_word_right_behind_is_seen(self) -> None:
        assert "cx:quote|undertakings" in self.features("开展“清湖宣传周”活动。", "清湖宣传周")
        assert "cx:quote|undertakings" not in self.features("“清湖宣传周”启动。", "清湖宣传周")

    def test_years_of_a_plan_are_no_name_of_a_project(self) -> None:
        features = self.features("一批“十四五”重点工程开工", "十四五”重点工程")
        assert "tp:False|undertakings" in features
        features = self.features("编制“十四五”规划", "十四五”规划")
        assert "tp:True|undertakings" in features

    def test_a_known_name_may_be_a_part(self) -> None:
        assert "kp:head|plain" in self.features("深入实施科教兴国计划。", "科教兴国计划")
        assert "kp:end|plain" in self.features("参加了澄湖奥运会。", "澄湖奥运会")
        assert "kp:end|plain" not in self.features("参加了澄湖运动会。", "澄湖运动会")

    def test_a_known_name_names_its_list(self) -> None:
        assert "kk:policies|False" in self.features("各地推进光彩事业，", "光彩事业")
        assert "kk:laws|True" in self.features("学习《慈善法》，", "慈善法")


class TestLattice:
    @given(WEIGHTED)
    def test_agrees_with_enumeration(self, rows: list[tuple[int, int, float]]) -> None:
        unique = {(s, s + n): w for s, n, w in rows}
        spans = sorted(unique, key=lambda span: (span[1], span[0]))
        weights = [unique[span] for span in spans]
        sums = {path: sum(weights[i] for i in path) for path in paths(spans)}
        best = best_set(spans, weights)
        assert sum(weights[i] for i in best) == pytest.approx(max(sums.values()))
        total = sum(math.exp(value) for value in sums.values())
        probabilities, logarithm = marginals(spans, weights)
        assert logarithm == pytest.approx(math.log(total), abs=1e-9)
        for index, probability in enumerate(probabilities):
            share = sum(math.exp(v) for path, v in sums.items() if index in path) / total
            assert probability == pytest.approx(share)


class TestMerging:
    def test_the_longest_name_wins_and_what_is_inside_goes(self) -> None:
        entities = [(2, 5, "PER"), (9, 12, "LOC")]
        assert merge_names(entities, [(2, 10, "PROGRAMME")]) == [(2, 10, "PROGRAMME")]

    def test_a_longer_organisation_keeps_the_name_inside_it(self) -> None:
        assert merge_names([(0, 20, "ORG")], [(3, 12, "PROGRAMME")]) == [(0, 20, "ORG")]

    def test_neighbours_stay(self) -> None:
        rows = merge_names([(0, 2, "ORG")], [(2, 6, "PROGRAMME")])
        assert rows == [(0, 2, "ORG"), (2, 6, "PROGRAMME")]


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    lists = shipped_lists()
    weights = train_scorer(TEACHING, lists, ScorerSettings(steps=60, l2=0.1, l2_words=0.2))
    return Scorer(weights, lists, Evidence(echo=1.0, recogniser=4.0))


class TestTraining:
    def test_learns_its_examples(self, scorer: Scorer) -> None:
        for document in TEACHING:
            found = [(n.start, n.end) for n in scorer.find(document.text)]
            assert found == [(s, e) for s, e, _ in document.entities], document.text

    def test_finds_names_it_never_saw(self, scorer: Scorer) -> None:
        text = "近日，白河市启动蓝湾护航行动，并印发《白河市湿地管理办法（试行）》。"
        names = [text[n.start : n.end] for n in scorer.find(text)]
        assert names == ["蓝湾护航行动", "白河市湿地管理办法（试行）"]

    def test_scores_are_probabilities(self, scorer: Scorer) -> None:
        for document in TEACHING:
            assert all(0.0 <= n.score <= 1.0 for n in scorer.find(document.text))

    def test_the_scorer_adds_up_the_features_of_training(self, scorer: Scorer) -> None:
        text = Text("昨日启动“清泉”专项行动，举办春风书画展（二）。", shipped_lists())
        candidates = find_candidates(text)
        counts = count_places(text, candidates)
        weights = scorer.weigh(text, candidates)
        for candidate, places, weight in zip(candidates, counts, weights, strict=True):
            names = candidate_features(text, candidate, places)
            assert weight == pytest.approx(sum(scorer.weights.get(name, 0.0) for name in names))

    def test_is_deterministic(self, scorer: Scorer) -> None:
        again = train_scorer(
            TEACHING, shipped_lists(), ScorerSettings(steps=60, l2=0.1, l2_words=0.2)
        )
        assert again == scorer.weights

    def test_from_a_config_file(self, tmp_path: Path) -> None:
        write_gold(TEACHING, tmp_path / "gold.jsonl")
        config = tmp_path / "programme.cfg"
        config.write_text('[data]\ntrain = "gold.jsonl"\n\n[training]\nsteps = 5\n', "utf-8")
        output = tmp_path / "out" / "scorer.json"
        trained = train_programme(config, tmp_path, output)
        component = Programme()
        component.initialize(weights=output)
        assert component.scorer.weights == trained.scorer.weights
        assert [p.name for p in output.parent.iterdir()] == ["scorer.json"]

    def test_raw_lines_are_marked_with_judged_and_annotated_names(self, tmp_path: Path) -> None:
        lines = [
            "## paper#1",
            "各地推进乡村振兴，实施绿色家园计划，修订《条例》。",
            "这里的条例不算，没有名字。",
            "《关于绿色家园计划的说明》不标其中的名字。",
            TEACHING[0].text,
        ]
        path = tmp_path / "raw.txt.gz"
        with gzip.open(path, "wt", encoding="utf-8") as out:
            out.write("\n".join(lines))
        [marked] = mark_lines([path], TEACHING, [])
        found = [marked.text[start:end] for start, end, _ in marked.entities]
        assert found == ["乡村振兴", "绿色家园计划", "条例"]

    def test_articles_leave_the_mark_before_a_name_outside(self, tmp_path: Path) -> None:
        text = "开展“清风”行动，学习《湖区条例》。"
        with gzip.open(tmp_path / "news.txt.gz", "wt", encoding="utf-8") as out:
            out.write(f"## paper#1\n{text}\n")
        row = {
            "source": "paper#1",
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "entities": [[2, 8, "PROGRAMME"], [12, 16, "PROGRAMME"]],
        }
        (tmp_path / "standoff.jsonl").write_text(json.dumps(row), "utf-8")
        [document] = read_articles(tmp_path / "standoff.jsonl", tmp_path)
        assert [text[a:b] for a, b, _ in document.entities] == ["清风”行动", "湖区条例"]

    def test_articles_and_texts_go_together(self, tmp_path: Path) -> None:
        config = tmp_path / "programme.cfg"
        config.write_text('[data]\ntrain = "x.jsonl"\narticles = "y.jsonl"\n', "utf-8")
        with pytest.raises(ConfigError, match="go together"):
            train_programme(config, tmp_path, tmp_path / "o")

    def test_bad_configs_are_named(self, tmp_path: Path) -> None:
        config = tmp_path / "programme.cfg"
        with pytest.raises(BadInputError, match=r"programme\.cfg: No such file"):
            train_programme(config, tmp_path, tmp_path / "o")
        config.write_text('[data]\ntrain = "x"\ntrian = "y"\n', "utf-8")
        with pytest.raises(ConfigError, match=r"data\.trian"):
            train_programme(config, tmp_path, tmp_path / "o")
        config.write_text('[data]\ntrain = "x.jsonl"\n', "utf-8")
        with pytest.raises(BadInputError, match=r"x\.jsonl"):
            train_programme(config, tmp_path, tmp_path / "o")
        assert not (tmp_path / "o").exists()


class TestComponent:
    def test_merges_and_scores(self, scorer: Scorer) -> None:
        doc = doc_of("县里举办高树林书画展，贺词简短", ("高树林", "PER"))
        doc = Programme(scorer=scorer)(doc)
        found = [(e.text, e.label_) for e in doc.ents]
        assert found == [("高树林书画展", "PROGRAMME")]
        [row] = doc._.mention_scores
        assert row[:3] == [4, 10, "PROGRAMME"]
        assert 0.5 < row[3] <= 1.0
        assert row[4] == "programme"

    def test_leaves_a_name_inside_an_organisation(self, scorer: Scorer) -> None:
        text = "青苗护航行动办公室"
        doc = Programme(scorer=scorer)(doc_of(text, (text, "ORG")))
        assert [(e.text, e.label_) for e in doc.ents] == [(text, "ORG")]
        assert doc._.mention_scores == []

    def test_an_owner_before_a_quoted_name_is_its_own_span(self, scorer: Scorer) -> None:
        doc = doc_of("县委开展“清风”专项行动", ("县委", "ORG"))
        doc = Programme(scorer=scorer)(doc)
        found = [(e.text, e.label_) for e in doc.ents]
        assert found == [("县委", "ORG"), ("清风”专项行动", "PROGRAMME")]

    def test_a_recogniser_is_evidence_not_the_last_word(self, scorer: Scorer) -> None:
        text = "工作人员的活动范围很大，县里实施绿色家园计划"
        doc = doc_of(text, ("活动范围", "PROGRAMME"), ("绿色家园计划", "PROGRAMME"))
        doc._.mention_scores = [[5, 9, "PROGRAMME", 0.4, "ner"], [16, 22, "PROGRAMME", 0.9, "ner"]]
        alone = [n.score for n in scorer.find(text) if text[n.start : n.end] == "绿色家园计划"]
        doc = Programme(scorer=scorer)(doc)
        assert [e.text for e in doc.ents] == ["绿色家园计划"]
        [row] = doc._.mention_scores
        assert row[4] == "programme"
        assert row[3] > alone[0]

    def test_words_speak_against_a_name_that_cuts_one(self, scorer: Scorer) -> None:
        strict = Scorer(scorer.weights, scorer.lists, replace(scorer.evidence, cut_word=-50.0))
        text = "县里实施绿色家园计划"
        whole, cut = [[0, 4], [4, 10]], [[0, 5], [5, 10]]
        assert [text[n.start : n.end] for n in strict.find(text, words=whole)] == ["绿色家园计划"]
        assert "绿色家园计划" not in [text[n.start : n.end] for n in strict.find(text, words=cut)]

    def test_what_a_document_carries_out_has_a_name(self, scorer: Scorer) -> None:
        sure = Scorer(scorer.weights, scorer.lists, replace(scorer.evidence, carried_out=50.0))
        for title, known in (
            ("《白河市干部全员联户实施办法》", True),
            ("《关于在全市开展干部全员联户工作方案（试行）》", True),
            ("《新时代干部全员联户工作方案》", False),
            ("《干部全员联户的故事》", False),
        ):
            text = f"会议传达{title}。今后干部全员联户更要做好。"
            span = (text.rindex("干部"), text.rindex("更"))
            found = {(name.start, name.end) for name in sure.find(text)}
            assert (span in found) is known, title

    def test_survives_storage(self, scorer: Scorer, tmp_path: Path) -> None:
        nlp = spacy.blank("zh")
        component = nlp.add_pipe("programme")
        assert isinstance(component, Programme)
        component.from_bytes(Programme(scorer=scorer).to_bytes())
        nlp.to_disk(tmp_path / "model")
        loaded = spacy.load(tmp_path / "model").get_pipe("programme")
        assert isinstance(loaded, Programme)
        assert loaded.scorer.weights == scorer.weights

    def test_says_what_is_missing_or_broken(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="no weights"):
            Programme()(doc_of("启动清河行动"))
        with pytest.raises(ModelError, match="No such file"):
            Programme().from_disk(tmp_path)
        (tmp_path / "scorer.json").write_bytes(b"\x00\x01")
        with pytest.raises(ModelError, match="no weights"):
            Programme().from_disk(tmp_path)


def test_word_lists_are_checked() -> None:
    with pytest.raises(ConfigError, match="expected the tables"):
        read_lists("[categories]\n")
    with pytest.raises(ConfigError, match=r"programme\.toml"):
        read_lists("[")
