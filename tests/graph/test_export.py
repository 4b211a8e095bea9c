"""Every export is read back by somebody else's reader, with hostile names in it."""

from __future__ import annotations

import csv
import json
import re
from importlib import resources
from io import BytesIO, RawIOBase
from pathlib import Path

import followthemoney
import networkx as nx
import pyarrow.parquet as pq
import pyoxigraph as ox
import pytest
import rdflib
from pyshacl import validate
from rdflib.compare import isomorphic
from written import Held, document, folder

from pipeline.errors import BadInputError, ConfigError
from pipeline.files import CannotWriteError
from pipeline.graph.build import build
from pipeline.graph.export import Target, export
from pipeline.graph.export.graphml import plain_again
from pipeline.graph.query import query_rows, query_to
from pipeline.graph.questions import person, who

HOSTILE = (
    'O\'Brien "Bobby"',
    "{a} [b] (c) $d",
    "line\none\r\ttwo",
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "@SUM(A1)",
    '"} . DROP ALL ; SELECT ?x {"',
    "back\\slash \\u0041 \\x41",
    "bell\x07 del\x7f",
    "'); DROP TABLE unit;--",
    "emoji 😀 \u2028 line",
    "a]]>b&amp;c",
)


def facts() -> list[Held]:
    """A small world with every kind of tenure, and names that try to break out."""
    return [
        Held("林知远", "市委书记", "滨州市委", "appointed", "2012-03"),
        Held("林知远", "市委书记", "滨州市委", "removed", "2016-09-01"),
        Held("周望舒", "市委书记", "滨州市委", date="2014-05-01"),
        Held("周望舒", "记者"),
        Held("何映雪", "副市长", "亳州市政府", "former"),
        *(Held(name, f"{name}主任", f"{name}公司") for name in HOSTILE),
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("export")
    shards = folder(
        root / "out",
        document("a'\"\\\n<b>", *facts(), home="滨州市", paper="滨州日报"),
        document("b", Held("林知远", "市委书记", "滨州市委"), date="2014-04", home="滨州市"),
    )
    build([shards], root / "g")
    return root / "g"


@pytest.fixture(scope="module")
def turtle(store) -> rdflib.Graph:
    export(store, Target.TURTLE, store.parent / "x.ttl")
    return rdflib.Graph().parse(store.parent / "x.ttl", format="turtle")


def test_hostile_names_come_back_exactly_in_turtle(turtle):
    name = rdflib.URIRef("https://schema.org/name")
    assert set(HOSTILE) <= {str(value) for value in turtle.objects(None, name)}


def test_turtle_keeps_the_shapes(turtle):
    shapes = resources.files("pipeline.graph").joinpath("shapes.ttl").read_text(encoding="utf-8")
    conforms, _, report = validate(turtle, shacl_graph=rdflib.Graph().parse(data=shapes))
    assert conforms, report


def test_the_shapes_find_a_statement_without_source(turtle):
    shapes = resources.files("pipeline.graph").joinpath("shapes.ttl").read_text(encoding="utf-8")
    broken = rdflib.Graph()
    for triple in turtle:
        if str(triple[1]) != "http://www.w3.org/ns/oa#hasTarget":
            broken.add(triple)
    conforms, _, _ = validate(broken, shacl_graph=rdflib.Graph().parse(data=shapes))
    assert not conforms


def test_every_statement_has_its_sentence(turtle):
    query = """
    PREFIX oa: <http://www.w3.org/ns/oa#> PREFIX rz: <urn:renzhi:vocab:>
    SELECT (count(DISTINCT ?s) AS ?n) (count(DISTINCT ?t) AS ?m) WHERE {
      ?s a rz:Statement . ?t a rz:Statement ; oa:hasTarget/oa:hasSelector/oa:exact ?e }"""
    ((stated, quoted),) = turtle.query(query)
    assert int(stated) == int(quoted) == 2 * len(facts()) - 1 + 2


def test_nquads_and_json_ld_say_the_same_as_turtle(store, turtle):
    export(store, Target.NQUADS, store.parent / "x.nq")
    data = rdflib.Dataset()
    data.parse(store.parent / "x.nq", format="nquads")
    flat = rdflib.Graph()
    for s, p, o, _ in data.quads():
        flat.add((s, p, o))
    assert isomorphic(flat, turtle)
    graphs = {str(g.identifier) for g in data.graphs() if "document" in str(g.identifier)}
    assert len(graphs) == 2
    export(store, Target.JSONLD, store.parent / "x.jsonld")
    linked = rdflib.Graph().parse(store.parent / "x.jsonld", format="json-ld")
    assert isomorphic(linked, turtle)
    nodes = json.loads((store.parent / "x.jsonld").read_text(encoding="utf-8"))["@graph"]
    assert any(node.get("name") == "林知远" and node["type"] == "schema:Person" for node in nodes)


@pytest.mark.parametrize(
    ("target", "form"),
    [(Target.TURTLE, ox.RdfFormat.TURTLE), (Target.NQUADS, ox.RdfFormat.N_QUADS)],
)
def test_triple_terms_are_rdf_1_2(store, target, form):
    path = store.parent / f"terms.{target}"
    export(store, target, path, triple_terms=True)
    reifies = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies")
    quads = list(ox.parse(path=path, format=form))
    terms = [quad.object for quad in quads if quad.predicate == reifies]
    assert len(terms) == 2 * len(facts()) - 1 + 2
    assert all(isinstance(item, ox.Triple) for item in terms)
    with pytest.raises(ConfigError, match="--triple-terms"):
        export(store, Target.FTM, store.parent / "y", triple_terms=True)


def test_neo4j_files_follow_the_header_rules(store):
    export(store, Target.NEO4J, store.parent / "neo4j")
    rows = {}
    for name in ("nodes", "relationships"):
        path = store.parent / "neo4j" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows[name] = list(csv.DictReader(file, strict=True))
    header = list(rows["nodes"][0])
    assert header[0] == "id:ID"
    assert header[-1] == ":LABEL"
    types = {"string", "string[]", "int", "double"}
    assert all(re.fullmatch(r"\w+:(.+)", cell)[1] in types for cell in header[1:-1])
    edge_header = list(rows["relationships"][0])
    assert {":START_ID", ":END_ID", ":TYPE"} <= set(edge_header)
    ids = [row["id:ID"] for row in rows["nodes"]]
    assert len(ids) == len(set(ids))
    for row in rows["relationships"]:
        assert {row[":START_ID"], row[":END_ID"]} <= set(ids)
        assert re.fullmatch(r"[A-Z_]+", row[":TYPE"])
    stated = [row for row in rows["relationships"] if row["statement:string"]]
    assert all(row["sentence:string"] and row["document:string"] in ids for row in stated)
    assert set(HOSTILE) <= {row["name:string"] for row in rows["nodes"]}  # formulas unchanged


def test_cypher_escapes_what_could_end_a_string(store):
    export(store, Target.CYPHER, store.parent / "x.cypher")
    text = (store.parent / "x.cypher").read_text(encoding="utf-8")
    assert all(line.endswith(";") for line in text.splitlines())  # no name breaks a line
    literal = r"'(?:[^'\\\n]|\\['\\]|\\u[0-9a-f]{4})*'"
    bare = re.sub(literal, "", text)
    assert "'" not in bare
    assert "DROP" not in bare
    found = {
        re.sub(r"\\(u[0-9a-f]{4}|.)", _unescaped, item[1:-1]) for item in re.findall(literal, text)
    }
    assert set(HOSTILE) <= found


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1][1:], 16)) if len(match[1]) == 5 else match[1]


