"""Normal forms of names: what makes two spellings one person, post, place or organisation.

Pure functions over ``graph/identity.toml`` and the tables of places. A key is equal for spellings
that mean the same thing wherever they stand; what is only known inside a document or near its
home gets that scope in its key, so that 市委 of two cities never meet.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import resources

from pipeline.components.organisations import (
    organisation_rules,
    relative_level,
    without_party,
)
from pipeline.components.places import (
    ancestors,
    divisions_named,
    full_place,
    leading_places,
    level_of,
)

__all__ = [
    "IdentityRules",
    "Organisation",
    "Place",
    "bare_title",
    "identity_rules",
    "is_single",
    "organisation",
    "person_name",
    "place",
    "post_label",
    "programme_key",
    "tells_apart",
]

DOTS = re.compile(r"[·•・‧∙．⋅]")
SPACES = re.compile(r"\s+")
HAN = re.compile(r"^[\u3400-\u9fff]+$")


@dataclass(frozen=True)
class IdentityRules:
    """What graph/identity.toml says."""

    same: float
    not_same: float
    lead: float
    weights: Mapping[str, float]
    near_days: int
    far_days: int
    pairs_per_anchor: int
    masked: re.Pattern[str]
    fixed_titles: frozenset[str]
    single: tuple[str, ...]
    shared: tuple[str, ...]
    modifier: re.Pattern[str]
    generic: re.Pattern[str]
    national: re.Pattern[str]
    numbered_programme: re.Pattern[str]


@dataclass(frozen=True)
class Place:
    """A place: its full name and the chain of divisions above it, the nearest first.

    scope: set where the name alone does not tell which place it is (鼓楼区).
    """

    name: str
    above: tuple[str, ...] = ()
    scope: str = ""

    @cached_property
    def key(self) -> str:
        return "|".join((self.name, *self.above, *([f"?{self.scope}"] if self.scope else ())))


@dataclass(frozen=True)
class Organisation:
    """An organisation: its normal name, the place that the name begins with, and its key.

    key: equal for all spellings. scope: set where the name alone does not tell which one it is.
    """

    name: str
    place: Place | None
    rest: str
    scope: str = ""

    @cached_property
    def key(self) -> str:
        front = self.place.key if self.place else ""
        return f"{front}#{self.rest}" + (f"#?{self.scope}" if self.scope else "")


@cache
def identity_rules() -> IdentityRules:
    """Read the rules; the file is read once."""
    path = resources.files("pipeline.graph").joinpath("identity.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return IdentityRules(
        same=table["thresholds"]["same"],
        not_same=table["thresholds"]["not_same"],
        lead=table["thresholds"]["lead"],
        weights=table["weights"],
        near_days=table["time"]["near_days"],
        far_days=table["time"]["far_days"],
        pairs_per_anchor=table["limits"]["pairs_per_anchor"],
        masked=re.compile(table["names"]["masked"]),
        fixed_titles=frozenset(table["titles"]["fixed"]),
        single=tuple(table["titles"]["single"]),
        shared=tuple(table["titles"]["shared"]),
        modifier=re.compile(table["titles"]["modifier"]),
        generic=re.compile(table["organisations"]["generic"]),
        national=re.compile(table["organisations"]["national"]),
        numbered_programme=re.compile(table["organisations"]["numbered_programme"]),
    )


@lru_cache(maxsize=65536)
def person_name(name: str) -> str:
    """A person's name with one kind of dot and without spaces between Chinese characters."""
    plain = unicodedata.normalize("NFKC", name)
    dotted = DOTS.sub("·", plain)
    tight = SPACES.sub("", dotted)
    return tight if HAN.match(tight.replace("·", "")) else SPACES.sub(" ", dotted).strip()


def tells_apart(name: str) -> bool:
    """Whether a name can be met again: not a bare surname (王 of 王主任), not masked (王某某)."""
    return len(name) > 1 and not identity_rules().masked.search(name)


@lru_cache(maxsize=65536)
def place(name: str, known: frozenset[str] = frozenset(), scope: str = "") -> Place:
    """Which place a name means, by the other places of its document.

    scope: the document's home place or, without one, the document; used where the table knows
    several places of the name and ``known`` does not decide.
    """
    full = full_place(name, known)
    above = ancestors(full, known)
    if above or full in _countries_and_provinces(full):
        return Place(full, above)
    chains = {division.ancestors() for division in divisions_named(full)}
    ambiguous = len(chains) > 1 or (not chains and level_of(full) in {"village", "township"})
    return Place(full, (), scope if ambiguous else "")


def _countries_and_provinces(full: str) -> Collection[str]:
    return {full} if any(division.depth == 1 for division in divisions_named(full)) else ()


