"""Whether every export of an annotated corpus loads in an independent reader: a Markdown table.

    python benchmarks/graph_exports.py FOLDER

    python benchmarks/graph_exports.py --made 20000 --made 200000

FOLDER is what `renzhi annotate -o FOLDER` wrote. Readers: rdflib and pyshacl, networkx, pyarrow,
the followthemoney library, and the csv module under the header rules of Neo4j's importer.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Annotated

import followthemoney
import networkx as nx
import pyarrow.parquet as pq
import pyoxigraph as ox
import rdflib
import typer
from graph_world import make_world, write_shards
from pyshacl import validate

from pipeline.graph.build import build
from pipeline.graph.export import Target, export

SOURCED = """
PREFIX oa: <http://www.w3.org/ns/oa#> PREFIX rz: <urn:renzhi:vocab:>
SELECT (count(DISTINCT ?s) AS ?n) WHERE { ?s a rz:Statement ;
  oa:hasTarget [ oa:hasSource ?d ; oa:hasSelector [ oa:start ?b ] , [ oa:exact ?e ] ] }"""


EXPORT = """
import sys
from pathlib import Path
from pipeline.graph.export import Target, export
export(Path(sys.argv[1]), Target(sys.argv[2]), Path(sys.argv[3]))
# not ru_maxrss, which a new program inherits from the process that started it
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def main(
    folder: Annotated[Path | None, typer.Argument(help="Annotated documents.")] = None,
    made: Annotated[
        list[int] | None, typer.Option(help="Made triples, for memory only; may be given again.")
    ] = None,
) -> None:
    """Build, export to everything, read it back, and count statements with their source."""
    if made:
        _memory(made)
    if folder is not None:
        _readers(folder)


def _memory(sizes: list[int]) -> None:
    """Print the peak memory of each export, in a process of its own, for made documents."""
    peaks: dict[str, list[str]] = {target.value: [] for target in Target}
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            write_shards(root / "out", make_world(max(200, size // 100), 7), size, 12, 7)
            build([root / "out"], root / "g")
            for target in Target:
                command = [sys.executable, "-c", EXPORT, root / "g", target, root / target]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                peaks[target].append(done.stdout.strip())
    print(f"| export | {' | '.join(f'MB at {size:,} triples' for size in sizes)} |")
    print("|---|" + "---|" * len(sizes))
    for target, row in peaks.items():
        print(f"| {target} | {' | '.join(row)} |")


def _readers(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        build([folder], root / "g")
        ledger = sqlite3.connect(root / "g" / "graph.sqlite")
        statements = ledger.execute("SELECT count(*) FROM statement").fetchone()[0]
        ledger.close()
        for target in Target:
            export(root / "g", target, root / target)
        print(f"{statements} statements\n\n| export | reader | result |\n|---|---|---|")
        turtle = rdflib.Graph().parse(root / "turtle", format="turtle")
        shapes = resources.files("pipeline.graph").joinpath("shapes.ttl").read_text("utf-8")
        _, report, _ = validate(turtle, shacl_graph=rdflib.Graph().parse(data=shapes))
        result = rdflib.URIRef("http://www.w3.org/ns/shacl#result")
        broken = len(list(report.subject_objects(result)))
        ((sourced,),) = turtle.query(SOURCED)
        told = f"{len(turtle)} triples, {broken} SHACL violations, {sourced} statements with source"
        print(f"| Turtle | rdflib, pyshacl | {told} |")
        flat = rdflib.Graph()
        for quad in rdflib.Dataset().parse(root / "nquads", format="nquads").quads():
            flat.add(quad[:3])
        print(f"| N-Quads | rdflib | the same triples: {set(flat) == set(turtle)} |")
        linked = rdflib.Graph().parse(root / "jsonld", format="json-ld")
        print(f"| JSON-LD | rdflib | the same triples: {set(linked) == set(turtle)} |")
        export(root / "g", Target.TURTLE, root / "terms.ttl", triple_terms=True)
        terms = sum(isinstance(q.object, ox.Triple) for q in ox.parse(path=root / "terms.ttl"))
        print(f"| Turtle, RDF 1.2 | pyoxigraph | {terms} triple terms |")
        _others(root)


def _others(root: Path) -> None:
    with (root / "neo4j" / "nodes.csv").open(encoding="utf-8", newline="") as file:
        ids = [row["id:ID"] for row in csv.DictReader(file, strict=True)]
    with (root / "neo4j" / "relationships.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    ends = {row[end] for row in rows for end in (":START_ID", ":END_ID")} <= set(ids)
    stated = sum(bool(row["statement:string"] and row["sentence:string"]) for row in rows)
    unique = len(ids) == len(set(ids))
    print(f"| Neo4j CSV | csv | ids unique {unique}, ends known {ends}, {stated} with source |")
    text = (root / "cypher").read_text(encoding="utf-8")
    lines = text.rstrip("\n").split("\n")
    bare = re.sub(r"'(?:[^'\\\n]|\\['\\]|\\u[0-9a-f]{4})*'", "", text)
    closed = "'" not in bare
    print(f"| Cypher | lexical check | {len(lines)} statements, strings closed {closed} |")
    graph = nx.read_graphml(root / "graphml")
    stated = sum(bool(d.get("sentence")) for _, _, d in graph.edges(data=True))
    print(f"| GraphML | networkx | {len(graph)} nodes, {stated} edges with source |")
    edges = pq.read_table(root / "parquet" / "edges.parquet")
    stated = edges.num_rows - edges["sentence"].null_count
    print(f"| Parquet | pyarrow | {edges.num_rows} edges, {stated} with source |")
    good = 0
    for line in (root / "ftm").read_bytes().splitlines():
        data = json.loads(line)
        followthemoney.model.get(data["schema"]).validate(data)
        good += 1
    print(f"| FollowTheMoney | followthemoney | {good} valid entities |")


if __name__ == "__main__":
    typer.run(main)
