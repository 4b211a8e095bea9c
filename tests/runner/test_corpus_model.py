from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_corpus_run import lines

from pipeline.errors import ModelError
from pipeline.model import find_model
from pipeline.runner import Job, RunOptions, run
from pipeline.schema import Source
from pipeline.sources import read_sources

PAGES = Path(__file__).parents[2] / "corpus" / "pages"


def test_a_corpus_run_says_what_the_annotator_says(tmp_path: Path) -> None:
    try:
        find_model()
    except ModelError:
        pytest.skip("needs the shipped model: make models")
    import pipeline

    run([str(PAGES)], tmp_path, Job(), RunOptions())
    annotator = pipeline.load()
    expected = {
        source.name: json.loads(annotator(source).model_dump_json())
        for source in read_sources([str(PAGES)])
        if isinstance(source, Source)
    }
    assert expected
    assert {row["source"]: row for row in lines(tmp_path, "documents")} == expected
    assert len(lines(tmp_path, "triples")) == sum(len(row["triples"]) for row in expected.values())
