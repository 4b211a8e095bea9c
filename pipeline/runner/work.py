"""What a worker does: read a document, annotate it, and give back plain data.

The same functions serve the local pool and the Ray actors. Modules are imported late: a spawned
process imports this one before it has set how many threads the numeric libraries may take.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.errors import BadInputError, ConfigError
from pipeline.sources.items import Item, ReadOptions

if TYPE_CHECKING:
    from pipeline.schema import Annotation, Source

__all__ = ["ANNOTATOR", "Job", "Outcome", "annotator", "make_annotator", "outcome_of"]

ANNOTATOR = "pipeline.runner.work:annotator"


@dataclass(frozen=True)
class Job:
    """What every worker of a run does.

    factory: ``module:function``, called once a worker with ``config``; gives a callable from
    Source to Annotation. memory_limit: bytes that a worker may hold in memory, or None.
    """

    factory: str = ANNOTATOR
    config: Mapping[str, Any] = field(default_factory=dict)
    read: ReadOptions = field(default_factory=ReadOptions)
    memory_limit: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one document: its lines, or the stage and reason of its rejection.

    digest, stamp: as in `pipeline.sources.read.Loaded`; None where it was not read.
    document: one JSON object; triples: one JSON object each. seconds: reading and annotating.
    """

    digest: str | None = None
    stamp: str | None = None
    id: str | None = None
    document: bytes = b""
    triples: tuple[bytes, ...] = ()
    characters: int = 0
    entities: int = 0
    seconds: float = 0.0
    stage: str | None = None
    reason: str | None = None


def annotator(config: Mapping[str, Any]) -> Callable[[Source], Annotation]:
    """The annotator of `pipeline.load`; config has its arguments: model, rules, min_score, words.

    RAISES ConfigError: another key is given. ModelError: the model is missing or damaged.
    """
    from pathlib import Path

    import pipeline

    unknown = set(config) - {"model", "rules", "min_score", "words"}
    if unknown:
        known = "model, rules, min_score, words"
        raise ConfigError(f"unknown key '{min(unknown)}' (known are {known})")
    return pipeline.load(
        config.get("model"),
        rules=[Path(path) for path in config.get("rules") or ()],
        min_score=config.get("min_score"),
        words=bool(config.get("words")),
    )


def make_annotator(job: Job) -> Callable[[Source], Annotation]:
    """Import a job's factory and call it.

    RAISES ConfigError: there is no such factory.
    """
    module, _, name = job.factory.partition(":")
    try:
        factory = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"factory '{job.factory}' cannot be imported: {error}") from error
    annotate: Callable[[Source], Annotation] = factory(job.config)
    return annotate


def outcome_of(item: Item, annotate: Callable[[Source], Annotation], read: ReadOptions) -> Outcome:
    """Read and annotate one document; whatever fails is in the outcome, nothing is raised."""
    import orjson

    from pipeline.output.triples import flat_triples
    from pipeline.sources.read import load, parse

    start = time.perf_counter()
    digest = stamp = None
    stage = "read"
    try:
        loaded = load(item, read)
        digest, stamp = loaded.digest, loaded.stamp
        source = parse(loaded, read)
        stage = "annotate"
        annotation = annotate(source)
        document = annotation.model_dump_json().encode()
        triples = tuple(orjson.dumps(row) for row in flat_triples(annotation))
    except Exception as error:  # noqa: BLE001 - one document must never end a run
        reason = error.reason if isinstance(error, BadInputError) else _reason(error)
        return Outcome(
            digest, stamp, stage=stage, reason=reason, seconds=time.perf_counter() - start
        )
    return Outcome(
        digest,
        stamp,
        annotation.id,
        document,
        triples,
        len(source.text),
        len(annotation.entities),
        time.perf_counter() - start,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "needs more memory than a worker may take"
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
