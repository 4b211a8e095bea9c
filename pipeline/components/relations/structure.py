"""Finders for ``located_in``: what the names of places and organisations and their order say.

Administrative divisions come from components/places.py; both ends must be mentions of the document
(guidelines, section 2).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest

from pipeline.components.organisations import parent_organisation, relative_level, without_party
from pipeline.components.places import (
    LEVELS,
    KnownPlaces,
    ancestors,
    country_letter,
    country_of,
    divisions_named,
    full_place,
    is_country,
    is_home_region,
    is_region,
    is_within,
    leading_places,
    level_of,
    place_of,
    short_place,
    site_above,
)
from pipeline.components.relations.mentions import CODES, Folded, Mention
from pipeline.components.relations.pairs import Holder, Lexicon, Pair, first_mentions
from pipeline.schema import Label, Span

__all__ = [
    "cities_abroad",
    "framed_places",
    "known_sites",
    "parts_of_provinces",
    "place_chains",
    "places_before_organisations",
    "places_in_names",
]

_NEAR_ABROAD = 6  # characters between a foreign city and its country: 抵达罗马，开始对意大利
_CHAIN_GAP = 8
_NO_PLACE = re.compile(
    r"^中国.*党$|^中国台湾网$|(?:共产党|论坛|运动|经合组织|代表团|采访团|合作组织|理事会|联盟)$"
)
_IN_CHAIN = re.compile(
    r"(?:省|市|县|的|首都|首府|境内|地区|[东西南北中]{1,2}部|市中心(?:位置)?|[东西南北]郊|当地"
    r"|[0-9]{1,5}号)?(?:的|[，, ])?"
    r"|的?[^，、。两几个]{0,5}(?:城市|小城|古城|名城|重镇|小镇|古镇|县城|据点|要塞|港口)"
)
_IN_LIST = frozenset({"、", "和", "与", "及", "以及"})
_NEXT_PART = re.compile("(?:、|和|与|及|以及)[东西南北中]{1,2}部的?")
_PART_OF_PROVINCE = re.compile(r"[东西南北中]{1,2}部?$")


def place_chains(folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """Places behind one another go down the levels: 江北省 | 云山市 | 河口区, 洪都拉斯首都 | ….

    A step that the table of divisions contradicts (沪宁, 苏北苏中) is left out, and so is a step
    from a smaller level to a wider one. A list (广东深圳、惠州; 巴西北部甲、南部乙) goes on as far
    as the table agrees.
    """
    above: Mention | None = None  # what the list that goes on lies in
    for left, right in pairwise(folded.at.values()):
        if left.label is not Label.LOC or right.label is not Label.LOC:
            above = None
            continue
        between = folded.text[left.end : right.start]
        if between in _IN_LIST or _NEXT_PART.fullmatch(between):
            if above is not None and _goes_on(above.text, right.text):
                yield Pair(right, above, (above.start, right.end))
            elif is_country(right.text):
                above = None
            continue
        above = None
        if len(between) > _CHAIN_GAP or not _IN_CHAIN.fullmatch(between) or between == "，":
            continue
        if (
            len(left.text) > 1
            and len(right.text) > 1
            and _goes_down(left.text, right.text, between)
        ):
            above = left
            yield Pair(right, left, (left.start, right.end))


def _goes_on(above: str, place: str) -> bool:
    """Whether the next place of a list lies in what the one before it lies in.

    Abroad a name that no table has does too: 俄罗斯的罗斯托夫、特维尔.
    """
    if is_within(place, above):
        return True
    abroad = is_country(above) and full_place(above) != "中国" and not is_country(place)
    return abroad and len(place) > 1 and not divisions_named(place) and country_of(place) is None


_SEA = re.compile("洋$|^.海$|海域$|海峡$|^地中海$")
_NONE = 9  # below all levels
_AREA = re.compile("(?:工业|开发|高新|园|景|小|校|厂|库|矿|林|度假|保护|住宅|商务|居民)区$")
_COUNTED = re.compile("[两几数各一二三四五六七八九十]个")


def _goes_down(outer: str, inner: str, between: str) -> bool:
    if is_within(inner, outer):
        return True
    if is_country(inner):
        return is_region(outer) and "地区" not in between  # 驻中东地区的美国军队
    upper, lower = LEVELS.get(level_of(outer) or "", 0), _depth(inner)
    if short_place(outer) == short_place(inner):
        return 0 < upper < lower < _NONE  # 柳河区柳河镇
    # 华北|东北|黄淮 is a list.
    apart = not between and (is_home_region(outer) or (ancestors(inner) and ancestors(outer)))
    if apart or is_within(outer, inner) or _never_inside(inner):
        return False
    if not between and lower == _NONE:
        return not _contradicts(inner)
    return upper < lower and _holds_some(outer, inner, between, upper, lower)


def _depth(place: str) -> int:
    """How deep a place's level word says it lies; an industrial zone (工业区) is no county."""
    return _NONE if _AREA.search(place) else LEVELS.get(level_of(place) or "", _NONE)


