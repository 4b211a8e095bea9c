"""HanLP models under our labels, with a real HanLP tagger trained here on invented sentences."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc

from pipeline.components.hanlp_ner import HanlpNer, label_map, load_hanlp
from pipeline.errors import ConfigError, MissingExtraError, ModelError

needs_hanlp = pytest.mark.skipif(
    importlib.util.find_spec("hanlp") is None, reason="the extra 'hanlp' is not installed"
)

SENTENCES = (
    "[林海涛 PERSON]任[云岭市教育局 ORGANIZATION]局长",
    "记者[周小蓝 PERSON]在[白河市 LOCATION]报道",
    "[云岭市教育局 ORGANIZATION]在[白河市 LOCATION]开会",
    "[2024年 DATE][林海涛 PERSON]到[白河市 LOCATION]",
)

# HanLP is trained in a process of its own: its import and its logging stay out of the test run
TRAIN = """
import sys, torch
torch.manual_seed(7)
from hanlp.components.ner.rnn_ner import RNNNamedEntityRecognizer
data, folder = sys.argv[1:]
RNNNamedEntityRecognizer().fit(
    data, data, folder, epochs=8, batch_size=8, embed=24, rnn_hidden=24, drop=0.0, lr=0.03,
    crf=False, devices=-1, tagging_scheme="BIO", anneal_factor=None, verbose=False)
"""


def doc_of(text: str) -> Doc:
    words = re.findall(r"[0-9]+|[A-Za-z]+|.", text, flags=re.DOTALL)
    return Doc(spacy.blank("zh").vocab, words=words, spaces=[False] * len(words))


def tagged(sentence: str) -> str:
    """Turn a marked sentence into HanLP's training lines: a character, a tab, its BIO tag."""
    lines = []
    for name, label, plain in re.findall(r"\[(\S+) (\w+)\]|(.)", sentence):
        for index, character in enumerate(name or plain):
            tag = f"{'I' if index else 'B'}-{label}" if label else "O"
            lines.append(f"{character}\t{tag}")
    return "\n".join(lines) + "\n\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hanlp")
    data = folder / "train.tsv"
    data.write_text("".join(tagged(s) for s in SENTENCES) * 8, encoding="utf-8")
    command = [sys.executable, "-W", "ignore", "-c", TRAIN, str(data), str(folder / "model")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    return folder / "model"


@needs_hanlp
@pytest.mark.slow
class TestTrainedModel:
    def test_names_come_under_our_labels_with_character_offsets(self, model: Path) -> None:
        nlp = spacy.blank("zh")
        component = nlp.add_pipe("hanlp_ner", config={"model": str(model)})
        assert isinstance(component, HanlpNer)
        text = "记者周小蓝在白河市报道\n\n林海涛任云岭市教育局局长"
        doc = component(doc_of(text))
        assert [(e.text, e.label_) for e in doc.ents] == [
            ("周小蓝", "PER"),
            ("白河市", "LOC"),
            ("林海涛", "PER"),
            ("云岭市教育局", "ORG"),
        ]
        assert doc._.mention_scores[0] == [2, 5, "PER", 0.9, "hanlp_ner"]

    def test_the_map_can_be_changed(self, model: Path) -> None:
        labels = {"person": "PER"}
        component = HanlpNer("h", str(model), {k.upper(): v for k, v in labels.items()}, 0.9)
        doc = component(doc_of("记者周小蓝在白河市报道"))
        assert [(e.text, e.label_) for e in doc.ents] == [("周小蓝", "PER")]

    def test_an_empty_text_has_no_names(self, model: Path) -> None:
        doc = HanlpNer("h", str(model), label_map(), 0.9)(doc_of(" \n"))
        assert not doc.ents

    def test_a_damaged_model_is_one_line(self, model: Path, tmp_path: Path) -> None:
        for name in ("config.json", "model.pt"):
            (tmp_path / name).write_text("{}", encoding="utf-8")
        with pytest.raises(ModelError) as caught:
            load_hanlp(str(tmp_path))
        assert "HanLP cannot load it" in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_known_name_says_what_to_download(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ModelError, match=r"download \S+\.zip, unpack as \S+") as caught:
            load_hanlp("MSRA_NER_ELECTRA_SMALL_ZH")
        assert "\n" not in str(caught.value)

    def test_an_unknown_name(self) -> None:
        with pytest.raises(ModelError, match="neither a folder nor a model name"):
            load_hanlp("NO_SUCH_MODEL")


class FixedModel:
    """A callable as HanLP's multi-task models are: words in, entities by word number out."""

    tasks = ("tok/fine", "ner/msra")

    def __call__(self, lines: list[str], tasks: str) -> dict[str, object]:
        rows = [re.findall(r"云岭市|林海涛|\S", line) for line in lines]
        return {
            "tok/fine": rows,
            tasks: [
                [(w, "PERSON", i, i + 1) for i, w in enumerate(row) if w == "林海涛"]
                + [(w, "LOCATION", i, i + 1) for i, w in enumerate(row) if w == "云岭市"]
                for row in rows
            ],
        }


class TestWithoutHanlp:
    """What happens around a model: words to characters, long lines, labels, errors."""

    def test_words_become_characters_also_after_white_space(self) -> None:
        component = HanlpNer("h", "-", label_map(), 0.5, load=lambda _: FixedModel())
        doc = component(doc_of("昨 日，林海涛\n到 云岭市"))
        assert [(e.text, e.label_) for e in doc.ents] == [("林海涛", "PER"), ("云岭市", "LOC")]

    def test_lines_of_any_length_are_read(self) -> None:
        component = HanlpNer("h", "-", label_map(), 0.5, load=lambda _: FixedModel())
        doc = component(doc_of("他说了很多话，" * 200 + "林海涛"))
        assert [(e.start_char, e.text) for e in doc.ents] == [(1400, "林海涛")]

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        if importlib.util.find_spec("hanlp") is None:
            with pytest.raises(MissingExtraError, match="hanlp"):
                load_hanlp(str(tmp_path / "no"))
        else:
            with pytest.raises(ModelError, match="no such folder"):
                load_hanlp(str(tmp_path / "no"))
            with pytest.raises(ModelError, match=r"config\.json is missing"):
                load_hanlp(str(tmp_path))

    def test_labels_must_be_ours(self) -> None:
        with pytest.raises(ConfigError, match="'PERSON' is no label"):
            HanlpNer("h", "-", {"X": "PERSON"}, 0.5)

    def test_the_map_reads_the_usual_names(self) -> None:
        names = label_map()
        assert names["PERSON"] == names["NR"] == "PER"
        assert names["ORGANIZATION"] == names["NT"] == "ORG"
        assert names["GPE"] == names["NS"] == "LOC"
        assert "DATE" not in names
