from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import spacy

from pipeline.errors import BadInputError, ModelError
from pipeline.training.adaptation import AdaptationOptions
from pipeline.training.train import OwnData, train, train_on
from pipeline.training.watch import Progress, Watch

torch = pytest.importorskip("torch")


class StopRunError(Exception):
    """Raised in the middle of a run, as a kill would end it."""


@pytest.fixture(scope="module")
def start(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("start") / "base"
    train(small_data / "train.cfg", small_data, folder)
    return folder


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences of another kind: a rank behind the name, which the start model never saw."""
    folder = tmp_path_factory.mktemp("own")
    rows = []
    for number in range(60):
        name = "甲乙丙丁戊己"[number % 6] + "小" + "东南西北"[number % 4]
        text = f"旅长{name}上校率队。" if number % 2 else f"{name}上校讲评。"
        begin = text.index(name)
        entities: list[list[int | str]] = [
            [begin, begin + 3, "PER"],
            [begin + 3, begin + 5, "ROLE"],
        ]
        if number % 2:
            entities.append([0, 2, "ROLE"])
        rows.append(json.dumps({"text": text, "entities": entities}, ensure_ascii=False))
    (folder / "gold.jsonl").write_text("\n".join(rows[:48]) + "\n", encoding="utf-8")
    (folder / "dev.jsonl").write_text("\n".join(rows[48:]) + "\n", encoding="utf-8")
    return folder


OPTIONS = AdaptationOptions(passes=5, rate=0.01, batch_characters=128, threads=1)


def test_training_writes_a_model_with_its_card(start: Path) -> None:
    card = (start / "README.md").read_text(encoding="utf-8")
    assert "| own | `train.jsonl` |" in card
    assert "| PER | " in card
    assert [file.name for file in start.with_name("base.training").iterdir()] == ["run.json"]
    assert spacy.load(start).meta["performance"]["dev"]["PER"] > 0.9


def test_adapting_learns_the_new_and_reports_the_old(
    start: Path, own: Path, small_data: Path, tmp_path: Path
) -> None:
    data = OwnData(
        own / "gold.jsonl",
        own / "dev.jsonl",
        general=small_data / "train.jsonl",
        old=small_data / "dev.jsonl",
        curve=True,
    )
    result, curve = train_on(start, data, tmp_path / "new", OPTIONS)
    assert result.after["TITLE"].f1 > max(0.9, result.before["TITLE"].f1)
    assert result.old_after["PER"].f1 > 0.8
    assert [point.documents for point in curve] == [0, 5, 12, 24, 48]
    card = (tmp_path / "new" / "README.md").read_text(encoding="utf-8")
    assert "What it forgot" in card
    assert "| 48 | " in card
    doc = spacy.load(tmp_path / "new")("旅长丁小西上校率队。")
    assert ("上校", "TITLE") in [(ent.text, ent.label_) for ent in doc.ents]


def test_a_killed_run_goes_on_and_ends_the_same(start: Path, own: Path, tmp_path: Path) -> None:
    data = OwnData(own / "gold.jsonl", own / "dev.jsonl")
    whole, _ = train_on(start, data, tmp_path / "whole", OPTIONS)

    def stop(progress: Progress) -> None:
        if progress.stage == "pass 2":
            raise StopRunError

    with pytest.raises(StopRunError):
        train_on(start, data, tmp_path / "cut", OPTIONS, Watch(stop, 1, 0.0))
    assert not (tmp_path / "cut").exists()
    seen: list[Progress] = []
    again, _ = train_on(start, data, tmp_path / "cut", OPTIONS, Watch(seen.append, 1))
    assert "pass 1" not in {progress.stage for progress in seen}
    for name, value in whole.model.weights.items():
        np.testing.assert_array_equal(again.model.weights[name], value)
    assert again.model.calibration == whole.model.calibration


def test_what_is_finished_is_not_trained_again(
    start: Path, small_data: Path, tmp_path: Path
) -> None:
    model = tmp_path / "base"
    shutil.copytree(start, model)
    shutil.copytree(start.with_name("base.training"), tmp_path / "base.training")
    seen: list[Progress] = []
    lines: list[str] = []
    watch = Watch(seen.append, 1, note=lines.append)
    (model / "README.md").write_text("a card written anew", encoding="utf-8")
    assert train(small_data / "train.cfg", small_data, model, watch) is None
    assert not seen
    assert "not trained again" in lines[0]
    file = model / "recogniser" / "model.npz"
    whole = file.read_bytes()
    file.write_bytes(b"")
    result = train(small_data / "train.cfg", small_data, model, watch)
    assert result is not None
    assert seen[0].step == 1
    assert file.read_bytes() == whole


def test_every_file_is_looked_for_before_anything_is_read(small_data: Path, tmp_path: Path) -> None:
    for file in small_data.iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "persons.txt").unlink()
    with pytest.raises(BadInputError, match=r"persons\.txt: No such file"):
        train(tmp_path / "train.cfg", tmp_path, tmp_path / "model")
    assert not (tmp_path / "model.training").exists()


def test_a_folder_of_other_files_is_not_replaced(small_data: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BadInputError, match="holds other files"):
        train(small_data / "train.cfg", small_data, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_unusable_models_and_gold_are_named(start: Path, own: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        train_on(tmp_path, OwnData(own / "gold.jsonl"), tmp_path / "x", OPTIONS)
    one = tmp_path / "one.jsonl"
    one.write_text('{"text": "海州", "entities": []}\n', encoding="utf-8")
    with pytest.raises(BadInputError, match="too few"):
        train_on(start, OwnData(one), tmp_path / "x", OPTIONS)
