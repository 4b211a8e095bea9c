"""The graph in RDF: which terms say what, as N-Triples lines made from rows of the ledger.

W3C ORG for posts and memberships, PROV-O and Web Annotation selectors for where a statement
stands, schema.org for names, OWL-Time for intervals, and a small vocabulary of our own (``rz:``,
described in docs/vocabulary.md). Text becomes a term only through `literal` and `iri`, which
escape everything that N-Triples does not take as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import orjson

from pipeline.graph.names import is_single

__all__ = [
    "BASE",
    "PREFIXES",
    "conflict_lines",
    "document_iri",
    "document_lines",
    "entity_iri",
    "entity_lines",
    "iter_lines",
    "literal",
    "statement_iri",
    "statement_lines",
    "tenure_lines",
]

BASE = "urn:renzhi:"
PREFIXES: Mapping[str, str] = {
    "rz": "urn:renzhi:vocab:",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "org": "http://www.w3.org/ns/org#",
    "prov": "http://www.w3.org/ns/prov#",
    "oa": "http://www.w3.org/ns/oa#",
    "time": "http://www.w3.org/2006/time#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
}
CLASSES = {
    "person": ("schema:Person",),
    "organisation": ("org:Organization", "schema:Organization"),
    "place": ("schema:AdministrativeArea",),
    "programme": ("rz:Programme",),
    "post": ("org:Post",),
    "role": ("org:Role",),
}
EDGES = {
    "holds_post": "org:holds",
    "affiliated_with": "org:memberOf",
    "post_of": "org:postIn",
    "part_of": "org:subOrganizationOf",
    "located_in": "schema:containedInPlace",
    "organises": "rz:organises",
    "participates_in": "rz:participatesIn",
    "held_at": "schema:location",
    "comments_on": "rz:commentsOn",
    "succeeds": "rz:succeeds",
    "alias_of": "rz:aliasOf",
}


@lru_cache(maxsize=1024)
def term(short: str) -> str:
    """``<http://…>`` of ``org:Post``."""
    prefix, _, name = short.partition(":")
    return f"<{PREFIXES[prefix]}{name}>"


ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
ESCAPED = re.compile(r'[\x00-\x1f"\\\x7f\ud800-\udfff]')


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if "\ud800" <= char <= "\udfff":
        return "\\uFFFD"
    return ESCAPES.get(char) or f"\\u{ord(char):04X}"


def literal(text: str, kind: str | None = None) -> str:
    """A literal in N-Triples, of a datatype such as ``xsd:date`` or plain."""
    written = f'"{ESCAPED.sub(_escape, text)}"'
    return f"{written}^^{term(kind)}" if kind else written


def entity_iri(identifier: str) -> str:
    """The IRI of an entity of the table ``entity``."""
    return f"{BASE}entity:{identifier}"


def document_iri(key: str) -> str:
    """The IRI of a document by its key."""
    return f"{BASE}document:{key}"


def statement_iri(document: str, identifier: str) -> str:
    """The IRI of a statement; its id is what the document calls it, percent-encoded."""
    return f"{BASE}statement:{document}:{quote(identifier, safe='', errors='surrogatepass')}"


def date_literal(text: str) -> str:
    """A date with the datatype of its precision."""
    return literal(text, {4: "xsd:gYear", 7: "xsd:gYearMonth"}.get(len(text), "xsd:date"))


A, SUBJECT, PREDICATE, OBJECT = (
    term(name) for name in ("rdf:type", "rdf:subject", "rdf:predicate", "rdf:object")
)
STATEMENT, SCORE, RULE, STATUS = (
    term(name) for name in ("rz:Statement", "rz:score", "rz:rule", "rz:status")
)
DERIVED, TARGET, SOURCE, SELECTOR = (
    term(name) for name in ("prov:wasDerivedFrom", "oa:hasTarget", "oa:hasSource", "oa:hasSelector")
)
POSITION, QUOTE = term("oa:TextPositionSelector"), term("oa:TextQuoteSelector")
START, END, EXACT, PREFIX, SUFFIX = (
    term(name) for name in ("oa:start", "oa:end", "oa:exact", "oa:prefix", "oa:suffix")
)
RELATION = {relation: term(short) for relation, short in EDGES.items()}
COUNT = f"^^{term('xsd:nonNegativeInteger')}"
DECIMAL = f"^^{term('xsd:decimal')}"
DATES = (("rz:date", 4), ("schema:startDate", 5), ("schema:endDate", 6))


