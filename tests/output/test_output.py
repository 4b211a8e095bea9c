"""Flat triples, the table and the HTML page of a small invented document."""

from __future__ import annotations

import json
import re
from html import unescape
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from pyarrow.parquet import read_table
from rich.console import Console

from pipeline.errors import ConfigError
from pipeline.output.formats import Format
from pipeline.output.html import annotations_page, script_json, segments
from pipeline.output.single import write, write_file
from pipeline.output.table import triples_table
from pipeline.output.triples import flat_triples
from pipeline.schema import Annotation, Deletion, Entity, Evidence, Label, Qualifiers, Triple

TEXT = "天气晴好。青石市委书记韩立山说，要办好学校。散会。"


def mention(number: int, label: Label, start: int, end: int) -> Entity:
    return Entity(
        id=f"e{number}",
        label=label,
        text=TEXT[start:end],
        start=start,
        end=end,
        raw_spans=((start, end),),
        name=TEXT[start:end],
        entity=number,
        score=0.9,
        origin="ner",
    )


@pytest.fixture
def annotation() -> Annotation:
    return Annotation(
        id="d1",
        sha256="0" * 64,
        source="<page>.txt",
        text=TEXT,
        entities=(
            mention(1, Label.ORG, 5, 9),
            mention(2, Label.ROLE, 7, 11),
            mention(3, Label.PER, 11, 14),
        ),
        triples=(
            Triple(
                id="t1",
                head="e3",
                relation="holds_post",
                tail="e2",
                qualifiers=Qualifiers(org="青石市委", org_id="e1", status="current"),
                evidence=Evidence(start=5, end=14, raw_spans=((5, 14),)),
                rule="post-before-name",
                score=0.97,
            ),
        ),
    )


def test_segments_cut_overlapping_mentions_and_lose_no_character(annotation: Annotation) -> None:
    parts = list(segments(TEXT, annotation.entities))
    assert "".join(part.text for part in parts) == TEXT
    cover = {part.text: [entity.label.value for entity in part.entities] for part in parts}
    assert cover["青石"] == ["ORG"]
    assert cover["市委"] == ["ORG", "ROLE"]
    assert cover["书记"] == ["ROLE"]
    assert cover["韩立山"] == ["PER"]


def test_flat_triple_carries_the_sentence_and_the_qualifiers(annotation: Annotation) -> None:
    (row,) = flat_triples(annotation)
    assert row == {
        "head": "韩立山",
        "head_label": "PER",
        "relation": "holds_post",
        "tail": "市委书记",
        "tail_label": "ROLE",
        "org": "青石市委",
        "status": "current",
        "date": None,
        "score": 0.97,
        "rule": "post-before-name",
        "source": "<page>.txt",
        "raw_spans": [[5, 14]],
        "sentence": "青石市委书记韩立山说，要办好学校。",
    }


def test_table_shows_every_triple(annotation: Annotation) -> None:
    screen = StringIO()
    Console(width=200, file=screen).print(triples_table([annotation]))
    text = screen.getvalue()
    assert re.search("韩立山.*holds_post.*市委书记.*青石市委.*current.*0.97", text)


def test_a_table_gives_the_same_documents_back(annotation: Annotation, tmp_path: Path) -> None:
    torn = annotation.model_copy(update={"deleted": (Deletion(at=2, raw="\n"),)})
    write_file([torn, annotation], tmp_path / "a.parquet", Format.PARQUET)
    rows = [
        {**row, "meta": json.loads(row["meta"])}
        for row in read_table(tmp_path / "a.parquet").to_pylist()
    ]
    assert [Annotation.model_validate(row) for row in rows] == [torn, annotation]


def test_a_table_is_for_the_screen_only(annotation: Annotation, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--format table is for the screen"):
        write_file([annotation], tmp_path / "x.txt", Format.TABLE)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigError, match="--format table is for the screen"):
        write([annotation], BytesIO(), Format.TABLE)


@pytest.mark.parametrize("form", [form for form in Format if form is not Format.TABLE])
def test_a_stream_gets_what_a_file_does(
    annotation: Annotation, tmp_path: Path, form: Format
) -> None:
    stream = BytesIO()
    write([annotation], stream, form)
    write_file([annotation], tmp_path / "x", form)
    assert stream.getvalue() == (tmp_path / "x").read_bytes()
    starts = {Format.HTML: b"<!doctype html>", Format.PARQUET: b"PAR1"}
    assert stream.getvalue().startswith(starts.get(form, b"{"))


def test_page_shows_the_whole_text_and_escapes_everything(annotation: Annotation) -> None:
    hostile = annotation.model_copy(
        update={"source": "<script>alert(1)</script>", "text": TEXT.replace("晴好", "<b>")}
    )
    page = annotations_page([hostile])
    assert "<script>alert(1)" not in page
    body = re.search(r'<div class="text">(.*?)</div>', page, re.DOTALL)
    assert body
    assert unescape(re.sub("<[^>]*>", "", body[1])) == hostile.text


def test_page_needs_no_network(annotation: Annotation) -> None:
    page = annotations_page([annotation])
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", page)


@pytest.mark.parametrize("value", ["</script><b>", "a & b", "line\u2028end", '"quoted"'])
def test_script_json_cannot_leave_its_script_element(value: str) -> None:
    text = script_json(value)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == value
