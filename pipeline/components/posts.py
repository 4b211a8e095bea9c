"""The component ``posts``: ROLE spans from organisations and bare titles.

It reads PER, ORG, LOC and TITLE from ``doc.ents`` and sets

``doc.spans["roles"]``   ROLE spans as the guidelines define them, [last generic unit] + title
``doc._.posts``          one dict a ROLE span: start, end; ``title``, ``unit``, ``org``, ``place``
                         ([start, end] each, or None); ``org_name`` (None here; `identity` fills
                         it); ``owner`` ([start, end] of 院 in 院党委书记, or None); ``status``
                         and ``cues``, the words that tell it.

The organisation of a post is the one right before it (滨州市委|书记, 市委组织部|张凯|部长), or the
one of the post before it in a list (盐城市卫健委党委委员、副主任).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from pipeline.components.extensions import register_extensions, text_of
from pipeline.components.organisations import organisation_rules, unit_in_title, unit_start
from pipeline.components.posts_distance import (
    antecedent,
    belongs_at_distance,
    body_rules,
    is_taken_up,
    titles_with_holder,
)
from pipeline.schema import Span

__all__ = ["Mention", "Post", "Posts", "compose_posts", "make_posts", "widen_titles"]

VARIANT = re.compile(r"[（(][^（()）]{1,8}[)）]\Z")
LIST_GAP = re.compile(r"[^\S\n]*(?:[、兼/]|[、，,]?兼任?|和|与|及|以及|暨)?[^\S\n]*")
OPENING = '“‘「《"'
BETWEEN_NAMES = frozenset({"、", "和", "与", "及", "以及", "，", ""})
CLAUSE_GAP = frozenset({"，", "；", "、"})
SCOPE_LIST = frozenset({"、", "及", "和", "与"})
LONGEST_GAP = 3
LONGEST_BETWEEN = 10
LONGEST_DATELINE = 34


@dataclass(frozen=True)
class Mention:
    """A flat mention: characters [start, end) and label."""

    start: int
    end: int
    label: str

    @property
    def span(self) -> Span:
        """Its characters."""
        return (self.start, self.end)


@dataclass(frozen=True)
class Post:
    """A ROLE span and what belongs to it; see the module's docstring."""

    start: int
    end: int
    title: Span
    unit: Span | None = None
    org: Span | None = None
    place: Span | None = None
    owner: Span | None = None
    carried: bool = False
    status: str = "current"
    cues: tuple[Span, ...] = ()


def compose_posts(text: str, mentions: Iterable[Mention]) -> list[Post]:
    """Compose the posts of a text from its flat mentions, in order.

    Cost is linear in the mentions.
    """
    ordered = widen_titles(text, mentions)
    ends = {mention.end: mention for mention in ordered}
    starts = [mention.start for mention in ordered]
    held = titles_with_holder(text, ordered)
    posts: list[Post] = []
    for index, mention in enumerate(ordered):
        if mention.label != "TITLE" or _is_no_post(text, mention):
            continue
        post = _own_organisation(text, mention, ends)
        if post.org is None and post.place is None:
            meant = antecedent(text, ordered, index)
            if meant is not None and meant.label == "LOC":
                post = replace(post, place=(meant.start, meant.end), owner=None)
            elif meant is not None:
                post = replace(post, org=(meant.start, meant.end), owner=None)
        if _is_bare(post):
            post = _in_list(text, post, posts, ends, ordered, starts)
        if _is_bare(post) and posts:
            post = _in_next_clause(text, post, posts[-1], ordered, index)
        if _is_bare(post) and (headed := _headed(text, ordered, index)) is not None:
            post = replace(post, org=headed.span)
        if _is_bare(post) and (body := _body_before(text, ordered, index, held)) is not None:
            post = _behind_words(text, post, body, mention)
        posts.append(_with_status(text, post, ends))
    return posts


def _is_bare(post: Post) -> bool:
    return post.org is None and post.place is None and post.owner is None


def _headed(text: str, ordered: Sequence[Mention], index: int) -> Mention | None:
    """由王新竹任|主任委员|的云山学会: whom somebody is said to head stands behind the title."""
    title, after = ordered[index], ordered[index + 1 : index + 2]
    if not after or after[0].label != "ORG" or text[title.end : after[0].start] != "的":
        return None
    return after[0] if is_taken_up(text, title) else None


def _body_before(
    text: str, ordered: Sequence[Mention], index: int, held: frozenset[Span]
) -> Mention | None:
    """The mention before a title that may be its body; before its holder, where a verb says so."""
    title = ordered[index]
    taken = is_taken_up(text, title)
    if not index or not (taken or title.span in held):
        return None
    before = ordered[index - 1]
    if taken and before.label == "PER" and index > 1:
        return ordered[index - 2]
    return before


