"""Word boundaries: a real spacy-pkuseg model trained on invented sentences, stored and read."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc

from pipeline.components.segmenter import Segmenter, WordModel, checksum, read_model
from pipeline.components.segmenter.model import MODEL_FILE, SUM_FILE, write_model
from pipeline.errors import BadInputError, ConfigError, ModelError
from pipeline.training.segmenter import prune, read_sentences, train_segmenter

SHIPPED = Path(__file__).parents[2] / "models" / "pkuseg_news"
SENTENCES = (
    "清晨 ， 渔民 驾 船 出海 。",
    "渔民 在 码头 晾晒 渔网 。",
    "县 里 修建 了 新 码头 。",
    "孩子 们 在 码头 画画 。",
    "渔民 的 孩子 上 了 小学 。",
    "小学 修建 了 新 操场 。",
)


def doc_of(text: str) -> Doc:
    words = re.findall(r"[0-9]+|[A-Za-z]+|.", text, flags=re.DOTALL)
    return Doc(spacy.blank("zh").vocab, words=words, spaces=[False] * len(words))


def row_of(sentence: str) -> str:
    text, tokens = "", []
    for word in sentence.split():
        tokens.append([len(text), len(text) + len(word), "n"])
        text += word
    return json.dumps({"text": text, "tokens": tokens}, ensure_ascii=False)


def words_of(doc: Doc) -> list[str]:
    return [doc.text[start:end] for start, end in doc._.words]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("segmenter")
    rows = "\n".join(row_of(sentence) for sentence in SENTENCES)
    with gzip.open(folder / "train.jsonl.gz", "wt", encoding="utf-8") as out:
        out.write("\n".join([rows] * 4))
    (folder / "dev.jsonl").write_text(rows, encoding="utf-8")
    config = folder / "segmenter.cfg"
    config.write_text(
        '[data]\ntrain = "train.jsonl.gz"\ndev = "dev.jsonl"\n\n'
        "[training]\npasses = 5\nrare = 0\nsmallest = 0.01\n",
        encoding="utf-8",
    )
    train_segmenter(config, folder, folder / "model")
    return folder / "model"


class TestTraining:
    @pytest.mark.slow
    def test_cuts_what_it_learned(self, trained: Path) -> None:
        doc = Segmenter(model=read_model(trained))(doc_of("渔民在小学码头画画。\n孩子们上了船"))
        assert words_of(doc) == [
            "渔民",
            "在",
            "小学",
            "码头",
            "画画",
            "。",
            "孩子",
            "们",
            "上",
            "了",
            "船",
        ]

    @pytest.mark.slow
    def test_leaves_only_the_model_and_its_checksum(self, trained: Path) -> None:
        assert sorted(path.name for path in trained.iterdir()) == [MODEL_FILE, SUM_FILE]

    def test_malformed_data_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(BadInputError, match=r"no\.jsonl: No such file"):
            list(read_sentences(tmp_path / "no.jsonl"))
        (tmp_path / "bad.jsonl").write_text('{"text": "好"}\n', encoding="utf-8")
        with pytest.raises(BadInputError, match=r"bad\.jsonl:1: key 'tokens' is missing"):
            list(read_sentences(tmp_path / "bad.jsonl"))

    def test_unknown_keys_are_refused(self, tmp_path: Path) -> None:
        config = tmp_path / "segmenter.cfg"
        config.write_text('[data]\ntrain = "a"\ndev = "b"\nfold = 1\n', encoding="utf-8")
        with pytest.raises(ConfigError, match=r"data\.fold"):
            train_segmenter(config, tmp_path, tmp_path / "out")

    def test_pruning_keeps_what_decides(self) -> None:
        features = ("$$", "c.船", "w1.渔民", "w1.码头")
        weights = np.zeros(4 * 5 + 25)
        weights[5:7] = [2.0, -2.0]
        weights[10] = 1.0
        weights[15:20] = 0.4  # the same for every tag: decides nothing
        pruned = prune(features, ("渔民", "码头"), weights, smallest=0.5)
        assert pruned.features == ("$$", "c.船", "w1.渔民")
        assert pruned.words == ("渔民",)
        assert len(pruned.weights) == 3 * 5 + 25


class TestModelFiles:
    MODEL = WordModel(("$$", "c.船"), ("渔民",), np.linspace(-1, 1, 2 * 5 + 25))

    def test_round_trip(self, tmp_path: Path) -> None:
        write_model(self.MODEL, tmp_path)
        read = read_model(tmp_path)
        assert (read.features, read.words) == (self.MODEL.features, self.MODEL.words)
        assert np.allclose(read.weights, self.MODEL.weights, atol=1e-3)

    def test_the_same_model_has_the_same_bytes(self, tmp_path: Path) -> None:
        write_model(self.MODEL, tmp_path / "a")
        write_model(self.MODEL, tmp_path / "b")
        assert checksum(tmp_path / "a" / MODEL_FILE) == checksum(tmp_path / "b" / MODEL_FILE)

    def test_a_changed_file_is_not_loaded(self, tmp_path: Path) -> None:
        write_model(self.MODEL, tmp_path)
        file = tmp_path / MODEL_FILE
        file.write_bytes(file.read_bytes() + b"\0")
        with pytest.raises(ModelError, match="SHA-256") as caught:
            read_model(tmp_path)
        assert "\n" not in str(caught.value)

    def test_a_pickle_is_never_opened(self, tmp_path: Path) -> None:
        file = tmp_path / MODEL_FILE
        with file.open("wb") as out:
            np.savez(out, features=np.array([{"a": 1}], dtype=object), words=[], weights=[])
        (tmp_path / SUM_FILE).write_text(f"{checksum(file)}  {MODEL_FILE}\n", encoding="ascii")
        with pytest.raises(ModelError, match="not a segmentation model"):
            read_model(tmp_path)

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="No such file"):
            read_model(tmp_path)


class TestComponent:
    def test_words_tile_the_text_but_for_white_space(self) -> None:
        text = "  昨日，渔民 出海。\n\n2024年，GDP增长3.5%！？" + "船" * 900
        doc = Segmenter(model=read_model(SHIPPED))(doc_of(text))
        assert "".join(words_of(doc)) == "".join(text.split())
        assert doc._.words == sorted(doc._.words)

    def test_tokens_stay_characters(self) -> None:
        doc = doc_of("渔民出海")
        assert [t.text for t in Segmenter(model=read_model(SHIPPED))(doc)] == list("渔民出海")

    def test_survives_storage(self, tmp_path: Path) -> None:
        nlp = spacy.blank("zh")
        component = nlp.add_pipe("segmenter")
        assert isinstance(component, Segmenter)
        component.initialize(model=SHIPPED)
        nlp.to_disk(tmp_path / "model")
        again = spacy.load(tmp_path / "model")
        text = "县里修建了新的码头，渔民都很高兴。"
        assert words_of(again(text)) == words_of(nlp(text))

    def test_without_a_model(self) -> None:
        with pytest.raises(ModelError, match="no model"):
            Segmenter()(doc_of("船"))


def test_the_shipped_model_knows_news_words() -> None:
    doc = Segmenter(model=read_model(SHIPPED))(doc_of("国务院总理在人民大会堂会见记者。"))
    assert words_of(doc) == ["国务院", "总理", "在", "人民", "大会堂", "会见", "记者", "。"]
