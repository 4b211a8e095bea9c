from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import spacy

from pipeline.annotations.datasets import Sample
from pipeline.components.recogniser import ModelData
from pipeline.errors import BadInputError, ConfigError
from pipeline.training.config import LexiconConfig, LexiconSource, read_config
from pipeline.training.recogniser import train_recogniser
from pipeline.training.scores import LabelScore, calibration_error, total
from pipeline.training.variation import NamePool, vary
from pipeline.training.vocabulary import build_vocabulary
from pipeline.training.watch import Progress, Watch

torch = pytest.importorskip("torch")


class StopRunError(Exception):
    """Raised in the middle of a run, as a kill would end it."""


def test_a_small_run_learns_stores_and_resumes(small_data: Path, tmp_path: Path) -> None:
    config = read_config(small_data / "train.cfg")
    result = train_recogniser(config, small_data, tmp_path / "whole")
    assert total(result.scores["dev"]).f1 > 0.9
    assert np.float32(1e-40) * np.float32(1) > 0, "denormal numbers are zero after training"

    def stop(progress: Progress) -> None:
        if progress.step >= progress.steps // 2:
            raise StopRunError

    with pytest.raises(StopRunError):
        train_recogniser(config, small_data, tmp_path / "cut", Watch(stop, 1, 0.3))
    earlier = torch.load(tmp_path / "cut" / "checkpoint.pt", weights_only=True)["seconds"]
    seen: list[Progress] = []
    again = train_recogniser(config, small_data, tmp_path / "cut", Watch(seen.append, 1))
    assert seen[0].step > 1
    assert again.seconds > earlier + seen[-1].seconds
    for name, value in result.model.weights.items():
        np.testing.assert_array_equal(again.model.weights[name], value)

    from pipeline.training.packaging import make_pipeline, write_pipeline

    nlp = make_pipeline(result.model, "native", {"name": "small"})
    write_pipeline(nlp, tmp_path / "model", {"README.md": "# small"})
    nlp = spacy.load(tmp_path / "model")
    text = "海州市委书记林小满出席会议。\n赵一舟到云岭县调研。"
    doc = nlp(text)
    assert ("海州市委", "ORG") in [(ent.text, ent.label_) for ent in doc.ents]
    assert [row[:3] for row in doc._.mention_scores] == [
        [ent.start_char, ent.end_char, ent.label_] for ent in doc.ents
    ]
    assert all(0 <= row[3] <= 1 and row[4] == "ner" for row in doc._.mention_scores)

    texts = [text, "周青禾到白石镇调研。", "", "记者从临江市委获悉，沈砚任科长。" * 20, text]
    alone = [list(nlp(one)._.mention_scores) for one in texts]
    for size in (1, 2, 5):
        together = [doc._.mention_scores for doc in nlp.pipe(texts, batch_size=size)]
        for one, other in zip(alone, together, strict=True):
            assert [row[:3] for row in one] == [row[:3] for row in other]
            np.testing.assert_allclose(
                [row[3] for row in one], [row[3] for row in other], atol=2e-4
            )
    stored = spacy.blank("zh", config=nlp.config)
    stored.from_bytes(nlp.to_bytes())
    assert stored(text)._.mention_scores == doc._.mention_scores


def test_replicas_end_in_the_mean_of_their_weights(small_data: Path, tmp_path: Path) -> None:
    config = read_config(small_data / "train.cfg")
    stage = config.stages["one"].model_copy(update={"passes": 1})
    again = stage.model_copy(update={"replicas": 2, "rate": 0.005})
    config = config.model_copy(update={"stages": {"one": stage, "two": again}})
    result = train_recogniser(config, small_data, tmp_path)
    ends = [ModelData.load(tmp_path / f"two-{number}" / "latest.npz") for number in (0, 1)]
    for name, value in result.model.weights.items():
        mean = (ends[0].weights[name] + ends[1].weights[name]) / 2
        np.testing.assert_allclose(value, mean, atol=2e-3)
    first, second = (end.weights["output.weight"] for end in ends)
    assert np.any(first != second)