def test_graphml_loads_in_networkx(store):
    export(store, Target.GRAPHML, store.parent / "x.graphml")
    graph = nx.read_graphml(store.parent / "x.graphml")
    names = {plain_again(data.get("name", "")) for _, data in graph.nodes(data=True)}
    assert set(HOSTILE) <= names
    stated = [data for _, _, data in graph.edges(data=True) if data.get("statement")]
    assert stated
    assert all(data["sentence"] and data["document"] in graph for data in stated)


def test_parquet_loads_in_pyarrow(store):
    export(store, Target.PARQUET, store.parent / "parquet")
    nodes = pq.read_table(store.parent / "parquet" / "nodes.parquet").to_pylist()
    edges = pq.read_table(store.parent / "parquet" / "edges.parquet").to_pylist()
    ids = {node["id"] for node in nodes}
    assert len(ids) == len(nodes)
    assert set(HOSTILE) <= {node["name"] for node in nodes}
    assert all({edge["start"], edge["end"]} <= ids for edge in edges)
    assert sum(edge["statement"] is not None for edge in edges) == 2 * len(facts()) - 1 + 2


def test_follow_the_money_entities_are_valid(store):
    export(store, Target.FTM, store.parent / "x.ftm.json")
    entities = {}
    for line in (store.parent / "x.ftm.json").read_bytes().splitlines():
        data = json.loads(line)
        proxy = followthemoney.model.get_proxy(data, cleaned=False)
        followthemoney.model.get(proxy.schema.name).validate(data)
        for name, values in data["properties"].items():
            kept = proxy.get(name)
            assert len(kept) == len(set(values)), (name, values, kept)  # the library took them
        entities[proxy.id] = proxy
    occupancies = [item for item in entities.values() if item.schema.name == "Occupancy"]
    assert occupancies
    for item in occupancies:
        assert entities[item.first("holder")].schema.name == "Person"
        assert entities[item.first("post")].schema.name == "Position"
        assert entities[item.first("proof")].schema.name == "Document"
        assert item.first("description")
    (ended,) = [item for item in occupancies if item.get("startDate") == ["2012-03"]]
    assert ended.get("endDate") == ["2016-09-01"]