def statement_lines(document: str, row: Sequence[Any]) -> str:
    """N-Triples of one statement with its source.

    row: id, head entity, relation, tail entity, date, start, end, status, raw start, raw end,
    exact, prefix, suffix, rule, score.
    """
    name = statement_iri(document, row[0])
    s, t, p, q = f"<{name}>", f"<{name}:target>", f"<{name}:position>", f"<{name}:quote>"
    d = f"<{BASE}document:{document}>"
    lines = [
        f"{s} {A} {STATEMENT} .\n"
        f"{s} {SUBJECT} <{BASE}entity:{row[1]}> .\n"
        f"{s} {PREDICATE} {RELATION[row[2]]} .\n"
        f"{s} {OBJECT} <{BASE}entity:{row[3]}> .\n"
        f'{s} {SCORE} "{row[14]:.4f}"{DECIMAL} .\n'
        f"{s} {RULE} {literal(row[13])} .\n"
        f"{s} {DERIVED} {d} .\n"
        f"{s} {TARGET} {t} .\n"
        f"{t} {SOURCE} {d} .\n"
        f"{t} {SELECTOR} {p} .\n"
        f"{t} {SELECTOR} {q} .\n"
        f"{p} {A} {POSITION} .\n"
        f'{p} {START} "{row[8]}"{COUNT} .\n'
        f'{p} {END} "{row[9]}"{COUNT} .\n'
        f"{q} {A} {QUOTE} .\n"
        f"{q} {EXACT} {literal(row[10])} .\n"
    ]
    if row[11]:
        lines.append(f"{q} {PREFIX} {literal(row[11])} .\n")
    if row[12]:
        lines.append(f"{q} {SUFFIX} {literal(row[12])} .\n")
    if row[7]:
        lines.append(f"{s} {STATUS} {literal(row[7])} .\n")
    lines.extend(f"{s} {term(short)} {date_literal(row[at])} .\n" for short, at in DATES if row[at])
    return "".join(lines)


def document_lines(row: Sequence[Any]) -> str:
    """N-Triples of one document. row: key, id, sha256, source, issue date, home place, paper."""
    key, identifier, sha256, source, issue_date, home_place, newspaper = row
    d = f"<{document_iri(key)}>"
    lines = [
        f"{d} {A} {term('prov:Entity')} .\n",
        f"{d} {A} {term('schema:DigitalDocument')} .\n",
        f"{d} {term('schema:identifier')} {literal(identifier)} .\n",
        f"{d} {term('schema:name')} {literal(source)} .\n",
        f"{d} {term('rz:sha256')} {literal(sha256)} .\n",
    ]
    if issue_date:
        lines.append(f"{d} {term('schema:datePublished')} {date_literal(issue_date)} .\n")
    if newspaper:
        lines.append(f"{d} {term('rz:newspaper')} {literal(newspaper)} .\n")
    if home_place:
        lines.append(f"{d} {term('rz:homePlace')} {literal(home_place)} .\n")
    return "".join(lines)


def entity_lines(row: Sequence[Any], edges: Iterable[tuple[str, str]]) -> str:
    """N-Triples of one entity: its kind, names, what it belongs to, and its plain edges.

    row: of the table ``entity``. edges: (relation, id of the tail).
    """
    identifier, kind, _, name, names, facts_text, owner, documents = row
    e = f"<{BASE}entity:{identifier}>"
    lines = [f"{e} {A} {term(short)} .\n" for short in CLASSES[kind]]
    lines.append(f"{e} {term('schema:name')} {literal(name)} .\n")
    lines.append(f"{e} {term('rdfs:label')} {literal(name)} .\n")
    lines.append(f'{e} {term("rz:documents")} "{documents}"{COUNT} .\n')
    lines.extend(
        f"{e} {term('schema:alternateName')} {literal(other)} .\n"
        for other in names.split("\x1f")
        if other
    )
    facts = orjson.loads(facts_text)
    if kind == "post":
        lines.append(f"{e} {term('rz:title')} {literal(facts['title'])} .\n")
        lines.append(f"{e} {term('org:postIn')} <{BASE}entity:{owner}> .\n")
        if is_single(facts["title"]):
            lines.append(f'{e} {term("rz:oneHolder")} "true"^^{term("xsd:boolean")} .\n')
    elif owner and kind == "organisation":
        lines.append(f"{e} {term('rz:namedAfter')} <{BASE}entity:{owner}> .\n")
    elif owner and kind == "place":
        lines.append(f"{e} {term('schema:containedInPlace')} <{BASE}entity:{owner}> .\n")
    lines.extend(
        f"{e} {RELATION[relation]} <{BASE}entity:{tail}> .\n"
        for relation, tail in edges
        if not (relation == "post_of" and tail == owner)
    )
    return "".join(lines)


