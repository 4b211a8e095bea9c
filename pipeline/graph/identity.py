"""Which mentions of one name are one person: groups by anchors, then scored evidence.

A block holds the units of one name. Units with the same facts become one profile; profiles with
an organisation in common become one group. Groups are compared only where they share an anchor (a
place or one above it, a home place, a newspaper, a person named beside both), so that a block of
forty thousand units costs little more than reading it. Points of features add up to a score;
thresholds turn it into same, not same or unsure, and only ``same`` joins. What a person has
judged comes first and is never overruled. After nomenklatura: a graph of judgements over data
that nobody edits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from pipeline.components.organisations import abbreviates
from pipeline.graph.names import IdentityRules, identity_rules

__all__ = ["Decision", "Judgement", "Profile", "Verdict", "resolve_block"]


class Judgement(StrEnum):
    """What can be said of two mentions."""

    SAME = "same"
    NOT_SAME = "not same"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Profile:
    """Units of a block with the same facts.

    name: smallest key of its units, which it is known by. posts: (organisation, title) keys.
    held: (place, first, last day) of offices held then. days: first and last report, or empty.
    company: people named beside it. size: units.
    """

    name: str
    posts: frozenset[tuple[str, str]] = frozenset()
    organisations: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    held: tuple[tuple[str, int, int], ...] = ()
    home: str | None = None
    paper: str | None = None
    days: tuple[int, ...] = ()
    company: frozenset[str] = frozenset()
    size: int = 1


@dataclass(frozen=True)
class Verdict:
    """A judgement that binds: by profiles' names."""

    left: str
    right: str
    judgement: Judgement


@dataclass(frozen=True)
class Decision:
    """What the machine says of two groups, each known by its smallest profile, and why."""

    left: str
    right: str
    judgement: Judgement
    score: float
    features: tuple[tuple[str, float], ...]


@dataclass
class _Group:
    """What is known of profiles that are one person."""

    number: int
    members: list[int] = field(default_factory=list)
    posts: set[tuple[str, str]] = field(default_factory=set)
    organisations: set[str] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    held: dict[str, list[int]] = field(default_factory=dict)  # place → first and last day
    homes: set[str] = field(default_factory=set)
    papers: set[str] = field(default_factory=set)
    company: set[str] = field(default_factory=set)
    days: list[int] = field(default_factory=list)  # first and last
    apart: set[int] = field(default_factory=set)  # groups that a person keeps apart

    def add(self, index: int, profile: Profile) -> None:
        self.members.append(index)
        self.posts |= profile.posts
        self.organisations |= profile.organisations
        self.titles |= profile.titles
        self.places |= profile.places
        self.homes |= {profile.home} if profile.home else set()
        self.papers |= {profile.paper} if profile.paper else set()
        self.company |= profile.company
        for place, first, last in profile.held:
            self._hold(place, first, last)
        if profile.days:
            self._see(profile.days[0], profile.days[1])

    def swallow(self, other: _Group) -> None:
        self.members += other.members
        self.posts |= other.posts
        self.organisations |= other.organisations
        self.titles |= other.titles
        self.places |= other.places
        self.homes |= other.homes
        self.papers |= other.papers
        self.company |= other.company
        for place, (first, last) in other.held.items():
            self._hold(place, first, last)
        if other.days:
            self._see(other.days[0], other.days[1])

    def _hold(self, place: str, first: int, last: int) -> None:
        known = self.held.setdefault(place, [first, last])
        known[0], known[1] = min(known[0], first), max(known[1], last)

    def _see(self, first: int, last: int) -> None:
        known = self.days or [first, last]
        self.days = [min(first, known[0]), max(last, known[1])]


def resolve_block(
    name: str, profiles: Sequence[Profile], verdicts: Iterable[Verdict] = ()
) -> tuple[list[list[int]], list[Decision]]:
    """Group the profiles of one name into people.

    profiles: in any order; the result depends on their names only. verdicts: judgements by
    people; those of profiles that are not in the block are passed over.
    RETURN lists of indexes into ``profiles``, one a person, by their smallest profile's name; and
    the decisions on groups that were compared.
    """
    block = _Block(name, profiles, identity_rules())
    block.obey(list(verdicts))
    block.join_by_organisation()
    block.join_by_evidence()
    return block.people(), block.decisions()


