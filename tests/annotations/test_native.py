from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.annotations.native import GoldDocument, GoldTriple, gold_line, read_gold, write_gold
from pipeline.errors import BadInputError
from pipeline.schema import Label, RelationType

GOOD = '{"id": "good", "text": "李大明来了"}'

BAD = {
    '{"text": "李': "not JSON: Unterminated string starting at, column 10",
    "[1, 2]": "a document must be a JSON object, not a list",
    "12": "a document must be a JSON object, not a number",
    '{"id": "a"}': "key 'text' is missing",
    '{"text": 5}': "text must be a string, not a number",
    '{"text": null}': "text must be a string, not null",
    '{"text": "a\\ud800"}': "text holds half a character (a lone surrogate)",
    '{"text": "a", "id": ["x"]}': "id must be a string, not a list",
    '{"text": "a", "id": true}': "id must be a string, not true or false",
    '{"text": "a", "meta": [1]}': "meta must be an object, not a list",
    '{"text": "a", "meta": {"issue_date": 2014}}': (
        "meta.issue_date must be a string, not a number"
    ),
    '{"text": "a", "meta": {"issue_date": "4月24日"}}': (
        "meta.issue_date '4月24日' is not ISO 8601 (2014-04-24)"
    ),
    '{"text": "a", "entities": {}}': "entities must be a list, not an object",
    '{"text": "a", "entities": [[0, 1]]}': "an entity must be [start, end, label], not [0, 1]",
    '{"text": "a", "entities": ["PER"]}': 'an entity must be [start, end, label], not "PER"',
    '{"text": "a", "entities": [["0", 1, "PER"]]}': (
        'offsets of an entity must be whole numbers, not ["0", 1, "PER"]'
    ),
    '{"text": "a", "entities": [[0.5, 1, "PER"]]}': (
        'offsets of an entity must be whole numbers, not [0.5, 1, "PER"]'
    ),
    '{"text": "a", "entities": [[false, true, "PER"]]}': (
        'offsets of an entity must be whole numbers, not [false, true, "PER"]'
    ),
    '{"text": "a", "entities": [[0, 1, "NAME"]]}': (
        'unknown label "NAME"; known: PER, ROLE, ORG, LOC, PROGRAMME'
    ),
    '{"text": "a", "entities": [[0, 1, ["PER"]]]}': (
        'unknown label ["PER"]; known: PER, ROLE, ORG, LOC, PROGRAMME'
    ),
    '{"text": "a", "entities": [[0, 9, "PER"]]}': (
        "PER at [0, 9) is outside the text of 1 characters"
    ),
    '{"text": "a", "entities": [[-1, 1, "PER"]]}': (
        "PER at [-1, 1) is outside the text of 1 characters"
    ),
    '{"text": "a", "entities": [[1, 1, "PER"]]}': "PER at [1, 1) holds no character",
    '{"text": "a", "triples": [["a", "holds_post"]]}': (
        "a triple must be [head, relation, tail] or [head, relation, tail, qualifiers], "
        'not ["a", "holds_post"]'
    ),
    '{"text": "a", "triples": [["a", 3, "a"]]}': (
        "an end or relation of a triple must be a string, not a number"
    ),
    '{"text": "a", "triples": [["a", "likes", "a"]]}': (
        "unknown relation 'likes'; known: holds_post, affiliated_with, post_of, part_of, "
        "located_in, organises, participates_in, held_at, comments_on, succeeds, alias_of"
    ),
    '{"text": "a", "triples": [["", "succeeds", "a"]]}': "a succeeds triple has an empty end",
    '{"text": "a", "triples": [["a", "holds_post", "a", "x"]]}': (
        "qualifiers must be an object, not a string"
    ),
    '{"text": "a", "triples": [["a", "holds_post", "a", {"when": "x"}]]}': (
        "unknown qualifier 'when'; known: org, status, date, start, end"
    ),
    '{"text": "a", "triples": [["a", "holds_post", "a", {"org": 4}]]}': (
        "qualifier 'org' must be a string, not a number"
    ),
    '{"text": "a", "triples": [["a", "holds_post", "a", {"status": "retired"}]]}': (
        "unknown status 'retired'; known: current, former, appointed, removed, acting, proposed"
    ),
    '{"id": "good", "text": "a"}': "id 'good' is already that of line 1",
}


@pytest.mark.parametrize(("line", "reason"), list(BAD.items()))
def test_bad_line_gives_its_number_and_reason(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(f"{GOOD}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        list(read_gold(path))
    assert str(caught.value) == f"{path}:3: {reason}"


def test_deep_nesting_is_a_bad_line_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(BadInputError, match=r"gold\.jsonl:1: not a document: JSON nested too deep"):
        list(read_gold(path))


def test_unreadable_files_say_why(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"nothing\.jsonl: No such file or directory"):
        list(read_gold(tmp_path / "nothing.jsonl"))
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(BadInputError, match=r"binary\.jsonl: not UTF-8 text"):
        list(read_gold(binary))


def test_missing_parts_take_their_defaults(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    line = json.dumps({"text": "李大明", "id": 7, "meta": None, "entities": None})
    path.write_text("\ufeff" + line + '\n{"text": "来"}', encoding="utf-8")
    first, second = read_gold(path)
    assert first == GoldDocument("7", "李大明")
    assert second.id == f"{path}:2"


texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)
triples = st.builds(
    GoldTriple,
    texts,
    st.sampled_from(RelationType),
    texts,
    st.dictionaries(st.sampled_from(["org", "date", "start", "end"]), texts),
)


@st.composite
def documents(draw: st.DrawFn) -> GoldDocument:
    text = draw(texts)
    border = st.integers(0, len(text))
    spans = [
        (*sorted(pair), draw(st.sampled_from(Label)))
        for pair in draw(st.lists(st.tuples(border, border), max_size=5))
        if pair[0] != pair[1]
    ]
    return GoldDocument(
        id="d",
        text=text,
        entities=tuple((s, e, label) for s, e, label in spans),
        triples=tuple(draw(st.lists(triples, max_size=3))),
        meta=draw(st.dictionaries(texts, texts, max_size=2)),
        source=draw(st.none() | texts),
    )


@given(documents())
def test_what_is_written_reads_back_the_same(
    tmp_path_factory: object, document: GoldDocument
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.jsonl"  # type: ignore[attr-defined]
    write_gold([document], path)
    assert list(read_gold(path)) == [document]
    assert "\n" not in gold_line(document)
