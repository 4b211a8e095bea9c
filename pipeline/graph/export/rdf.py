"""Turtle, N-Quads and JSON-LD. The graph is streamed from the ledger, subject by subject.

N-Quads put every statement into the named graph of its document, and everything derived from
several documents into the default graph. JSON-LD uses the names of schema.org where there are
any; its context stands in the file.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from pipeline.files import write_whole
from pipeline.graph import model
from pipeline.graph.store import graph_parts

__all__ = ["CONTEXT", "write_jsonld", "write_nquads", "write_turtle"]

Line = tuple[str, str, str]  # subject, predicate, object as N-Triples writes them
LINE = re.compile(r"(<[^>]*>) (<[^>]*>) (.*) \.\Z")


def _pairs(part: str) -> dict[str, list[tuple[str, str]]]:
    """Subject → (predicate, object) of some N-Triples, in the order of the lines."""
    about: dict[str, list[tuple[str, str]]] = {}
    for line in part.rstrip("\n").split("\n"):
        match = LINE.match(line)
        assert match is not None, line
        about.setdefault(match[1], []).append((match[2], match[3]))
    return about


def _subjects(ledger: sqlite3.Connection) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Subjects with their (predicate, object) pairs, in the order in which they are made."""
    for part in graph_parts(ledger):
        yield from _pairs(part).items()


def write_turtle(ledger: sqlite3.Connection, output: Path, *, triple_terms: bool = False) -> None:
    """Write Turtle with prefixes, one block a subject."""
    with write_whole(output) as out:
        for prefix, iri in model.PREFIXES.items():
            out.write(f"@prefix {prefix}: <{iri}> .\n".encode())
        for subject, pairs in _subjects(ledger):
            if triple_terms and (reified := _reified(pairs)):
                pairs.append(reified)
            body = " ;\n    ".join(f"{_short(p)} {_short_object(o)}" for p, o in pairs)
            out.write(f"\n{subject} {body} .\n".encode())


def write_nquads(ledger: sqlite3.Connection, output: Path, *, triple_terms: bool = False) -> None:
    """Write N-Quads; the graph of a statement is its document."""
    with write_whole(output) as out:
        for part in graph_parts(ledger):
            graph = _graph(part)
            if triple_terms:
                out.write(_reifying_lines(part, graph).encode())
            out.write(part.replace(" .\n", f"{graph} .\n").encode() if graph else part.encode())


DERIVED = f" {model.term('prov:wasDerivedFrom')} <{model.BASE}document:"


def _graph(part: str) -> str:
    """`` <document>`` for the lines of a statement, nothing for all others."""
    if not part.startswith(f"<{model.BASE}statement:"):
        return ""
    at = part.index(DERIVED) + len(DERIVED) - len(f"<{model.BASE}document:")
    return " " + part[at : part.index(">", at) + 1]


def _reified(pairs: list[tuple[str, str]]) -> tuple[str, str] | None:
    known = dict(pairs)
    if model.SUBJECT not in known:
        return None
    edge = f"{known[model.SUBJECT]} {known[model.PREDICATE]} {known[model.OBJECT]}"
    return model.term("rdf:reifies"), f"<<( {edge} )>>"


def _reifying_lines(part: str, graph: str) -> str:
    found = (
        f"{subject} {said[0]} {said[1]}{graph} .\n"
        for subject, pairs in _pairs(part).items()
        if (said := _reified(pairs))
    )
    return "".join(found)


SHORT = {iri: prefix for prefix, iri in model.PREFIXES.items()}
NAME = re.compile(r"<(.*[#/:])([A-Za-z][A-Za-z0-9]*)>\Z")


def _short(written: str) -> str:
    match = NAME.match(written)
    prefix = SHORT.get(match[1]) if match else None
    if prefix is None or match is None:
        return written
    return "a" if (prefix, match[2]) == ("rdf", "type") else f"{prefix}:{match[2]}"


