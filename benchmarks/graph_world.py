"""A made-up world of officials, with namesakes and careers, and the documents that speak of them.

Everything comes from a seed. Who a document means is known, so that identity can be scored; the
lines are those of ``documents/part-*.jsonl``.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pipeline.components.places import divisions_named

__all__ = ["Person", "World", "document_line", "documents", "make_world", "write_shards"]

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
CITY_STARTS = "云雾霞虹岚霁澜沁滢沐漪泓瀚"
CITY_ENDS = "川岭岗洲湾溪泉塘坪坝峪崖淀浦屿滩渚"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志远望舒映雪怀瑾若谷承安景行知言"
CITIES = [
    "滨州市",
    "德州市",
    "聊城市",
    "亳州市",
    "阜阳市",
    "宿州市",
    "盐城市",
    "泰州市",
    "荆门市",
    "孝感市",
    "咸宁市",
    "衡阳市",
    "邵阳市",
    "岳阳市",
    "绵阳市",
    "德阳市",
    "遂宁市",
    "商洛市",
    "安康市",
    "榆林市",
    "朔州市",
    "晋中市",
    "吕梁市",
    "沧州市",
    "衡水市",
    "邢台市",
]
UNITS = (
    ("委", ("市委书记", "市委副书记", "市委秘书长")),
    ("政府", ("市长", "副市长", "市政府秘书长")),
    ("教育局", ("局长", "副局长")),
    ("财政局", ("局长", "副局长")),
    ("委组织部", ("组织部部长", "组织部副部长")),
    ("人大常委会", ("市人大常委会主任", "市人大常委会副主任")),
    ("公安局", ("局长", "副局长", "政委")),
    ("第一人民医院", ("院长", "党委书记")),
    ("第二中学", ("校长", "副校长")),
)
DAYS = 28


@dataclass(frozen=True)
class Person:
    """One person: posts as (first year, organisation, title), in order of time."""

    number: int
    name: str
    city: str
    posts: tuple[tuple[int, str, str], ...]


@dataclass
class World:
    """People, by city; papers are named after their city."""

    people: list[Person]
    by_city: dict[str, list[Person]] = field(default_factory=dict)


def make_world(
    people: int, seed: int, namesakes: float = 0.3, people_a_city: int | None = None
) -> World:
    """Make people; a share of them bears the name of somebody of another or the same city.

    No two of one name serve in one organisation: no reader could tell them apart. people_a_city:
    add invented cities until no more people than that live in each, so that a bigger world is a
    wider one, and not one with more holders of every post.
    """
    chance = random.Random(seed)
    cities = [city for city in CITIES if divisions_named(city)]
    if people_a_city is not None:
        invented = (
            a + b + "市"
            for a in "云雾霞虹岚霁澜沁滢沐漪泓瀚"
            for b in "川岭岗洲湾溪泉塘坪坝峪崖淀浦屿滩渚"
        )
        cities += islice(invented, max(0, people // people_a_city - len(cities)))
    made: list[Person] = []
    taken: list[str] = []
    served: set[tuple[str, str]] = set()
    for number in range(people):
        if taken and chance.random() < namesakes:
            name = chance.choice(taken[-2000:])
        else:
            name = chance.choice(SURNAMES) + "".join(
                chance.sample(GIVEN, 2 if chance.random() < 0.8 else 1)
            )
            taken.append(name)
        city = chance.choice(cities)
        year = chance.randint(2004, 2012)
        posts = []
        for _ in range(chance.choice((1, 1, 2, 3))):
            unit, titles = chance.choice(UNITS)
            if (name, city + unit) in served:
                continue
            posts.append((year, city + unit, chance.choice(titles)))
            year += chance.randint(2, 5)
        served.update((name, org) for _, org, _ in posts)
        made.append(Person(number, name, city, tuple(posts)))
    world = World(made)
    for person in made:
        world.by_city.setdefault(person.city, []).append(person)
    return world


def documents(
    world: World, count: int, triples: int, seed: int
) -> Iterator[tuple[bytes, list[int]]]:
    """Lines with the people that they name, in order of their units. triples: a document, about."""
    chance = random.Random(seed)
    cities = sorted(world.by_city)
    for number in range(count):
        city = chance.choice(cities)
        year = chance.randint(2005, 2018)
        pool = world.by_city[city]
        size = min(len(pool), max(1, triples // 2))
        start = chance.randrange(len(pool))
        named: dict[str, Person] = {}
        for step in range(size):  # neighbours in the list meet again and again
            person = pool[(start + step) % len(pool)]
            named.setdefault(person.name, person)
        date = f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, DAYS):02}"
        yield document_line(f"doc-{seed}-{number}", city, date, list(named.values()), chance)


def document_line(
    identifier: str, city: str, date: str, people: list[Person], chance: random.Random
) -> tuple[bytes, list[int]]:
    """One document: most people with their post of that year, some by name alone."""
    text, entities, triples = "", [], []
    numbers: dict[tuple[str, str], int] = {}

    def mention(label: str, words: str, name: str) -> str:
        nonlocal text
        start = len(text)
        text += words
        entities.append({
            "id": f"e{len(entities) + 1}",
            "label": label,
            "text": words,
            "start": start,
            "end": len(text),
            "raw_spans": [[start, len(text)]],
            "name": name,
            "entity": numbers.setdefault((label, name), len(numbers) + 1),
            "score": 0.9,
            "origin": "ner",
        })
        return f"e{len(entities)}"

    def fact(head: str, relation: str, tail: str, at: int, **said: str | None) -> None:
        triples.append({
            "id": f"t{len(triples) + 1}",
            "head": head,
            "relation": relation,
            "tail": tail,
            "qualifiers": said,
            "evidence": {"start": at, "end": len(text), "raw_spans": [[at, len(text)]]},
            "rule": "made",
            "score": 0.9,
        })

    year = int(date[:4])
    for person in people:
        at = len(text)
        posts = [post for post in person.posts if post[0] <= year]
        if posts and chance.random() < 0.85:
            _, org, title = posts[-1]
            short = chance.random() < 0.5  # 市委 for 滨州市委, as local papers write
            written = org[len(city) - 1 :] if short else org
            owner = mention("ORG", written, org)
            role = mention("ROLE", title, title)
            holder = mention("PER", person.name, person.name)
            fact(holder, "holds_post", role, at, org=org, org_id=owner, status="current")
            fact(role, "post_of", owner, at)
        else:
            mention("PER", person.name, person.name)
        text += "出席会议并讲话。"
    line = {
        "id": identifier,
        "sha256": f"{abs(hash(identifier)):064x}"[:64],
        "source": f"{identifier}.txt",
        "meta": {"issue_date": date, "home_place": city, "newspaper": f"{city[:-1]}日报"},
        "text": text,
        "entities": entities,
        "triples": triples,
    }
    return json.dumps(line, ensure_ascii=False).encode(), [person.number for person in people]


def write_shards(
    folder: Path, world: World, triples: int, per_document: int, seed: int, shard: int = 2000
) -> tuple[int, int]:
    """Write shards with about so many triples; gives how many documents and triples there are."""
    (folder / "documents").mkdir(parents=True)
    made = count = number = 0
    lines: list[bytes] = []
    for line, _ in documents(world, triples, per_document, seed):
        lines.append(line)
        made += line.count(b'"relation"')
        count += 1
        if len(lines) == shard or made >= triples:
            number += 1
            path = folder / "documents" / f"part-{number:06d}.jsonl"
            path.write_bytes(b"\n".join(lines) + b"\n")
            lines = []
        if made >= triples:
            break
    return count, made
