"""Finder for ``organises``: an organ that bears the name of what it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.components.relations.mentions import Folded
from pipeline.components.relations.pairs import Holder, Lexicon, Pair, first_mentions
from pipeline.components.relations.patterns import words_expression
from pipeline.schema import Label

__all__ = ["organs_of_programmes"]

_MARKS = re.compile("[“”‘’《》]")
_SHORTEST = 3


def organs_of_programmes(
    folded: Folded, lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """治水工程指挥部 runs the document's 治水工程; the lexicon class ``organ`` has such endings.

    Nothing but 活动 or 工作 stands between the two: a staff of an event's guards does not run it.
    Linear in the names, whose endings are looked up.
    """
    ending = re.compile(f"(?:活动|工作)?(?P<organ>{words_expression(lexicon['organ'])})$")
    programmes = {
        _MARKS.sub("", name): mention
        for name, mention in reversed(first_mentions(folded, Label.PROGRAMME).items())
    }
    for name, organ in first_mentions(folded, Label.ORG).items():
        bare = _MARKS.sub("", name)
        match = ending.search(bare)
        # 读书年活动 may be called 读书年 or 读书年活动.
        ends = {} if match is None else dict.fromkeys((match.start("organ"), match.start()))
        parts = (bare[start:end] for end in ends for start in range(end - _SHORTEST + 1))
        named = next((programmes[part] for part in parts if part in programmes), None)
        if named is not None:
            yield Pair(organ, named, (organ.start, organ.end))
