"""Training of the PROGRAMME scorer: a conditional random field over proposed spans.

For every document the gold set of names is one path of the lattice of candidates
(``components/programme/lattice.py``); training maximises its probability, with an L2 penalty, by
full-batch Adam. Everything is NumPy; the result is a table of feature weights.
"""

from __future__ import annotations

import gzip
import re
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.annotations.native import GoldDocument, read_gold
from pipeline.annotations.standoff import attach
from pipeline.components.programme import Programme, Scorer
from pipeline.components.programme.candidates import Candidate, Text, find_candidates
from pipeline.components.programme.features import (
    CLASS_FEATURES,
    end_features,
    pair_features,
    start_features,
)
from pipeline.components.programme.lattice import marginals
from pipeline.components.programme.resources import ProgrammeLists, WordFinder, shipped_lists
from pipeline.components.programme.scorer import Evidence, count_places
from pipeline.errors import BadInputError, ConfigError
from pipeline.files import write_whole
from pipeline.schema import Label
from pipeline.training.run import Run, fingerprint, run_folder
from pipeline.training.sections import Section, read_sections
from pipeline.training.watch import Progress, Watch

__all__ = [
    "ProgrammeConfig",
    "ScorerSettings",
    "candidate_features",
    "mark_lines",
    "read_articles",
    "train_programme",
    "train_scorer",
]

TITLE = re.compile(r"《([^《》]+)》")
OPENING_QUOTES = '“‘"'
LONGEST_SHORT = 3
SAVE_SECONDS = 5.0  # the state is small, and a whole training takes seconds
FIT = "fit"
SILVER = "programme_silver.toml"
WORDS = ("programme.toml", SILVER)  # lists below pipeline/rules that the weights depend on
DEFAULT_WATCH = Watch()


class DataSettings(Section):
    """Which texts to learn from.

    train: a native gold file, relative to the data folder. written: one relative to the config.
    articles: stand-off annotations relative to the config, whose texts are the ``*.txt.gz`` files
    of the folder ``texts`` below the data folder. raw: gzipped raw news (``## id`` lines between
    articles) below the data folder, a glob pattern; its lines are marked with judged names.
    held_out: a native gold file, relative to the data folder, whose lines are kept out of the
    marked ones.
    """

    train: str
    written: str | None = None
    articles: str | None = None
    texts: str | None = None
    raw: str | None = None
    held_out: str | None = None


class ScorerSettings(Section):
    """How to fit.

    steps: of Adam; rate: its first rate. l2: penalty of a feature that names a class of words or a
    length; l2_words: of one that names words or characters, which carry over less. smallest: the
    weight below which a feature is dropped. marked_weight: how much a line marked with judged
    names counts beside an annotated document.
    """

    steps: int = Field(default=100, gt=0)
    rate: float = Field(default=0.1, gt=0)
    l2: float = Field(default=1.0, ge=0)
    l2_words: float = Field(default=3.0, ge=0)
    smallest: float = Field(default=0.01, ge=0)
    marked_weight: float = Field(default=0.5, ge=0)


class ModelSettings(Section):
    """What counts beside the learned features: see `Evidence`."""

    bias: float = 0.0
    echo: float = 0.0
    recogniser: float = 0.0
    recogniser_alone: float = -10.0
    cut_word: float = 0.0
    carried_out: float = 0.0
    temperature: float = Field(default=1.0, gt=0)


class ProgrammeConfig(Section):
    """What configs/programme.cfg holds."""

    data: DataSettings
    training: ScorerSettings = ScorerSettings()
    model: ModelSettings = ModelSettings()


@dataclass(frozen=True)
class Prepared:
    """One document ready for training: spans by end, gold flags, features as index arrays."""

    spans: list[tuple[int, int]]
    gold: NDArray[np.float64]
    offsets: NDArray[np.int64]
    features: NDArray[np.int32]
    weight: float