def _behind_words(text: str, post: Post, body: Mention, title: Mention) -> Post:
    """海州集团宣布，由长女|董事长|李海明 主持: the body stands some words before the title."""
    return replace(post, org=body.span) if belongs_at_distance(text, body, title) else post


def widen_titles(text: str, mentions: Iterable[Mention]) -> list[Mention]:
    """Sort mentions and take the modifiers right before a title into it: 执行|主席, 一级|军士长.

    A list of twenty names hangs on one such title, and a tagger that cuts it loses all twenty.
    """
    widened: list[Mention] = []
    for mention in sorted(mentions, key=lambda mention: mention.span):
        if mention.label == "TITLE":
            free = widened[-1].end if widened else 0
            before = _modifiers_pattern().search(text, max(free, mention.start - 12), mention.start)
            start = before.start() if before else mention.start
            widened.append(replace(mention, start=start))
        else:
            widened.append(mention)
    return widened


def _is_no_post(text: str, title: Mention) -> bool:
    """Whether a title begins another word (主席|台) or is a figure of speech (当好|宣传员)."""
    rules = organisation_rules()
    name = text[title.start : title.end]
    return text.endswith(rules.title_figures, 0, title.start) or any(
        name.endswith(word) and text.startswith(tuple(endings), title.end)
        for word, endings in rules.title_beginnings.items()
    )


@cache
def _modifiers_pattern() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(organisation_rules().title_modifiers)})+\Z")


def _own_organisation(text: str, title: Mention, ends: dict[int, Mention]) -> Post:
    """The post with the organisation, place or owner word that stands right before its title."""
    post = Post(title.start, title.end, title.span)
    left = ends.get(title.start)
    if left is None:
        return _at_distance(text, post, title, ends)
    if left.label == "ORG":
        return _resident(text, ends, _joined(text, post, left))
    if left.label == "LOC":
        firm = _firm_of_scope(text, title, left, ends)
        found = replace(post, place=left.span) if firm is None else replace(post, org=firm.span)
        return _resident(text, ends, found)
    return _behind_person(text, post, left, ends) if left.label == "PER" else post


def _firm_of_scope(
    text: str, title: Mention, place: Mention, ends: dict[int, Mention]
) -> Mention | None:
    """海州集团|亚洲及中国|总经理: places between an organisation and its title say for where.

    The head of a place is none of them: 市委常委、|云山市|市长.
    """
    if text[title.start : title.end].endswith(tuple(organisation_rules().titles_of_place)):
        return None
    left: Mention | None = place
    while left is not None and left.label == "LOC":
        before = left.start - (text[left.start - 1 : left.start] in SCOPE_LIST)
        left = ends.get(left.start) or ends.get(before)
    return left if left is not None and left.label == "ORG" else None


def _at_distance(text: str, post: Post, title: Mention, ends: dict[int, Mention]) -> Post:
    left = _across_words(text, title.start, ends)
    if left is not None and left.label == "ORG":
        return replace(post, org=left.span)
    if left is not None and left.label == "LOC" and text[title.start - 1] != "的":
        return replace(post, place=left.span)
    return _of_agency_or_owner(text, post, title.start, ends)


def _across_words(text: str, end: int, ends: dict[int, Mention]) -> Mention | None:
    """The mention before a bracketed variant, a status word or 的: 市档案局（馆）的局长."""
    for pattern in (_between(), VARIANT):
        if match := pattern.search(text, max(0, end - LONGEST_BETWEEN), end):
            end = match.start()
            if found := ends.get(end):
                return found
    return None


@cache
def _between() -> re.Pattern[str]:
    words = [word for words in organisation_rules().status.values() for word in words]
    words += body_rules().between
    return re.compile(
        rf"(?:的|(?:党[组委])?成员[、，兼]|{'|'.join(sorted(words, key=len, reverse=True))})\Z"
    )


AGENCY_TITLES = ("记者", "特约记者", "见习记者", "实习记者")
DATELINE = re.compile(
    r"[^。！？；]{1,16}(?:电(?![话视脑影子报台])|讯|消息|信息|报道)[：:]?\s*[（(]?[^）)。]{0,16}$"
)


def _agency(text: str, start: int, ends: dict[int, Mention]) -> Span | None:
    """The agency whose dateline the 记者 stands in: 新华社北京4月18日电（记者某某）."""
    if not text.startswith(AGENCY_TITLES, start):
        return None
    begin = max(0, start - LONGEST_DATELINE)
    words = text[begin:start]
    for end in range(start, begin, -1):
        left = ends.get(end)
        if left is None:
            continue
        if left.label == "ORG" and end < start:
            return left.span if DATELINE.fullmatch(words, end - begin) else None
        if left.label in {"PER", "TITLE"}:  # 讯 of 史讯 is no word of a dateline
            first = max(begin, left.start)
            words = words[: first - begin] + "·" * (end - first) + words[end - begin :]
    return None


