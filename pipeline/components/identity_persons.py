"""Which mentions of persons are one: repeats, 李书记 → 李海明, short forms of foreign names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["PersonMention", "person_keys"]

PARTS = re.compile(r"[·•・‧∙.．－\-]")
DOUBLE_SURNAMES = frozenset({
    "欧阳", "司马", "上官", "诸葛", "司徒", "东方", "尉迟", "公孙", "皇甫", "令狐", "慕容", "夏侯",
    "端木", "长孙", "宇文", "轩辕", "南宫", "百里", "呼延",
})  # fmt: skip
COURTESIES = frozenset({"老师", "总"})  # they tell no post: 李老师, 李总
SMALL_TITLE = re.compile(r"^(?:常务副|第一副|执行|副|代|原)")


@dataclass(frozen=True)
class PersonMention:
    """A PER mention: its text, the titles beside it and the organisations of those posts.

    region: the article it stands in.
    """

    start: int
    text: str
    region: int
    titles: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()


def person_keys(mentions: Sequence[PersonMention]) -> list[tuple[str, str]]:
    """A key for each mention, equal for mentions of one person: full name and a distinction.

    A bare surname goes to the one person of that surname whose posts fit the title beside it, and
    without a title (任老, 李先生) to the only one whom its article named before; a foreign short
    form to the one longer name that ends (or begins) with it. Where two fit, the mention stays by
    itself. Namesakes of two articles stay apart only when the organisations of
    their posts are known and have no place and no name in common.
    """
    names = {mention.text for mention in mentions}
    by_surname: dict[str, list[str]] = defaultdict(list)
    by_part: dict[str, list[str]] = defaultdict(list)
    first: dict[tuple[str, int], int] = {}
    for mention in mentions:
        place = first.setdefault((mention.text, mention.region), mention.start)
        first[mention.text, mention.region] = min(place, mention.start)
    for name in sorted(names):
        parts = PARTS.split(name)
        if len(parts) > 1:
            for part in {parts[0], parts[-1]}:
                by_part[part].append(name)
        elif surname := _surname(name):
            by_surname[surname].append(name)
            if len(name) == 4 and len(surname) == 1:  # 山本 of 山本海明
                by_part[name[:2]].append(name)
    posts = _titles_of(mentions)
    namesakes = _namesakes(mentions)
    keys = []
    alone: dict[tuple[str, int], set[str]] = defaultdict(set)
    for mention in mentions:
        full = _full_name(mention, by_surname, by_part, posts, first)
        if full is None:  # a bare surname that stays by itself is one person per title and article
            titles = "/".join(sorted(mention.titles))
            alone[mention.text, mention.region].add(titles)
            keys.append((mention.text, f"{mention.region}:{titles}"))
        else:
            keys.append((full, str(namesakes.get((full, mention.region), 0))))
    return [
        _joined(key, alone.get((mention.text, mention.region), set()), mention.region)
        for key, mention in zip(keys, mentions, strict=True)
    ]


def _joined(key: tuple[str, str], titles: set[str], region: int) -> tuple[str, str]:
    """A bare surname without a title is the one person of that surname who has one."""
    said = titles - {""}
    return (key[0], f"{region}:{said.pop()}") if key[1] == f"{region}:" and len(said) == 1 else key


def _surname(name: str) -> str | None:
    if not 2 <= len(name) <= 4 or "某" in name or not "\u4e00" <= name[0] <= "\u9fff":
        return None
    return name[:2] if name[:2] in DOUBLE_SURNAMES and len(name) > 2 else name[0]


def _titles_of(mentions: Sequence[PersonMention]) -> dict[str, set[str]]:
    titles: dict[str, set[str]] = defaultdict(set)
    for mention in mentions:
        titles[mention.text] |= mention.titles
    return titles


def _full_name(
    mention: PersonMention,
    by_surname: dict[str, list[str]],
    by_part: dict[str, list[str]],
    posts: dict[str, set[str]],
    first: dict[tuple[str, int], int],
) -> str | None:
    text = mention.text
    if longer := by_part.get(text):
        return longer[0] if len(longer) == 1 else text
    if len(text) == 1 or text in DOUBLE_SURNAMES:
        options = by_surname.get(text, [])
        fitting = [name for name in options if _compatible(mention.titles, posts[name])]
        if len(fitting) == 1:
            return fitting[0]
        if not fitting and len(options) == 1:
            named = first.get((options[0], mention.region), mention.start)
            untitled = mention.titles <= COURTESIES
            if not posts[options[0]] or (untitled and named < mention.start):
                return options[0]
        return None
    return text


def _compatible(said: frozenset[str], held: set[str]) -> bool:
    """Whether a spoken title fits a full one: 书记 for 市委副书记, 主任 for 常务副主任."""
    heads = {SMALL_TITLE.sub("", title) for title in said}
    return any(title.endswith(tuple(heads)) for title in held) if heads else False


def _namesakes(mentions: Sequence[PersonMention]) -> dict[tuple[str, int], int]:
    """(name, region) → number of the person, for names whose regions speak of different people."""
    posts: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for mention in mentions:
        posts[mention.text][mention.region] |= mention.organisations
    apart: dict[tuple[str, int], int] = {}
    for name, regions in posts.items():
        if len(regions) < 2:
            continue
        people: list[set[str]] = []
        for region, organisations in sorted(regions.items()):
            number = next((i for i, known in enumerate(people) if _same(organisations, known)), -1)
            if number < 0:
                number = len(people)
                people.append(set())
            people[number] |= organisations
            apart[name, region] = number
    return apart


def _same(one: set[str], other: set[str]) -> bool:
    """Whether two sets of organisations can be one person's: one is empty or they share a place."""
    if not one or not other:
        return True
    return any(a == b or a[:2] == b[:2] for a in one for b in other)
