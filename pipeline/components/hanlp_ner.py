"""The spaCy component ``hanlp_ner``: any HanLP NER model under renzhi's labels (extra ``hanlp``).

HanLP's models read characters (or words that a multi-task model cuts itself) and name their labels
as their corpora do; ``pipeline/rules/hanlp_labels.toml`` maps these names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans

from pipeline.components.extensions import register_extensions
from pipeline.errors import ConfigError, MissingExtraError, ModelError
from pipeline.schema import Label

__all__ = ["HanlpNer", "HanlpSpan", "label_map", "load_hanlp", "make_hanlp_ner", "spans_of"]

LONGEST = 400  # characters given to the model at once; encoders take 510 pieces at most
MODEL_FILES = ("config.json", "model.pt")
LABELS = frozenset({Label.PER, Label.ORG, Label.LOC, Label.PROGRAMME, "TITLE"})


@dataclass(frozen=True, slots=True)
class HanlpSpan:
    """What HanLP found: characters [start, end) and its own name of the label."""

    start: int
    end: int
    label: str


@cache
def label_map() -> Mapping[str, str]:
    """Give the shipped map from HanLP's label names, in upper case, to renzhi's labels."""
    path = files("pipeline") / "rules" / "hanlp_labels.toml"
    rows: dict[str, list[str]] = tomllib.loads(path.read_text(encoding="utf-8"))["labels"]
    unknown = set(rows) - {str(label) for label in LABELS}
    if unknown:
        raise ConfigError(f"hanlp_labels.toml: '{min(unknown)}' is no label of renzhi")
    return {name.upper(): label for label, names in rows.items() for name in names}


def load_hanlp(model: str) -> Any:
    """Load a HanLP model by its folder, or by its name if HanLP has it on this machine.

    RAISES MissingExtraError: HanLP is not installed. ModelError: the model is not there, and it
    says what to put where.
    """
    if find_spec("hanlp") is None:
        raise MissingExtraError("hanlp", "the component 'hanlp_ner'")
    path = Path(model)
    if path.is_dir():
        missing = [name for name in MODEL_FILES if not (path / name).is_file()]
        if missing:
            raise ModelError(f"{model}: no HanLP model, the file {missing[0]} is missing")
    elif path.is_absolute() or model.startswith(".") or path.is_file():
        raise ModelError(
            f"{model}: no such folder; a HanLP model is a folder with {MODEL_FILES[0]}"
        )
    else:
        _require_cached(model)
    import hanlp

    try:
        return hanlp.load(model, devices=-1)
    except Exception as error:
        cause = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(f"{model}: HanLP cannot load it: {cause[0]}") from error


def _require_cached(name: str) -> None:
    """Refuse a model that HanLP would have to download: renzhi does not reach for the network."""
    import hanlp
    from hanlp.utils.io_util import path_from_url

    known: dict[str, str] = hanlp.pretrained.ALL
    if name not in known:
        raise ModelError(f"{name}: neither a folder nor a model name that HanLP knows")
    archive = Path(path_from_url(known[name]))
    folder = archive.with_suffix("") if archive.suffix == ".zip" else archive
    if not all((folder / file).is_file() for file in MODEL_FILES):
        raise ModelError(f"{name}: not on this machine; download {known[name]}, unpack as {folder}")


def spans_of(model: Any, text: str) -> list[HanlpSpan]:
    """Run a loaded HanLP model over a text, line by line; offsets are characters of the text.

    Single-task models get characters; the NER task of a multi-task model gets the line.
    """
    pieces = list(_pieces(text))
    if not pieces:
        return []
    rows = _run(model, [text[start:end] for start, end in pieces])
    found = []
    for (start, end), row in zip(pieces, rows, strict=True):
        borders = _borders(row.tokens, text[start:end])
        for label, first, last in row.entities:
            found.append(HanlpSpan(start + borders[first][0], start + borders[last - 1][1], label))
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    tokens: Sequence[str]
    entities: Sequence[tuple[str, int, int]]  # label, first token, end token


def _run(model: Any, lines: list[str]) -> list[_Row]:
    if hasattr(model, "tasks"):
        task = next((name for name in model.tasks if name.startswith("ner")), None)
        if task is None:
            raise ModelError("this HanLP model has no NER task")
        result = model(lines, tasks=task)
        tokens = result[next(key for key in result if key.startswith("tok"))]
        found = result[task]
    else:
        tokens = [list(line) for line in lines]
        found = model(tokens)
    return [
        _Row(words, [(str(e[1]), int(e[2]), int(e[3])) for e in entities])
        for words, entities in zip(tokens, found, strict=True)
    ]


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Cut a text into lines, and long lines after a mark or at the latest after LONGEST."""
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        while start < end:
            stop = min(end, start + LONGEST)
            if stop < end:
                mark = max(text.rfind(sign, start, stop) for sign in "。！？；，、")
                stop = mark + 1 if mark > start else stop
            if text[start:stop].strip():
                yield start, stop
            start = stop
        start = end + 1


