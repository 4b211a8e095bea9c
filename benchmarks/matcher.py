"""Four relation rules in spaCy's `Matcher` and in this project's engine: length, speed, findings.

    python benchmarks/matcher.py DATA/gov_gold/train.jsonl

Both read the same sentences, in which each gold mention is one token, each other character another.
The Matcher's greedy longest matches stand beside the regular expressions' leftmost ones. Making the
Docs and the folded text is left out; seconds are processor time, the best of some rounds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import spacy
from spacy.matcher import Matcher
from spacy.tokens import Doc

from pipeline.annotations.native import GoldDocument, read_gold
from pipeline.annotations.surfaces import surfaces_of
from pipeline.components.relations.matching import find_candidates
from pipeline.components.relations.mentions import CODES, Folded, Mention, fold
from pipeline.components.relations.patterns import SCOPES
from pipeline.components.relations.rules import build_rules, parse_rule_file

SERVE = ("现任", "担任", "出任", "兼任", "任", "接任", "升任", "转任", "历任", "曾任")
ELECT = ("当选为", "当选")
PATTERNS = {
    "title-before-name": "{ROLE:tail} ?{PER:head}",
    "title-after-name": "{PER:head}(?:同志)?{ROLE:tail}",
    "elected-as": "{PER:head}(?:同志)?{..10!PER|ROLE}{elect:cue}{..16!PER|ROLE}{ROLE:tail}",
    "serves-as": "{PER:head}(?:同志)?{..8!PER|ROLE}{serve:cue}[过着了]?{..16!PER|ROLE}{ROLE:tail}",
}
Found = set[tuple[str, int, int, int]]  # rule, sentence, first and last token that is a mention
Tokens = list[dict[str, Any]]


def rule_table() -> dict[str, Any]:
    """The rules as a rule file has them; examples are not run here."""
    rows = [
        {
            "id": name,
            "relation": "holds_post",
            "pattern": pattern,
            "score": 0.9,
            "examples": ["。", "。"],
            "counter_examples": ["。"],
        }
        for name, pattern in PATTERNS.items()
    ]
    return {"lexicon": {"serve": list(SERVE), "elect": list(ELECT)}, "rule": rows}


def one(text: str) -> Tokens:
    return [{"ORTH": character} for character in text]


def gap(most: int) -> Tokens:
    """Up to so many tokens that are neither PER nor ROLE and end no clause."""
    never = [CODES["PER"], CODES["ROLE"], *SCOPES["clause"]]
    return [{"ORTH": {"NOT_IN": never}, "OP": f"{{0,{most}}}"}]


def matcher_patterns() -> Iterator[tuple[str, list[Tokens]]]:
    """The same four rules: every word of a class, and every optional word, is a pattern more."""
    person, role = one(CODES["PER"]), one(CODES["ROLE"])
    polite = ([], one("同志"))
    yield "title-before-name", [[*role, {"ORTH": " ", "OP": "?"}, *person]]
    yield "title-after-name", [[*person, *comrade, *role] for comrade in polite]
    yield (
        "elected-as",
        [
            [*person, *comrade, *gap(10), *one(word), *gap(16), *role]
            for comrade, word in product(polite, ELECT)
        ],
    )
    aspect = {"ORTH": {"IN": ["过", "着", "了"]}, "OP": "?"}
    yield (
        "serves-as",
        [
            [*person, *comrade, *gap(8), *one(word), aspect, *gap(16), *role]
            for comrade, word in product(polite, SERVE)
        ],
    )


def folded(gold: GoldDocument) -> Folded:
    rows = zip(gold.entities, surfaces_of(gold), strict=True)
    mentions = [
        Mention(number, start, end, label, surface)
        for number, ((start, end, label), surface) in enumerate(rows)
    ]
    return fold(gold.text, mentions, {})


def by_engine(texts: list[Folded]) -> Callable[[], Found]:
    rules = build_rules([("benchmark", parse_rule_file(rule_table(), "benchmark"))]).rules

    def find() -> Found:
        return {
            (rule.spec.id, number, *sorted((found.head_at, found.tail_at)))
            for number, text in enumerate(texts)
            for rule in rules
            for found in find_candidates(text, rule)
        }

    return find


def by_matcher(texts: list[Folded]) -> tuple[Callable[[], Found], int]:
    vocab = spacy.blank("zh").vocab
    docs = [
        (number, segment.start, Doc(vocab, list(text.code[segment.start : segment.end])))
        for number, text in enumerate(texts)
        for segment in text.sentences
        if segment.labels
    ]
    matcher = Matcher(vocab)
    count = 0
    for name, patterns in matcher_patterns():
        matcher.add(name, patterns, greedy="LONGEST")
        count += len(patterns)

    def find() -> Found:
        return {
            (vocab.strings[key], number, start + first, start + last - 1)
            for number, start, doc in docs
            for key, first, last in matcher(doc)
        }

    return find, count


def best(find: Callable[[], Found], rounds: int) -> tuple[float, Found]:
    times = []
    found: Found = set()
    for _ in range(rounds):
        begin = time.process_time()
        found = find()
        times.append(time.process_time() - begin)
    return min(times), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    texts = [folded(document) for document in read_gold(options.gold)]
    characters = sum(len(text.text) for text in texts)
    matcher, count = by_matcher(texts)
    slow, theirs = best(matcher, options.rounds)
    fast, ours = best(by_engine(texts), options.rounds)
    print("| engine | patterns | characters a second | findings |\n|---|---:|---:|---:|")
    print(f"| renzhi | {len(PATTERNS)} | {characters / fast:,.0f} | {len(ours)} |")
    print(f"| spaCy Matcher | {count} | {characters / slow:,.0f} | {len(theirs)} |")
    print(f"\nratio of speeds: {slow / fast:.1f}; findings of both: {len(ours & theirs)}")


if __name__ == "__main__":
    main()