def tenure_lines(row: Sequence[Any], kind: str, organisation: str | None) -> str:
    """N-Triples of one tenure as an org:Membership. row: of the table ``tenure``.

    kind: of what is held, ``post`` or ``role``; organisation: of the post.
    """
    identifier, person, post, start, first, last, end, ended_by, status, sources = row
    m, i = f"<{BASE}tenure:{identifier}>", f"<{BASE}tenure:{identifier}:interval>"
    lines = [
        f"{m} {A} {term('org:Membership')} .\n",
        f"{m} {term('org:member')} <{BASE}entity:{person}> .\n",
        f"{m} {term('rz:status')} {literal(status)} .\n",
        f"<{BASE}entity:{person}> {term('org:hasMembership')} {m} .\n",
    ]
    held = term("rz:post") if kind == "post" else term("org:role")
    lines.append(f"{m} {held} <{BASE}entity:{post}> .\n")
    if organisation:
        lines.append(f"{m} {term('org:organization')} <{BASE}entity:{organisation}> .\n")
    dates = (
        ("schema:startDate", start),
        ("rz:firstSeen", first),
        ("rz:lastSeen", last),
        ("schema:endDate", end),
        ("rz:endedBy", ended_by),
    )
    lines.extend(f"{m} {term(short)} {date_literal(text)} .\n" for short, text in dates if text)
    begin, finish = start or first, end or last
    if begin or finish:
        lines.append(f"{m} {term('org:memberDuring')} {i} .\n{i} {A} {term('time:Interval')} .\n")
        for short, text in (("Beginning", begin), ("End", finish)):
            if text:
                at = f"<{BASE}tenure:{identifier}:{short.lower()}>"
                lines.append(
                    f"{i} {term(f'time:has{short}')} {at} .\n{at} {A} {term('time:Instant')} .\n"
                    f"{at} {term(_instant(text))} {date_literal(text)} .\n"
                )
    lines.extend(
        f"{m} {DERIVED} <{statement_iri(*_split(source))}> .\n" for source in orjson.loads(sources)
    )
    return "".join(lines)


def _split(source: str) -> tuple[str, str]:
    document, _, identifier = source.partition("/")
    return document, identifier


def _instant(text: str) -> str:
    forms = {4: "time:inXSDgYear", 7: "time:inXSDgYearMonth"}
    return forms.get(len(text), "time:inXSDDate")


def conflict_lines(row: Sequence[Any]) -> str:
    """N-Triples of one contradiction. row: of the table ``conflict``."""
    identifier, kind, entity, tenures, detail_text = row
    c = f"<{BASE}conflict:{identifier}>"
    detail = orjson.loads(detail_text)
    lines = [
        f"{c} {A} {term('rz:Contradiction')} .\n",
        f"{c} {term('rz:kind')} {literal(kind)} .\n",
        f"{c} {term('rz:about')} <{BASE}entity:{entity}> .\n",
    ]
    lines.extend(
        f"{c} {term('rz:between')} <{BASE}tenure:{tenure}> .\n" for tenure in orjson.loads(tenures)
    )
    for short, key in (("schema:startDate", "from"), ("schema:endDate", "to")):
        if detail.get(key):
            lines.append(f"{c} {term(short)} {date_literal(detail[key])} .\n")
    return "".join(lines)


def iter_lines(parts: Iterable[str], size: int = 4 << 20) -> Iterator[bytes]:
    """Join parts into pieces of about ``size`` characters, encoded."""
    held: list[str] = []
    length = 0
    for part in parts:
        held.append(part)
        length += len(part)
        if length >= size:
            yield "".join(held).encode()
            held, length = [], 0
    if held:
        yield "".join(held).encode()
