"""What refers to a named PROGRAMME or ORG: 本次活动, 音乐会, 我院, and 全运会 for 全国运动会.

An echo stands in patterns for what it refers to. Where nothing clear is meant there is no echo: an
activity needs an event-like programme named before it, 我院 an organisation of that kind which is
named more often than any other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from pipeline.components.relations.mentions import Mention, in_order
from pipeline.components.relations.patterns import words_expression
from pipeline.schema import Label

__all__ = ["add_echoes"]

Lexicon = Mapping[str, tuple[str, ...]]


def add_echoes(text: str, mentions: Sequence[Mention], lexicon: Lexicon) -> list[Mention]:
    """Return the mentions together with the echoes found between them.

    The lexicon classes used: ``event_lead`` (本次, 该), ``event_noun`` (nouns that echo a programme
    ending in the same noun), ``event_any`` (nouns that echo any event), ``event_kind`` (endings
    that make a programme an event), ``self`` (我院; its last character says what kind is meant).
    """
    taken = sorted((mention.start, mention.end) for mention in mentions)
    found = [*mentions]
    programmes = [m for m in mentions if m.label is Label.PROGRAMME]
    events = [m for m in programmes if _is_event(m, lexicon)]
    spans: list[tuple[int, int, Mention]] = []
    if events:
        full = _full_names([m for m in events if m.text.endswith(lexicon["event_put_on"])])
        for index, named in full.items():
            found[index] = replace(found[index], refers_to=named.index)
        spans += [
            (start, end, full.get(named.index, named))
            for start, end, named in _event_echoes(text, events, lexicon)
        ]
    spans += _self_echoes(text, mentions, lexicon)
    spans.sort(key=lambda row: (row[0], -row[1]))
    last, cursor = 0, 0
    for start, end, named in spans:
        while cursor < len(taken) and taken[cursor][1] <= start:
            cursor += 1
        if start < last or (cursor < len(taken) and taken[cursor][0] < end):
            continue
        last = end
        found.append(
            Mention(len(found), start, end, named.label, text[start:end], named.entity, named.index)
        )
    return found


def _full_names(events: Sequence[Mention]) -> dict[int, Mention]:
    """For each event named in short the one that has all its characters: 全运会, 全国运动会.

    Both begin and end with the same character.
    """
    first: dict[str, Mention] = {}
    for event in events:
        first.setdefault(event.text, event)
    framed: dict[tuple[str, str], list[Mention]] = {}  # by the characters that both must share
    for event in first.values():
        framed.setdefault(_frame(event.text), []).append(event)
    whole: dict[str, Mention] = {}
    for text, event in first.items():
        if len(_NATION.sub("", text)) > _MOST_SHORT:
            continue
        others = framed[_frame(text)]
        longer = [o for o in others if _is_short(text, o.text) and not _one(event, o)]
        if len(longer) == 1:
            whole[text] = longer[0]
    return {event.index: whole[event.text] for event in events if event.text in whole}


_SENTENCE = 120
_MOST_SHORT = 5
_NATION = re.compile("^(?:中国)?(?:国际)?")


def _frame(name: str) -> tuple[str, str]:
    bare = _NATION.sub("", name)
    return bare[:1], bare[-1:]


def _is_short(name: str, other: str) -> bool:
    """Whether a name is another of its frame with characters left out."""
    short, full = _NATION.sub("", name), _NATION.sub("", other)
    return 2 < len(short) <= _MOST_SHORT and len(short) < len(full) and in_order(short, full)


def _one(event: Mention, other: Mention) -> bool:
    return event.entity is not None and event.entity == other.entity


def _event_echoes(
    text: str, events: Sequence[Mention], lexicon: Lexicon
) -> list[tuple[int, int, Mention]]:
    rows = []
    cursor = -1
    nouns = (*lexicon["event_noun"], *lexicon["event_any"])
    expression = _event_expression(lexicon["event_lead"], nouns, lexicon["before_event"])
    for match in expression.finditer(text):
        while cursor + 1 < len(events) and events[cursor + 1].start < match.start():
            cursor += 1
        if cursor < 0:
            continue
        noun = match["noun"]
        if noun in lexicon["event_noun"]:
            named = _latest(events, cursor, noun)
        else:
            named = _latest_any(events, cursor, noun, lexicon.get("event_own", ()))
        if named is not None:
            start = match.start("noun") if match["lead"] is None else match.start("lead")
            rows.append((start, match.end(), named))
    return rows


def _latest(events: Sequence[Mention], cursor: int, noun: str) -> Mention | None:
    """The last event named before that ends in this noun; only a few are looked at."""
    for event in reversed(events[max(0, cursor - 8) : cursor + 1]):
        if event.text.endswith(noun) or (event.text[-1] == noun[0] and noun[-1] in "览会"):
            return event
    return None


def _latest_any(
    events: Sequence[Mention], cursor: int, noun: str, own: tuple[str, ...]
) -> Mention | None:
    """The last event named before; a campaign called 行动 is echoed by its own noun alone."""
    for event in reversed(events[max(0, cursor - 8) : cursor + 1]):
        if event.text.endswith(noun) or not event.text.endswith(own):
            return event
    return None


def _self_echoes(
    text: str, mentions: Sequence[Mention], lexicon: Lexicon
) -> list[tuple[int, int, Mention]]:
    words = lexicon["self"]
    rows = []
    owners: dict[str, Mention | None] = {}
    for match in re.finditer(words_expression(words), text):
        kind = match[0][-1]
        if kind not in owners:
            endings = lexicon.get(f"self_{_KINDS[kind]}", ())
            owners[kind] = _main_organisation(text, mentions, endings, lexicon.get("guest", ()))
        named = owners[kind]
        if named is not None:
            rows.append((match.start(), match.end(), named))
    return rows


_KINDS = {"院": "hospital", "校": "school", "局": "bureau"}


def _main_organisation(
    text: str, mentions: Sequence[Mention], endings: tuple[str, ...], guest: tuple[str, ...]
) -> Mention | None:
    """The organisation of a kind that is named most; None where two are named as often.

    Those behind a word of ``guest`` in their sentence (邀请了海州医院王新竹) are not the writer's.
    """
    if not endings:
        return None
    named = [m for m in mentions if m.label is Label.ORG and m.text.endswith(endings)]
    kind = [m for m in named if not _is_guest(text, m, guest)]
    counts = Counter(m.entity if m.entity is not None else m.text for m in kind)
    best = counts.most_common(2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return None
    return next(m for m in kind if best[0][0] in {m.entity, m.text})


def _is_guest(text: str, mention: Mention, guest: tuple[str, ...]) -> bool:
    start = max(0, mention.start - _SENTENCE)
    sentence = re.split("[。！？\n]", text[start : mention.start])[-1]
    return any(word in sentence for word in guest)


def _is_event(mention: Mention, lexicon: Lexicon) -> bool:
    return mention.text.endswith(lexicon["event_kind"])


@lru_cache(maxsize=8)
def _event_expression(
    leads: tuple[str, ...], nouns: tuple[str, ...], before: tuple[str, ...]
) -> re.Pattern[str]:
    """本次…友谊赛, or the bare noun where a clause begins or right behind a verb."""
    lead = f"(?P<lead>(?:{words_expression(leads)})[\u4e00-\u9fff]{{0,6}}?)"
    bare = f"(?:(?<![^，。；：！？\n”’ ])|(?:{words_expression(before)})[了过]?)"
    return re.compile(f"(?:{lead}|{bare})(?P<noun>{words_expression(nouns)})(?!方案|日程|场地|室)")
