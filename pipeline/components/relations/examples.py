"""Examples written into the rules: a sentence with marks, and the triples it should give.

    [云山市委组织部|ORG#o][部长|ROLE#t@o][李海明|PER#h]讲话。 => h holds_post t

``[surface|LABEL#id@org]`` marks a mention; ``#id`` names it for the triples, ``@org`` says which
mention a ROLE belongs to. Triples are parted by ``;`` and may end in a status in parentheses.
``by RULE`` names the rule that makes it where that is not the one that the example stands in.
``{2014-04-25}`` at the very start is the issue date. A backslash takes what follows as itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.components.relations.mentions import Mention, Post
from pipeline.schema import Label, RelationType, Span, Status

__all__ = ["Example", "ExampleError", "Expected", "parse_example"]

_ISSUE = re.compile(r"\{(\d{4}(?:-\d\d){0,2})\}")
_TAIL = re.compile(r"\|([A-Z]+)(?:#([a-z]\w*))?(?:@([a-z]\w*))?\]")
_TRIPLE = re.compile(
    r"(?P<head>\w+) (?P<relation>\w+) (?P<tail>\w+)"
    r"(?: \((?P<status>[a-z]+)(?P<dates>(?: (?:date|start|end)=[\d-]+)*)\))?"
    r"(?: by (?P<rule>[a-z0-9-]+))?"
)


class ExampleError(ValueError):
    """An example cannot be read."""


@dataclass(frozen=True)
class Expected:
    """A triple that an example should give; ends are indexes of mentions."""

    head: int
    relation: RelationType
    tail: int
    status: Status | None = None
    dates: tuple[tuple[str, str], ...] = ()
    rule: str | None = None


@dataclass(frozen=True)
class Example:
    """An example as plain data."""

    text: str
    mentions: tuple[Mention, ...]
    posts: dict[Span, Post]
    expected: tuple[Expected, ...]
    issue_date: str | None = None


def parse_example(marked: str) -> Example:
    """Read one example.

    RAISES ExampleError: a mark is malformed, or a triple names a mention that is not marked.
    """
    body, _, wanted = marked.partition(" => ")
    issue_date = None
    if issue := _ISSUE.match(body):
        issue_date, body = issue[1], body[issue.end() :]
    text, rows = _read_marks(body)
    names = {name: index for index, (*_, name, _) in enumerate(rows) if name is not None}
    mentions = tuple(
        Mention(index, start, end, label, text[start:end])
        for index, (start, end, label, _, _) in enumerate(rows)
    )
    posts: dict[Span, Post] = {}
    for start, end, label, _, owner in rows:
        if label is not Label.ROLE:
            continue
        org = place = None
        name = None
        if owner is not None:
            if owner not in names:
                raise ExampleError(f"'@{owner}' names no mention")
            other = mentions[names[owner]]
            org = (other.start, other.end) if other.label is Label.ORG else None
            place = (other.start, other.end) if other.label is Label.LOC else None
            name = other.text
        posts[start, end] = Post(org=org, place=place, org_name=name)
    expected = tuple(_triple(part.strip(), names) for part in wanted.split(";") if part.strip())
    return Example(text, mentions, posts, expected, issue_date)


Row = tuple[int, int, Label, str | None, str | None]


def _read_marks(body: str) -> tuple[str, list[Row]]:
    text: list[str] = []
    opened: list[int] = []
    rows: list[Row] = []
    cursor = 0
    while cursor < len(body):
        character = body[cursor]
        if character == "\\" and cursor + 1 < len(body):
            text.append("\n" if body[cursor + 1] == "n" else body[cursor + 1])
            cursor += 2
        elif character == "[":
            opened.append(len(text))
            cursor += 1
        elif character == "|" and (tail := _TAIL.match(body, cursor)):
            if not opened:
                raise ExampleError(f"'{tail[0]}' closes nothing")
            if tail[1] not in Label.__members__:
                raise ExampleError(f"no label '{tail[1]}'")
            rows.append((opened.pop(), len(text), Label(tail[1]), tail[2], tail[3]))
            cursor = tail.end()
        else:
            text.append(character)
            cursor += 1
    if opened:
        raise ExampleError("a '[' is never closed with '|LABEL]'")
    return "".join(text), sorted(rows, key=lambda row: (row[0], row[1]))


def _triple(part: str, names: dict[str, int]) -> Expected:
    match = _TRIPLE.fullmatch(part)
    if match is None:
        raise ExampleError(f"cannot read the triple '{part}'")
    for end in ("head", "tail"):
        if match[end] not in names:
            raise ExampleError(f"the triple '{part}' names '{match[end]}', which is not marked")
    try:
        relation = RelationType(match["relation"])
        status = Status(match["status"]) if match["status"] else None
    except ValueError as error:
        raise ExampleError(str(error)) from error
    pairs = [pair.split("=") for pair in match["dates"].split()] if match["dates"] else []
    dates = tuple((key, value) for key, value in pairs)
    return Expected(
        names[match["head"]], relation, names[match["tail"]], status, dates, match["rule"]
    )