def train_programme(
    config: Path, data: Path, output: Path, watch: Watch = DEFAULT_WATCH
) -> Programme:
    """Train the component from a config and write its weights to the file ``output``, whole.

    data: the folder that the paths of the config are relative to. The same call goes on after a
    kill, from the state beside the folder of ``output``, and does nothing where it has ended.
    RAISES BadInputError, ConfigError: see ``read_sections``, ``read_gold`` and ``attach``.
    """
    settings = read_sections(config, ProgrammeConfig)
    sources, lists = settings.data, shipped_lists()
    gold = [data / sources.train, *([config.parent / sources.written] if sources.written else ())]
    articles = config.parent / sources.articles if sources.articles else None
    if (articles is None) != (sources.texts is None):
        raise ConfigError(f"{config}: data.articles and data.texts go together")
    raw = sorted(data.glob(sources.raw)) if sources.raw else []
    if sources.raw and not raw:
        raise BadInputError(str(data / sources.raw), "no such file")
    held_out = [data / sources.held_out] if sources.raw and sources.held_out else []
    words = [
        (resources.files("pipeline") / "rules" / name).read_text(encoding="utf-8") for name in WORDS
    ]
    texts = data / (sources.texts or ".")
    standoff = () if articles is None else (articles, *sorted(texts.glob("*.txt.gz")))
    key = fingerprint([settings.model_dump(), words], (*gold, *standoff, *raw, *held_out))
    run = Run(run_folder(output.parent), key)
    if run.finished(output.parent):
        watch.say(f"{output} is what this configuration and data give; it was not trained again")
        component = Programme()
        component.initialize(weights=output)
        return component
    annotated = [document for path in gold for document in read_gold(path)]
    if articles is not None:
        annotated += read_articles(articles, texts)
    kept_out = [document for path in held_out for document in read_gold(path)]
    marked = list(mark_lines(raw, annotated, kept_out))
    if run.begin():
        watch.say(f"going on from {run.folder}")
    weights = train_scorer(annotated, lists, settings.training, marked, (run, watch))
    evidence = Evidence(**settings.model.model_dump())
    component = Programme(scorer=Scorer(weights, lists, evidence))
    output.parent.mkdir(parents=True, exist_ok=True)
    with write_whole(output) as out:
        out.write(component.to_bytes())
    run.finish(output.parent, [output])
    return component


def read_articles(standoff: Path, texts: Path) -> Iterator[GoldDocument]:
    """Read stand-off annotations as gold documents whose names leave out the mark before them.

    RAISES BadInputError: see ``attach``.
    """
    for row in attach(standoff, texts):
        text = row["text"]
        entities = tuple(
            (
                start + (label == Label.PROGRAMME and text[start] in OPENING_QUOTES),
                end,
                Label(label),
            )
            for start, end, label in row["entities"]
        )
        yield GoldDocument(id=row["id"], text=text, entities=entities)


def mark_lines(
    files: Iterable[Path], annotated: Iterable[GoldDocument], held_out: Iterable[GoldDocument]
) -> Iterator[GoldDocument]:
    """Mark the judged names, and the annotated ones, in lines of raw news.

    A line is left out if it has no name, has one that was not judged, or stands in an annotated or
    held-out document. Of overlapping names the longest is marked; none inside a longer 《》 is.
    RAISES BadInputError: a file cannot be read.
    """
    judged = resources.files("pipeline") / "rules" / SILVER
    table = tomllib.loads(judged.read_text(encoding="utf-8"))
    annotated = list(annotated)
    known = {
        document.text[start:end]
        for document in annotated
        for start, end, label in document.entities
        if label == Label.PROGRAMME
    }
    # A short annotated name such as 条例 or 计划 is one only in its own document.
    names = {name for name in known if len(name) > LONGEST_SHORT} | set(table["names"])
    short = frozenset(table["titles"])
    finder = WordFinder(dict.fromkeys(names | short, ""))
    unsure = WordFinder(dict.fromkeys(table["unsure"], ""))
    used = {line.strip() for d in (*annotated, *held_out) for line in d.text.split("\n")}
    for line in _raw_lines(files):
        if line in used or next(unsure.matches(line), None):
            continue
        spans = [
            (start, end)
            for start, end in _longest(finder.matches(line))
            if line[start:end] not in short or f"《{line[start:end]}》" == line[start - 1 : end + 1]
        ]
        titles = [match.span(1) for match in TITLE.finditer(line)]
        entities = tuple(
            (start, end, Label.PROGRAMME)
            for start, end in spans
            if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in titles)
        )
        if entities:
            yield GoldDocument(id="raw", text=line, entities=entities)


