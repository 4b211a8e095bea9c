"""Documents, corrections, exports and the corpus view over HTTP."""

from __future__ import annotations

import asyncio
import io
import json
import time
import zipfile
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.annotations.datasets import read_samples
from pipeline.annotations.formats import FORMATS, Losses, Names
from pipeline.annotations.native import read_gold
from pipeline.errors import BadInputError
from pipeline.schema import Annotation, Source
from pipeline.server.documents import _run
from pipeline.server.pages import page_of
from pipeline.server.results import Results
from pipeline.server.store import NoDocumentError, Store

WRAPPED = "昨天下午，云岭县教育局局长李明\n秋到会，并在会上讲了话，他说要\n把学校办好。"
TEXT = "本报3月8日讯 云岭县县委书记周明远出席会议。原云岭县水利局局长吴海平作了介绍。"


def open_text(client: httpx.Client, text: str = TEXT) -> dict:
    answer = client.post("/v1/documents", json={"text": text, "meta": {"home_place": "云岭县"}})
    assert answer.status_code == 200, answer.text
    return answer.json()


def correct(client: httpx.Client, key: str, **edit: object) -> httpx.Response:
    return client.post(f"/v1/documents/{key}/edits", json={"who": "李编辑", "edit": edit})


def test_corrections_stay_and_can_be_undone(client: httpx.Client) -> None:
    view = open_text(client)
    assert view["name"] == TEXT[:24]
    key, triple = view["key"], view["triples"][0]["id"]
    assert correct(client, key, op="reject", target=triple).json()["triples"][0]["state"] == (
        "rejected"
    )
    assert open_text(client)["triples"][0]["state"] == "rejected"
    assert client.get(f"/v1/documents/{key}").json()["log"][0]["who"] == "李编辑"
    undone = client.post(f"/v1/documents/{key}/undo", json={"who": "李编辑"}).json()
    assert undone["triples"][0]["state"] == "machine"
    assert client.post(f"/v1/documents/{key}/undo", json={"who": "a"}).status_code == 409
    assert correct(client, key, op="accept", target="e999").status_code == 409
    assert correct(client, key, op="dance").status_code == 422
    assert correct(client, "0" * 24, op="done").status_code == 404
    assert client.delete(f"/v1/documents/{key}").status_code == 204
    assert client.get(f"/v1/documents/{key}").status_code == 404


def test_a_stray_key_error_is_no_answer(tmp_path: Path) -> None:
    """It is a bug of ours, and must not be told as a document that is missing."""
    nothing: dict[str, str] = {}
    for key in ("undo", "head"):
        with pytest.raises(KeyError):
            asyncio.run(_run(nothing.__getitem__, key))
    for call in (Store(tmp_path).get, Store(tmp_path).row, Store(tmp_path).delete):
        with pytest.raises(NoDocumentError):
            call("undo")


def test_a_table_becomes_documents(client: httpx.Client) -> None:
    lines = "".join(
        json.dumps({"text": text}) + "\n" for text in ["副县长田禾到会。", " ", "区长陆平到会。"]
    )
    answer = client.post("/v1/documents", files={"file": ("rows.jsonl", lines.encode())})
    assert answer.status_code == 200, answer.text
    table = answer.json()
    assert [row["name"] for row in table["documents"]] == ["rows.jsonl:1", "rows.jsonl:3"]
    assert [row["line"] for row in table["failed"]] == [2]
    view = client.get(f"/v1/documents/{table['documents'][1]['key']}").json()
    assert (view["name"], view["raw"]) == ("rows.jsonl:3", "区长陆平到会。")
    for row in table["documents"]:
        client.delete(f"/v1/documents/{row['key']}")


def test_exports_load_again(client: httpx.Client, tmp_path: Path) -> None:
    view = open_text(client, TEXT + "镇长何田参加。")
    key = view["key"]
    correct(client, key, op="accept", target=view["triples"][0]["id"])
    correct(client, key, op="done")
    line = client.get(f"/v1/documents/{key}/gold").json()
    assert line["meta"]["review"]["by"] == ["李编辑"]
    assert line["meta"]["review"]["checked"] is True
    for name, suffix in (
        ("native", ".jsonl"),
        ("doccano", ".jsonl"),
        ("label-studio", ".json"),
        ("brat", ""),
    ):
        answer = client.get(f"/v1/export?format={name}&checked=true")
        assert answer.status_code == 200
        path = tmp_path / f"{name}{suffix}"
        if suffix:
            path.write_bytes(answer.content)
        else:
            zipfile.ZipFile(io.BytesIO(answer.content)).extractall(path)
        (document,) = FORMATS[name].read(path, Names(), Losses())
        assert document.text == line["text"]
        assert sorted(document.entities) == sorted(tuple(row) for row in line["entities"])
        assert len(document.triples) == len(line["triples"])
    assert len(list(read_gold(tmp_path / "native.jsonl"))) == 1
    samples = list(
        read_samples(tmp_path / "native.jsonl", "native", "native")
    )  # for `train --gold`
    assert samples


