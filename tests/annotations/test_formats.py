from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from gold_strategies import corpora
from hypothesis import HealthCheck, given, settings

from pipeline.annotations.formats import FORMATS, Losses, Names, convert
from pipeline.annotations.formats.tags import layers, mentions_of, tags_of
from pipeline.annotations.native import GoldDocument, GoldTriple, read_gold, write_gold
from pipeline.errors import BadInputError, ConfigError
from pipeline.schema import Label, RelationType

quick = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def round_trip(name: str, documents: Sequence[GoldDocument]) -> tuple[list[GoldDocument], Losses]:
    losses = Losses()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "there"
        FORMATS[name].write(documents, path, losses)
        found = list(FORMATS[name].read(path, Names(), losses))
    return found, +losses


@quick
@given(corpora())
@pytest.mark.parametrize("name", ["native", "docbin", "doccano", "label-studio"])
def test_formats_with_room_for_all_give_all_back(name: str, documents: list[GoldDocument]) -> None:
    found, losses = round_trip(name, documents)
    assert found == documents
    assert not losses


@quick
@given(corpora())
def test_brat_gives_back_what_it_can_hold(documents: list[GoldDocument]) -> None:
    found, losses = round_trip("brat", documents)
    by_id = {document.id: document for document in found}
    assert by_id.keys() == {document.id for document in documents}
    lost_triples = 0
    for document in documents:
        back = by_id[document.id]
        held = [
            m
            for m in document.entities
            if not {"\n", "\r"} & {document.text[m[0]], document.text[m[1] - 1]}
        ]
        assert back.text == document.text
        assert list(back.entities) == held
        triples = list(document.triples)
        for triple in back.triples:
            triples.remove(triple)  # each comes from the original
        lost_triples += len(triples)
    lines = sum(len(d.entities) for d in documents) - sum(len(d.entities) for d in found)
    assert losses["mentions that begin or end with a line break"] == lines
    assert losses["triples with an end that was left out"] == lost_triples


@quick
@given(corpora())
def test_conll_holds_overlaps_ids_and_meta_data(documents: list[GoldDocument]) -> None:
    found, losses = round_trip("conll", documents)
    assert found == [
        replace(document, entities=tuple(sorted(set(document.entities))), triples=())
        for document in documents
    ]
    assert losses["triples"] == sum(len(document.triples) for document in documents)


@quick
@given(corpora())
@pytest.mark.parametrize("name", ["bio", "bioes"])
def test_one_column_holds_the_text_and_flat_mentions(
    name: str, documents: list[GoldDocument]
) -> None:
    found, losses = round_trip(name, documents)
    assert [document.text for document in found] == [document.text for document in documents]
    kept = 0
    for back, document in zip(found, documents, strict=True):
        assert set(back.entities) <= set(document.entities)
        flat = [m for m in document.entities if m[2] is not Label.ROLE]
        longest = max(flat, key=lambda m: (m[1] - m[0], -m[0]), default=None)
        assert longest is None or any(m[:2] == longest[:2] for m in back.entities)
        kept += len(back.entities)
    doubles = losses["mentions annotated twice"]
    assert kept + doubles + losses["overlapping mentions"] == sum(
        len(document.entities) for document in documents
    )


@quick
@given(corpora())
def test_cluener_holds_four_labels_and_their_overlaps(documents: list[GoldDocument]) -> None:
    found, losses = round_trip("cluener", documents)
    for back, document in zip(found, documents, strict=True):
        held = sorted({m for m in document.entities if m[2] is not Label.PROGRAMME})
        assert back == GoldDocument(document.id, document.text, tuple(held))
    assert losses["triples"] == sum(len(document.triples) for document in documents)


