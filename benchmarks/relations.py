"""Measure posts and relations: quality on gold mentions, speed, reliability of the scores.

    python benchmarks/relations.py DATA [--end-to-end]

DATA holds gov_gold/, percent4_spo/ and lexicons/. Prints Markdown tables; speeds are of CPU time.
With --end-to-end the shipped model finds the mentions, and the speed of the rules is set beside
that of the recogniser.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import spacy
from spacy.tokens import Doc

from pipeline.annotations.native import GoldDocument, read_gold
from pipeline.annotator import Annotator
from pipeline.components.organisations import unit_in_title
from pipeline.components.places import divisions_named, full_place, level_of
from pipeline.components.relations import make_relations
from pipeline.components.tokenizer import CharTokenizer
from pipeline.evaluation.calibration import calibrate
from pipeline.evaluation.counts import Counts
from pipeline.evaluation.gold_docs import gold_doc
from pipeline.evaluation.names import Names
from pipeline.evaluation.predictions import from_gold_mentions, from_model
from pipeline.evaluation.scorer import (
    PredictedDocument,
    Scores,
    gold_keys,
    predicted_keys,
    score_document,
)
from pipeline.schema import Annotation, Label, RelationType

GOALS = {
    "holds_post": 0.97,
    "affiliated_with": 0.94,
    "post_of": 0.94,
    "organises": 0.80,
    "participates_in": 0.80,
    "comments_on": 0.80,
    "located_in": 0.80,
    "part_of": 0.80,
}


def quality(gold: list[GoldDocument], found: list[Annotation]) -> None:
    scores = sum(
        (
            score_document(document, PredictedDocument.from_annotation(annotation))
            for document, annotation in zip(gold, found, strict=True)
        ),
        Scores(),
    )
    print("\n| relation | P | R | F1 | goal | support |\n|---|---|---|---|---|---|")
    for relation in RelationType:
        counts = scores.relation(relation)
        support = counts.right + counts.missed
        given = counts.right + counts.invented
        precision = counts.right / given if given else 0.0
        recall = counts.right / support if support else 0.0
        f1 = 2 * counts.right / (support + given) if support + given else 0.0
        goal = GOALS.get(str(relation), "")
        print(f"| {relation} | {precision:.3f} | {recall:.3f} | {f1:.3f} | {goal} | {support} |")
    for name, accuracy, aim in (("org", scores.org, 0.95), ("status", scores.status, 0.97)):
        print(f"| {name} right | | | {accuracy.right / accuracy.total:.3f} | {aim} | |")


def reliability(gold: list[GoldDocument], found: list[Annotation]) -> None:
    answers = []
    for document, annotation in zip(gold, found, strict=True):
        names = Names.of_gold(document)
        wanted = gold_keys(document, names)
        scores = {triple.id: triple.score for triple in annotation.triples}
        given = predicted_keys(PredictedDocument.from_annotation(annotation), names)
        answers += [
            (max(scores[row.id or ""] for row in rows), key in wanted)
            for key, rows in given.items()
        ]
    table = calibrate(answers)
    print("\n| score | answers | mean score | right |\n|---|---|---|---|")
    for row in table.bins:
        print(f"| {row.low:.1f}–{row.high:.1f} | {row.count} | {row.score:.3f} | {row.right:.3f} |")
    print(f"\nExpected calibration error {table.ece:.3f} over {table.count} triples.")


def spo_documents(path: Path) -> Iterator[tuple[GoldDocument, set[tuple[int, int, int]]]]:
    """Sentences with (person, title, body) triples as end offsets of the three gold spans."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        body_of: dict[int, list[int]] = {}
        persons: list[tuple[int, int]] = []
        for head, name, tail in row["relations"]:
            if name == "of_subject":
                body_of.setdefault(head, []).append(tail)
            else:
                persons.append((head, tail))
        ends = [end for _, end, _ in row["entities"]]
        wanted = {
            (ends[person], ends[title], ends[body])
            for person, title in persons
            for body in body_of.get(title, ())
        }
        entities = [
            (start, end, _label(row["text"][start:end], label))
            for start, end, label in row["entities"]
        ]
        yield GoldDocument(row["source"], row["text"], tuple(_flat(entities))), wanted


