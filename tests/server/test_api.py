"""The REST service over HTTP."""

from __future__ import annotations

import gzip
import io
import json
import socket
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from services import Service

from pipeline.errors import BadInputError, ConfigError, ModelError
from pipeline.schema import Annotation
from pipeline.server.options import ServerOptions
from pipeline.server.serve import serve

TEXT = "本报3月8日讯 云岭市教育局局长李明秋说，学校要办好。"


def facts(document: dict) -> set[tuple[str, str, str]]:
    texts = {entity["id"]: entity["text"] for entity in document["entities"]}
    return {(texts[t["head"]], t["relation"], texts[t["tail"]]) for t in document["triples"]}


def test_annotates_a_text(client: httpx.Client) -> None:
    answer = client.post(
        "/v1/annotate",
        json={"text": TEXT, "meta": {"issue_date": "2019-03-08"}, "id": "a", "name": "page"},
    )
    assert answer.status_code == 200
    document = Annotation.model_validate_json(answer.content)
    assert (document.id, document.source) == ("a", "page")
    assert any(head == "李明秋" for head, _, _ in facts(answer.json()))
    for entity in document.entities:
        assert "".join(TEXT[start:end] for start, end in entity.raw_spans) == entity.text


def test_annotates_a_file_in_an_old_encoding(client: httpx.Client) -> None:
    answer = client.post(
        "/v1/annotate",
        files={"file": ("云岭.txt", TEXT.encode("gb18030"))},
        data={"meta": '{"home_place": "云岭市"}'},
    )
    assert answer.status_code == 200
    document = answer.json()
    assert document["encoding"] == "gb18030"
    assert document["source"] == "云岭.txt"
    assert document["meta"]["home_place"] == "云岭市"


def tables() -> dict[str, bytes]:
    """The same three rows, the second of them bad, as every kind of table."""
    rows = [{"text": TEXT, "id": "a"}, {"text": None, "id": "b"}, {"text": "镇长何田", "id": "c"}]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    cells = f'id,text\na,"{TEXT}"\nb,\nc,镇长何田\n'
    parquet = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), parquet)
    return {
        "t.jsonl": lines.encode(),
        "../t.JSONL.gz": gzip.compress(lines.encode()),
        "t.csv": cells.encode("gb18030"),
        "t.tsv": cells.replace(",", "\t").encode(),
        "t.parquet": parquet.getvalue(),
        "a table": parquet.getvalue(),
    }


@pytest.mark.parametrize("name", list(tables()))
def test_answers_a_table_by_lines(client: httpx.Client, name: str) -> None:
    answer = client.post(
        "/v1/annotate",
        files={"file": (name, tables()[name])},
        data={"meta": '{"home_place": "云岭市"}'},
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    first, bad, last = [json.loads(line) for line in answer.text.splitlines()]
    document = Annotation.model_validate(first)
    assert (document.id, document.row, document.source) == ("a", 1, name.removeprefix("../"))
    assert document.meta.home_place == "云岭市"
    assert bad["line"] == 2
    assert "row 2 has" in bad["detail"]
    assert last["id"] == "c"


def test_a_table_that_breaks_off_says_where(client: httpx.Client) -> None:
    cells = b"id,text\n" + "a,镇长何田\n".encode() * 60 + b'b,"never closed\n' + b"x" * 1_500_000
    answer = client.post("/v1/annotate", files={"file": ("t.csv", cells)})
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert rows[0]["id"] == "a"
    assert rows[-1]["line"] == 61
    assert "t.csv" in rows[-1]["detail"]


def test_answers_lines_in_their_order(client: httpx.Client) -> None:
    lines = [json.dumps({"text": TEXT, "id": f"n{n}"}) for n in range(5)]
    lines.insert(2, "{broken")
    lines.insert(4, json.dumps({"text": "   "}))
    lines.insert(1, "")
    answer = client.post("/v1/annotate/batch", content="\n".join(lines))
    assert answer.status_code == 200
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row.get("id") or row["line"] for row in rows] == ["n0", "n1", 4, "n2", 6, "n3", "n4"]
    assert "not JSON" in rows[2]["detail"]


