"""The event that an article reports: the one that it says, at its head, was put on.

A report names its event once (首届云山歌会昨晚在人民广场举行) and then tells who did what there
without naming it again: 市长致辞, 甲队获得冠军. Rules with ``event = "tail"`` take the event for
their end where their match lies in such a report.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from pipeline.components.relations.mentions import Folded, Mention, Report
from pipeline.components.relations.patterns import Pattern, compile_pattern
from pipeline.components.relations.rules import EVENT_CLASSES
from pipeline.schema import Label, Span

__all__ = ["event_at", "with_reports"]

_HEAD = 4  # sentences, a headline among them
_FURTHEST = 800  # code characters behind the last mention of the event
_OPENS = (
    "{PROGRAMME:event}{..24!PROGRAMME}{goes_on}(?!(?:了|的|过)?{..12!PROGRAMME}{PROGRAMME})",
    "{put_on}(?:了|的|过)?{..20!PROGRAMME}{PROGRAMME:event}(?!{..6!PROGRAMME}{press})",
    "在{..12!PROGRAMME}{PROGRAMME:event}{event_part}?(?:现场|上)",
)
"""How the head of a report says that its event was put on."""


def with_reports(
    folded: Folded, lexicon: Mapping[str, tuple[str, ...]], articles: Iterable[int] = (0,)
) -> Folded:
    """Return the document with the reports found in it.

    articles: document characters where its articles begin. Cost is linear in the text.
    """
    if not any(mention.label is Label.PROGRAMME for mention in folded.mentions):
        return folded
    patterns = _patterns(*(lexicon.get(name, ()) for name in EVENT_CLASSES))
    kinds, campaigns = lexicon.get("event_told", ()), lexicon.get("event_campaign", ())
    reports = []
    for start, end in _articles(folded, articles):
        event = _event(folded, (start, end), patterns, kinds, campaigns)
        if event is not None:
            reports.append(_report(folded, (start, end), event, kinds))
    return replace(folded, reports=tuple(reports))


def event_at(folded: Folded, start: int, end: int) -> Mention | None:
    """The event that the report around the code characters [start, end) tells of.

    None where the same paragraph names another event nearer, before or in those characters.
    """
    for report in folded.reports:
        if report.start <= start < report.end:
            line = folded.code.rfind("\n", report.start, start) + 1
            other, own = _last(report.others, end), _last(report.own, end)
            return None if other >= line and other > own else report.event
    return None


def _last(places: Sequence[int], end: int) -> int:
    """The last of these places before ``end``, -1 without one; they are in order."""
    number = bisect_left(places, end)
    return places[number - 1] if number else -1


def _articles(folded: Folded, starts: Iterable[int]) -> Iterable[Span]:
    """The articles as code characters."""
    wanted = sorted({0, *starts})
    cuts = []
    at = 0
    for start in wanted:
        while at < len(folded.code) and folded.offsets[at] < start:
            at += 1
        cuts.append(at)
    return pairwise((*cuts, len(folded.code)))


def _event(
    folded: Folded,
    article: Span,
    patterns: tuple[Pattern, ...],
    kinds: tuple[str, ...],
    campaigns: tuple[str, ...],
) -> Mention | None:
    inside = (s for s in folded.sentences if article[0] <= s.start < article[1])
    for _, sentence in zip(range(_HEAD), inside, strict=False):
        if "PROGRAMME" not in sentence.labels:
            continue
        for pattern in patterns:
            for match in pattern.expression.finditer(folded.code, sentence.start, sentence.end):
                mention = _named(folded, folded.at[match.start("event")])
                kind = _kind(mention.text)
                if kind.endswith(kinds) and not kind.endswith(campaigns):
                    return mention
    return None


def _report(folded: Folded, article: Span, event: Mention, kinds: tuple[str, ...]) -> Report:
    own, others = [], []
    for at in range(*article):
        mention = folded.at.get(at)
        if mention is None or mention.label is not Label.PROGRAMME:
            continue
        named = _named(folded, mention)
        if _same(named, event):
            own.append(at)
        elif _kind(named.text).endswith(kinds):
            others.append(at)
    return Report(
        article[0], min(article[1], own[-1] + _FURTHEST), event, tuple(own), tuple(others)
    )


def _same(one: Mention, other: Mention) -> bool:
    """Whether two names mean one event: 宣传周 is “感控宣传周”活动."""
    if one.entity is not None and one.entity == other.entity:
        return True
    short, full = sorted((_bare(one.text), _bare(other.text)), key=len)
    return short in full


def _kind(name: str) -> str:
    """The words that say what kind an undertaking is: of “宣传周”活动 those in the marks."""
    return _bare(name.removesuffix("”活动"))


def _bare(name: str) -> str:
    return "".join(character for character in name if character not in "“”‘’《》\"'")


def _named(folded: Folded, mention: Mention) -> Mention:
    return mention if mention.refers_to is None else folded.mentions[mention.refers_to]


@lru_cache(maxsize=8)
def _patterns(*classes: tuple[str, ...]) -> tuple[Pattern, ...]:
    lexicon = dict(zip(EVENT_CLASSES, classes, strict=True))
    return tuple(compile_pattern(pattern, lexicon, "sentence") for pattern in _OPENS)