def _flat(entities: list[tuple[int, int, Label]]) -> list[tuple[int, int, Label]]:
    """Without spans that overlap a longer one; a ROLE may overlap an ORG."""
    kept: list[tuple[int, int, Label]] = []
    for one in sorted(entities, key=lambda span: (span[0] - span[1], span)):
        crossing = [k for k in kept if k[0] < one[1] and one[0] < k[1]]
        if all({one[2], k[2]} == {Label.ORG, Label.ROLE} for k in crossing):
            kept.append(one)
    return sorted(kept)


def _label(surface: str, label: str) -> Label:
    if label == "O":
        return Label.PER
    if label == "P":
        return Label.ROLE
    place = divisions_named(surface) or level_of(surface) or surface.endswith("国")
    return Label.LOC if place else Label.ORG


def spo(data: Path) -> None:
    """Three counts of the body–title–person triples of percent4_spo test, on gold spans.

    By mention every marked mention counts. By name, as the guidelines score, a triple counts once a
    sentence, and any name of the body will do, also the one that the rules complete (湘潭市委 where
    湘潭 is marked before 市委书记). Posts: the same where the title is one that the lists of DATA
    know, which leaves out 妻子, 主演 and 子公司: the guidelines have no ROLE for these.
    """
    nlp = rules_alone()
    known = _known_titles(data / "lexicons")
    counts = {"by mention": Counts(), "by name": Counts(), "by name, posts": Counts()}
    for document, wanted in spo_documents(data / "percent4_spo" / "test.jsonl"):
        doc = run(nlp, gold_doc(nlp, document))
        rows = [row for row in doc._.triples if row["relation"] == "holds_post"]
        given = {
            (row["head"][1], row["tail"][1], row["org_span"][1]) for row in rows if row["org_span"]
        }
        counts["by mention"] += _counted(given, wanted)
        wanted_names, given_names = _named(doc, wanted, rows)
        counts["by name"] += _counted(given_names, wanted_names)
        counts["by name, posts"] += _counted(
            {key for key in given_names if key[1].endswith(known)},
            {key for key in wanted_names if key[1].endswith(known)},
        )
    print("\n| percent4_spo test, gold spans | P | R | F1 | goal | support |")
    print("|---|---|---|---|---|---|")
    for name, found in counts.items():
        scores = f"{found.precision:.3f} | {found.recall:.3f} | {found.f1:.3f}"
        print(f"| {name} | {scores} | 0.90 | {found.support} |")


def _counted(given: set[Any], wanted: set[Any]) -> Counts:
    return Counts(
        right=len(given & wanted), invented=len(given - wanted), missed=len(wanted - given)
    )


def _known_titles(folder: Path) -> tuple[str, ...]:
    names = ("titles_corpus.tsv", "titles_party_government.tsv", "titles_hanlp.txt")
    lines = [
        line for name in names for line in (folder / name).read_text(encoding="utf-8").splitlines()
    ]
    return tuple({line.split("\t")[0] for line in lines if len(line.split("\t")[0]) > 1})


Triples = set[tuple[str, str, str]]


def _named(
    doc: Doc, wanted: set[tuple[int, int, int]], rows: list[dict[str, Any]]
) -> tuple[Triples, Triples]:
    """The wanted (person, title, body) triples and the given ones by the names of their ends."""
    names: dict[int, str] = {}
    for group in sorted(doc._.entities, key=lambda group: bool(group["label"] == "ROLE")):
        for start, end in group["mentions"]:
            names[end] = doc.text[start:end] if group["label"] == "ROLE" else group["name"]
    right: Triples = set()
    for person, title, body in wanted:  # a span that crosses another is no mention: it stays missed
        right.add((_name(names, person), _name(names, title), _name(names, body)))
    given: Triples = set()
    for row in rows:
        person_name, title_name = names[row["head"][1]], names[row["tail"][1]]
        marked = names[row["org_span"][1]] if row["org_span"] else row["org"]
        if marked is None:
            continue
        bodies = (body for *held, body in right if held == [person_name, title_name])
        meant = (body for body in bodies if {marked, row["org"]} & _forms(body, title_name))
        given.add((person_name, title_name, next(meant, marked)))
    return right, given


