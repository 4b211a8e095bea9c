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
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from pipeline.components.extensions import register_extensions, text_of
from pipeline.components.identity_organisations import (
    Named,
    OrganisationNames,
    Owners,
    declared_aliases,
)
from pipeline.components.identity_persons import PersonMention, person_keys
from pipeline.components.identity_posts import PostReader
from pipeline.components.identity_rules import identity_rules
from pipeline.components.organisations_completion import describe_surroundings, places_of_travel
from pipeline.components.places import full_place
from pipeline.components.posts_distance import body_rules

__all__ = ["Identity", "Mention", "Reading", "make_identity", "read_document"]

LABELS = frozenset({"PER", "ORG", "LOC", "PROGRAMME", "ROLE"})
KIND = re.compile(r"(?:活动|工程|行动|计划|战略|项目|工作|规划|展|赛|节)$")
SHORTEST_STEM = 4
LISTED = frozenset({"、", "和", "与", "及"})
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
            places_of_travel(text, ((m.start, m.end) for m in mentions if m.label == "LOC")),
        )
        named = self._organisations(posts)
        self.aliases = {label: self._aliases(label) for label in ("ORG", "PROGRAMME")}
        self.names = OrganisationNames(named, self.surroundings, self.aliases["ORG"])
        self.places: dict[str, str] = {}
        for m in sorted((m for m in mentions if m.label == "LOC"), key=lambda m: len(m.text)):
            self.places[self._place_key(m.text)] = m.text
        self.reader = PostReader(
            text,
            self.names,
            Owners(named, self.names),
            self.surroundings,
            self.places,
            self.region,
        )

    def region(self, position: int) -> int:
        return max(0, bisect_right(self.starts, position) - 1)

    def _organisations(self, posts: Sequence[dict[str, Any]]) -> list[Named]:
        """The ORG mentions in order, with what they are there for; see `Named`."""
        named_behind = {row["title"][0] for row in posts}
        named_behind |= {m.start for m in self.mentions if m.label == "PER"}
        found: list[Named] = []
        for m in self.mentions:
            if m.label != "ORG":
                continue
            last = found[-1] if found else None
            listed = last is not None and self.text[last.end : m.start] in LISTED
            goal = self.text.endswith(body_rules().sent, 0, m.start)
            found.append(
                Named(
                    m.start,
                    m.end,
                    m.text,
                    self.region(m.start),
                    topic=m.start == 0 or self.text[m.start - 1] == "\n",
                    goal=goal or (last is not None and listed and last.goal),
                    guest=m.end in named_behind,
                )
            )
        return found

    def _place_key(self, place: str) -> str:
        return full_place(place, self.surroundings.known)

    def _aliases(self, label: str) -> dict[str, str]:
        spans = [(m.start, m.end, m.text) for m in self.mentions if m.label == label]
        return declared_aliases(self.text, spans)

    def read(self) -> Reading:
        posts = self.reader.read(self.posts)
        holders = self._holders(posts)
        self.reader.read_sentences(posts, [holder is not None for holder in holders])
        persons = self._person_keys(posts, holders)
        self.reader.inherit(posts, [persons[h.start] if h else None for h in holders])
        self.reader.fall_back(posts)
        keys = self._keys(posts, persons)
        return Reading(_groups(self.mentions, keys, self._fullest_names(keys)), posts)

    def _holders(self, posts: Sequence[dict[str, Any]]) -> list[Mention | None]:
        """The PER mention right behind or before each post; stacked posts share theirs."""
        by_start = {m.start: m for m in self.mentions if m.label == "PER"}
        by_end = {m.end: m for m in self.mentions if m.label == "PER"}
        holders: list[Mention | None] = [
            by_start.get(row["end"]) or by_end.get(row["title"][0]) for row in posts
        ]
        for index in range(len(posts) - 2, -1, -1):
            gap = self.text[posts[index]["end"] : posts[index + 1]["start"]]
            if holders[index] is None and gap in identity_rules().between:
                holders[index] = holders[index + 1]
        return holders

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
                keys.append(("ORG", self.names.of(m.text, m.start, self.region(m.start))))
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

        A declared alias and a name that is the tail of just one other count as well, or that one
        other with words before its category left out: 焦裕禄精神展, 焦裕禄精神图片展.
        """
        names: dict[str, str] = {}
        for m in self.mentions:
            if m.label == "PROGRAMME":
                name = self.aliases["PROGRAMME"].get(m.text, m.text)
                names[m.text] = PUNCTUATION.sub("", name)
        keys = {text: CATEGORY.sub("", name) for text, name in names.items()}
        longer: dict[str, set[str]] = defaultdict(set)  # key of the whole by key or name of a part
        for key in set(keys.values()):
            for cut in range(1, len(key) - 3):
                longer[key[cut:]].add(key)
        for text, name in names.items():
            if category := KIND.search(name):
                for cut in range(SHORTEST_STEM, category.start()):
                    longer[name[:cut] + category[0]].add(keys[text])
        for text, name in names.items():
            wholes = longer[keys[text]] | longer[name]
            if len(wholes) == 1:
                keys[text] = wholes.pop()
        return keys

    def _fullest_names(self, keys: Sequence[Hashable]) -> dict[Hashable, str]:
        """The name of each group: of an organisation its full name, else the longest mention."""
        names: dict[Hashable, str] = {}
        for m, key in zip(self.mentions, keys, strict=True):
            if m.label == "ORG":
                names[key] = self.names.of(m.text, m.start, self.region(m.start))
            elif len(m.text) > len(names.get(key, "")):
                names[key] = m.text
        return names


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
        text = text_of(doc)
        mentions = [
            Mention(
                span.start_char,
                span.end_char,
                span.label_,
                text[span.start_char : span.end_char],
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
