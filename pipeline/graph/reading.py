"""What one document says, as units and statements: the rows that the graph is built from.

A unit is one entity of one document under its normal key. Posts are made here, from the title
and the organisation that it belongs to, so that 书记 of two cities in one document are two units.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from pipeline.components.places import divisions_named
from pipeline.graph.ids import entity_id
from pipeline.graph.names import (
    Organisation,
    bare_title,
    organisation,
    person_name,
    place,
    post_label,
    programme_key,
    tells_apart,
)
from pipeline.graph.times import first_day
from pipeline.output.triples import sentence_around
from pipeline.schema import Annotation, Entity, Label, RelationType, Triple

__all__ = ["KINDS", "DocumentRows", "Statement", "Unit", "document_key", "read_annotation"]

KINDS = ("person", "organisation", "place", "programme", "post", "role")
COMPANY = 30  # names beside a person that are kept as evidence
SETTING = 2  # organisations of one place that tell where a document is set
HELD = frozenset({"current", "acting", "appointed"})


SEPARATOR = "\x1f"  # between the items of a list kept as one text


class Unit(NamedTuple):
    """One entity of one document.

    kind: one of `KINDS`. key: what it is looked up by: a person's name (people of one name are
    told apart later), for all other kinds the key of the entity itself. local: tells the units of
    a document apart, stable when the document is annotated again. surfaces: as written, U+001F
    between. facts: JSON of what is known, by kind. company: people named beside a person, U+001F
    between. entity: the id, as far as nobody judges otherwise; None for people.
    """

    kind: str
    key: str
    name: str
    local: str
    surfaces: str
    facts: str
    company: str
    entity: str | None


class Statement(NamedTuple):
    """One triple; head and tail index the document's units; raw_start, raw_end: raw characters.

    seen: the date of the report. prefix, exact, suffix: together the sentence.
    """

    id: str
    head: int
    relation: str
    tail: int
    status: str | None
    date: str | None
    start: str | None
    end: str | None
    seen: str | None
    raw_start: int
    raw_end: int
    exact: str
    prefix: str
    suffix: str
    rule: str
    score: float


class DocumentRows(NamedTuple):
    """A document with its units and statements. key: hash of its id, the same in every build."""

    key: str
    id: str
    sha256: str
    source: str
    issue_date: str | None
    home_place: str | None
    newspaper: str | None
    units: list[Unit]
    statements: list[Statement]


def document_key(identifier: str) -> str:
    """20 hexadecimal digits that stand for a document's id."""
    return hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def read_annotation(annotation: Annotation) -> DocumentRows:
    """Turn a document into rows; every triple gives one statement."""
    reader = _Reader(annotation)
    statements = [reader.statement(triple) for triple in annotation.triples]
    reader.rest()
    meta = annotation.meta
    return DocumentRows(
        key=reader.key,
        id=annotation.id,
        sha256=annotation.sha256,
        source=annotation.source,
        issue_date=meta.issue_date,
        home_place=meta.home_place,
        newspaper=meta.newspaper,
        units=reader.finished(),
        statements=statements,
    )


@dataclass
class _Person:
    """Evidence on one person of the document, gathered from its statements."""

    posts: set[tuple[str, str]] = field(default_factory=set)
    organisations: set[str] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)
    held: set[tuple[str, int]] = field(default_factory=set)  # (place, day) of posts held then
    places: set[str] = field(default_factory=set)


