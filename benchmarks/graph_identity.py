"""How well people of one name are told apart: pairwise scores on made namesakes, as Markdown.

    python benchmarks/graph_identity.py
    python benchmarks/graph_identity.py --names-from FOLDER

The world of `graph_world` says who every mention means: careers through several posts, namesakes
of other cities and of the same one, papers with and without a home place, mentions by name alone.
With ``--names-from`` (a folder with gov_gold/*.jsonl) people, titles and organisations are those
of real articles: an article's people are one each, and namesakes are made by giving one article's
name to another's person. Every judgement is made by the product: `pipeline.graph.reading` and
`pipeline.graph.identity`, through a store.
"""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Annotated

import typer
from graph_world import CITIES, documents, make_world

from pipeline.graph.build import build
from pipeline.graph.names import tells_apart


def main(
    people: int = 1500,
    lines: Annotated[int, typer.Option(help="Documents.")] = 4000,
    seeds: int = 3,
    names_from: Annotated[Path | None, typer.Option(help="Data folder with gov_gold.")] = None,
) -> None:
    """Print pairs, precision, recall, F1 and how many people are wrongly joined."""
    print("| set | mentions | people | P | R | F1 | entities that join two people |")
    print("|---|---|---|---|---|---|---|")
    for seed in range(1, seeds + 1):
        world = make_world(people, seed)
        made = list(documents(world, lines, 10, seed))
        for kind in ("all facts", "no newspaper, no home place"):
            rows = [(_without(line, kind), truth) for line, truth in made]
            print(_scores(f"made, seed {seed}, {kind}", rows), flush=True)
    if names_from is not None:
        for seed in range(1, seeds + 1):
            print(_scores(f"gov_gold, seed {seed}", _gold(names_from, seed)), flush=True)


def _without(line: bytes, kind: str) -> bytes:
    if kind == "all facts":
        return line
    row = json.loads(line)
    row["meta"] = {"issue_date": row["meta"]["issue_date"]}
    return json.dumps(row, ensure_ascii=False).encode()


def _scores(name: str, rows: list[tuple[bytes, list[int]]]) -> str:
    """One row of the table: pairs of mentions of one name, in different documents."""
    with tempfile.TemporaryDirectory() as folder:
        shards = Path(folder) / "out" / "documents"
        shards.mkdir(parents=True)
        (shards / "part-000001.jsonl").write_bytes(b"\n".join(line for line, _ in rows) + b"\n")
        build([Path(folder) / "out"], Path(folder) / "store")
        ledger = sqlite3.connect(Path(folder) / "store" / "graph.sqlite")
        found = ledger.execute(
            "SELECT document.id, unit.name, unit.entity FROM unit JOIN document USING (doc)"
            " WHERE kind = 'person' ORDER BY document.doc, unit.unit"
        ).fetchall()
        ledger.close()
    truth = {}
    for line, numbers in rows:
        row = json.loads(line)
        names = list(dict.fromkeys(e["name"] for e in row["entities"] if e["label"] == "PER"))
        truth.update({(row["id"], n): number for n, number in zip(names, numbers, strict=True)})
    together: Counter[tuple[str, int]] = Counter()
    by_entity: dict[str, set[int]] = defaultdict(set)
    for document, name_, entity in found:
        number = truth[document, name_]
        together[entity, number] += 1
        by_entity[entity].add(number)
    both = sum(n * (n - 1) // 2 for n in together.values())
    said = sum(n * (n - 1) // 2 for n in _sizes(together, 0).values())
    real = sum(n * (n - 1) // 2 for n in _sizes(together, 1).values())
    precision, recall = both / max(1, said), both / max(1, real)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    wrong = sum(len(numbers) > 1 for numbers in by_entity.values())
    return (
        f"| {name} | {len(found):,} | {len(set(truth.values())):,} | {precision:.4f} |"
        f" {recall:.4f} | {f1:.4f} | {wrong} of {len(by_entity):,} ({wrong / len(by_entity):.2%}) |"
    )


def _sizes(together: Counter[tuple[str, int]], side: int) -> Counter[object]:
    sizes: Counter[object] = Counter()
    for pair, count in together.items():
        sizes[pair[side]] += count
    return sizes


def _gold(folder: Path, seed: int, copies: int = 4) -> list[tuple[bytes, list[int]]]:
    """Articles several times over, each time with some of their people, some under other names."""
    chance = random.Random(seed)
    articles = []
    for path in sorted((folder / "gov_gold").glob("*.jsonl")):
        for line in path.open(encoding="utf-8"):
            row = json.loads(line)
            held: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
            for head, relation, tail, said in row["triples"]:
                if relation == "holds_post" and said.get("status") != "proposed":
                    held[head].append((tail, said.get("org")))
            if held:
                articles.append(held)
    names = sorted({name for held in articles for name in held if tells_apart(name)})
    number_of: dict[tuple[int, str], int] = {}
    rows = []
    for at, held in enumerate(articles):
        renamed = {name: name for name in held}
        for name in held:
            if tells_apart(name) and chance.random() < 0.2:
                renamed[name] = chance.choice(names)
        for copy in range(copies):
            chosen = [name for name in held if tells_apart(name) and chance.random() < 0.8]
            shown = {renamed[name]: name for name in chosen}
            date = f"{chance.randint(2012, 2016)}-{chance.randint(1, 12):02}-15"
            home = CITIES[at % len(CITIES)]
            line, people = _gold_line(f"gold-{at}-{copy}", date, home, shown, held)
            # one name with one post somewhere is one person; a made namesake is another
            keys = [(-1 if renamed[shown[name]] == shown[name] else at, name) for name in people]
            numbers = [number_of.setdefault(key, len(number_of)) for key in keys]
            rows.append((line, numbers))
    return rows


def _gold_line(
    identifier: str,
    date: str,
    home: str,
    shown: dict[str, str],
    held: dict[str, list[tuple[str, str | None]]],
) -> tuple[bytes, list[str]]:
    entities: list[dict[str, object]] = []
    triples: list[dict[str, object]] = []
    text = ""
    numbers: dict[tuple[str, str], int] = {}

    def mention(label: str, words: str) -> str:
        nonlocal text
        start = len(text)
        text += words
        entities.append({
            "id": f"e{len(entities) + 1}", "label": label, "text": words, "start": start,
            "end": len(text), "raw_spans": [[start, len(text)]], "name": words,
            "entity": numbers.setdefault((label, words), len(numbers) + 1), "score": 1.0,
            "origin": "gold",
        })  # fmt: skip
        return f"e{len(entities)}"

    for name, real in shown.items():
        at = len(text)
        person = mention("PER", name)
        for title, org in held[real]:
            owner = mention("ORG", org) if org else None
            role = mention("ROLE", title)
            triples.append({
                "id": f"t{len(triples) + 1}", "head": person, "relation": "holds_post",
                "tail": role, "qualifiers": {"org": org, "org_id": owner, "status": "current"},
                "evidence": {"start": at, "end": len(text), "raw_spans": [[at, len(text)]]},
                "rule": "gold", "score": 1.0,
            })  # fmt: skip
        text += "。"
    row = {
        "id": identifier, "sha256": "0" * 64, "source": identifier,
        "meta": {"issue_date": date, "home_place": home, "newspaper": f"{home[:-1]}日报"},
        "text": text, "entities": entities, "triples": triples,
    }  # fmt: skip
    return json.dumps(row, ensure_ascii=False).encode(), list(shown)


if __name__ == "__main__":
    typer.run(main)
