"""Which mentions of organisations are one: full names for short, relative and declared forms.

Cost is linear in the distinct names: a short form is only compared with the full names that share
its tail, or its first and last character.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from pipeline.components.identity_rules import identity_rules
from pipeline.components.organisations import (
    SAID_IN_SHORT,
    abbreviates,
    organisation_rules,
    parent_organisation,
    relative_level,
    without_party,
)
from pipeline.components.organisations_completion import Surroundings, complete_relative
from pipeline.components.places import leading_places

__all__ = [
    "Named",
    "OrganisationNames",
    "Owner",
    "Owners",
    "Said",
    "declared_aliases",
    "full_names",
]

DECLARED = re.compile(rf"^[”》]?\s*[（(]\s*(?:{SAID_IN_SHORT})?\s*[“「‘\"]?")
BRACKETS = frozenset("（(")
SAID = re.compile(SAID_IN_SHORT)
LONGEST_TAIL = 24
LONGEST_ENDING = 8  # of the name of an institution that a word or a title can mean
TOO_MANY = 40  # candidates of one short form: so many share its shape that none is meant


@dataclass(frozen=True)
class Named:
    """A mention of an organisation: where, its text and the region (article) it stands in.

    topic: it opens a paragraph. goal: somebody is sent there (赴海州大学). guest: it only tells who
    somebody is (海州大学教授).
    """

    start: int
    end: int
    text: str
    region: int
    topic: bool = False
    goal: bool = False
    guest: bool = False


class Said(Enum):
    """How the text says whose a post is: not at all, as its own (我校, 校) or again (该校)."""

    NOT = "not"
    OWN = "own"
    AGAIN = "again"


def declared_aliases(text: str, mentions: Sequence[tuple[int, int, str]]) -> dict[str, str]:
    """Short → full names that the text declares: 甲（以下简称“乙”）, 甲（乙）.

    mentions: (start, end, surface) of one label, in order. Without the word 简称 the bracketed name
    must fill the brackets, and neither may be relative: 县委（县政府） are two.
    """
    found: dict[str, str] = {}
    for (_, end, full), (start, stop, short) in itertools.pairwise(mentions):
        gap = text[end:start]
        if len(gap) > 12 or not DECLARED.fullmatch(gap):
            continue
        alone = gap.strip() in BRACKETS and text.startswith(tuple("）)"), stop)
        if SAID.search(gap) or abbreviates(short, full) or (alone and _is_named(short, full)):
            if len(short) < len(full):
                found.setdefault(short, full)
            elif short != full:
                found.setdefault(full, short)
    return found


def _is_named(*names: str) -> bool:
    return all(relative_level(name) is None and name not in BARE for name in names)


def full_names(
    mentions: Sequence[Named], surroundings: Surroundings, aliases: Mapping[str, str]
) -> dict[tuple[str, int], str]:
    """The full name of every (surface, region) of organisations; itself where nothing is fuller."""
    surfaces = Counter(mention.text for mention in mentions)
    tails = _tails(surfaces)
    relative: dict[tuple[str, int], str] = {}
    for surface, region in dict.fromkeys((mention.text, mention.region) for mention in mentions):
        name = _party_in_full(aliases.get(surface, surface), surfaces)
        relative[surface, region] = (
            complete_relative(name, region, surroundings, _ending_like(name, tails)) or name
        )
    said = set(relative.values())
    wholes = {parent for name in said if (parent := parent_organisation(without_party(name)))}
    fullest = _fullest(sorted(said | wholes, key=lambda name: (-len(name), name)))
    return {key: _with_full_parent(fullest[name], fullest) for key, name in relative.items()}


def _party_in_full(name: str, said: Collection[str]) -> str:
    """中国农工民主党 for 农工党 in a text that names it so."""
    full = identity_rules().parties.get(name, name)
    return full if full in said else name


def _with_full_parent(name: str, fullest: Mapping[str, str]) -> str:
    """Spell out the organisation that a name begins with: 盐城市一院|基层委员会."""
    body = without_party(name)
    parent = parent_organisation(body)
    full = fullest.get(parent, parent) if parent else None
    if parent is None or full is None or full in {parent, "中国" + parent}:
        return name
    return name[: len(name) - len(body)] + full + body[len(parent) :]


def _tails(surfaces: Iterable[str]) -> dict[str, list[str]]:
    """Names by each of their tails of two characters and more."""
    tails: dict[str, list[str]] = defaultdict(list)
    for surface in surfaces:
        for cut in range(1, min(len(surface) - 1, LONGEST_TAIL)):
            tails[surface[cut:]].append(surface)
    return tails


def _ending_like(name: str, tails: Mapping[str, list[str]]) -> list[str]:
    """Names that end with this relative name and begin with a place."""
    level = relative_level(name)
    if level is None:
        return []
    word = level[0]
    rest = name.split(word, 1)[1]
    found = tails.get(word + rest, [])
    return [full for full in found if leading_places(without_party(full)).end]


def _fullest(names: Sequence[str]) -> dict[str, str]:
    """Link each name to the one full name it is short for; names come longest first.

    A name that could be short for two stays itself.
    """
    tails = _tails(names)
    ends: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in names:
        for first in _first_characters(name):
            ends[first, _last_character(name)].append(name)
    # 国务院 beside 美国国务院 is none of its
    whole = BARE.union(organisation_rules().organisation_of_title.values())
    full: dict[str, str] = {}
    for name in names:
        if (official := _formal_government(name)) in full:
            full[name] = full[official]
            continue
        options = {
            *tails.get(name, ()),
            *ends.get((_first_stem(name), _last_character(name)), ()),
        }
        options = {option for option in options if len(option) > len(name)}
        if name in whole or len(options) > TOO_MANY:
            options = set()
        linked = {full[option] for option in options if abbreviates(name, option)}
        if not linked and leading_places(name).end == 0 and relative_level(name) is None:
            linked = {full[option] for option in tails.get(name, ()) if name not in whole}
        full[name] = linked.pop() if len(linked) == 1 else name
    return full


def _formal_government(name: str) -> str:
    """江州县人民政府办公室 for 江州县政府办公室; the name itself where no place is before 政府."""
    end = leading_places(name).end
    return f"{name[:end]}人民{name[end:]}" if end and name.startswith("政府", end) else name


BARE = frozenset({"党委", "党组", "团委", "工会", "支部", "政府", "办公室", "委员会", "理事会"})


def _first_stem(name: str) -> str:
    rest = name[leading_places(name).end :] or name
    if len(rest) > 2 and rest[0] in "省市县区":
        rest = rest[1:]
    return rest[0]


def _first_characters(name: str) -> set[str]:
    rest = name[leading_places(name).end :] or name
    stems = {rest, rest.removeprefix("国家"), name}
    if len(rest) > 2 and rest[0] in "省市县区":
        stems.add(rest[1:])
    return {(stem.removeprefix("第") or stem)[0] for stem in stems if stem}


def _last_character(name: str) -> str:
    """Last character after shortening the head word: 委 of 委员会, 大 of 大学, 办 of 办公室."""
    for long, short in (("委员会", "委"), ("办公室", "办"), ("大学", "大")):
        if name.endswith(long):
            return short
    return name[-1]


class OrganisationNames:
    """The full names of a document's organisations, by surface and region.

    ``spell`` adds the name of one mention alone: 外科 of two hospitals has two.
    """

    def __init__(
        self,
        mentions: Sequence[Named],
        surroundings: Surroundings,
        aliases: Mapping[str, str],
    ) -> None:
        self._names = full_names(mentions, surroundings, aliases)
        self._with_party = {without_party(name): name for name in self._names.values()}
        self._spelled: dict[int, str] = {}

    def known(self, surface: str, region: int) -> str | None:
        """The full name of a surface in a region; None where no mention there has it."""
        return self._names.get((surface, region))

    def of(self, surface: str, start: int, region: int) -> str:
        """The full name of the mention with this surface at ``start``."""
        return self._spelled.get(start) or self._names.get((surface, region), surface)

    def spell(self, start: int, name: str) -> str:
        """Give the mention at ``start`` this name, in the form that the document has for it."""
        self._spelled[start] = self._with_party.get(name, name)
        return self._spelled[start]


@dataclass(frozen=True)
class Owner:
    """The institution that a post belongs to; span: a mention of it, None where only a part is."""

    name: str
    span: tuple[int, int] | None


@dataclass(frozen=True)
class _Option:
    """A mention that an ending can mean: where, its full name, and whether only a part is named.

    topic, goal, guest: see `Named`.
    """

    start: int
    end: int
    name: str
    part: bool
    topic: bool
    goal: bool
    guest: bool

    def owner(self) -> Owner:
        return Owner(self.name, None if self.part else (self.start, self.end))


@dataclass(frozen=True)
class _Options:
    """Mentions that an ending can mean, in order.

    leader: those of the one named most, of several the one named first; topics: those that open a
    paragraph; own: not all of them only tell who a guest is; tied: there are several leaders;
    listed: it stands in a list with another (甲大学和乙大学), where neither is the main one.
    """

    mentions: tuple[_Option, ...]
    starts: tuple[int, ...]
    leader: tuple[_Option, ...]
    leader_starts: tuple[int, ...]
    topics: tuple[_Option, ...]
    topic_starts: tuple[int, ...]
    own: bool
    tied: bool
    listed: bool

    def nearest_of_leader(self, position: int) -> _Option:
        at = bisect_right(self.leader_starts, position)
        around = self.leader[max(0, at - 1) : at + 1]
        return min(around, key=lambda option: (abs(position - option.start), option.start))


class Owners:
    """The institutions that 院, 校 or a bare 站长 can mean, by the ending of their names.

    A department stands for its institution where the text says 我院 (市一院监察室: 市一院).
    mentions: in order; names: their full names.
    """

    def __init__(self, mentions: Sequence[Named], names: OrganisationNames) -> None:
        # By the tails of their names: each ending then looks at what it means and nothing else.
        self._tails: dict[tuple[str, int], list[_Option]] = defaultdict(list)
        for mention in mentions:
            name = names.of(mention.text, mention.start, mention.region)
            if len(mention.text) > 1:
                for option in _options(mention, name):
                    for length in range(1, min(LONGEST_ENDING, len(option.name)) + 1):
                        self._tails[option.name[-length:], mention.region].append(option)
        self._found: dict[tuple[tuple[str, ...], int, Said], _Options] = {}

    def of(
        self,
        endings: tuple[str, ...],
        position: int,
        region: int,
        sentence: int,
        *,
        said: Said,
        chief: bool,
    ) -> Owner | None:
        """The institution meant at a position: the last of the sentence, else the article's main.

        sentence: where the sentence begins. said: 该院 means the last one that opened a paragraph;
        with 该院 or 我院 of several the last one before. chief: the post leads the institution, so
        that of several named as often the article's first is meant; else they leave it open. None
        where in doubt.
        """
        key = (endings, region, said)
        if key not in self._found:
            self._found[key] = self._find(endings, region, parts=said is not Said.NOT)
        options = self._found[key]
        at = bisect_right(options.starts, position)
        before = options.mentions[at - 1] if at else None
        if before is not None and before.start >= sentence:
            return before.owner()
        if said is Said.OWN and not options.own:
            return None
        at = bisect_right(options.topic_starts, position)
        if said is Said.AGAIN and at:
            return options.topics[at - 1].owner()
        first = chief and said is Said.NOT and not options.listed
        if options.leader and (first or not options.tied):
            return options.nearest_of_leader(position).owner()
        return before.owner() if before is not None and said is not Said.NOT else None

    def named(self, name: str, position: int, region: int) -> tuple[int, int] | None:
        """The mention of an organisation by its full name: the last before, else the next."""
        spans = [
            (option.start, option.end)
            for option in self._tails.get((name[-LONGEST_ENDING:], region), ())
            if option.name == name and not option.part
        ]
        at = bisect_right(spans, (position, position))
        return spans[max(0, at - 1)] if spans else None

    def _find(self, endings: tuple[str, ...], region: int, *, parts: bool) -> _Options:
        whole = tuple(set(identity_rules().whole_endings) - set(endings))
        ending = {
            option
            for end in endings
            for option in self._tails.get((end, region), ())
            if not option.name.endswith(whole)
        }
        found = sorted(
            (option for option in ending if parts or not option.part),
            key=lambda option: (option.start, option.part),
        )
        topics = [option for option in found if option.topic]
        goals = {option.name for option in found if option.goal}
        ranked = Counter(option.name for option in found).most_common(2)
        main = ranked[0][0] if ranked and ranked[0][0] not in goals else ""
        tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
        mentions = [option for option in found if option.name == main]
        # A mention of the institution itself says more than one of its departments.
        leader = [option for option in mentions if not option.part] or mentions
        return _Options(
            tuple(found),
            tuple(option.start for option in found),
            tuple(leader),
            tuple(option.start for option in leader),
            tuple(topics),
            tuple(option.start for option in topics),
            not all(option.guest for option in leader),
            tied,
            any(
                two.start - one.end == 1 and main in {one.name, two.name}
                for one, two in itertools.pairwise(found)
            ),
        )


def _standing(mention: Named) -> tuple[bool, bool, bool]:
    return (mention.topic, mention.goal, mention.guest)


def _options(mention: Named, name: str) -> Iterable[_Option]:
    """The organisation itself and the institution that its name begins with."""
    body = without_party(name)
    if body == name and not name.startswith("团") and not name.endswith("分公司"):
        yield _Option(mention.start, mention.end, name, False, *_standing(mention))
    above = parent_organisation(body)
    if above is not None and not body.endswith("公司"):  # 甲集团|股份有限公司 is one firm
        yield _Option(mention.start, mention.end, above, True, *_standing(mention))
