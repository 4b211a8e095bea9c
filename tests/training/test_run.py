from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import BadInputError
from pipeline.training.run import Run, fingerprint, run_folder


def test_a_key_stands_for_facts_and_contents(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    key = fingerprint({"rate": 1}, [file])
    assert fingerprint({"rate": 2}, [file]) != key
    file.rename(tmp_path / "b")
    assert fingerprint({"rate": 1}, [tmp_path / "b"]) == key
    (tmp_path / "b").write_text("two")
    assert fingerprint({"rate": 1}, [tmp_path / "b"]) != key
    with pytest.raises(BadInputError, match="a: No such file"):
        fingerprint({}, [file])


def test_state_is_given_back_under_its_key_only(tmp_path: Path) -> None:
    run = Run(run_folder(tmp_path / "model"), "k1")
    run.begin()
    assert run.read("state") is None
    run.write("state", {"step": np.array(3), "weights": np.array([0.1, 0.2])})
    kept = run.read("state")
    assert kept is not None
    assert int(kept["step"]) == 3
    assert kept["weights"].tolist() == [0.1, 0.2]
    assert Run(run.folder, "k2").read("state") is None
    path = run.folder / "state.npz"
    path.write_bytes(path.read_bytes()[:50])
    assert run.read("state") is None


def test_another_run_begins_with_an_empty_folder(tmp_path: Path) -> None:
    run = Run(run_folder(tmp_path / "model"), "k1")
    run.begin()
    run.write("state", {"step": np.array(3)})
    (run.folder / "stage-0").mkdir()
    run.begin()
    assert run.read("state") is not None
    other = Run(run.folder, "k2")
    other.begin()
    assert [path.name for path in run.folder.iterdir()] == ["run.json"]


def test_finished_means_that_the_files_are_still_the_same(tmp_path: Path) -> None:
    output = tmp_path / "model"
    output.mkdir()
    run = Run(run_folder(output), "k1")
    run.begin()
    run.write("state", {"step": np.array(3)})
    assert not run.finished(output)
    file = output / "weights"
    file.write_text("w")
    run.finish(output, [file])
    assert run.finished(output)
    assert run.read("state") is None
    assert not Run(run.folder, "k2").finished(output)
    file.write_text("x")
    assert not run.finished(output)
    file.unlink()
    assert not run.finished(output)