GOVERNMENT = frozenset({"", "政府", "人民政府", "政府机关"})
SHORTER = (
    ("人民代表大会常务委员会", "人大常委会"),
    ("人民代表大会", "人大"),
    ("人民政治协商会议", "政协"),
    ("委员会组织部", "委组织部"),
    ("人民政府办公室", "政府办公室"),
    ("人民政府", "政府"),
    ("人民法院", "法院"),
    ("人民检察院", "检察院"),
    ("纪律检查委员会", "纪委"),
)


@lru_cache(maxsize=65536)
def organisation(
    name: str, known: frozenset[str] = frozenset(), scope: str = "", is_place: bool = False
) -> Organisation:
    """Which organisation a name means: 中共滨州市委, 滨州市委 and 山东省滨州市委 are one.

    is_place: the name is that of a place and stands for its government (荆门市 of 荆门市副市长).
    """
    text = SPACES.sub("", unicodedata.normalize("NFKC", name)) if HAN.search(name) else name.strip()
    body = without_party(text)
    party = text[: len(text) - len(body)]
    if is_place:
        itself = place(body, known, scope)
        return Organisation(itself.name, itself, "政府", "")
    prefix = leading_places(body)
    where: Place | None = None
    if prefix.spans:
        words = [body[slice(*span)] for span in prefix.spans]
        where = place(words[-1], known | frozenset(words[:-1]), scope)
    rest = _shorten(body[prefix.end :])
    if where is not None and not rest.strip():
        rest = "政府"
    if where is not None and rest and rest[0] in "市县区省州乡镇" and len(rest) > 1:
        joined = _joined(where, rest, known, scope)
        if joined is not None:
            where, rest = joined
    if where is not None and rest in GOVERNMENT:
        rest = "政府"
    if party and party not in {"中共", "中国共产党"}:
        rest = party + rest
    if where is not None:
        return Organisation(where.name + rest, where, rest)
    return Organisation(text, None, rest or text, "" if _is_distinct(text) else scope)


def _joined(where: Place, rest: str, known: frozenset[str], scope: str) -> tuple[Place, str] | None:
    """滨州|市委 where the place lacks its level word: 滨州市|委; None where it has one."""
    if level_of(where.name) is not None and where.name[-1] != rest[0]:
        return None
    if where.name.endswith(rest[0]):
        return where, rest[1:]
    longer = place(where.name + rest[0], known, scope)
    return (longer, rest[1:]) if divisions_named(longer.name) else None


def _shorten(rest: str) -> str:
    for long, short in SHORTER:
        rest = rest.replace(long, short)
    if rest == "委员会":
        return "委"
    return rest


def _is_distinct(name: str) -> bool:
    """Whether an organisation's name without a place says which one it is."""
    rules = identity_rules()
    if rules.national.match(name):
        return True
    return relative_level(name) is None and not rules.generic.search(name)


@lru_cache(maxsize=65536)
def bare_title(title: str, org: str | None) -> str:
    """A title without the unit of its organisation: 书记 of 市委书记 in 滨州市委."""
    text = SPACES.sub("", unicodedata.normalize("NFKC", title))
    if not org:
        return text
    units = organisation_rules().units
    forms = [org, _shorten(org)]
    if org.endswith("政府"):
        place_level = org[-3:-2]
        forms += ["人民政府", f"{place_level}人民政府", f"{place_level}政府"]
    for form in forms:
        for start in range(len(form) - 1):
            unit = form[start:]
            if (
                text.startswith(unit)
                and len(text) > len(unit)
                and (start == 0 or unit.endswith(units))
            ):
                rest = text[len(unit) :]
                return unit[-1] + rest if rest == "长" else rest  # 商务部长 is a 部长
    return text


def post_label(title: str, org: str | None) -> str:
    """How a post is shown: 滨州市委书记."""
    return f"{org}{title}" if org else title


@lru_cache(maxsize=16384)
def is_single(title: str) -> bool:
    """Whether one person at a time holds this post of an organisation: 书记, but not 副书记."""
    rules = identity_rules()
    if rules.modifier.match(title) or title.endswith(rules.shared):
        return False
    return title.endswith(rules.single) and "副" not in title


def programme_key(name: str, scope: str) -> str:
    """A programme's key; 一号工程 and the like are known near home only."""
    text = SPACES.sub("", unicodedata.normalize("NFKC", name))
    plain = re.sub(r"[“”‘’\"'《》「」]", "", text)
    local = identity_rules().numbered_programme.match(plain) or len(plain) < 3
    return f"{plain}?{scope}" if local else plain
