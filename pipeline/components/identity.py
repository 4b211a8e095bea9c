"""The component ``identity``: which mentions of a document mean the same.

It reads ``doc.ents``, ``doc.spans["roles"]``, ``doc._.posts``, ``doc._.articles`` and
``doc._.meta`` and sets

``doc._.entities``   list of dicts: id, label, name, mentions ([start, end] each). Every PER, ORG,
                     LOC, PROGRAMME and ROLE mention is in exactly one; ``name`` is the fullest form
                     that the document gives, completed for relative organisations (市委 →
                     滨州市委).
``doc._.posts``      fills in ``org_name``, and ``org`` where an owner word (院党委书记) names it.

No step compares all pairs of mentions.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from pipeline.components.extensions import register_extensions
from pipeline.components.identity_organisations import Named, Owners, declared_aliases, full_names
from pipeline.components.identity_persons import PersonMention, person_keys
from pipeline.components.organisations import (
    organisation_rules,
    owner_endings,
    relative_level,
    unit_in_title,
    without_party,
)
from pipeline.components.organisations_completion import complete_relative, describe_surroundings
from pipeline.components.places import full_place, leading_places

__all__ = ["Identity", "Mention", "Reading", "make_identity", "read_document"]

LABELS = frozenset({"PER", "ORG", "LOC", "PROGRAMME", "ROLE"})
STACK = frozenset({"", "、", "，", "兼", "、兼", "和", "兼任"})
DEPARTMENT = re.compile(
    r"(.+(?:[部处科室办系]|办公室|中心))(?:副|常务副)?(?:部长|处长|科长|系主任|主任|负责人)$"
)
CATEGORY = re.compile(r"(?<=..)(?:活动|工程|行动|计划|战略|项目|工作|规划)$")
PUNCTUATION = re.compile(r"[\s“”‘’\"'「」『』《》〈〉（）()]")


@dataclass(frozen=True, order=True)
class Mention:
    """A mention: characters [start, end), label and text."""

    start: int
    end: int
    label: str
    text: str


@dataclass(frozen=True)
class Reading:
    """What the component found: rows for ``doc._.entities`` and for ``doc._.posts``."""

    entities: list[dict[str, Any]]
    posts: list[dict[str, Any]]


def read_document(
    text: str,
    mentions: Iterable[Mention],
    posts: Sequence[dict[str, Any]],
    articles: Sequence[dict[str, Any]] = (),
    home_place: str | None = None,
) -> Reading:
    """Group the mentions of a document and complete the organisations of its posts.

    posts, articles: as ``doc._.posts`` and ``doc._.articles``; they are not changed.
    """
    ordered = sorted(set(mentions), key=lambda m: (m.start, m.end, m.label))
    return _Document(text, ordered, posts, articles, home_place).read()


class _Document:
    """One document while it is read."""

    def __init__(
        self,
        text: str,
        mentions: Sequence[Mention],
        posts: Sequence[dict[str, Any]],
        articles: Sequence[dict[str, Any]],
        home_place: str | None,
    ) -> None:
        self.text = text
        self.mentions = mentions
        self.posts = posts
        self.regions = _regions(len(text), articles)
        self.starts = [start for start, _, _ in self.regions]
        self.surroundings = describe_surroundings(
            ((m.start, m.label, m.text) for m in mentions if m.label in {"LOC", "ORG"}),
            self.regions,
            home_place,
        )
        self.organisations = [
            Named(m.start, m.end, m.text, self.region(m.start))
            for m in mentions
            if m.label == "ORG"
        ]
        self.aliases = {label: self._aliases(label) for label in ("ORG", "PROGRAMME")}
        self.names = full_names(self.organisations, self.surroundings, self.aliases["ORG"])
        self.owners = Owners(self.organisations, self.names)
        self.places: dict[str, str] = {}
        for m in sorted((m for m in mentions if m.label == "LOC"), key=lambda m: len(m.text)):
            self.places[self._place_key(m.text)] = m.text

    def region(self, position: int) -> int:
        return max(0, bisect_right(self.starts, position) - 1)

    def _place_key(self, place: str) -> str:
        return full_place(place, self.surroundings.known)

    def _aliases(self, label: str) -> dict[str, str]:
        spans = [(m.start, m.end, m.text) for m in self.mentions if m.label == label]
        return declared_aliases(self.text, spans)

    def read(self) -> Reading:
        posts = [self._complete(post) for post in self.posts]
        self._complete_departments(posts)
        holders = self._holders(posts)
        persons = self._person_keys(posts, holders)
        self._inherit(posts, holders, persons)
        for row in posts:
            if row["org_name"] is None:
                self._fall_back(row)
        keys = self._keys(posts, persons)
        return Reading(_groups(self.mentions, keys, self._fullest_names(keys)), posts)

    def _complete(self, post: dict[str, Any]) -> dict[str, Any]:
        """The post with what its own words say of its organisation."""
        row = dict(post)
        title = self.text[slice(*row["title"])]
        if row["org"] is None and row["owner"] is not None and row["place"] is None:
            word = self.text[slice(*row["owner"])]
            self._give_owner(row, organisation_rules().owners.get(word, (word,)), said=True)
        if fixed := organisation_rules().organisation_of_title.get(title):
            row["org_name"] = fixed
        elif row["org"] is not None:
            row["org_name"] = row["org_name"] or self._name_of(row["org"])
            self._move_to_place(row, title)
        elif row["place"] is not None:
            row["org_name"] = self._organ_of_place(self.text[slice(*row["place"])], title)
        return row

    def _organ_of_place(self, place: str, title: str) -> str:
        """滨州市委 where 市委书记 as a whole stands behind 滨州; else the place itself."""
        unit = unit_in_title(title)
        level = relative_level(unit) if unit else None
        if unit is None or level is None:
            return self.places[self._place_key(place)]
        return self._place_key(place) + unit.split(level[0], 1)[1]

    def _complete_departments(self, posts: Sequence[dict[str, Any]]) -> None:
        """市委常委、组织部部长: the department is that of the committee named before it."""
        for last, row in pairwise(posts):
            if row["org"] is None or self.text[last["end"] : row["start"]] not in STACK:
                continue
            department = self.text[slice(*row["org"])]
            committee = last["org_name"] or ""
            if department in organisation_rules().committee_departments and committee[-1:] == "委":
                row["org_name"] = committee + department

    def _name_of(self, org: Sequence[int]) -> str:
        text = self.text[slice(*org)]
        return self.names.get((text, self.region(org[0])), text)

    def _give_owner(self, row: dict[str, Any], endings: tuple[str, ...], *, said: bool) -> None:
        """The institution with such a name, and its department where the title has one."""
        position = row["start"]
        region, sentence = self.region(position), self._sentence_start(position)
        owner = self.owners.of(endings, position, region, sentence, said=said)
        if owner is None:
            return
        row["org"] = [owner.start, owner.end]
        department = DEPARTMENT.match(self.text[slice(*row["title"])])
        row["org_name"] = self._name_of(row["org"]) + (department[1] if department else "")

    def _sentence_start(self, position: int) -> int:
        return max(self.text.rfind(mark, 0, position) for mark in "。！？\n") + 1

    def _fall_back(self, row: dict[str, Any]) -> None:
        """What the title alone says: the article's 市 for 市长, its university for 校长."""
        title = self.text[slice(*row["title"])]
        region = self.region(row["start"])
        if (word := _level_of_title(title)) is not None:
            row["org_name"] = self.surroundings.place_for(word, region)
        elif (unit := unit_in_title(title)) is not None:
            row["org_name"] = self._relative(unit, region)
        elif row["org"] is None and (endings := owner_endings(title)):
            self._give_owner(row, endings, said=False)

    def _relative(self, name: str, region: int) -> str | None:
        if name in organisation_rules().levels:
            return self.surroundings.place_for(name, region)
        return complete_relative(name, region, self.surroundings, ()) or name

    def _holders(self, posts: Sequence[dict[str, Any]]) -> list[Mention | None]:
        """The PER mention right behind or before each post; stacked posts share theirs."""
        by_start = {m.start: m for m in self.mentions if m.label == "PER"}
        by_end = {m.end: m for m in self.mentions if m.label == "PER"}
        holders: list[Mention | None] = [
            by_start.get(row["end"]) or by_end.get(row["title"][0]) for row in posts
        ]
        for index in range(len(posts) - 2, -1, -1):
            gap = self.text[posts[index]["end"] : posts[index + 1]["start"]]
            if holders[index] is None and gap in STACK:
                holders[index] = holders[index + 1]
        return holders

    def _inherit(
        self,
        posts: Sequence[dict[str, Any]],
        holders: Sequence[Mention | None],
        persons: Mapping[int, tuple[str, str]],
    ) -> None:
        """A bare title of a person means that person's one full post that ends like it."""
        held: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
        for row, holder in zip(posts, holders, strict=True):
            if holder is not None and row["org_name"] is not None:
                held[persons[holder.start]].setdefault(self.text[row["start"] : row["end"]], row)
        for row, holder in zip(posts, holders, strict=True):
            if holder is None or row["org_name"] is not None:
                continue
            title = self.text[slice(*row["title"])]
            full = [
                other for role, other in held[persons[holder.start]].items() if role.endswith(title)
            ]
            if len({other["org_name"] for other in full}) == 1:
                row["org_name"], row["org"] = full[0]["org_name"], full[0]["org"]

    def _move_to_place(self, row: dict[str, Any], title: str) -> None:
        """市长 behind a post of its committee belongs to the place: 海州市委副书记、市长."""
        if not row.get("carried") or row["unit"] is not None:
            return
        level = _level_of_title(title)
        if level is None:
            return
        places = leading_places(without_party(row["org_name"])).spans
        row["org_name"] = without_party(row["org_name"])[: places[-1][1]] if places else None
        row["org"] = None

    def _keys(
        self, posts: Sequence[dict[str, Any]], persons: Mapping[int, tuple[str, str]]
    ) -> list[Hashable]:
        org_of = {(row["start"], row["end"]): row["org_name"] for row in posts}
        programmes = self._programme_keys()
        keys: list[Hashable] = []
        for m in self.mentions:
            if m.label == "PER":
                keys.append(("PER", *persons[m.start]))
            elif m.label == "ORG":
                keys.append(("ORG", self.names[m.text, self.region(m.start)]))
            elif m.label == "LOC":
                keys.append(("LOC", self._place_key(m.text)))
            elif m.label == "PROGRAMME":
                keys.append(("PROGRAMME", programmes[m.text]))
            else:
                keys.append(("ROLE", m.text, org_of.get((m.start, m.end))))
        return keys

    def _person_keys(
        self, posts: Sequence[dict[str, Any]], holders: Sequence[Mention | None]
    ) -> dict[int, tuple[str, str]]:
        persons = [m for m in self.mentions if m.label == "PER"]
        titles: dict[int, set[str]] = defaultdict(set)
        organisations: dict[int, set[str]] = defaultdict(set)
        for row, holder in zip(posts, holders, strict=True):
            if holder is not None:
                titles[holder.start].add(self.text[slice(*row["title"])])
                if row["org_name"]:
                    organisations[holder.start].add(row["org_name"])
        keys = person_keys([
            PersonMention(
                m.start,
                m.text,
                self.region(m.start),
                frozenset(titles[m.start]),
                frozenset(organisations[m.start]),
            )
            for m in persons
        ])
        return {m.start: key for m, key in zip(persons, keys, strict=True)}

    def _programme_keys(self) -> dict[str, str]:
        """Programmes are one when they differ in quotation marks or in the category word only.

        A declared alias and a name that is the tail of just one other count as well.
        """
        keys: dict[str, str] = {}
        for m in self.mentions:
            if m.label == "PROGRAMME":
                name = self.aliases["PROGRAMME"].get(m.text, m.text)
                keys[m.text] = CATEGORY.sub("", PUNCTUATION.sub("", name))
        longer: dict[str, set[str]] = defaultdict(set)
        for key in set(keys.values()):
            for cut in range(1, len(key) - 3):
                longer[key[cut:]].add(key)
        return {
            text: next(iter(longer[key])) if len(longer.get(key, ())) == 1 else key
            for text, key in keys.items()
        }

    def _fullest_names(self, keys: Sequence[Hashable]) -> dict[Hashable, str]:
        """The name of each group: of an organisation its full name, else the longest mention."""
        names: dict[Hashable, str] = {}
        for m, key in zip(self.mentions, keys, strict=True):
            if m.label == "ORG":
                names[key] = self.names[m.text, self.region(m.start)]
            elif len(m.text) > len(names.get(key, "")):
                names[key] = m.text
        return names