class _Block:
    """The groups of one name while they grow together."""

    def __init__(self, name: str, profiles: Sequence[Profile], rules: IdentityRules) -> None:
        self._profiles, self._rules = profiles, rules
        self._weights: Mapping[str, float] = rules.weights
        self._rare = "rare_name" if len(name) >= 3 else "short_name"
        self._groups: dict[int, _Group] = {}
        self._order = sorted(range(len(profiles)), key=lambda index: profiles[index].name)
        self._home: dict[str, int] = {}
        for rank, index in enumerate(self._order):
            group = _Group(rank)
            group.add(index, profiles[index])
            self._groups[rank] = group
            self._home[profiles[index].name] = rank
        self._root = list(range(len(profiles)))
        self._made: dict[tuple[int, int], Decision] = {}
        self._scores: dict[tuple[int, int], _Score] = {}

    def obey(self, verdicts: Sequence[Verdict]) -> None:
        """Join and keep apart what people have judged so; a later ``same`` cannot undo apart."""
        pairs = [
            (self._home[v.left], self._home[v.right], v.judgement)
            for v in verdicts
            if v.left in self._home and v.right in self._home
        ]
        for left, right, judgement in pairs:
            if judgement is Judgement.SAME:
                self._join(left, right)
        for left, right, judgement in pairs:
            if judgement is not Judgement.SAME:
                one, other = self._find(left), self._find(right)
                if one != other:
                    self._groups[one].apart.add(other)
                    self._groups[other].apart.add(one)

    def join_by_organisation(self) -> None:
        """Same name and same organisation, or same title of one holder: one person."""
        points = self._weights["same_organisation"] + self._weights[self._rare]
        if points < self._rules.same:
            return
        anchors: dict[str, list[int]] = defaultdict(list)
        bound = [g.number for g in self._groups.values() if g.apart]
        rest = [g.number for g in self._groups.values() if not g.apart]
        for number in (*bound, *rest):
            profile_anchors = sorted(self._strong_anchors(self._groups[self._find(number)]))
            for anchor in profile_anchors:
                for other in anchors[anchor]:
                    if self._join(other, number):
                        break
                else:
                    anchors[anchor].append(number)

    def _strong_anchors(self, group: _Group) -> set[str]:
        return group.organisations | ({"!"} if self._fixed(group) else set())

    def _fixed(self, group: _Group) -> frozenset[str]:
        """Posts of the group that few in the country hold."""
        full = {f"{org.partition('#')[2]}{title}" for org, title in group.posts}
        return self._rules.fixed_titles & (full | group.titles)

    def _echoes(self, one: _Group, other: _Group) -> bool:
        """Whether both hold such posts, or the bare title of one ends the other's (总理)."""
        mine, yours = self._fixed(one), self._fixed(other)
        if mine and yours:
            return True
        bare = one if yours else other
        held = tuple(mine | yours)
        return not bare.organisations and any(
            title.endswith(end) for title in held for end in bare.titles
        )

    def join_by_evidence(self) -> None:
        """Compare groups at common anchors, the best pairs first, until nothing joins."""
        for bare in (False, True):  # those with an organisation first: they are what others join
            while self._pass(bare=bare):
                pass

    def _pass(self, *, bare: bool) -> bool:
        scored: list[_Scored] = []
        for one, other in sorted(self._candidates(bare=bare)):
            score, features = self._score(one, other)
            scored.append((-score, one, other, features))
        scored.sort(key=lambda row: row[:3])
        doubtful = self._doubtful(scored) if bare else set()
        joined = False
        for negative, one, other, features in scored:
            score = -negative
            judgement = self._judge(score)
            if judgement is Judgement.SAME and (one, other) in doubtful:
                judgement = Judgement.UNSURE
            left, right = self._find(one), self._find(other)
            if judgement is Judgement.SAME:
                if left == right:
                    continue
                if left != one or right != other:  # one of them has grown: look again
                    joined = True
                    continue
                if right in self._groups[left].apart:
                    continue
                self._keep(one, other, judgement, score, features)
                joined = self._join(one, other) or joined
            elif left != right:
                self._keep(one, other, judgement, score, features)
        return joined

    def _doubtful(self, scored: Sequence[_Scored]) -> set[tuple[int, int]]:
        """Pairs of a group without an organisation that could as well join another group."""
        options: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for negative, one, other, _ in scored:
            if -negative < self._rules.same:
                continue
            for end, against in ((one, other), (other, one)):
                known = self._groups[against].organisations
                if known and not self._groups[end].organisations:
                    options[end].append((-negative, against))
        unclear = {
            end: max(found)[1] if _is_clear(found, self._rules.lead) else -1
            for end, found in options.items()
            if len(found) > 1
        }
        return {
            (one, other)
            for _, one, other, _ in scored
            if unclear.get(one, other) != other or unclear.get(other, one) != one
        }

    def _candidates(self, *, bare: bool) -> set[tuple[int, int]]:
        anchors: dict[str, list[int]] = defaultdict(list)
        for number, group in self._groups.items():
            if bare or group.organisations:
                for anchor in _weak_anchors(group):
                    anchors[anchor].append(number)
        pairs: set[tuple[int, int]] = set()
        for numbers in anchors.values():
            if len(numbers) < 2:
                continue
            numbers.sort()
            if len(numbers) > self._rules.pairs_per_anchor:
                pairs.update(pairwise(numbers))
                known = [n for n in numbers if self._groups[n].organisations][:LEADERS]
                pairs.update((min(n, k), max(n, k)) for n in numbers for k in known if n != k)
            else:
                pairs.update(
                    (one, other)
                    for place, one in enumerate(numbers)
                    for other in numbers[place + 1 :]
                )
        return {(one, other) for one, other in pairs if other not in self._groups[one].apart}

    def _score(self, one: int, other: int) -> tuple[float, tuple[tuple[str, float], ...]]:
        """Points of two groups; counted again only when one of them has grown."""
        mine, yours = self._groups[one], self._groups[other]
        sizes = (len(mine.members), len(yours.members))
        known = self._scores.get((one, other))
        if known is None or known[0] != sizes:
            features = self._evidence(mine, yours)
            score = round(sum(points for _, points in features), 3)
            known = self._scores[one, other] = (sizes, score, features)
        return known[1:]

    def _evidence(self, one: _Group, other: _Group) -> tuple[tuple[str, float], ...]:
        """Named features that hold between two groups, with their points."""
        link = _link(one, other)
        names = {self._rare, *link}
        if self._echoes(one, other):
            names.add("same_fixed_title")
        elif one.titles & other.titles:
            names.add("same_title")
        if common := one.company & other.company:
            near = link & {"same_place", "within_place"}
            many = "co_mentions_more" if len(common) > 1 else "co_mentions_one"
            names.add("colleagues" if near else many)
        if not one.organisations or not other.organisations:
            names |= _surroundings(one, other)
        return tuple(
            (name, self._weights[name])
            for name in sorted(names | _in_time(one, other, link, self._rules))
        )

    def _judge(self, score: float) -> Judgement:
        if score >= self._rules.same:
            return Judgement.SAME
        return Judgement.NOT_SAME if score <= self._rules.not_same else Judgement.UNSURE

    def _keep(
        self,
        one: int,
        other: int,
        judgement: Judgement,
        score: float,
        features: tuple[tuple[str, float], ...],
    ) -> None:
        names = (self._profiles[self._order[end]].name for end in (one, other))
        left, right = names
        self._made[one, other] = Decision(left, right, judgement, score, features)

    def _find(self, number: int) -> int:
        while self._root[number] != number:
            self._root[number] = self._root[self._root[number]]
            number = self._root[number]
        return number

    def _join(self, one: int, other: int) -> bool:
        """Make two groups one; False where they are kept apart. The smaller number stays."""
        one, other = sorted((self._find(one), self._find(other)))
        if one == other:
            return True
        if other in self._groups[one].apart:
            return False
        gone = self._groups.pop(other)
        self._groups[one].swallow(gone)
        self._root[other] = one
        for enemy in gone.apart:
            self._groups[enemy].apart.discard(other)
            self._groups[enemy].apart.add(one)
            self._groups[one].apart.add(enemy)
        return True

    def people(self) -> list[list[int]]:
        """Members of every group, by the name of its first profile."""
        return [sorted(group.members) for _, group in sorted(self._groups.items())]

    def decisions(self) -> list[Decision]:
        """Decisions in order; those on pairs that later became one person by another way go."""
        kept = []
        for (one, other), decision in sorted(self._made.items()):
            together = self._find(one) == self._find(other)
            if together == (decision.judgement is Judgement.SAME):
                kept.append(decision)
        return kept


