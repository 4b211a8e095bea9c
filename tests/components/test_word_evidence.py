"""Words of the segmenter as evidence: for names, for the rules, and asked for by --words."""

from __future__ import annotations

import io
import json
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

import pipeline
from pipeline.annotations.datasets import FLAT_LABELS, Sample
from pipeline.annotations.native import GoldDocument, write_gold
from pipeline.cli.main import main
from pipeline.components.extensions import register_extensions
from pipeline.components.recogniser import LABELS, ModelData, Recogniser, RecogniserComponent
from pipeline.components.recogniser import model as recogniser_model
from pipeline.components.recogniser.borders import (
    BorderWeights,
    border_marks,
    border_scores,
    shipped_borders,
)
from pipeline.components.recogniser.labels import tags_of
from pipeline.components.relations import Relations
from pipeline.components.relations.engine import find_relations
from pipeline.components.relations.examples import parse_example
from pipeline.components.relations.matching import CueWords, without_cut_cues
from pipeline.components.relations.mentions import Folded, fold
from pipeline.components.relations.rules import load_rules
from pipeline.components.segmenter import Segmenter
from pipeline.errors import ModelError
from pipeline.model import add_words, find_model, load_pipeline
from pipeline.runner.fingerprint import fingerprint
from pipeline.runner.work import Job
from pipeline.schema import Label, Span

RULES = load_rules()
CUES = CueWords(RULES)


def words_of(text: str, *words: str) -> list[list[int]]:
    return [[text.index(word), text.index(word) + len(word)] for word in words]


@pytest.fixture(scope="module")
def model() -> ModelData:
    return ModelData.load(find_model() / "recogniser" / "model.npz")