def _level_of_title(title: str) -> str | None:
    """The level word of a head of a place: 市 of 常务副市长; None for other titles."""
    for word in organisation_rules().titles_of_place:
        if title.endswith(word) and len(title) - len(word) <= 3:
            return word[0]
    return None


def _regions(length: int, articles: Sequence[dict[str, Any]]) -> list[tuple[int, int, str | None]]:
    found = sorted(
        (row["start"], row["end"], (row.get("dateline") or {}).get("place")) for row in articles
    )
    return found or [(0, length, None)]


def _groups(
    mentions: Sequence[Mention], keys: Sequence[Hashable], names: dict[Hashable, str]
) -> list[dict[str, Any]]:
    """Rows for ``doc._.entities``, numbered in the order of their first mention."""
    groups: dict[Hashable, list[Mention]] = {}
    for mention, key in zip(mentions, keys, strict=True):
        groups.setdefault(key, []).append(mention)
    return [
        {
            "id": number,
            "label": group[0].label,
            "name": names[key],
            "mentions": [[m.start, m.end] for m in group],
        }
        for number, (key, group) in enumerate(groups.items(), start=1)
    ]


class Identity:
    """Groups the mentions of a Doc (`match`) and writes the entities (`set_annotations`)."""

    def __call__(self, doc: Doc) -> Doc:
        return self.set_annotations(doc, self.match(doc))

    def match(self, doc: Doc) -> Reading:
        """Return entities and completed posts; the Doc stays as it is."""
        text = doc.text
        mentions = [
            Mention(
                span.start_char, span.end_char, span.label_, text[span.start_char : span.end_char]
            )
            for span in (*doc.ents, *doc.spans.get("roles", ()))
            if span.label_ in LABELS
        ]
        home = doc._.meta.get("home_place")
        return read_document(text, mentions, doc._.posts, doc._.articles, home)

    def set_annotations(self, doc: Doc, reading: Reading) -> Doc:
        """Write the rows."""
        doc._.entities = reading.entities
        doc._.posts = reading.posts
        return doc


@Language.factory("identity", assigns=["doc._.entities", "doc._.posts"], requires=["doc.ents"])
def make_identity(nlp: Language, name: str) -> Identity:  # noqa: ARG001  (spaCy passes both)
    """Make the component."""
    register_extensions()
    return Identity()