_Scored = tuple[float, int, int, tuple[tuple[str, float], ...]]  # minus the score, two groups, why
_Score = tuple[tuple[int, int], float, tuple[tuple[str, float], ...]]  # of which sizes, score, why
LEADERS = 8  # groups at a crowded anchor that all others are compared with


def _is_clear(options: list[tuple[float, int]], lead: float) -> bool:
    """Whether the best of several scores is ahead of the next."""
    best, second = sorted((score for score, _ in options), reverse=True)[:2]
    return best - second >= lead


DIRECT = frozenset({"same_post", "same_organisation", "related_organisation"})


def _link(one: _Group, other: _Group) -> set[str]:
    """The closest tie between the posts of two groups."""
    if one.posts & other.posts:
        return {"same_post"}
    if one.organisations & other.organisations:
        return {"same_organisation"}
    if _related(one.organisations, other.organisations):
        return {"related_organisation"}
    nearness = _nearness(one.places, other.places)
    return {nearness} if nearness else set()


def _in_time(one: _Group, other: _Group, link: set[str], rules: IdentityRules) -> set[str]:
    """What the days of two groups say against their being one person."""
    names = set()
    if _conflict(one.held, other.held, rules.near_days):
        names.add("time_conflict")
    gap = _gap(one.days, other.days)
    if gap > rules.far_days:
        names.add("far_in_time")
    known = one.days and other.days and one.posts and other.posts
    if known and gap <= rules.near_days and not link & DIRECT:
        names.add("other_post_then")
    return names