def test_a_stage_can_end_in_the_mean_with_its_start(small_data: Path, tmp_path: Path) -> None:
    config = read_config(small_data / "train.cfg")
    short = config.stages["one"].model_copy(update={"passes": 0.5})
    plans = {
        "start": {"one": short},
        "end": {"one": short, "two": short},
        "mean": {"one": short, "two": short.model_copy(update={"mean_with_start": True})},
    }
    weights = {
        name: train_recogniser(
            config.model_copy(update={"stages": stages, "checks": {}}), small_data, tmp_path / name
        ).model.weights["output.weight"]
        for name, stages in plans.items()
    }
    np.testing.assert_allclose(weights["mean"], (weights["start"] + weights["end"]) / 2, atol=1e-5)


def test_an_unknown_key_is_named(small_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.cfg"
    text = (small_data / "train.cfg").read_text(encoding="utf-8")
    path.write_text(text.replace("hidden = 24", "hiden = 24"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"encoder\.hiden: unknown key") as caught:
        read_config(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("change", [("own = 1", "other = 1"), ("seed = 7", "seed = x"), ("[", "(")])
def test_a_bad_configuration_is_one_line(
    small_data: Path, tmp_path: Path, change: tuple[str, str]
) -> None:
    path = tmp_path / "bad.cfg"
    text = (small_data / "train.cfg").read_text(encoding="utf-8")
    path.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"bad\.cfg") as caught:
        read_config(path)
    assert "\n" not in str(caught.value)


def test_missing_and_bad_data_are_named(small_data: Path, tmp_path: Path) -> None:
    config = read_config(small_data / "train.cfg")
    with pytest.raises(BadInputError, match=r"train\.jsonl: No such file"):
        train_recogniser(config, tmp_path, tmp_path)
    for name in ("dev.jsonl", "persons.txt", "places.txt"):
        (tmp_path / name).write_bytes((small_data / name).read_bytes())
    bad = {"text": "海州市", "entities": [[0, 9, "LOC"]]}
    (tmp_path / "train.jsonl").write_text(json.dumps(bad) + "\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=r"train\.jsonl:1: LOC at \[0, 9\) is outside"):
        train_recogniser(config, tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [("局长\t4\n科长\n".encode(), r"titles\.tsv:2: no count"), (b"\xff", "not UTF-8")],
)
def test_a_bad_word_list_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "titles.tsv").write_bytes(content)
    sources = {"title": [LexiconSource(path="titles.tsv", least=3)]}
    config = LexiconConfig(general_words=False, pretrained=False, sources=sources)
    with pytest.raises(BadInputError, match=reason):
        build_vocabulary(config, tmp_path, [], 8)


def test_variants_keep_labels_on_their_names() -> None:
    pool = NamePool(["沈砚", "顾长河"], {"市": ["临江市"], "县": ["云岭县"]})
    sample = Sample(
        "海州市委书记林小满说，林小满在海州市调研。",
        ((0, 4, "ORG"), (4, 6, "TITLE"), (6, 9, "PER"), (11, 14, "PER"), (15, 18, "LOC")),
        frozenset({"PER", "ORG", "LOC", "TITLE"}),
        "native",
    )
    generator = np.random.default_rng(0)
    made = [vary(sample, pool, generator) for _ in range(20)]
    assert len({one.text for one in made}) > 2
    for one in made:
        org, title, first, second, place = (one.text[s:e] for s, e, _ in one.spans)
        assert first == second
        assert first in {"林小满", "沈砚", "顾长河"}
        assert title == "书记"
        assert org == place + "委"
        assert one.text.endswith("调研。")


def test_scores_and_calibration_error() -> None:
    score = LabelScore(right=3, found=4, gold=6)
    assert (score.precision, score.recall, score.f1) == (0.75, 0.5, 0.6)
    assert LabelScore(0, 0, 0).f1 == 0
    judged = [("PER", 0.95, True)] * 9 + [("PER", 0.95, False)]
    assert calibration_error(judged) == pytest.approx(0.05)