class TestBordersOfNames:
    def test_marks_stand_inside_words_only(self) -> None:
        begin_none, end_none = border_marks(6, [[1, 4], [5, 6]])
        assert begin_none.tolist() == [False, False, True, True, False, False]
        assert end_none.tolist() == [False, True, True, False, False, False]

    def test_each_weight_counts_for_the_tags_that_begin_or_end_its_label(self) -> None:
        scores = border_scores(3, [[0, 3]], BorderWeights({"LOC": -1.0}, {"PER": -2.0}))
        begin, inside, end, single = tags_of("LOC")
        assert scores[:, begin].tolist() == scores[:, single].tolist() == [0, -1, -1]
        assert not scores[:, [inside, end]].any()
        begin, inside, end, single = tags_of("PER")
        assert scores[:, end].tolist() == scores[:, single].tolist() == [-2, -2, 0]
        assert not scores[:, [begin, inside]].any()

    def test_shipped_weights_are_of_all_labels(self) -> None:
        weights = shipped_borders()
        assert set(weights.opens) == set(weights.closes) == set(LABELS)
        # Far below what the network says of a clear name: words are a hint.
        assert all(
            abs(one) < 2 for side in (weights.opens, weights.closes) for one in side.values()
        )
        assert all(one <= 0 for one in weights.opens.values())

    def test_a_name_that_cuts_a_word_weighs_less(
        self, model: ModelData, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = "白石镇镇长沈怀远出席会议。"
        recogniser = Recogniser(model, "native")

        def names(words: list[list[int]] | None) -> set[str]:
            found = recogniser.find([text], None if words is None else [words])[0]
            return {text[s.start : s.end] for s in found if LABELS[s.label] == "PER"}

        assert "沈怀远" in names(None)
        assert recogniser.find([text], [[]]) == recogniser.find([text])
        monkeypatch.setattr(
            recogniser_model, "shipped_borders", lambda: BorderWeights({"PER": -50.0}, {})
        )
        assert "沈怀远" in names(words_of(text, "沈怀远"))
        assert "沈怀远" not in names(words_of(text, "长沈怀"))

    def test_the_component_reads_the_words_of_the_doc(
        self, model: ModelData, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            recogniser_model, "shipped_borders", lambda: BorderWeights({"PER": -50.0}, {})
        )
        component = RecogniserComponent("recogniser", "native", LABELS)
        component.use(model)
        text = "镇长沈怀远出席。"
        persons = []
        for words in ([], words_of(text, "长沈怀")):
            doc = Doc(spacy.blank("zh").vocab, words=list(text), spaces=[False] * len(text))
            doc._.known_words = words
            persons.append({ent.text for ent in component(doc).ents if ent.label_ == "PER"})
        assert persons == [{"沈怀远"}, set()]


class TestCues:
    def folded(self, marked: str, *words: str) -> Folded:
        example = parse_example(marked)
        folded = fold(example.text, example.mentions, example.posts)
        return without_cut_cues(folded, words_of(example.text, *words), CUES)

    def relations(self, marked: str, *words: str) -> set[tuple[str, str, str]]:
        found = find_relations(self.folded(marked, *words), RULES)
        return {(one.head.text, str(one.relation), one.tail.text) for one in found}

    @pytest.mark.parametrize(
        ("marked", "word"),
        [
            ("[李海明|PER]为什么不要[局长|ROLE]的房子", "为什么"),
            ("[李海明|PER]的任务是请[局长|ROLE]过来", "任务"),
        ],
    )
    def test_a_cue_that_cuts_a_word_is_no_cue(self, marked: str, word: str) -> None:
        example = parse_example(marked)
        cue = example.text.index(word)
        assert self.folded(marked).code != self.folded(marked, word).code
        assert example.text[cue] not in self.folded(marked, word).code

    def test_a_rule_is_silent_where_its_cue_cuts_a_word(self) -> None:
        marked = "[李海明|PER]为什么放着好好的[局长|ROLE]。"
        assert self.relations(marked) == {("李海明", "holds_post", "局长")}
        assert self.relations(marked, "为什么") == set()

    def test_a_blocker_is_silent_where_it_cuts_a_word(self) -> None:
        marked = "[李海明|PER]不久任[局长|ROLE]。"
        assert self.relations(marked) == set()
        assert self.relations(marked, "不久") == {("李海明", "holds_post", "局长")}

    def test_a_cue_that_is_a_word_or_made_of_words_stays(self) -> None:
        marked = "[李海明|PER]先后担任[局长|ROLE]。"
        held = {("李海明", "holds_post", "局长")}
        assert self.relations(marked) == held
        assert self.relations(marked, "先后", "担任") == held
        assert self.relations(marked, "先后担任") == held

    def test_words_written_out_in_a_pattern_may_be_seen(self) -> None:
        # 先 is a cue by itself; patterns name 先生 as it stands.
        assert "先生" in self.folded("[李海明|PER]先生来了。", "先生").code

    def test_a_mention_is_better_evidence_than_a_word(self) -> None:
        marked = "[李海明|PER]任[局长|ROLE]。"
        assert self.relations(marked, "明任局") == {("李海明", "holds_post", "局长")}

    def test_explaining_and_annotating_see_the_same(self) -> None:
        register_extensions()
        text = "为什么"
        doc = Doc(spacy.blank("zh").vocab, words=list(text), spaces=[False] * 3)
        assert Relations(RULES).fold(doc).code == text
        doc._.known_words = [[0, 3]]
        assert Relations(RULES).fold(doc).code != text

    @given(
        st.lists(
            st.sampled_from(["任务", "认为", "不断", "任", "为", "李海明", "\n", " ", "任局长"])
        ),
        st.data(),
    )
    def test_only_characters_inside_words_are_hidden(
        self, parts: list[str], data: st.DataObject
    ) -> None:
        text = "".join(parts)
        cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
        words = [[start, end] for start, end in pairwise(cuts)]
        plain = fold(text, [], {})
        folded = without_cut_cues(plain, words, CUES)
        assert len(folded.code) == len(plain.code)
        assert folded.offsets == plain.offsets
        for place, (old, new) in enumerate(zip(plain.code, folded.code, strict=True)):
            if old != new:
                at = plain.offsets[place]
                # A cue through a border may reach out of its word by its own length.
                assert any(s - 4 < at < e + 4 and e - s > 1 for s, e in words)


class TestKnownWords:
    def test_only_words_of_the_dictionary_are_known(self) -> None:
        nlp = spacy.blank("zh")
        add_words(nlp)
        doc = nlp.make_doc("渔民认为任务完成了")
        segmenter = nlp.get_pipe("segmenter")
        assert isinstance(segmenter, Segmenter)
        segmenter.set_annotations(doc, words_of(doc.text, "认为", "任务", "完成了"))
        assert [doc.text[s:e] for s, e in doc._.known_words] == ["认为", "任务"]

    def test_a_pipeline_keeps_its_own_segmenter(self) -> None:
        nlp = spacy.blank("zh")
        own = nlp.add_pipe("segmenter", name="mine")
        add_words(nlp)
        assert nlp.pipe_names == ["mine"]
        assert nlp.get_pipe("mine") is own


class TestOption:
    def test_off_by_default_and_first_where_asked_for(self) -> None:
        assert "segmenter" not in load_pipeline().pipe_names
        worded = pipeline.load(words=True)
        assert worded.nlp.pipe_names[0] == "segmenter"
        annotation = worded(pipeline.Source(text="青石市教育局局长韩立山到校。"))
        assert {e.text for e in annotation.entities if e.label is Label.PER} == {"韩立山"}

    def test_a_missing_model_is_one_line(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        # A folder of that name in the working directory is not the shipped model.
        (tmp_path / "pkuseg_news").mkdir()
        (tmp_path / "pkuseg_news" / "segmenter.npz").write_bytes(b"")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("pipeline.model.MODEL_FOLDERS", (tmp_path / "models",))
        with pytest.raises(ModelError, match="pkuseg_news: no such model") as caught:
            add_words(spacy.blank("zh"))
        assert "\n" not in str(caught.value)

    def test_a_damaged_model_is_not_loaded(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "pkuseg_news").mkdir()
        (tmp_path / "pkuseg_news" / "segmenter.npz").write_bytes(b"")
        (tmp_path / "pkuseg_news" / "segmenter.npz.sha256").write_text("0 segmenter.npz\n")
        monkeypatch.setattr("pipeline.model.MODEL_FOLDERS", (tmp_path,))
        with pytest.raises(ModelError, match="SHA-256"):
            add_words(spacy.blank("zh"))

    def test_a_corpus_run_with_words_is_another_run(self) -> None:
        plain, off, on = (
            fingerprint(Job(config=config), "jsonl")
            for config in ({}, {"words": False}, {"words": True})
        )
        assert plain == off
        assert on.config != plain.config
        assert on.model != plain.model
        assert on.rules == plain.rules

    def test_commands_take_it(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capfdbinary: pytest.CaptureFixture[bytes],
        tmp_path: Path,
    ) -> None:
        used: list[Span] = []
        cut = Segmenter.match

        def spy(self: Segmenter, doc: Doc) -> list[list[int]]:
            used.append((0, len(doc.text)))
            return cut(self, doc)

        monkeypatch.setattr(Segmenter, "match", spy)
        text = "青石市教育局局长韩立山到校。"
        assert renzhi(monkeypatch, "annotate", "-", given=text) == 0
        assert not used
        assert renzhi(monkeypatch, "annotate", "-", "--words", given=text) == 0
        assert used == [(0, len(text))]
        plain, worded = map(json.loads, capfdbinary.readouterr().out.splitlines())
        assert plain["text"] == worded["text"]
        gold = tmp_path / "gold.jsonl"
        write_gold([GoldDocument("d", text, ((0, 6, Label.ORG),), ())], gold)
        for options in (["--words"], ["--words", "--gold-entities"]):
            used.clear()
            assert renzhi(monkeypatch, "evaluate", str(gold), *options) == 0
            assert used == [(0, len(text))]

    def test_words_need_a_model_to_run(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code = renzhi(monkeypatch, "evaluate", "g.jsonl", "--words", "--predictions", "p.jsonl")
        assert code == 2
        assert "--words" in capsys.readouterr().err


def renzhi(monkeypatch: pytest.MonkeyPatch, *arguments: str, given: str = "") -> int:
    monkeypatch.setattr(sys, "argv", ["renzhi", *arguments])
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode()), encoding="utf-8")
    )
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_fitting_learns_which_way_words_point(model: ModelData) -> None:
    pytest.importorskip("torch")
    from pipeline.training.borders import fit_borders

    text = "白石镇镇长沈怀远出席会议，林小满主持。"
    start = text.index("林小满")
    sample = Sample(text, ((start, start + 3, "PER"),), FLAT_LABELS, "native")
    parts = [(Recogniser(model, "native"), [sample] * 20)]

    # The annotation denies the first name: a word that it would cut speaks against it.
    fitted = fit_borders(parts, lambda text: words_of(text, "长沈怀"))
    assert fitted.weights.opens["PER"] < -0.5
    assert fitted.after < fitted.before
    assert fit_borders(parts, lambda _: ()).weights == BorderWeights(
        dict.fromkeys(LABELS, 0.0), dict.fromkeys(LABELS, 0.0)
    )