def _weak_anchors(group: _Group) -> set[str]:
    """What two groups have to share to be compared at all."""
    found = {f"h{home}" for home in group.homes} | {f"n{paper}" for paper in group.papers}
    found |= {f"c{name}" for name in group.company}
    found |= {f"t{title[-2:]}" for title in group.titles}
    for place in group.places | group.homes:
        parts = place.split("|")
        found |= {"p" + "|".join(parts[start:]) for start in range(max(1, len(parts) - 1))}
        found.add(f"h{place}")
    return found


def _related(some: set[str], others: set[str]) -> bool:
    """Whether one organisation is a part or a short form of another of the same place.

    By their keys: 委 and 委组织部, 一院 and 第一人民医院.
    """
    for one in some:
        front, _, rest = one.partition("#")
        for other in others:
            before, _, behind = other.partition("#")
            if front != before or rest == behind or "?" in one + other:
                continue
            short, long = sorted((rest, behind), key=len)
            if long.startswith(short) and (front or len(short) >= 4) and short != "政府":
                return True
            if front and abbreviates(short, long):
                return True
    return False


def _nearness(some: set[str], others: set[str]) -> str | None:
    """The closest way in which the places of two groups lie to each other."""
    if not some or not others:
        return None
    if some & others:
        return "same_place"
    if any(_inside(one, other) or _inside(other, one) for one in some for other in others):
        return "within_place"
    tops = {one.rpartition("|")[2] for one in some} & {other.rpartition("|")[2] for other in others}
    return "same_region" if tops else "other_place"


def _inside(inner: str, outer: str) -> bool:
    """Whether one place lies in another that is no whole province."""
    return "|" in outer and inner.endswith(f"|{outer}")


def _surroundings(one: _Group, other: _Group) -> set[str]:
    """What the papers tell where one side has no organisation."""
    names = set()
    if (one.homes | one.places) & (other.homes | other.places):
        names.add("same_home")
    if one.papers & other.papers:
        names.add("same_newspaper")
    return names


def _conflict(one: Mapping[str, list[int]], other: Mapping[str, list[int]], near_days: int) -> bool:
    """Whether offices of places that have nothing to do with each other are held at one time."""
    for place, (first, last) in one.items():
        for elsewhere, (begin, end) in other.items():
            nested = (
                place == elsewhere
                or place.endswith(f"|{elsewhere}")
                or elsewhere.endswith(f"|{place}")
            )
            if not nested and first - near_days <= end and begin - near_days <= last:
                return True
    return False


def _gap(one: Sequence[int], other: Sequence[int]) -> int:
    """Days between two spans of time; 0 where they meet or one is unknown."""
    if not one or not other:
        return 0
    return max(0, one[0] - other[1], other[0] - one[1])