class _Reader:
    """Makes units on demand and remembers them by what they stand for."""

    def __init__(self, annotation: Annotation) -> None:
        self.annotation = annotation
        self.key = document_key(annotation.id)
        self.mentions = {entity.id: entity for entity in annotation.entities}
        self._known = frozenset(
            entity.name for entity in annotation.entities if entity.label is Label.LOC
        )
        home = annotation.meta.home_place
        if home:
            self._known |= {home}
        self._scope = home or annotation.meta.newspaper or self.key
        self._surfaces: dict[tuple[Label, int], list[str]] = defaultdict(list)
        for entity in annotation.entities:
            self._surfaces[entity.label, entity.entity].append(entity.text)
        self._place_names = {
            form
            for entity in annotation.entities
            if entity.label is Label.LOC
            for form in (entity.name, entity.text)
        }
        self._units: list[Unit] = []
        self._facts: list[dict[str, Any]] = []  # of the units; empty for people
        self._names: dict[int, str] = {}  # unit → key, of people
        self._index: dict[tuple[str, str], int] = {}
        self._numbered: dict[int, int] = {}  # entity of the document → unit, of people
        self._owners: dict[str, tuple[int, Organisation]] = {}
        self._locals: dict[str, int] = defaultdict(int)
        self._people: dict[int, _Person] = defaultdict(_Person)
        self._organisation_of_role = self._read_roles()

    def _read_roles(self) -> dict[str, str]:
        """ROLE mention → name of the organisation it belongs to, from the triples."""
        found: dict[str, str] = {}
        for triple in self.annotation.triples:
            if triple.relation is RelationType.POST_OF:
                found.setdefault(triple.head, self.mentions[triple.tail].name)
        for triple in self.annotation.triples:
            if triple.relation is RelationType.HOLDS_POST and triple.qualifiers.org:
                found.setdefault(triple.tail, triple.qualifiers.org)
        return found

    def statement(self, triple: Triple) -> Statement:
        """Make a triple's statement and the units that it joins."""
        qualifiers, seen = triple.qualifiers, self._seen(triple)
        head = self._end(triple.head, None)
        org = qualifiers.org if triple.relation is RelationType.HOLDS_POST else None
        tail = self._end(triple.tail, org)
        status = qualifiers.status.value if qualifiers.status else None
        if triple.relation in {RelationType.HOLDS_POST, RelationType.AFFILIATED_WITH}:
            self._note(head, tail, status, qualifiers.date or seen)
        spans = triple.evidence.raw_spans
        exact, prefix, suffix = self._quote(triple)
        return Statement(
            id=triple.id,
            head=head,
            relation=triple.relation.value,
            tail=tail,
            status=status,
            date=qualifiers.date,
            start=qualifiers.start,
            end=qualifiers.end,
            seen=seen,
            raw_start=min((span[0] for span in spans), default=triple.evidence.start),
            raw_end=max((span[1] for span in spans), default=triple.evidence.end),
            exact=exact,
            prefix=prefix,
            suffix=suffix,
            rule=triple.rule,
            score=triple.score,
        )

    def rest(self) -> None:
        """Make the units of entities that no triple names; a title alone is none."""
        for entity in self.annotation.entities:
            if entity.label is not Label.ROLE:
                self._unit(entity)

    def finished(self) -> list[Unit]:
        """The units, with the evidence on people written into them."""
        people = [name for name in self._names.values() if "~" not in name]
        told = list(dict.fromkeys(people))[: COMPANY + 1]
        meta = self.annotation.meta
        stated = place(meta.home_place, frozenset(), "").key if meta.home_place else None
        home = stated or self._setting()
        day = first_day(meta.issue_date) if meta.issue_date else None
        units = self._units
        for number, name in self._names.items():
            known = self._people[number]
            facts = {
                "posts": sorted(known.posts),
                "orgs": sorted(known.organisations),
                "titles": sorted(known.titles),
                "places": sorted(known.places),
                "held": sorted(known.held),
                "home": home,
                "paper": meta.newspaper,
                "day": day,
            }
            company = SEPARATOR.join([other for other in told if other != name][:COMPANY])
            units[number] = units[number]._replace(
                facts=orjson.dumps(facts).decode(), company=company
            )
        return units

    def _setting(self) -> str | None:
        """The one place that the organisations of a document without a home place speak of."""
        found = [found.place.key for _, found in self._owners.values() if found.place]
        local = sorted((key for key in found if "|" in key), key=lambda key: (len(key), key))
        if len(local) < SETTING or any(
            key != local[0] and not key.endswith(f"|{local[0]}") for key in local
        ):
            return None
        return local[0]

    def _end(self, mention: str, org: str | None) -> int:
        entity = self.mentions[mention]
        if entity.label is Label.ROLE:
            return self._post(entity, org or self._organisation_of_role.get(mention))
        return self._unit(entity)

    def _unit(self, entity: Entity) -> int:
        if entity.label is Label.PER:
            return self._person(entity)
        if entity.label is Label.LOC:
            return self._place(entity.name, self._written(entity))
        if entity.label is Label.ORG:
            return self._organisation(entity.name, self._written(entity))
        key = programme_key(entity.name, self._scope)
        return self._add("programme", key, entity.name, self._written(entity), {})

    def _written(self, entity: Entity) -> list[str]:
        return self._surfaces[entity.label, entity.entity]

    def _person(self, entity: Entity) -> int:
        index = self._numbered.get(entity.entity)
        if index is None:
            name = person_name(entity.name)
            self._locals[name] += 1
            count = self._locals[name]
            local = f"person/{name}" + (f"#{count}" if count > 1 else "")
            key = name if tells_apart(name) else f"{name}~{self.key}~{count}"
            index = len(self._units)
            surfaces = SEPARATOR.join(dict.fromkeys((entity.name, *self._written(entity))))
            self._units.append(Unit("person", key, entity.name, local, surfaces, "", "", None))
            self._facts.append({})
            self._names[index] = key
            self._numbered[entity.entity] = index
        return index

    def _place(self, name: str, surfaces: Iterable[str]) -> int:
        where = place(name, self._known, self._scope)
        facts = {"above": list(where.above)}
        return self._add("place", where.key, where.name, [*surfaces, name], facts)

    def _organisation(self, name: str, surfaces: Iterable[str] = ()) -> int:
        return self._owner(name, surfaces)[0]

    def _owner(self, name: str, surfaces: Iterable[str] = ()) -> tuple[int, Organisation]:
        """The unit of an organisation, and which one its name means."""
        known = self._owners.get(name)
        if known is None:
            is_place = name in self._place_names or bool(divisions_named(name))
            found = organisation(name, self._known, self._scope, is_place)
            above = [found.place.name, *found.place.above] if found.place else []
            facts = {"place": found.place.key if found.place else None, "above": above}
            index = self._add("organisation", found.key, name, [*surfaces, name], facts)
            known = self._owners[name] = (index, found)
        return known

    def _post(self, entity: Entity, org: str | None) -> int:
        if org is None:
            title = bare_title(entity.name, None)
            return self._add("role", title, title, self._written(entity), {})
        _, found = self._owner(org)
        title = bare_title(entity.name, found.name)
        facts = {"org": found.key, "title": title}
        key, label = f"{found.key}@{title}", post_label(title, org)
        return self._add("post", key, label, (entity.text, entity.name), facts)

    def _add(
        self, kind: str, key: str, name: str, surfaces: Iterable[str], facts: dict[str, Any]
    ) -> int:
        index = self._index.get((kind, key))
        if index is None:
            index = self._index[kind, key] = len(self._units)
            written = SEPARATOR.join(dict.fromkeys(surfaces))
            text = orjson.dumps(facts).decode()
            named = entity_id(kind, key)
            self._units.append(Unit(kind, key, name, f"{kind}/{key}", written, text, "", named))
            self._facts.append(facts)
        return index

    def _note(self, head: int, tail: int, status: str | None, day: str | None) -> None:
        """Keep what a statement tells of a person, as evidence of who that is."""
        if head not in self._names or status == "proposed":
            return
        person, unit, facts = self._people[head], self._units[tail], self._facts[tail]
        if unit.kind == "role":
            person.titles.add(unit.key)
        elif unit.kind == "post":
            person.posts.add((facts["org"], facts["title"]))
            person.titles.add(facts["title"])
            person.organisations.add(facts["org"])
            self._note_place(person, facts["org"], status, day)
        elif unit.kind == "organisation":
            person.organisations.add(unit.key)
            self._note_place(person, unit.key, None, None)

    @staticmethod
    def _note_place(person: _Person, org: str, status: str | None, day: str | None) -> None:
        where = org.partition("#")[0]
        if not where:
            return
        person.places.add(where)
        ordinal = first_day(day) if day else None
        if ordinal is not None and status in HELD:
            person.held.add((where, ordinal))

    def _seen(self, triple: Triple) -> str | None:
        for article in self.annotation.articles:
            if article.start <= triple.evidence.start < article.end and article.dateline.date:
                return article.dateline.date
        return self.annotation.meta.issue_date

    def _quote(self, triple: Triple) -> tuple[str, str, str]:
        """The evidence with the rest of its sentence before and behind."""
        text, evidence = self.annotation.text, triple.evidence
        exact = text[evidence.start : evidence.end]
        sentence = sentence_around(text, triple)
        before, found, behind = sentence.partition(exact)
        return (exact, before, behind) if found else (exact, "", "")