def test_msra_holds_three_labels_without_white_space() -> None:
    text = "滨河市委 李大明\n市长"
    entities = ((0, 4, Label.ORG), (5, 8, Label.PER), (9, 11, Label.ROLE))
    found, losses = round_trip("msra", [GoldDocument("d", text, entities)])
    assert found[0].text == "滨河市委李大明市长"
    assert found[0].entities == ((0, 4, Label.ORG), (4, 7, Label.PER))
    assert losses == {
        "mentions of ROLE": 1,
        "white-space characters": 2,
        "ids of documents": 1,
    }


def test_triples_without_a_mention_are_counted_not_guessed() -> None:
    document = GoldDocument(
        "d",
        "李大明来了",
        ((0, 3, Label.PER),),
        (GoldTriple("李大明", RelationType.HOLDS_POST, "局长"),),
    )
    for name in ("doccano", "label-studio", "brat"):
        found, losses = round_trip(name, [document])
        assert found[0].triples == ()
        assert losses == {"triples with an end that is no annotated surface": 1}


def test_a_relation_links_the_nearest_mentions_of_its_labels(tmp_path: Path) -> None:
    text = "局长李大明。王红任副局长。李大明任局长，李大明。"
    spans = [(0, 2, "ROLE"), (2, 5, "PER"), (13, 16, "PER"), (17, 19, "ROLE"), (20, 23, "PER")]
    document = GoldDocument(
        "d",
        text,
        tuple((s, e, Label(label)) for s, e, label in spans),
        (GoldTriple("李大明", RelationType.HOLDS_POST, "局长", {"org": "滨河市局"}),),
    )
    FORMATS["doccano"].write([document], tmp_path / "x", Losses())
    row = json.loads((tmp_path / "x").read_text(encoding="utf-8"))
    assert [(r["from_id"], r["to_id"], r["type"]) for r in row["relations"]] == [
        (2, 1, "holds_post")
    ]
    assert row["details"] == [
        {"head": [2, 5], "relation": "holds_post", "tail": [0, 2], "org": "滨河市局"}
    ]


def test_foreign_names_are_mapped_and_unknown_ones_counted(tmp_path: Path) -> None:
    row = {
        "id": 3,
        "text": "李大明局长",
        "entities": [
            {"id": 11, "label": "人物", "start_offset": 0, "end_offset": 3},
            {"id": 12, "label": "职务", "start_offset": 3, "end_offset": 5},
            {"id": 13, "label": "日期", "start_offset": 0, "end_offset": 1},
        ],
        "relations": [
            {"id": 1, "from_id": 11, "to_id": 12, "type": "任职"},
            {"id": 2, "from_id": 11, "to_id": 12, "type": "喜欢"},
            {"id": 3, "from_id": 13, "to_id": 12, "type": "任职"},
        ],
    }
    (tmp_path / "in.jsonl").write_text(json.dumps(row), encoding="utf-8")
    done = convert(
        tmp_path / "in.jsonl",
        tmp_path / "out.jsonl",
        read_as="doccano",
        write_as="native",
        names={"人物": "PER", "职务": "ROLE", "任职": "holds_post"},
    )
    assert (done.documents, done.mentions, done.triples) == (1, 2, 1)
    assert done.losses == {
        "mentions of the label '日期', which is none of ours": 1,
        "triples of the relation '喜欢', which is none of ours": 1,
        "triples with an end that was left out": 1,
    }
    [document] = read_gold(tmp_path / "out.jsonl")
    assert document.id == "3"
    assert document.triples == (GoldTriple("李大明", RelationType.HOLDS_POST, "局长"),)


def test_label_studio_offsets_in_utf16_units_are_read_right(tmp_path: Path) -> None:
    value = {"start": 2, "end": 5, "text": "李大明", "labels": ["PER"]}
    item = {"id": "x", "type": "labels", "from_name": "label", "to_name": "text", "value": value}
    task = {"id": 4, "data": {"text": "😀李大明"}, "annotations": [{"result": [item]}]}
    (tmp_path / "in.json").write_text(json.dumps([task]), encoding="utf-8")
    [document] = FORMATS["label-studio"].read(tmp_path / "in.json", Names(), Losses())
    assert document.entities == ((1, 4, Label.PER),)