def _never_inside(place: str) -> bool:
    """Whether a place is no part of the one before it by its kind: a sea, a province, 九个市州."""
    return bool(_COUNTED.match(place) or _SEA.search(place)) or any(
        d.depth == 1 for d in divisions_named(place)
    )


def _holds_some(outer: str, inner: str, between: str, upper: int, lower: int) -> bool:
    """Whether a place with no or a higher level word may hold the other one."""
    if upper == 0 and not divisions_named(outer) and divisions_named(inner):
        return is_country(outer)  # 102国道|云山市
    return upper > 0 or between not in {"", " "} or lower < _NONE


def _contradicts(inner: str) -> bool:
    """Whether a place of no known level may not lie in the one right before it: 苏北|苏中."""
    if _PART_OF_PROVINCE.search(inner) or country_of(inner) is not None:
        return True
    return bool(divisions_named(inner))


def cities_abroad(folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """A city abroad lies in its country where the sentence names that.

    The country stands close by (抵达罗马，访问意大利), or before it and not as the home of somebody
    (对意大利进行访问，在罗马会见; not 意大利总统会见在罗马的来宾). Where the text calls the city a
    capital (首都罗马), the country may stand anywhere.
    """
    whole = {full_place(name): m for name, m in first_mentions(folded, Label.LOC).items()}
    for sentence in folded.sentences:
        places = [m for m in folded.mentions_in(sentence.start, sentence.end) if _is_place(m)]
        countries: dict[str, Mention | None] = {}
        before: Mention | None = None
        for place, behind in zip_longest(places, places[1:]):
            country = country_of(place.text)
            if country is not None:
                near = [m for m in (before, behind) if m is not None and _near(place, m)]
                named = (m for m in near if full_place(m.text) == country)
                above = next(named, None)
                if above is None and (before is None or not _in_chain(folded, before, place)):
                    above = countries.get(country)
                if above is None and folded.text.endswith("首都", 0, place.start):
                    above = whole.get(country)
                if above is not None:
                    yield Pair(place, above, _span_of(place, above))
            elif len(place.text) > 1 and is_country(place.text):
                countries[full_place(place.text)] = place if _stands_alone(folded, place) else None
            before = place


def _in_chain(folded: Folded, left: Mention, right: Mention) -> bool:
    between = folded.text[left.end : right.start]
    return between not in {"，", ",", " "} and _IN_CHAIN.fullmatch(between) is not None


def _is_place(mention: Mention) -> bool:
    return mention.label is Label.LOC and mention.refers_to is None


def _near(place: Mention, other: Mention) -> bool:
    between = max(other.start - place.end, place.start - other.end)
    return len(other.text) > 1 and between <= _NEAR_ABROAD


_SOMEBODY = re.compile(
    f"[{CODES['ROLE']}{CODES['PER']}{CODES['ORG']}]|[前新]?总[统理]|首相|[外部]长|方面|当局|政府|议会"
    "|人|民众|媒体|警方|军|代表|驻|的?[^，。]{0,6}?(?:民众|公司|代表团|媒体)"
)


def _stands_alone(folded: Folded, country: Mention) -> bool:
    """Whether a country is no attribute of somebody: in 意大利总统 it places nobody."""
    return _SOMEBODY.match(folded.code, folded.position[country.index] + 1) is None


def _span_of(one: Mention, other: Mention) -> Span:
    return (min(one.start, other.start), max(one.end, other.end))


_OPENING = "(?:(?:此外|其中|同时|另外|目前|当天|今天)，)?"
_FRAME = re.compile(f"{_OPENING}在({CODES['LOC']}{{1,3}})(?:地区|方向|境内|老?城)?，")
_ELSEWHERE = re.compile("(?:从|来自|赴|到|往|向|距|与|和)$")


def framed_places(folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """A sentence that begins with 在云山， is about places there: those that no table knows."""
    for sentence in folded.sentences:
        frame = _FRAME.match(folded.code, sentence.start)
        if frame is None:
            continue
        around = folded.at[frame.end(1) - 1]
        for place in folded.mentions_in(frame.end(), sentence.end):
            same = short_place(place.text) == short_place(around.text)
            if same or not _is_place(place) or _known(place.text):
                continue
            before = folded.code[: folded.position[place.index]][-3:]
            if before[-1:] != CODES["LOC"] and not _ELSEWHERE.search(before):
                yield Pair(place, around, _span_of(around, place))


_WIDE = re.compile("[铁公]路$|高[铁速]$|[线江河]$|三角洲?$")  # crosses more than one place


def _known(place: str) -> bool:
    """Whether a table tells where a place lies, or it is wide or one letter."""
    told = is_country(place) or is_region(place) or country_of(place) or divisions_named(place)
    return len(place) == 1 or bool(told or _SEA.search(place) or _WIDE.search(place))


def known_sites(folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """人民大会堂 lies in 北京, wherever the document names both."""
    places = first_mentions(folded, Label.LOC)
    forms = _forms(places)
    for name, site in places.items():
        above = site_above(name)
        if above is not None and above in forms:
            yield Pair(site, forms[above], (site.start, site.end))


def parts_of_provinces(
    folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """鲁南 lies in 山东省, where the document names both."""
    places = first_mentions(folded, Label.LOC)
    forms = _forms(places)
    for name, part in places.items():
        province = full_place(name[0])
        if (
            _PART_OF_PROVINCE.fullmatch(name[1:])
            and level_of(province) is not None
            and not divisions_named(name)  # 台北
            and province in forms
        ):
            yield Pair(part, forms[province], (part.start, part.end))


def places_in_names(folded: Folded, lexicon: Lexicon, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """A name lies where it says: 云山市教育局 and 云山火车站 in 云山市, the innermost named.

    The surface must say it: 市教育局 is placed by whoever reads the article, not by its name. Only
    a hospital's completed name counts (市一院), and a relative name right behind a full one (云山
    市委、市政府) shares its place. An office 驻 a place lies there, a company with a place in
    brackets in that place. Parties, forums and delegations are nowhere, and a part of an
    organisation of the document lies with its whole.
    """
    places = first_mentions(folded, Label.LOC)
    orgs = first_mentions(folded, Label.ORG)
    forms = _forms(places, orgs)
    houses = tuple(lexicon["house_hospital"])
    hospitals = {
        surface: name
        for surface, org in orgs.items()
        if relative_level(surface) is not None and (name := folded.name_of(org)).endswith(houses)
    }
    wholes = {*orgs, *hospitals.values()}
    known = KnownPlaces(places)
    shared = _places_shared(folded, known, forms)
    for surface, org in orgs.items():
        name = folded.name_of(org)
        place = _seat(surface, forms)
        if place is None and not _is_nowhere(surface) and not _has_whole(name, surface, wholes):
            said = hospitals.get(surface, surface)
            place = _place_in_name(said, known, forms) or shared.get(surface)
        if place is not None:
            yield Pair(org, place, (org.start, org.end))
    for surface, site in places.items():
        place = _place_of_site(surface, forms)
        if place is not None and place is not site:
            yield Pair(site, place, (site.start, site.end))


_SEAT = re.compile(r"(?<=.)驻([^驻]+)")
_AWAY = re.compile(r"[使领]馆$|(?<=.)援.*队$")  # of a country, and not in it
_BRACKETS = re.compile(r"[（(]([\u4e00-\u9fff]{2,8})[）)]")


def _is_nowhere(name: str) -> bool:
    return bool(_NO_PLACE.search(name) or _AWAY.search(name) or _SEAT.search(name))


def _places_shared(
    folded: Folded, places: KnownPlaces, forms: Mapping[str, Mention]
) -> dict[str, Mention]:
    """The place of a relative 政府 right behind an organ of that place: 云山市委、市政府."""
    shared: dict[str, Mention] = {}
    orgs = [m for m in folded.mentions if m.label is Label.ORG and m.refers_to is None]
    for left, right in pairwise(orgs):
        level = relative_level(right.text)
        between = folded.text[left.end : right.start]
        if level is None or not right.text.endswith("政府") or between not in {"", *_IN_LIST}:
            continue
        body = without_party(left.text)
        said = body[: leading_places(body).end]
        place = _place_in_name(left.text, places, forms)
        if place is not None and level[0] in {said[-1:], body[len(said) : len(said) + 1]}:
            shared.setdefault(right.text, place)
    return shared


def _seat(name: str, forms: Mapping[str, Mention]) -> Mention | None:
    """The place that an office is 驻: 上海 of 市政府驻上海联络处, 沪 of 市政府驻沪联络处."""
    seat = _SEAT.search(name)
    if seat is None:
        return None
    rest = seat[1]
    said = [*_chain(rest), *(rest[:cut] for cut in range(len(rest), 1, -1)), rest[0]]
    return next((place for part in said if (place := _named_place(part, forms))), None)


def _place_in_name(name: str, places: KnownPlaces, forms: Mapping[str, Mention]) -> Mention | None:
    said = (_named_place(part, forms) for part in _places_said(name, places))
    return next((place for place in said if place is not None), None)


def _places_said(name: str, places: KnownPlaces) -> list[str]:
    """The places that a name of an ORG gives itself, the most exact first."""
    said = [match[1] for match in _BRACKETS.finditer(name)]
    body = without_party(name)
    if country := country_letter(body, places):
        return [*said, country]
    branch = _chain(body[_branch_at(body) :]) if _branch_at(body) else ()
    said += [place for place in branch if not is_country(place)]
    if _ATTACHED.search(body):
        return said
    chain = _chain(body)
    if chain:  # 株洲火车站 in 湖南株洲火车站派出所
        said += _site_before(body[body.index(chain[0]) :], places)
    return said + (chain or _site_before(body, places))


_BRANCH = re.compile("(?<=^[工农建中交]行)|(?<=银行)|(?<=附属)")


def _branch_at(name: str) -> int:
    """Where in a name the part begins that is not its house: 海州 of 江北矿业集团海州分公司.

    0 where there is none. A bank (农行海州支行) and whom a hospital is attached to are houses too.
    """
    if attached := _BRANCH.search(name):
        return attached.start()
    house = parent_organisation(name)
    return len(house) if house else 0


def _chain(name: str) -> list[str]:
    """The places that a name begins with, the innermost first, as far as each may hold the next."""
    said: list[str] = []
    for start, end in leading_places(name).spans:
        part = name[start:end]
        if said and not _may_hold(said[0], part):
            break  # 海州云山商会 is a guild of 云山 people in 海州
        said.insert(0, part)
    return said


def _may_hold(outer: str, inner: str) -> bool:
    if is_within(inner, outer) or (not divisions_named(inner) and country_of(inner) is None):
        return True
    return 0 < LEVELS.get(level_of(outer) or "", 0) < LEVELS.get(level_of(inner) or "", 0)


_ATTACHED = re.compile(r"(?:大学|学院).{0,4}附属")  # lies where that is written of it alone
_SHORTEST_SITE = 3


def _site_before(name: str, places: KnownPlaces) -> list[str]:
    """A place of the document that no table has and the name begins with: 石桥街 of 石桥街中学.

    A town may do without its level word: 石桥镇 in 石桥医院.
    """
    cuts = range(len(name) - 1, 1, -1)
    said = ((name[:cut], *(name[:cut] + word for word in _TOWN)) for cut in cuts)
    named = (form for forms in said for form in forms if form in places)
    return next(([form] for form in named if len(form) >= _SHORTEST_SITE), [])


_TOWN = ("镇", "乡", "街道", "村")


_NOT_THERE = ("洋", "元")  # 印度洋 is no part of 印度, and 澳门元 no place


def _place_of_site(name: str, forms: Mapping[str, Mention]) -> Mention | None:
    """The place that the name of a site begins with, other than the country: 云山 of 云山火车站."""
    if divisions_named(name) or is_country(name) or country_of(name) is not None:
        return None
    if name.endswith(_NOT_THERE):
        return None
    for part in _chain(name):
        if full_place(part) != "中国" and (place := _named_place(part, forms)) is not None:
            return place
    return None


def _forms(places: Mapping[str, Mention], orgs: Iterable[str] = ()) -> dict[str, Mention]:
    """The places of a document by their surfaces and their full and short names.

    orgs: names of organisations; the places in them tell too what a short name stands for.
    """
    known = KnownPlaces((*places, *(place for org in orgs if (place := place_of(org)))))
    forms: dict[str, Mention] = {}
    for name, mention in places.items():
        for form in (name, full_place(name, known), short_place(name)):
            if len(form) > 1:
                forms.setdefault(form, mention)
    return forms


def _named_place(part: str, forms: Mapping[str, Mention]) -> Mention | None:
    for form in (part, full_place(part), short_place(part)):
        if form in forms:
            return forms[form]
    return None


_OF_NO_PLACE = re.compile(
    r"^(?:全国|中国|国家|国务院|中央(?!社)|中共|最高)|(?:[国党舰]|舰队|编队|打击群|航母)$"
)
_DIRECTION = "(?:首都|首府|省会|[东西南北中]{1,2}部|境内|当地)?"
_BEHIND_PLACE = re.compile(
    f"(?<!驻){CODES['LOC']}{_DIRECTION}的?({CODES['ORG']}(?: ?[、和与及]?{CODES['ORG']})*)"
)


def places_before_organisations(
    folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """江北的云峰集团: a place right before organisations that have none in their own names.

    驻 a country stand foreign troops, a country's warships are at sea, and what is of the whole
    country is of no place in it.
    """
    places = first_mentions(folded, Label.LOC)
    forms, known = _forms(places), KnownPlaces(places)
    for match in _BEHIND_PLACE.finditer(folded.code):
        place = folded.at[match.start()]
        for org in folded.mentions_in(*match.span(1)):
            own = _place_in_name(org.text, known, forms)
            if own is None and not _OF_NO_PLACE.search(org.text):
                yield Pair(org, place, (place.start, org.end))


def _has_whole(name: str, surface: str, orgs: Collection[str]) -> bool:
    whole = parent_organisation(name)
    return whole is not None and whole != surface and whole in orgs