def _raw_lines(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        try:
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                yield from (s for line in lines if (s := line.strip()) and not s.startswith("## "))
        except (OSError, EOFError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise BadInputError(str(path), reason) from error


def _longest(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span)):
        if all(end <= a or b <= start for a, b in kept):
            kept.append((start, end))
    return sorted(kept)


def candidate_features(text: Text, candidate: Candidate, places: int) -> list[str]:
    """Give all features of a candidate; the scorer adds the same ones up group by group."""
    return [
        *start_features(text, candidate.start),
        *end_features(text, candidate.end, candidate.category, candidate.category_end),
        *pair_features(text, candidate, places),
    ]


def prepare(
    document: GoldDocument, lists: ProgrammeLists, index: dict[str, int], weight: float = 1.0
) -> Prepared:
    """Turn a gold document into index arrays; new features get the next number of ``index``."""
    text = Text(document.text, lists)
    candidates = find_candidates(text)
    gold = {(s, e) for s, e, label in document.entities if label == Label.PROGRAMME}
    spans = [(c.start, c.end) for c in candidates]
    rows: list[list[int]] = []
    for c, places in zip(candidates, count_places(text, candidates), strict=True):
        names = candidate_features(text, c, places)
        rows.append([index.setdefault(name, len(index)) for name in names])
    lengths = [len(row) for row in rows]
    return Prepared(
        spans=spans,
        gold=np.array([span in gold for span in spans], dtype=np.float64),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        features=np.array([i for row in rows for i in row], dtype=np.int32),
        weight=weight,
    )


def train_scorer(
    documents: Iterable[GoldDocument],
    lists: ProgrammeLists,
    settings: ScorerSettings,
    marked: Iterable[GoldDocument] = (),
    under: tuple[Run, Watch] | None = None,
) -> dict[str, float]:
    """Train on documents and give the weights by feature name. The result is deterministic.

    marked: lines whose names were marked by a list; they count ``marked_weight`` each.
    under: see ``fit``.
    """
    index: dict[str, int] = {}
    prepared = [prepare(document, lists, index) for document in documents]
    prepared += [prepare(line, lists, index, settings.marked_weight) for line in marked]
    weights = fit(prepared, index, settings, under)
    return {
        name: round(float(weights[i]), 3)
        for name, i in index.items()
        if abs(weights[i]) >= settings.smallest
    }


def fit(
    prepared: Sequence[Prepared],
    index: dict[str, int],
    settings: ScorerSettings,
    under: tuple[Run, Watch] | None = None,
) -> NDArray[np.float64]:
    """Maximise the penalised likelihood; gives one weight a feature.

    under: keeps the state of the run, which it goes on from, and is told of every step.
    """
    prepared = [p for p in prepared if p.spans]
    features = np.concatenate([p.features for p in prepared])
    counts = np.concatenate([np.diff(p.offsets) for p in prepared])
    offsets = np.concatenate([[0], np.cumsum(counts)[:-1]])
    gold = np.concatenate([p.gold for p in prepared])
    scale = np.repeat([p.weight for p in prepared], [len(p.spans) for p in prepared])
    size = len(index)
    general = np.array([name.partition(":")[0] in CLASS_FEATURES for name in index], dtype=bool)
    penalty = np.where(general, settings.l2, settings.l2_words)
    done, weights, first, second = _state(under, size)
    started = saved = time.monotonic()
    for step in range(done + 1, settings.steps + 1):
        scores = np.add.reduceat(weights[features], offsets)
        expected = []
        at = 0
        loss = float(penalty @ weights**2) / 2
        for p in prepared:
            part = scores[at : at + len(p.spans)]
            probabilities, whole = marginals(p.spans, part.tolist())
            expected.extend(probabilities)
            loss += p.weight * (whole - float(part @ p.gold))
            at += len(p.spans)
        difference = (np.array(expected) - gold) * scale
        slope = np.bincount(features, np.repeat(difference, counts), size)
        gradient: NDArray[np.float64] = slope + penalty * weights
        first += 0.1 * (gradient - first)
        second += 0.01 * (gradient**2 - second)
        rate = settings.rate * (1 - 0.95 * step / settings.steps)
        corrected = np.sqrt(second / (1 - 0.99**step)) + 1e-8
        weights -= rate * (first / (1 - 0.9**step)) / corrected
        if under is None:
            continue
        run, watch = under
        now = time.monotonic()
        if now - saved > min(watch.save_seconds, SAVE_SECONDS):
            state = {"weights": weights, "first": first, "second": second}
            run.write(FIT, {"step": np.array(step), **state})
            saved = now
        watch.tell(Progress("programme", step, settings.steps, loss / len(prepared), now - started))
    return weights


def _state(
    under: tuple[Run, Watch] | None, size: int
) -> tuple[int, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give the step, the weights and both moments of the gradient that a run has come to."""
    kept = under[0].read(FIT) if under is not None else None
    if kept is None:
        return 0, np.zeros(size), np.zeros(size), np.zeros(size)
    return int(kept["step"]), kept["weights"], kept["first"], kept["second"]