def test_tells_about_itself(client: httpx.Client) -> None:
    assert client.get("/v1/health").json() == {"status": "ok"}
    info = client.get("/v1/info").json()
    assert info["limits"]["body_bytes"] == 2_000_000
    assert "holds_post" in info["relations"]
    client.post("/v1/annotate", json={"text": TEXT})
    metrics = client.get("/metrics").text
    route = 'renzhi_requests_total{method="POST",route="/v1/annotate",status="200"}'
    assert route in metrics
    assert 'renzhi_documents_total{outcome="annotated"}' in metrics


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (400, "application/json", b"{"),
        (400, "application/json", b'{"text": "\xff\xfe"}'),
        (400, "application/json", b'{"text": "\\ud800"}'),
        (415, "text/plain", TEXT.encode()),
        (415, "", b""),
        (422, "application/json", b"{}"),
        (422, "application/json", b"[]"),
        (422, "application/json", b'{"text": "  "}'),
        (422, "application/json", b'{"text": "a", "unknown": 1}'),
        (422, "application/json", b'{"text": "a", "meta": {"issue_date": "yesterday"}}'),
        (413, "application/json", b'"' + b"a" * 2_000_000 + b'"'),
        (400, "multipart/form-data; boundary=x", b"--x\r\nnot a form"),
        (400, "multipart/form-data", b""),
    ],
)
def test_refuses_what_does_not_fit(
    client: httpx.Client, status: int, kind: str, body: bytes
) -> None:
    answer = client.post("/v1/annotate", content=body, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "start"),
    [
        ("/v1/documents/nope", "key: String should match"),
        ("/v1/documents?limit=0", "limit: Input should be"),
        ("/v1/export?format=zzz", "format: Input should be 'native'"),
    ],
)
def test_a_parameter_that_does_not_fit_is_told_in_one_line(
    client: httpx.Client, path: str, start: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert answer.json().keys() == {"detail"}
    assert answer.json()["detail"].startswith(start)
    assert "\n" not in answer.json()["detail"]


def test_describes_a_misfit_as_it_is_sent(client: httpx.Client) -> None:
    description = client.get("/openapi.json").json()
    operations = [one for path in description["paths"].values() for one in path.values()]
    for operation in operations:
        content = operation["responses"]["422"]["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert "HTTPValidationError" not in description["components"]["schemas"]
    assert description["components"]["schemas"]["Problem"]["properties"]["detail"]["type"] == (
        "string"
    )


def test_refuses_files_that_cannot_be_read(client: httpx.Client) -> None:
    for name, data in {
        "a.pdf": b"%PDF-1.4 broken",
        "b.docx": b"PK\x03\x04 broken",
        "c.txt": bytes(range(256)) * 9,
        "d.txt": b"",
        "e.png": b"\x89PNG\r\n\x1a\n" + bytes(99),
        "f.csv": b"text\n",
        "g.csv": b"title,place\na,b\n",
        "h.parquet": b"PAR1 broken",
        "i.jsonl": b"\n \n",
        "j.csv.gz": b"\x1f\x8b broken",
    }.items():
        answer = client.post("/v1/annotate", files={"file": (name, data)})
        assert answer.status_code == 422, (name, answer.text)
        assert answer.json()["detail"].startswith(name)
    packed = {"file": ("k.pdf.gz", b"\x1f\x8b")}
    assert client.post("/v1/annotate", files=packed).status_code == 415
    long = {"text": "学" * 200_001}
    assert "200001 characters" in client.post("/v1/annotate", json=long).json()["detail"]


def test_counts_a_body_of_unknown_length(service: Service) -> None:
    def parts():
        for _ in range(30):
            yield b"a" * 100_000

    with httpx.Client(base_url=service.url, timeout=60) as client:
        kind = {"content-type": "application/json"}
        assert client.post("/v1/annotate", content=parts(), headers=kind).status_code == 413


def test_answers_only_its_own_names_and_pages(client: httpx.Client) -> None:
    assert client.get("/v1/info", headers={"host": "evil.example"}).status_code == 421
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = client.post("/v1/annotate", json={"text": TEXT}, headers=headers)
        assert answer.status_code == 403
    answer = client.get("/v1/info", headers={"origin": "http://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_writes_nothing_outside_its_store(service: Service, client: httpx.Client) -> None:
    before = {path for path in service.store.parent.parent.rglob("*") if path.is_file()}
    for name in ("../../evil.txt", "..\\evil.txt", "/etc/evil.txt", "a\x00b.txt", ".."):
        answer = client.post("/v1/documents", files={"file": (name, TEXT.encode())})
        assert answer.status_code in {200, 400}, answer.text
        if answer.status_code == 200:
            assert "/" not in answer.json()["name"]
    for path in ("/../pyproject.toml", "/%2e%2e/app.py", "/..%2f..%2fapp.py", "//etc/passwd"):
        assert client.get(path).status_code in {404, 405}
    after = {path for path in service.store.parent.parent.rglob("*") if path.is_file()}
    assert all(path.is_relative_to(service.store) for path in after - before)


def test_serves_the_page_under_a_strict_policy(client: httpx.Client) -> None:
    answer = client.get("/")
    assert "<script" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "http" not in answer.text.replace("http-equiv", "")
    for name in ("app.js", "style.css", "vendor/cytoscape.min.js", "icon.svg"):
        assert client.get(f"/{name}").status_code == 200
    assert client.get("/openapi.json").json()["paths"]["/v1/annotate"]["post"]


def test_has_a_page_without_words_from_elsewhere() -> None:
    static = Path(__file__).parents[2] / "pipeline" / "server" / "static"
    for path in static.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "innerHTML" not in text
        assert "https://" not in text


def test_ends_a_client_that_sends_no_request(service: Service) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        slow.sendall(b"\r\n")
        assert slow.recv(100).startswith(b"HTTP/1.1 4")  # no Host header


def test_says_why_it_cannot_serve(service: Service, tmp_path: Path) -> None:
    taken = int(service.url.rpartition(":")[2])
    with pytest.raises(ConfigError, match="in use"):
        serve(ServerOptions(store=tmp_path), port=taken)
    with pytest.raises(BadInputError, match="no output folder"):
        serve(ServerOptions(store=tmp_path, results=tmp_path))
    with pytest.raises(ModelError):
        serve(ServerOptions(store=tmp_path, model={"model": str(tmp_path / "none")}))
    assert list(tmp_path.iterdir()) == []
