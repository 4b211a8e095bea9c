"""Whose a post is where no organisation stands right before it; rules/identity.toml has the words.

A post is read from the nearest evidence to the farthest: the word before it (院|党委书记, 支队|
政委), the list it stands in (甲医院内科主任、外科主任), its sentence (局长某某，副局长
某某), another post of the same person, and last what its title says of the article (市长, 校长).
Where two organisations compete the post keeps none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pipeline.components.identity_organisations import OrganisationNames, Owners, Said
from pipeline.components.identity_rules import identity_rules
from pipeline.components.organisations import (
    department_owner,
    organisation_rules,
    owner_endings,
    relative_level,
    unit_in_title,
    without_party,
)
from pipeline.components.organisations_completion import Surroundings, complete_relative
from pipeline.components.places import full_place, leading_places

__all__ = ["PostReader"]

Row = dict[str, Any]
DEPARTMENT = re.compile(
    r"(.+(?:[部处科室办系]|办公室|中心))(?:副|常务副)?(?:部长|处长|科长|系主任|主任|负责人)$"
)
# A common noun right before a title stands for the institution whose name ends with it: 支队|政委.
COMMON_NOUN = re.compile(
    r"(?:^|[^\u4e00-\u9fff]|[由在是和与及向请同据对我该本])[我该本原]?([\u4e00-\u9fff]{2,4})$"
)
LONGEST_NOUN = 8
OWN_HOUSE = re.compile("[我本](?:院|校|局|公司|集团|厂)")
# A list of who came that the leaders of their house begin: 院领导班子成员、各党支部书记、|科主任.
# A title with a word of its own before it (诊疗组|组长) is of that unit.
LEADERS = re.compile(
    r"([院校局厅委台社])领导(?:班子)?(?:全体)?(?:成员)?(?=、)"
    r"(?:[^。，；！？\n]|，(?=[^。，；！？\n]*、)){0,60}[、，和及]各?\Z"
)
LONGEST_LEADERS = 71  # characters that LEADERS can match
FARTHEST = 60
SENTENCE_END = re.compile(r"[。！？\n]")


class PostReader:
    """Completes the posts of one document, rows as in ``doc._.posts``.

    names: the organisations of the document. places: full place → the document's form of it.
    region: the article that a position stands in.
    """

    def __init__(
        self,
        text: str,
        names: OrganisationNames,
        owners: Owners,
        surroundings: Surroundings,
        places: Mapping[str, str],
        region: Callable[[int], int],
    ) -> None:
        self.text = text
        self.names = names
        self.owners = owners
        self.surroundings = surroundings
        self.places = places
        self.region = region
        self.sentences = [0, *(match.end() for match in SENTENCE_END.finditer(text))]

    def title(self, row: Row) -> str:
        return self.text[slice(*row["title"])]

    def read(self, posts: Sequence[Row]) -> list[Row]:
        """The posts with what their own words and the list they stand in say."""
        rows: list[Row] = []
        for post in posts:
            row = self._read(post)
            if rows and row.get("carried") and row["org_name"] is None:
                self._carry(rows[-1], row)
            rows.append(row)
        self._read_departments(rows)
        return rows

    def _carry(self, last: Row, row: Row) -> None:
        """支队|政委、副政委: what a word before the first of a list tells is of the whole list."""
        if row["owner"] is None and not (row["org"] or row["place"]) and last["org_name"]:
            row["org"], row["org_name"] = last["org"], last["org_name"]
            self._move_to_place(row, self.title(row))

    def _read(self, post: Row) -> Row:
        row, title, rules = dict(post), self.title(post), identity_rules()
        if row["place"] is not None and self.text.endswith(rules.origin, 0, row["place"][0]):
            row["place"] = None
        if row["org"] is None and row["place"] is None:
            self._look_before(row)
        if fixed := organisation_rules().organisation_of_title.get(title):
            row["org_name"] = fixed
            row["org"] = self._mention_of(fixed, row["start"])
        elif row["org"] is not None:
            row["org_name"] = row["org_name"] or self._name_of(row["org"])
            self._move_to_place(row, title)
        elif row["place"] is not None:
            row["org_name"] = self._organ_of_place(self.text[slice(*row["place"])], title)
        return row

    def _mention_of(self, name: str, position: int) -> list[int] | None:
        span = self.owners.named(name, position, self.region(position))
        return list(span) if span else None

    def _look_before(self, row: Row) -> None:
        """The organisation that a word before a post means: 院|党委书记, 支队|政委."""
        if row["owner"] is not None:
            word = self.text[slice(*row["owner"])]
            again = self.text.endswith("该", 0, row["owner"][0])
            endings = organisation_rules().owners.get(word, (word,))
            self._give_owner(row, endings, Said.AGAIN if again else Said.OWN)
            return
        before = self.text[max(0, row["start"] - LONGEST_NOUN) : row["start"]]
        if noun := COMMON_NOUN.search(before):
            again = self.text.endswith("该" + noun[1], 0, row["start"])
            self._give_owner(row, (noun[1],), Said.AGAIN if again else Said.OWN)

    def _name_of(self, org: Sequence[int]) -> str:
        return self.names.of(self.text[slice(*org)], org[0], self.region(org[0]))

    def _organ_of_place(self, place: str, title: str) -> str:
        """滨州市委 where 市委书记 as a whole stands behind 滨州; else the place itself."""
        unit = unit_in_title(title)
        level = relative_level(unit) if unit else None
        full = full_place(place, self.surroundings.known)
        if unit is None or level is None:
            return self.places[full]
        return full + unit.split(level[0], 1)[1]

    def _move_to_place(self, row: Row, title: str) -> None:
        """市长 behind a post of its committee belongs to the place: 海州市委副书记、市长."""
        if not row.get("carried") or row["unit"] is not None or _level_of_title(title) is None:
            return
        body = without_party(row["org_name"])
        places = leading_places(body).spans
        row["org_name"] = body[: places[-1][1]] if places else None
        row["org"] = None

    def _give_owner(self, row: Row, endings: tuple[str, ...], said: Said) -> None:
        """The institution with such a name, and its department where the title has one."""
        position, title = row["start"], self.title(row)
        owner = self.owners.of(
            endings,
            position,
            self.region(position),
            self._sentence(row),
            said=said,
            chief=title.endswith(identity_rules().chiefs),
        )
        if owner is None or (
            owner.span is not None and said is Said.NOT and self._is_studied_at(owner.span)
        ):
            return
        row["org"] = list(owner.span) if owner.span else None
        department = DEPARTMENT.match(title)
        row["org_name"] = owner.name + (department[1] if department else "")

    def _is_studied_at(self, span: tuple[int, int]) -> bool:
        rules = identity_rules()
        return self.text.endswith(rules.study_before, 0, span[0]) or self.text.startswith(
            rules.study_behind, span[1]
        )

    def _read_departments(self, rows: Sequence[Row]) -> None:
        """市委常委、组织部部长: the department is that of the committee named before it.

        So is that of a hospital, university or company: 甲医院内科主任、外科主任.
        """
        between = identity_rules().between
        for last, row in pairwise(rows):
            if row["org"] is None or row.get("carried") or not last["org_name"]:
                continue
            if self.text[last["end"] : row["org"][0]] not in between:
                continue
            department = self.text[slice(*row["org"])]
            owner = department_owner(department, last["org_name"])
            if owner is not None:
                row["org_name"] = self.names.spell(row["org"][0], owner + department)

    def read_sentences(self, rows: Sequence[Row], held: Sequence[bool]) -> None:
        """甲局局长某某，副局长某某: deputies, members and their head are of one organisation.

        held: whether a person stands beside each post; a title in general is left alone.
        """
        rules = identity_rules()
        heads: dict[str, Row] = {}  # of this sentence, by the title without what makes a deputy
        sentence = -1
        for row, has_holder in zip(rows, held, strict=True):
            index = bisect_right(self.sentences, row["start"])
            if index != sentence:
                heads.clear()
                sentence = index
            title = self.title(row)
            bare = rules.deputy.sub("", title)
            if row["org_name"] is not None:
                heads[bare] = row
            elif row["org"] is None and has_holder:
                words = rules.heads_of_members.get(title, (bare,))
                head = next((heads[word] for word in words if word in heads), None)
                if head is not None and self.title(head) != title:
                    row["org"], row["org_name"] = head["org"], head["org_name"]

    def inherit(self, rows: Sequence[Row], persons: Sequence[Hashable | None]) -> None:
        """A bare title of a person means that person's one full post that ends like it."""
        full: dict[Hashable, dict[str, Row]] = defaultdict(dict)
        for row, person in zip(rows, persons, strict=True):
            if person is not None and row["org_name"] is not None:
                full[person].setdefault(self.text[row["start"] : row["end"]], row)
        for row, person in zip(rows, persons, strict=True):
            if person is None or row["org_name"] is not None:
                continue
            title = self.title(row)
            found = [other for role, other in full[person].items() if role.endswith(title)]
            if len({other["org_name"] for other in found}) == 1:
                row["org_name"], row["org"] = found[0]["org_name"], found[0]["org"]

    def fall_back(self, rows: Sequence[Row]) -> None:
        """What the title alone says: the article's 市 for 市长, its university for 校长."""
        for row in rows:
            if row["org_name"] is not None:
                continue
            title, region = self.title(row), self.region(row["start"])
            if (word := _level_of_title(title)) is not None:
                row["org_name"] = self.surroundings.place_for(word, region)
            elif (unit := unit_in_title(title)) is not None:
                row["org_name"] = self._relative(unit, region)
            elif row["org"] is None and row["owner"] is None:
                begin = max(self._sentence(row), row["start"] - LONGEST_LEADERS)
                if leaders := LEADERS.search(self.text, begin, row["start"]):
                    endings = organisation_rules().owners[leaders[1]]
                    self._give_owner(row, endings, Said.OWN)
                elif endings := owner_endings(title):
                    self._give_owner(row, endings, Said.OWN if self._own(row) else Said.NOT)

    def _sentence(self, row: Row) -> int:
        """Where the sentence of a post begins."""
        return self.sentences[bisect_right(self.sentences, row["start"]) - 1]

    def _own(self, row: Row) -> bool:
        """Whether the sentence speaks of the writer's house before a post: 我院由分管|院长."""
        begin = max(self._sentence(row), row["start"] - FARTHEST)
        return OWN_HOUSE.search(self.text, begin, row["start"]) is not None

    def _relative(self, name: str, region: int) -> str | None:
        if name in organisation_rules().levels:
            return self.surroundings.place_for(name, region)
        full = self.names.known(name, region)
        return full or complete_relative(name, region, self.surroundings, ()) or name


def _level_of_title(title: str) -> str | None:
    """The level word of a head of a place: 市 of 常务副市长; None for other titles."""
    for word in organisation_rules().titles_of_place:
        if title.endswith(word) and len(title) - len(word) <= 3:
            return word[0]
    return None
