"""Annotations made by hand: one sentence a fact, offsets counted while it is written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pipeline.schema import (
    Annotation,
    Entity,
    Evidence,
    Label,
    Meta,
    Qualifiers,
    RelationType,
    Status,
    Triple,
)


@dataclass(frozen=True)
class Held:
    """A person, a title and the full name of the organisation; date: of what is said."""

    person: str
    title: str
    org: str | None = None
    status: str = "current"
    date: str | None = None
    start: str | None = None
    end: str | None = None


class Writer:
    """Writes a text mention by mention."""

    def __init__(self) -> None:
        self.text = ""
        self.entities: list[Entity] = []
        self.triples: list[Triple] = []
        self._numbers: dict[tuple[Label, str], int] = {}

    def say(self, words: str) -> None:
        self.text += words

    def mention(self, label: Label, text: str, name: str | None = None) -> str:
        start = len(self.text)
        self.text += text
        number = self._numbers.setdefault((label, name or text), len(self._numbers) + 1)
        entity = Entity(
            id=f"e{len(self.entities) + 1}",
            label=label,
            text=text,
            start=start,
            end=len(self.text),
            raw_spans=((start, len(self.text)),),
            name=name or text,
            entity=number,
            score=0.9,
            origin="ner",
        )
        self.entities.append(entity)
        return entity.id

    def fact(self, head: str, relation: RelationType, tail: str, at: int, **said: object) -> None:
        evidence = Evidence(start=at, end=len(self.text), raw_spans=((at, len(self.text)),))
        self.triples.append(
            Triple(
                id=f"t{len(self.triples) + 1}",
                head=head,
                relation=relation,
                tail=tail,
                qualifiers=Qualifiers(**said),
                evidence=evidence,
                rule="by-hand",
                score=0.9,
            )
        )


def document(
    identifier: str,
    *facts: Held | str,
    date: str | None = "2014-04-25",
    home: str | None = None,
    paper: str | None = None,
) -> Annotation:
    """A document that says these facts; a bare string is a person who is only named."""
    writer = Writer()
    for fact in facts:
        start = len(writer.text)
        if isinstance(fact, str):
            writer.mention(Label.PER, fact)
        else:
            org = writer.mention(Label.ORG, fact.org) if fact.org else None
            role = writer.mention(Label.ROLE, fact.title)
            person = writer.mention(Label.PER, fact.person)
            writer.fact(
                person,
                RelationType.HOLDS_POST,
                role,
                start,
                org=fact.org,
                org_id=org,
                status=Status(fact.status),
                date=fact.date,
                start=fact.start,
                end=fact.end,
            )
            if org:
                writer.fact(role, RelationType.POST_OF, org, start)
        writer.say("出席会议。\n")
    return Annotation(
        id=identifier,
        sha256=hashlib.sha256(writer.text.encode("utf-8", "replace")).hexdigest(),
        source=f"{identifier}.txt",
        meta=Meta(issue_date=date, home_place=home, newspaper=paper),
        text=writer.text,
        entities=tuple(writer.entities),
        triples=tuple(writer.triples),
    )


def folder(path: Path, *documents: Annotation, shard: int = 1) -> Path:
    """Write documents as `renzhi annotate -o` does."""
    (path / "documents").mkdir(parents=True, exist_ok=True)
    lines = "".join(item.model_dump_json() + "\n" for item in documents)
    (path / "documents" / f"part-{shard:06d}.jsonl").write_text(lines, encoding="utf-8")
    return path