def test_label_studio_arrows_may_point_left_and_cancelled_work_is_passed_over(
    tmp_path: Path,
) -> None:
    def region(name: str, start: int, end: int, label: str) -> dict[str, object]:
        return {
            "id": name,
            "type": "labels",
            "value": {"start": start, "end": end, "labels": [label]},
        }

    arrow = {"type": "relation", "from_id": "r", "to_id": "p", "direction": "left"}
    result = [
        region("p", 0, 3, "PER"),
        region("r", 3, 5, "ROLE"),
        {**arrow, "labels": ["holds_post"]},
    ]
    annotations = [{"was_cancelled": True, "result": []}, {"result": result}]
    task = {"data": {"text": "李大明局长"}, "annotations": annotations}
    (tmp_path / "in.json").write_text(json.dumps([task]), encoding="utf-8")
    [document] = FORMATS["label-studio"].read(tmp_path / "in.json", Names(), Losses())
    assert document.triples == (GoldTriple("李大明", RelationType.HOLDS_POST, "局长"),)


def test_label_studio_json_min_is_read(tmp_path: Path) -> None:
    region = {"start": 0, "end": 3, "text": "李大明", "labels": ["PER"]}
    task = {"id": 9, "text": "李大明来了", "label": [region], "annotator": 1}
    (tmp_path / "in.json").write_text(json.dumps([task]), encoding="utf-8")
    [document] = FORMATS["label-studio"].read(tmp_path / "in.json", Names(), Losses())
    assert (document.id, document.entities) == ("9", ((0, 3, Label.PER),))


def test_a_brat_folder_has_the_configuration_that_brat_needs(tmp_path: Path) -> None:
    FORMATS["brat"].write([GoldDocument("d", "好")], tmp_path / "out", Losses())
    text = (tmp_path / "out" / "annotation.conf").read_text(encoding="utf-8")
    assert "[entities]\nPER\nROLE\n" in text
    assert "holds_post\tArg1:PER, Arg2:ROLE\n" in text
    assert "<OVL-TYPE>:<ANY>" in text


def test_a_docbin_of_other_makers_is_read_from_its_entities(tmp_path: Path) -> None:
    import spacy
    from spacy.tokens import DocBin

    doc = spacy.blank("zh")("李大明来了")
    doc.ents = [doc.char_span(0, 3, label="PERSON")]
    DocBin(docs=[doc]).to_disk(tmp_path / "x.spacy")
    names = Names({"PERSON": "PER"})
    [document] = FORMATS["docbin"].read(tmp_path / "x.spacy", names, Losses())
    assert (document.text, document.entities) == ("李大明来了", ((0, 3, Label.PER),))


def test_words_and_bmes_tags_of_other_makers_are_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(
        "滨河 B-LOC\n市 E-LOC\n来 O\n\n李 B-PER\n大 M-PER\n明 E-PER\n", encoding="utf-8"
    )
    first, second = FORMATS["bio"].read(tmp_path / "x", Names(), Losses())
    assert (first.text, first.entities) == ("滨河市来", ((0, 3, Label.LOC),))
    assert (second.text, second.entities) == ("李大明", ((0, 3, Label.PER),))


