from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from test_corpus_run import JOB, go, lines, make_pages, raw, reasons, records

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
ray = pytest.importorskip("ray", reason="needs the extra 'ray'")


def test_ray_gives_the_same_bytes_as_the_local_pool_and_resumes(tmp_path: Path) -> None:
    pages = make_pages(tmp_path / "pages", 60)
    (pages / "p0004.txt").write_text("KILL")
    (pages / "p0005.txt").write_text("")
    go(pages, tmp_path / "local", workers=2, shard_documents=20)
    out = tmp_path / "ray"
    summary = go(pages, out, workers=2, shard_documents=20, engine="ray")
    assert (summary.counts.documents, summary.counts.rejects) == (58, 2)
    assert raw(out) == raw(tmp_path / "local")
    assert reasons(out) == reasons(tmp_path / "local")
    assert go(pages, out, workers=2, engine="ray").counts.skipped == 60


def test_a_node_that_dies_during_the_run_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ray.cluster_utils import Cluster

    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(here), str(here.parent.parent)]))
    job = replace(JOB, config={"pause": 0.1})
    pages = make_pages(tmp_path / "pages", 240)
    go(pages, tmp_path / "calm", job, workers=2)
    out = tmp_path / "out"
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        nodes = [cluster.add_node(num_cpus=1) for _ in range(3)]
        cluster.wait_for_nodes()
        killed = threading.Event()

        def kill_one() -> None:
            while not list(out.glob("documents/part-*")):
                time.sleep(0.1)
            cluster.remove_node(nodes[0], allow_graceful=False)
            killed.set()

        thread = threading.Thread(target=kill_one, daemon=True)
        thread.start()
        summary = go(
            pages,
            out,
            job,
            workers=3,
            shard_documents=10,
            engine="ray",
            ray_address=cluster.address,
        )
        assert killed.is_set()
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert summary.counts.documents == 240
    assert raw(out) == raw(tmp_path / "calm")
    assert len(lines(out, "documents")) == len(records(out, "manifest.jsonl")) == 240


def test_a_model_that_cannot_be_loaded_ends_a_run_on_ray(tmp_path: Path) -> None:
    from pipeline.errors import ModelError

    pages = make_pages(tmp_path / "pages", 2)
    with pytest.raises(ModelError, match="no such model"):
        go(pages, tmp_path / "out", replace(JOB, config={"fail": "start"}), engine="ray")