def _resident(text: str, ends: dict[int, Mention], post: Post) -> Post:
    """中国驻赞比亚|大使 and 中国常驻联合国|代表 are posts of the first place."""
    where = post.place or post.org
    if where is None:
        return post
    match = re.search(r"常?驻$", text[max(0, where[0] - 2) : where[0]])
    if match is None:
        return post
    left = ends.get(where[0] - len(match[0]))
    if left is not None and left.label == "LOC":
        return replace(post, place=left.span, org=None)
    reports = text.endswith(body_rules().reporters, *post.title)
    return replace(post, place=None) if reports else post  # 本报驻香港|记者 is none of 香港


def _joined(text: str, post: Post, org: Mention) -> Post:
    at = unit_start(text[org.start : org.end], text[slice(*post.title)])
    if at is None:
        return replace(post, org=org.span)
    start = org.start + at
    return replace(post, start=start, unit=(start, org.end), org=org.span)


def _behind_person(text: str, post: Post, person: Mention, ends: dict[int, Mention]) -> Post:
    """江苏省人民医院|姚强|教授, 阿根廷|某某|总统: the organisation stands before the name."""
    left = ends.get(person.start) or _across_words(text, person.start, ends)
    if left is not None and left.label == "ORG":
        return replace(post, org=left.span)
    if left is not None and left.label == "LOC":
        return replace(post, place=left.span)
    return _of_agency_or_owner(text, post, person.start, ends)


def _of_agency_or_owner(text: str, post: Post, end: int, ends: dict[int, Mention]) -> Post:
    """The post of the agency of its dateline, else of the owner word that ends at ``end``."""
    agency = _agency(text, post.title[0], ends)
    return replace(post, org=agency, owner=None if agency else _owner_before(text, end))


ANAPHOR = re.compile(r"该([\u4e00-\u9fff]{1,2})$")


@cache
def _owner_pattern() -> re.Pattern[str]:
    words = "|".join(sorted(organisation_rules().owners, key=len, reverse=True))
    return re.compile(
        rf"(?:^|[^\u4e00-\u9fff]|[由在是和与及向请同据对我该本])(?:我|该|本|原)?({words})$"
    )


def _owner_before(text: str, end: int) -> Span | None:
    """The word 院 of ，院党委书记 or 我院|院长: the institution that the text is about."""
    before = text[max(0, end - 6) : end]
    match = _owner_pattern().search(before) or ANAPHOR.search(before)
    return (end - len(match[1]), end) if match else None


def _in_list(
    text: str,
    post: Post,
    posts: Sequence[Post],
    ends: dict[int, Mention],
    ordered: Sequence[Mention],
    starts: Sequence[int],
) -> Post:
    """Carry the organisation of the post before it in a list: 党委书记、院长; 甲院长、乙副院长."""
    if not posts:
        return post
    last = posts[-1]
    return (
        _carried(text, post, last) if _continues(text, post, last, ends, ordered, starts) else post
    )


def _continues(
    text: str,
    post: Post,
    last: Post,
    ends: dict[int, Mention],
    ordered: Sequence[Mention],
    starts: Sequence[int],
) -> bool:
    """Whether a post goes on with the list that the last post stands in."""
    person = ends.get(post.title[0])
    if person is not None and person.label == "PER":  # 甲院长、乙副院长
        between = text[last.end : person.start]
        return between in BETWEEN_NAMES and _follows_name(last, ends)
    named = _mention_at(ordered, starts, last.end)
    if named is not None and named.label == "PER":  # 处长甲、副处长乙
        between = text[named.end : post.title[0]]
        if between == "，":
            return _is_deputy(text, post, last)
        return between in {"、", "和", "与"} and not _is_other_profession(text, post, last)
    gap = text[last.end : post.title[0]]
    return last.end <= post.title[0] <= last.end + LONGEST_GAP and bool(LIST_GAP.fullmatch(gap))


def _in_next_clause(
    text: str, post: Post, last: Post, ordered: Sequence[Mention], index: int
) -> Post:
    """甲出任云山集团董事长，乙担任|总裁: who takes office in the next clause does so there too."""
    person, before = ordered[index - 1], ordered[index - 2] if index > 1 else None
    follows = (
        before is not None
        and person.label == "PER"
        and before.span == last.title
        and last.org is not None
        and text[last.end : person.start] in CLAUSE_GAP
        and is_taken_up(text, before)
        and is_taken_up(text, ordered[index])
        and not text.endswith(body_rules().titles_apart, 0, post.end)
    )
    return _carried(text, post, last) if follows else post


