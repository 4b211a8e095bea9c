"""The page: offline, with the sentences, and nothing in it runs that was text."""

from __future__ import annotations

import json
import re

import pytest
from written import Held, document, folder

from pipeline.errors import BadInputError
from pipeline.graph.build import build
from pipeline.graph.picture import show

EVIL = "</script><script>alert(1)</script>"


def test_the_page_holds_everything_and_runs_nothing(tmp_path):
    shards = folder(
        tmp_path / "out",
        document("a", Held(EVIL, "局长", "滨州市教育局"), Held("林知远", "局长", "滨州市教育局")),
    )
    build([shards], tmp_path / "g")
    count = show(tmp_path / "g", "林知远", tmp_path / "p.html", steps=4)
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert page.count("<script>") == page.count("</script>") == 2
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
    data = json.loads(re.search(r"const data = (.*);\n", page)[1])
    assert len(data["nodes"]) == count
    assert {EVIL, "林知远", "滨州市教育局局长", "滨州市教育局"} <= {
        n["name"] for n in data["nodes"]
    }
    said = [said for edge in data["edges"] for said in edge["said"]]
    assert any(item["sentence"] == "滨州市教育局局长林知远出席会议。" for item in said)
    assert any(tenure["said"] for tenure in data["tenures"])


def test_a_name_that_is_not_there_is_named(tmp_path):
    build([folder(tmp_path / "out", document("a", "林知远"))], tmp_path / "g")
    with pytest.raises(BadInputError, match="何映雪: is no name or id"):
        show(tmp_path / "g", "何映雪", tmp_path / "p.html")