BAD = {
    "doccano": [
        ("{", ":1: not JSON"),
        ("[]", ":1: a document must be a JSON object"),
        ('{"text": 1}', ":1: key 'text' is missing or no string"),
        ('{"text": "a", "entities": [3]}', ":1: not a line of a doccano export: TypeError"),
        (
            '\n{"text": "a", "label": [[0, 9, "PER"]]}',
            ":2: PER at [0, 9) does not lie in the text of 1 characters",
        ),
        (
            '{"text": "a", "label": [["x", 1, "PER"]]}',
            ":1: offsets must be whole numbers, not 'x' and 1",
        ),
    ],
    "label-studio": [
        ("{", ": not JSON"),
        ("{}", ": not a list of Label Studio tasks"),
        ("[{}]", ": task 1: not a Label Studio task: KeyError 'data'"),
        ("[3]", ": task 1: not a Label Studio task: TypeError"),
    ],
    "bio": [
        ("李\tB-PER\n大\n", ":2: a line needs a character and a tag"),
        ("李\tB-PER\tO\n大\tO\n", ":2: more or fewer columns than the line before"),
        ("来\tO\n\n李\tX-PER\n", ":3: document of this line: 'X-PER' is no tag of BIO or BIOES"),
    ],
    "cluener": [
        ('{"text": "a", "label": {"name": 4}}', ":1: not a line of CLUENER: AttributeError"),
        (
            '{"text": "a", "label": {"name": {"a": [[0, 1]]}}}',
            ":1: PER at [0, 2) does not lie in the text of 1 characters",
        ),
    ],
    "docbin": [("nothing of the kind", ": not a spaCy DocBin")],
    "brat": [("a file", ": not a folder of .txt and .ann files")],
}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [(name, content, reason) for name, rows in BAD.items() for content, reason in rows],
)
def test_bad_file_gives_one_line(tmp_path: Path, name: str, content: str, reason: str) -> None:
    path = tmp_path / "bad"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        list(FORMATS[name].read(path, Names(), Losses()))
    assert str(caught.value).startswith(f"{path}{reason}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        ("T1\tPER 0 9\tx", ":1: PER at [0, 9) does not lie in the text of 3 characters"),
        ("T1 PER 0 1", ":1: not a brat mention (T1<tab>LABEL 0 3)"),
        ("T1\tPER 0 1\tx\nR1 holds_post T1 T1", ":2: not a brat relation (R1<tab>name Arg1:T1 …)"),
    ],
)
def test_bad_brat_line_gives_its_number(tmp_path: Path, annotations: str, reason: str) -> None:
    (tmp_path / "a.txt").write_text("李大明", encoding="utf-8")
    (tmp_path / "a.ann").write_text(annotations, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        list(FORMATS["brat"].read(tmp_path, Names(), Losses()))
    assert str(caught.value) == f"{tmp_path / 'a.ann'}{reason}"


def test_nothing_is_written_when_the_source_is_bad(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "好"}\n{"text": 3}\n', encoding="utf-8")
    for name in FORMATS:
        with pytest.raises(BadInputError, match=r"in\.jsonl:2: text must be a string"):
            convert(source, tmp_path / "out", read_as="native", write_as=name, names={})
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_unknown_format_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown format 'xml'; known: native, bio"):
        convert(tmp_path / "a", tmp_path / "b", read_as="native", write_as="xml", names={})


def test_an_existing_folder_is_not_written_over(tmp_path: Path) -> None:
    write_gold([GoldDocument("d", "好")], tmp_path / "in.jsonl")
    (tmp_path / "out").mkdir()
    with pytest.raises(BadInputError, match="out: exists already"):
        convert(
            tmp_path / "in.jsonl", tmp_path / "out", read_as="native", write_as="brat", names={}
        )


def test_tags_of_the_schemes() -> None:
    mentions = [(0, 3, "PER"), (3, 4, "ORG")]
    assert tags_of(5, mentions) == ["B-PER", "I-PER", "I-PER", "B-ORG", "O"]
    assert tags_of(5, mentions, ends=True) == ["B-PER", "I-PER", "E-PER", "S-ORG", "O"]
    assert list(mentions_of(["I-PER", "I-ORG", "B-ORG", "O", "E-LOC"])) == [
        (0, 1, "PER"),
        (1, 2, "ORG"),
        (2, 3, "ORG"),
        (4, 5, "LOC"),
    ]


def test_roles_go_to_the_second_layer() -> None:
    assert layers([(2, 6, "ROLE"), (0, 4, "ORG"), (6, 9, "PER")]) == [
        [(0, 4, "ORG"), (6, 9, "PER")],
        [(2, 6, "ROLE")],
    ]