def _borders(tokens: Sequence[str], line: str) -> list[tuple[int, int]]:
    """Find each token in its line; a multi-task model's tokenizer may drop white space."""
    borders = []
    at = 0
    for token in tokens:
        start = line.find(token, at)
        start = at if start < 0 else start  # normalised by the tokenizer: the length still counts
        at = min(len(line), start + len(token))
        borders.append((start, at))
    return borders


class HanlpNer:
    """Sets ``doc.ents`` from a HanLP model and appends to ``doc._.mention_scores``.

    model: folder or name of the model, loaded at the first Doc; labels: HanLP's label name in
    upper case -> ours; what it does not name is left out. score: given to every span, because
    HanLP gives none. load: gives a callable model for a name (``load_hanlp``).
    A span that cuts a token (a run of digits or letters) is widened to it.
    """

    def __init__(
        self,
        name: str,
        model: str,
        labels: Mapping[str, str],
        score: float,
        load: Callable[[str], Any] = load_hanlp,
    ) -> None:
        register_extensions()
        wrong = sorted({label for label in labels.values() if label not in LABELS})
        if wrong:
            raise ConfigError(f"component '{name}': '{wrong[0]}' is no label of renzhi")
        self.name = name
        self.model = model
        self.labels = dict(labels)
        self.score = score
        self._load = load
        self._loaded: Any = None

    def __call__(self, doc: Doc) -> Doc:
        self.set_annotations(doc, self.match(doc))
        return doc

    def match(self, doc: Doc) -> list[HanlpSpan]:
        """Find spans under HanLP's labels, in characters, without changing the Doc."""
        if self._loaded is None:
            self._loaded = self._load(self.model)
        return spans_of(self._loaded, doc.text)

    def set_annotations(self, doc: Doc, spans: Sequence[HanlpSpan]) -> None:
        """Write the spans whose label the map knows; of overlapping ones the longest."""
        made = [
            doc.char_span(
                s.start, s.end, label=self.labels[s.label.upper()], alignment_mode="expand"
            )
            for s in spans
            if s.label.upper() in self.labels
        ]
        doc.set_ents(filter_spans([span for span in made if span is not None]))
        doc._.mention_scores.extend(
            [e.start_char, e.end_char, e.label_, self.score, self.name] for e in doc.ents
        )


@Language.factory(
    "hanlp_ner",
    assigns=["doc.ents", "doc._.mention_scores"],
    default_config={"model": "MSRA_NER_ELECTRA_SMALL_ZH", "labels": {}, "score": 0.9},
    default_score_weights={},
)
def make_hanlp_ner(
    nlp: Language,  # noqa: ARG001 (spaCy passes it)
    name: str,
    model: str,
    labels: dict[str, str],
    score: float,
) -> HanlpNer:
    """Make the component. labels: additions to and changes of the shipped map, by HanLP's names."""
    merged = {**label_map(), **{key.upper(): value for key, value in labels.items()}}
    return HanlpNer(name, model, merged, score)