def test_evaluate_takes_an_export(
    client: httpx.Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipeline.cli.evaluate import evaluate

    view = open_text(client, TEXT + "副镇长陈禾参加。")
    correct(client, view["key"], op="done")
    gold = tmp_path / "gold.jsonl"
    gold.write_bytes(client.get(f"/v1/documents/{view['key']}/gold").content)
    annotation = client.post(
        "/v1/annotate", json={"text": view["raw"], "id": json.loads(gold.read_text())["id"]}
    )
    answers = tmp_path / "answers.jsonl"
    answers.write_bytes(annotation.content + b"\n")
    evaluate(
        gold,
        json=tmp_path / "scores.json",
        markdown=None,
        html=None,
        model=None,
        predictions=answers,
        against=None,
        gold_entities=False,
        fail_under=None,
        seed=0,
    )
    assert "PER" in capsys.readouterr().out


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards, one of each format, as a corpus run writes them."""
    import pipeline
    from pipeline.output.parquet import write_parquet

    folder = tmp_path_factory.mktemp("corpus")
    (folder / "documents").mkdir()
    annotate = pipeline.load()
    pages = [
        annotate(Source(text=text, name=f"{number}.txt"))
        for number, text in enumerate([TEXT, WRAPPED, "今天天气很好。"])
    ]
    lines = "".join(page.model_dump_json() + "\n" for page in pages[:2])
    (folder / "documents" / "part-000000.jsonl").write_text(lines, encoding="utf-8")
    with (folder / "documents" / "part-000001.parquet").open("wb") as out:
        write_parquet(pages[2:], out)
    return folder


def test_finds_names_and_sorts_by_doubt(results: Path, tmp_path: Path) -> None:
    index = Results(results, tmp_path)
    index.refresh()
    total, rows = index.search("", "any", "doubt", 0, 10)
    assert total == 3
    assert rows[-1].source == "2.txt"
    assert rows[-1].score is None
    assert rows[0].least is not None
    assert rows[-1].title == "今天天气很好。"
    scored = [row.score for row in rows if row.score is not None]
    assert scored == sorted(scored)
    assert [row.source for row in index.search("明秋", "person", "name", 0, 9)[1]] == ["1.txt"]
    assert index.search("明秋", "place", "name", 0, 9)[0] == 0
    assert index.search("云岭 局长", "any", "name", 0, 9)[0] >= 1
    for odd in ('"', "*", "NEAR(", "a AND", "'; DROP TABLE documents", "(", "　"):
        index.search(odd, "any", "date", 0, 9)
    for row in rows:
        assert isinstance(index.read(row.number), Annotation)


def test_a_document_that_does_not_say_what_was_deleted_opens_as_it_is(results: Path) -> None:
    lines = (results / "documents" / "part-000000.jsonl").read_text(encoding="utf-8")
    row = json.loads(lines.splitlines()[1])
    assert page_of(Annotation.model_validate(row)).raw == WRAPPED
    del row["deleted"]
    row["schema_version"] = "1.0"
    page = page_of(Annotation.model_validate(row))
    assert page.raw == page.text == WRAPPED.replace("\n", "")
    assert page.kept == ((0, len(page.text)),)
    for entity in page.entities:
        assert entity.raw_spans == ((entity.start, entity.end),)


def test_the_index_follows_the_results(results: Path, tmp_path: Path) -> None:
    index = Results(results, tmp_path)
    index.refresh()
    extra = results / "documents" / "part-000002.jsonl"
    source = (results / "documents" / "part-000000.jsonl").read_text(encoding="utf-8")
    extra.write_text(source + '{"half a line', encoding="utf-8")
    index.refresh()
    assert index.search("", "any", "name", 0, 9)[0] == 5
    extra.unlink()
    index.refresh()
    assert index.search("周明远", "person", "name", 0, 9)[0] == 1


def test_a_damaged_shard_does_not_keep_the_others_out(results: Path, tmp_path: Path) -> None:
    good = (results / "documents" / "part-000000.jsonl").read_bytes()
    folder = tmp_path / "results" / "documents"
    folder.mkdir(parents=True)
    unlinked = json.loads(good.splitlines()[0])
    unlinked["triples"][0]["head"] = "e999"
    other = pa.table({"text": ["no document of ours"]})
    pq.write_table(other, folder / "part-000000.parquet")
    (folder / "part-000001.jsonl").write_bytes(b'{"text": 1}\n')
    (folder / "part-000002.parquet").write_bytes(b"PAR1 broken")
    (folder / "part-000003.jsonl").write_bytes(json.dumps(unlinked).encode() + b"\n")
    (folder / "part-000004.jsonl").write_bytes(good)
    index = Results(tmp_path / "results", tmp_path / "store")
    with pytest.raises(BadInputError, match=r"part-000000\.parquet: cannot be indexed") as raised:
        index.refresh()
    assert "\n" not in str(raised.value)
    assert index.search("", "any", "name", 0, 9)[0] == 2
    (folder / "part-000000.parquet").unlink()
    with pytest.raises(BadInputError, match=r"part-000001\.jsonl: cannot be indexed") as raised:
        index.refresh()
    assert "\n" not in str(raised.value)
    with pytest.raises(NoDocumentError):
        index.read(999)


def test_opens_a_result_over_http(results: Path, tmp_path: Path) -> None:
    from starlette.testclient import TestClient

    from pipeline.server.app import create_app
    from pipeline.server.options import ServerOptions

    app = create_app(ServerOptions(store=tmp_path, results=results, workers=1))
    client = TestClient(app)  # without its lifespan: no worker is needed here
    for _ in range(300):
        found = client.get("/v1/results?q=李明秋&field=person").json()
        if found["total"]:
            break
        time.sleep(0.1)
    assert found["documents"][0]["source"] == "1.txt"
    opened = client.post(f"/v1/results/{found['documents'][0]['number']}/open", json={})
    view = opened.json()
    assert view["raw"] == WRAPPED
    assert view["text"] == WRAPPED.replace("\n", "")
    (person,) = [one for one in view["mentions"] if one["text"] == "李明秋"]
    assert WRAPPED[person["start"] : person["end"]] == "李明\n秋"
    assert client.post("/v1/results/999/open", json={}).status_code == 404
    for method, path in (("GET", "/v1/results?field=zzz"), ("POST", "/v1/results/-1/open")):
        answer = client.request(method, path, json={})
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith(("field: ", "number: "))