def _short_object(written: str) -> str:
    if written.startswith("<") and not written.startswith("<<("):
        short = _short(written)
        return written if short == "a" else short
    text, found, datatype = written.rpartition("^^<")
    return f"{text}^^{_short('<' + datatype)}" if found and datatype.endswith(">") else written


# JSON-LD names: those of schema.org where it has one, else the term's own name.
CONTEXT: dict[str, Any] = {
    **model.PREFIXES,
    "id": "@id",
    "type": "@type",
    "name": "schema:name",
    "alternateName": "schema:alternateName",
    "identifier": "schema:identifier",
    "datePublished": "schema:datePublished",
    "startDate": "schema:startDate",
    "endDate": "schema:endDate",
    "label": "rdfs:label",
    "containedInPlace": {"@id": "schema:containedInPlace", "@type": "@id"},
    "location": {"@id": "schema:location", "@type": "@id"},
    "memberOf": {"@id": "org:memberOf", "@type": "@id"},
    "member": {"@id": "org:member", "@type": "@id"},
    "hasMembership": {"@id": "org:hasMembership", "@type": "@id"},
    "organization": {"@id": "org:organization", "@type": "@id"},
    "holds": {"@id": "org:holds", "@type": "@id"},
    "postIn": {"@id": "org:postIn", "@type": "@id"},
    "role": {"@id": "org:role", "@type": "@id"},
    "subOrganizationOf": {"@id": "org:subOrganizationOf", "@type": "@id"},
    "memberDuring": {"@id": "org:memberDuring", "@type": "@id"},
    "post": {"@id": "rz:post", "@type": "@id"},
    "title": "rz:title",
    "status": "rz:status",
    "rule": "rz:rule",
    "subject": {"@id": "rdf:subject", "@type": "@id"},
    "predicate": {"@id": "rdf:predicate", "@type": "@id"},
    "object": {"@id": "rdf:object", "@type": "@id"},
    "wasDerivedFrom": {"@id": "prov:wasDerivedFrom", "@type": "@id"},
    "hasTarget": {"@id": "oa:hasTarget", "@type": "@id"},
    "hasSource": {"@id": "oa:hasSource", "@type": "@id"},
    "hasSelector": {"@id": "oa:hasSelector", "@type": "@id"},
    "exact": "oa:exact",
    "prefix": "oa:prefix",
    "suffix": "oa:suffix",
}
TERMS = {
    (value["@id"] if isinstance(value, dict) else value): name
    for name, value in CONTEXT.items()
    if name not in model.PREFIXES and not str(value).startswith("@")
}
LINKS = {name for name, value in CONTEXT.items() if isinstance(value, dict)}


def write_jsonld(ledger: sqlite3.Connection, output: Path) -> None:
    """Write one JSON-LD document, a node object a line."""
    with write_whole(output) as out:
        out.write(b'{"@context": ' + orjson.dumps(CONTEXT) + b',\n"@graph": [\n')
        _write_nodes(out, ledger)
        out.write(b"\n]}\n")


def _write_nodes(out: IO[bytes], ledger: sqlite3.Connection) -> None:
    comma = b""
    for subject, pairs in _subjects(ledger):
        node: dict[str, Any] = {"id": subject[1:-1]}
        for predicate, value in pairs:
            short = _short(predicate)
            if short == "a":
                node.setdefault("type", []).append(_short(value))
                continue
            name = TERMS.get(short, short)
            node.setdefault(name, []).append(_json_value(value, link=name in LINKS))
        out.write(comma + orjson.dumps({k: _single(v) for k, v in node.items()}))
        comma = b",\n"


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _json_value(written: str, *, link: bool) -> Any:
    if written.startswith("<"):
        iri = written[1:-1]
        return iri if link else {"id": iri}
    text, found, datatype = written.rpartition("^^<")
    if found and datatype.endswith(">"):
        return {"@value": _plain(text), "@type": _short(f"<{datatype}")}
    return _plain(written)


def _plain(quoted: str) -> str:
    """The text of a literal; the escapes of N-Triples that `model.literal` writes are JSON's."""
    return str(orjson.loads(quoted))