def _mention_at(ordered: Sequence[Mention], starts: Sequence[int], position: int) -> Mention | None:
    index = bisect_left(starts, position)
    found = index < len(ordered) and ordered[index].start == position
    return ordered[index] if found else None


def _is_other_profession(text: str, post: Post, last: Post) -> bool:
    """Whether a professional title stands behind somebody's office or other profession."""
    title, other = text[slice(*post.title)], text[slice(*last.title)]
    return title.endswith(body_rules().professions) and other[-2:] != title[-2:]


def _is_deputy(text: str, post: Post, last: Post) -> bool:
    """Whether the title is the deputy of the one before: 主任 and 副主任."""
    title, other = text[slice(*post.title)], text[slice(*last.title)]
    return re.sub(r"^(?:常务)?副", "", title) == other != title


def _follows_name(post: Post, ends: dict[int, Mention]) -> bool:
    left = ends.get(post.title[0])
    return left is not None and left.label == "PER"


def _carried(text: str, post: Post, last: Post) -> Post:
    title = text[slice(*post.title)]
    rules = organisation_rules()
    if title.endswith(("记者", "通讯员", "教授", "老师")) and last.org is None:
        return post
    if title.endswith(rules.titles_of_nation) or title in rules.organisation_of_title:
        return post
    if unit_in_title(title) is not None or title.endswith(body_rules().ranks):
        return post
    if last.org is not None and title.endswith(body_rules().of_state):
        return post
    return replace(post, org=last.org, place=last.place, owner=last.owner, carried=True)


@cache
def _status_pattern() -> tuple[tuple[str, re.Pattern[str]], ...]:
    status = organisation_rules().status
    return tuple(
        (name, re.compile(rf"({'|'.join(words)})(?:常?驻)?[“‘]?$"))
        for name, words in status.items()
    )


def _with_status(text: str, post: Post, ends: dict[int, Mention]) -> Post:
    """Read 原, 前, 时任, 拟任 right before the post or before its organisation."""
    title = text[slice(*post.title)]
    if re.match(r"代(?![表办])", title):
        return replace(post, status="acting", cues=((post.title[0], post.title[0] + 1),))
    begin = min(post.start, post.org[0] if post.org and not post.carried else post.start)
    places = [begin, post.start, post.title[0]]
    if post.place and not post.carried:
        places.append(post.place[0])
    for place in places:
        cue = _cue_before(text, place, ends)
        if cue is not None:
            return replace(post, status=cue[0], cues=(cue[1],))
    return post


def _cue_before(text: str, place: int, ends: dict[int, Mention]) -> tuple[str, Span] | None:
    if place in ends:
        return None
    for name, pattern in _status_pattern():
        match = pattern.search(text, max(0, place - 5), place)
        if match:
            return (name, match.span(1))
    return None


class Posts:
    """Composes the posts of a Doc (`match`) and writes them to it (`set_annotations`)."""

    def __call__(self, doc: Doc) -> Doc:
        return self.set_annotations(doc, self.match(doc))

    def match(self, doc: Doc) -> list[Post]:
        """Return the posts; the Doc stays as it is."""
        mentions = [Mention(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
        return compose_posts(text_of(doc), mentions)

    def set_annotations(self, doc: Doc, posts: Sequence[Post]) -> Doc:
        """Write the ROLE spans, the posts and a score for each span: that of its title."""
        scores = {row[1]: row[3] for row in doc._.mention_scores if row[2] == "TITLE"}
        spans = [doc.char_span(post.start, post.end, label="ROLE") for post in posts]
        doc.spans["roles"] = [span for span in spans if span is not None]
        doc._.posts = [post_row(post) for post in posts]
        doc._.mention_scores = [
            *(row for row in doc._.mention_scores if row[2] != "ROLE"),
            *([post.start, post.end, "ROLE", scores.get(post.end, 1.0), "posts"] for post in posts),
        ]
        return doc


def post_row(post: Post) -> dict[str, Any]:
    """The post as plain data for ``doc._.posts``."""
    return {
        "start": post.start,
        "end": post.end,
        "title": list(post.title),
        "unit": _pair(post.unit),
        "org": _pair(post.org),
        "place": _pair(post.place),
        "owner": _pair(post.owner),
        "carried": post.carried,
        "org_name": None,
        "status": post.status,
        "cues": [list(cue) for cue in post.cues],
    }


def _pair(span: Span | None) -> list[int] | None:
    return list(span) if span else None


@Language.factory("posts", assigns=["doc.spans", "doc._.posts"], requires=["doc.ents"])
def make_posts(nlp: Language, name: str) -> Posts:  # noqa: ARG001  (spaCy calls factories with both)
    """Make the component."""
    register_extensions()
    return Posts()