def test_what_is_there_is_not_written_over(store):
    (store.parent / "full").mkdir()
    (store.parent / "full" / "mine").write_text("x", encoding="utf-8")
    with pytest.raises(BadInputError, match="is there already"):
        export(store, Target.NEO4J, store.parent / "full")
    with pytest.raises(BadInputError, match="cannot be written"):
        export(store, Target.TURTLE, store.parent / "nowhere" / "x.ttl")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_questions_are_only_names(store, name):
    assert {shown for _, shown, _ in person(store, name)} == {name}
    assert {answer.person for answer in who(store, f"{name}主任")} == {name}
    assert who(store, name, name) == []
    _, rows = query_rows(store, 'ASK { ?p schema:name "林知远" }')
    assert list(rows) == [["true"]]


def test_a_target_that_cannot_be_is_named_and_not_the_store(store):
    (store.parent / "taken").mkdir()
    with pytest.raises(BadInputError, match=r"taken: cannot be written: it is a folder"):
        export(store, Target.TURTLE, store.parent / "taken")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { service <http://127.0.0.1:1/> {?a ?b ?c} }",
        "SELECT * {SERVICE<http://127.0.0.1:1/>{?a ?b ?c}}",
        "SELECT * { ?a ?b 1SERVICE SILENT rz:x {?a ?b ?c} }",
        "SELECT * { ?a ?b 'x' # no SERVICE\n SERVICE ?a {?a ?b ?c} }",
        "ASK { ?s ?p ?o.SERVICE <urn:x> {?a ?b ?c} }",
    ],
)
def test_a_query_asks_nobody_else(store, query):
    for ask in (query_rows, lambda *given: query_to(*given, "csv", BytesIO())):
        with pytest.raises(ConfigError, match="SERVICE is not supported"):
            ask(store, query)


@pytest.mark.parametrize(
    "part",
    [
        "?service rz:service ?b",
        "?a service:x service:service",
        "?a <urn:SERVICE> ?b",
        r"?a ?b 'SERVICE \' <x>'@service",
        '?a ?b TRIPLE "SERVICE" <x>TRIPLE'.replace("TRIPLE", '"' * 3),
        "?a ?b TRIPLESERVICETRIPLE # SERVICE <x>\n".replace("TRIPLE", "'" * 3),
        r"?a rz:a\-service ?b",
    ],
)
def test_the_word_service_may_stand_elsewhere(store, part):
    _, rows = query_rows(store, f"PREFIX service: <urn:x:> SELECT * {{ {part} }}")
    assert list(rows) == []


class _Broken(RawIOBase):
    def __init__(self, error):
        self.error = error

    def writable(self):
        return True

    def write(self, data):
        raise self.error


@pytest.mark.parametrize("error", [CannotWriteError("out", "full"), BrokenPipeError(32, "gone")])
def test_an_output_that_fails_is_no_damage_of_the_store(store, error):
    with pytest.raises(type(error)):
        query_to(store, "SELECT * { ?a ?b ?c }", "csv", _Broken(error))


def test_a_query_cannot_write_and_a_wrong_one_is_named(store):
    for text in ("DELETE WHERE { ?s ?p ?o }", "SELECT", '"} . DROP ALL ; SELECT ?x {"'):
        with pytest.raises(ConfigError, match="not a SPARQL query"):
            query_rows(store, text)
