r"""Gold articles as people write them: text with inline marks, then the triples, one a line.

A source file has three parts, parted by lines of three hyphens::

    id: county-01
    kind: county
    split: train
    issue_date: 2009-03-12
    home_place: 邹平县
    ---
    [邹平{县委|ORG]书记}[李秉文|PER]到[好生镇|LOC]调研。
    ---
    李秉文 | holds_post | 县委书记 | org=邹平县委 | status=current

``[name|LABEL]`` marks PER, ORG, LOC and PROGRAMME, which never overlap one another; ``{post}``
marks ROLE. The two kinds of bracket may cross, because a ROLE may overlap an ORG: that is why they
differ. A backslash takes a bracket, a bar, a hyphen or a backslash as itself; ``\n`` in a triple
is a line break.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.annotations.native import QUALIFIERS, GoldDocument, GoldTriple, write_gold
from pipeline.annotations.pages import raw_pages
from pipeline.errors import BadInputError
from pipeline.relation_ends import ENDS
from pipeline.schema import Label, Meta, RelationType, Status

__all__ = [
    "ENDS",
    "SPLITS",
    "MarkedArticle",
    "build",
    "parse_article",
    "print_article",
    "read_articles",
]

SPLITS = ("train", "dev", "test", "page")
"""Names of the files that `build` writes; ``page`` holds whole newspaper pages."""

NOISY = ("dev", "test")
"""The splits that are also written as raw pages with layout noise."""

HEADERS = ("id", "kind", "split", "issue_date", "home_place", "newspaper")
REQUIRED = ("id", "kind", "split")
META_KEYS = ("issue_date", "home_place", "newspaper")
RULE = "---"
SPECIAL = "[]{}|\\-"


@dataclass(frozen=True)
class MarkedArticle:
    """One article of the gold corpus with the split that it belongs to.

    The document's ``source`` is the kind of news (``county``, ``army``, ...), which the splits are
    balanced over.
    """

    document: GoldDocument
    split: str


def parse_article(marked: str, name: str) -> MarkedArticle:
    """Read one source file's text; name stands for the file in messages.

    RAISES BadInputError: anything is malformed; the message names ``file:line`` and the cause.
    """
    lines = marked.removesuffix("\n").split("\n")
    rules = [number for number, line in enumerate(lines) if line == RULE]
    if len(rules) != 2:
        raise BadInputError(name, f"needs two lines '{RULE}' between its parts, has {len(rules)}")
    header = _parse_header(lines[: rules[0]], name)
    body = "\n".join(lines[rules[0] + 1 : rules[1]])
    text, entities = _parse_body(body, name, rules[0] + 2)
    labels = _labels_by_surface(text, entities)
    triples: list[GoldTriple] = []
    for number, line in enumerate(lines[rules[1] + 1 :], start=rules[1] + 2):
        where = f"{name}:{number}"
        triple = _parse_triple(line, where)
        _check_ends(triple, labels, where)
        if triple in triples:
            raise BadInputError(where, "this triple stands above already")
        triples.append(triple)
    document = GoldDocument(
        id=header["id"],
        text=text,
        entities=tuple(entities),
        triples=tuple(triples),
        meta={key: header[key] for key in META_KEYS if key in header},
        source=header["kind"],
    )
    return MarkedArticle(document, header["split"])


def print_article(article: MarkedArticle) -> str:
    """Write an article back as a source file: the inverse of `parse_article`.

    RAISES BadInputError: the document holds what the markup cannot (other meta keys, overlaps that
    the guidelines forbid, no kind).
    """
    document = article.document
    if unknown := set(document.meta) - set(META_KEYS):
        raise BadInputError(document.id, f"the markup has no header '{min(unknown)}'")
    if not document.source:
        raise BadInputError(document.id, "the markup needs the kind of article as 'source'")
    _check_overlaps(document)
    header = {"id": document.id, "kind": document.source, "split": article.split, **document.meta}
    rows = [f"{key}: {header[key]}" for key in HEADERS if key in header]
    rows += [RULE, _print_body(document), RULE]
    rows += [_print_triple(triple) for triple in document.triples]
    return "\n".join(rows) + "\n"


def read_articles(source_dir: Path) -> Iterator[MarkedArticle]:
    """Read every ``*.txt`` of a directory in the order of their names.

    RAISES BadInputError: there is none, a file is malformed, or an id comes twice.
    """
    paths = sorted(source_dir.glob("*.txt"))
    if not paths:
        raise BadInputError(str(source_dir), "no *.txt files in it")
    seen: dict[str, Path] = {}
    for path in paths:
        try:
            with path.open(encoding="utf-8", newline="") as file:
                article = parse_article(file.read(), str(path))
        except (OSError, UnicodeDecodeError) as error:
            reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
            raise BadInputError(str(path), str(reason)) from error
        first = seen.setdefault(article.document.id, path)
        if first != path:
            raise BadInputError(str(path), f"id '{article.document.id}' is taken by {first}")
        yield article


def build(source_dir: Path, out_dir: Path) -> dict[str, int]:
    """Write the gold files of a corpus from its source files; give the number of documents each.

    ``{train,dev,test,page}.jsonl`` hold the articles of each split; ``noisy_{dev,test}.jsonl`` the
    same articles set as raw newspaper pages. Every source is read before anything is written, and
    each file appears whole or not at all. A split without articles writes no file.
    """
    articles = list(read_articles(source_dir))
    files: dict[str, list[GoldDocument]] = {}
    for split in SPLITS:
        documents = [article.document for article in articles if article.split == split]
        files[split] = documents
        if split in NOISY:
            files[f"noisy_{split}"] = list(raw_pages(documents, seed=0))
    counts = {name: len(documents) for name, documents in files.items() if documents}
    for name in counts:
        write_gold(files[name], out_dir / f"{name}.jsonl")
    return counts


def _parse_header(lines: Sequence[str], name: str) -> dict[str, str]:
    header: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        key, colon, value = line.partition(": ")
        where = f"{name}:{number}"
        if not colon or not value.strip():
            raise BadInputError(where, "a header line is 'key: value'")
        if key not in HEADERS:
            raise BadInputError(where, f"unknown header '{key}' (known: {', '.join(HEADERS)})")
        if key in header:
            raise BadInputError(where, f"header '{key}' comes twice")
        header[key] = value.strip()
    for key in REQUIRED:
        if key not in header:
            raise BadInputError(name, f"header '{key}' is missing")
    if header["split"] not in SPLITS:
        raise BadInputError(name, f"split '{header['split']}' is none of {', '.join(SPLITS)}")
    try:
        Meta(issue_date=header.get("issue_date"))
    except ValueError as error:
        reason = f"issue_date '{header['issue_date']}' is not YYYY-MM-DD"
        raise BadInputError(name, reason) from error
    return header


class _BodyParser:
    """Reads marked text piece by piece; holds at most one open bracket of each kind."""

    def __init__(self, name: str, first_line: int) -> None:
        self.name = name
        self.first_line = first_line
        self.text: list[str] = []
        self.entities: list[tuple[int, int, Label]] = []
        self.open: dict[str, int] = {}

    def fail(self, reason: str, at: int | None = None) -> BadInputError:
        """The error at an offset of the text read so far; at its end where none is given."""
        line = self.first_line + self.text[:at].count("\n")
        return BadInputError(f"{self.name}:{line}", reason)

    def read(self, mark: re.Match[str]) -> None:
        if (escaped := mark["escaped"]) is not None:
            if escaped not in SPECIAL:
                raise self.fail(f"a backslash before '{escaped}'")
            self.text.append(escaped)
        elif (label := mark["label"]) is not None:
            if label not in Label.__members__ or label == Label.ROLE:
                raise self.fail(f"unknown label '{label}'")
            self.end("[", Label(label))
        elif mark["other"] == "}":
            self.end("{", Label.ROLE)
        elif mark["other"] in "[{":
            self.start(mark["other"])
        elif mark["other"] in "]|\\":
            raise self.fail(f"a stray '{mark['other']}': a mark ends in '|LABEL]'")
        else:
            self.text.append(mark["other"])

    def start(self, bracket: str) -> None:
        if bracket in self.open:
            raise self.fail(f"'{bracket}' inside an open '{bracket}'")
        self.open[bracket] = len(self.text)

    def end(self, bracket: str, label: Label) -> None:
        if bracket not in self.open:
            raise self.fail(f"the end of a {label} that was never begun with '{bracket}'")
        start = self.open.pop(bracket)
        surface = "".join(self.text[start:])
        if not surface:
            raise self.fail(f"an empty {label}")
        if surface != surface.strip():
            raise self.fail(f"{label} '{surface}' begins or ends in white space", start)
        self.entities.append((start, len(self.text), label))

    def finish(self) -> tuple[str, list[tuple[int, int, Label]]]:
        for bracket, start in self.open.items():
            raise self.fail(f"'{bracket}' is never closed", start)
        text = "".join(self.text)
        if not text.strip():
            raise BadInputError(self.name, "the article has no text")
        for start, end, _ in (entity for entity in self.entities if entity[2] is Label.ROLE):
            for other_start, other_end, label in self.entities:
                crossing = other_start < end and start < other_end
                if crossing and label not in {Label.ROLE, Label.ORG}:
                    raise self.fail(f"ROLE '{text[start:end]}' overlaps a {label}", start)
        return text, sorted(self.entities)


MARK = re.compile(r"\\(?P<escaped>.)|\|(?P<label>[A-Za-z]*)\]|(?P<other>.)", re.DOTALL)


def _parse_body(body: str, name: str, first_line: int) -> tuple[str, list[tuple[int, int, Label]]]:
    parser = _BodyParser(name, first_line)
    for mark in MARK.finditer(body):
        parser.read(mark)
    return parser.finish()


def _check_overlaps(document: GoldDocument) -> None:
    reach = {True: 0, False: 0}
    for start, end, label in sorted(document.entities):
        is_role = label is Label.ROLE
        if start < reach[is_role]:
            surface = document.text[start:end]
            raise BadInputError(document.id, f"{label} '{surface}' overlaps its like at {start}")
        reach[is_role] = end


def _labels_by_surface(
    text: str, entities: Sequence[tuple[int, int, Label]]
) -> dict[str, set[Label]]:
    labels: dict[str, set[Label]] = {}
    for start, end, label in entities:
        labels.setdefault(text[start:end], set()).add(label)
    return labels


def _parse_triple(line: str, where: str) -> GoldTriple:
    parts = [_unescape(part.strip(" ")) for part in re.split(r"(?<!\\)\|", line)]
    if len(parts) < 3 or not all(parts):
        raise BadInputError(where, "a triple is 'head | relation | tail | key=value | …'")
    head, relation, tail, *rest = parts
    if relation not in set(RelationType):
        raise BadInputError(where, f"unknown relation '{relation}'")
    qualifiers: dict[str, str] = {}
    for part in rest:
        key, equals, value = part.partition("=")
        if not equals or not value or key not in QUALIFIERS:
            known = ", ".join(QUALIFIERS)
            raise BadInputError(where, f"'{part}' is no key=value (known keys: {known})")
        if key == "status" and value not in set(Status):
            raise BadInputError(where, f"unknown status '{value}'")
        qualifiers[key] = value
    if qualifiers and relation != RelationType.HOLDS_POST:
        raise BadInputError(where, f"{relation} has no qualifiers")
    return GoldTriple(head, RelationType(relation), tail, qualifiers)


def _check_ends(triple: GoldTriple, labels: dict[str, set[Label]], where: str) -> None:
    for end in (triple.head, triple.tail):
        if end not in labels:
            raise BadInputError(where, f"'{end}' is not marked in the text")
    allowed, words = ENDS[triple.relation]
    if not any((h, t) in allowed for h in labels[triple.head] for t in labels[triple.tail]):
        found = f"{'/'.join(sorted(labels[triple.head]))} → {'/'.join(sorted(labels[triple.tail]))}"
        raise BadInputError(where, f"{triple.relation} joins {words}, not {found}")


def _print_body(document: GoldDocument) -> str:
    at: dict[int, list[str]] = {}
    # Marks at one place: what closes comes first, so that neighbours do not seem to nest.
    for _, end, label in sorted(document.entities):
        at.setdefault(end, []).insert(0, "}" if label is Label.ROLE else f"|{label}]")
    for start, _, label in sorted(document.entities, key=lambda entity: entity[2] == Label.ORG):
        at.setdefault(start, []).append("{" if label is Label.ROLE else "[")
    parts: list[str] = []
    for place, character in enumerate(document.text):
        parts += at.get(place, [])
        parts.append(f"\\{character}" if character in SPECIAL.replace("-", "") else character)
    parts += at.get(len(document.text), [])
    body = "".join(parts)
    return re.sub(rf"(?m)^{RULE}$", rf"\\{RULE}", body)


def _print_triple(triple: GoldTriple) -> str:
    fields = [triple.head, str(triple.relation), triple.tail]
    fields += [f"{key}={value}" for key, value in triple.qualifiers.items()]
    return " | ".join(_escape(field) for field in fields)


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "\\n")


def _unescape(value: str) -> str:
    replace = {"n": "\n", "|": "|", "\\": "\\"}
    return re.sub(r"\\(.)", lambda mark: replace.get(mark[1], mark[0]), value)