def _name(names: dict[int, str], end: int) -> str:
    return names.get(end, f"#{end}")


def _forms(body: str, title: str) -> set[str]:
    """What a body may be called as the organisation of this title: 湘潭, 湘潭市, 湘潭市委."""
    full, unit = full_place(body), unit_in_title(title)
    return {body, full, *([full + unit[1:]] if unit else [])}


def rules_alone() -> Any:
    from pipeline.components import identity, posts  # noqa: F401 - registers them

    nlp = spacy.blank("zh")
    nlp.tokenizer = CharTokenizer(nlp.vocab)
    for name in ("posts", "identity", "relations"):
        nlp.add_pipe(name)
    return nlp


def run(nlp: Any, doc: Doc) -> Doc:
    del doc.spans["roles"]
    for _, component in nlp.pipeline:
        doc = component(doc)
    return doc


def speed(gold: list[GoldDocument]) -> float:
    """Characters a second of the relation rules alone, the best of three."""
    nlp = rules_alone()
    docs = []
    for document in gold:
        doc = gold_doc(nlp, document)
        del doc.spans["roles"]
        for name, component in nlp.pipeline:
            if name != "relations":
                doc = component(doc)
        docs.append(doc)
    component = make_relations(nlp, "relations", [], None)
    size = sum(len(document.text) for document in gold)
    rate = size / min(_timed(component.match, docs) for _ in range(3))
    long = max(docs, key=lambda doc: len(doc.text))
    print("\n| relation rules | characters a second |\n|---|---|")
    print(f"| {len(docs)} documents, {size} characters | {rate:,.0f} |")
    print(f"| the longest document, {len(long.text)} characters | {_rate(component, long):,.0f} |")
    return rate


def _rate(component: Any, doc: Doc) -> float:
    return len(doc.text) / statistics.median(_timed(component.match, [doc]) for _ in range(5))


def _timed(work: Any, docs: Iterable[Doc]) -> float:
    begin = time.process_time()
    for doc in docs:
        work(doc)
    return time.process_time() - begin


def growth() -> None:
    """CPU time of one text of 10,000 and 100,000 characters without a sentence end."""
    unit = "云山市委组织部部长李海明、副部长王新竹到海州学院参加读书会，"
    marks = [(0, 7, Label.ORG), (7, 9, Label.ROLE), (9, 12, Label.PER), (13, 16, Label.ROLE)]
    marks += [(16, 19, Label.PER), (20, 24, Label.ORG), (26, 29, Label.PROGRAMME)]
    nlp = rules_alone()
    component = make_relations(nlp, "relations", [], None)
    print("\n| characters in one sentence | CPU seconds | characters a second |\n|---|---|---|")
    for size in (10_000, 100_000):
        times = size // len(unit)
        entities = tuple(
            (start + k * len(unit), end + k * len(unit), label)
            for k in range(times)
            for start, end, label in marks
        )
        doc = gold_doc(nlp, GoldDocument("long", unit * times, entities))
        took = _timed(component.match, [doc])
        print(f"| {len(doc.text):,} | {took:.2f} | {len(doc.text) / took:,.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--end-to-end", action="store_true")
    options = parser.parse_args()
    gold = list(read_gold(options.data / "gov_gold" / "dev.jsonl"))
    print("## gov_gold/dev, gold mentions")
    found = list(from_gold_mentions(gold))
    quality(gold, found)
    print("\n### Reliability of the scores")
    reliability(gold, list(from_gold_mentions(gold, min_score=0.0)))
    spo(options.data)
    print("\n## Speed")
    rate = speed(gold)
    growth()
    if options.end_to_end:
        annotator = Annotator.load()
        print("\n## gov_gold/dev, end to end")
        found = list(from_model(annotator, gold))
        quality(gold, found)
        reliability(gold, found)
        recogniser = annotator.nlp.get_pipe("recogniser")
        docs = [annotator.nlp.make_doc(document.text) for document in gold]
        took = _timed(recogniser, docs)
        own = sum(len(doc.text) for doc in docs) / took
        print(
            f"\nThe recogniser reads {own:,.0f} characters a second, the rules {rate / own:.1f} ×."
        )


if __name__ == "__main__":
    main()
