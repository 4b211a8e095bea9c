"""A small annotator for tests of the runner: it finds one pattern, and does harm when asked to."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError
from pipeline.schema import (
    Annotation,
    Entity,
    Evidence,
    Label,
    Qualifiers,
    RelationType,
    Source,
    Triple,
)

POST = re.compile(r"([一-龥]{2,4}局)(局长)([一-龥]{2,3})[，。]")


def annotator(config: Mapping[str, Any]) -> Callable[[Source], Annotation]:
    if config.get("fail") == "start":
        raise ModelError("no such model")
    if config.get("fail") == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    held = bytes(config.get("hold", 0)).replace(b"\0", b"x")
    pause = float(config.get("pause", 0))

    def annotate(source: Source) -> Annotation:
        time.sleep(pause if held is not None else 0)
        _harm(source.text)
        return _annotation(source)

    return annotate


def _harm(text: str) -> None:
    if "KILL" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "ONCE" in text:  # dies at the first attempt only
        marker = Path(text.split()[1])
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if "HANG" in text:
        time.sleep(3600)
    if "SPIN" in text:  # holds the interpreter's lock inside C code
        re.match(r"(a+)+$", "a" * 60 + "b")
    if "RAISE" in text:
        raise ValueError("a bug\nwith details")
    if "GROW" in text:
        taken = [bytearray(os.urandom(1 << 20)) for _ in range(400)]
        time.sleep(3600 if taken else 0)
    if "MEMORY" in text:
        bytearray(1 << 40)


def _annotation(source: Source) -> Annotation:
    entities: list[Entity] = []
    triples: list[Triple] = []
    for match in POST.finditer(source.text):
        for group, label in ((3, Label.PER), (2, Label.ROLE)):
            start, end = match.span(group)
            entities.append(
                Entity(
                    id=f"e{len(entities) + 1}",
                    label=label,
                    text=match[group],
                    start=start,
                    end=end,
                    raw_spans=((start, end),),
                    name=match[group],
                    entity=len(entities),
                    score=1,
                    origin="test",
                )
            )
        start, end = match.span()
        triples.append(
            Triple(
                id=f"t{len(triples) + 1}",
                head=entities[-2].id,
                relation=RelationType.HOLDS_POST,
                tail=entities[-1].id,
                qualifiers=Qualifiers(org=match[1]),
                evidence=Evidence(start=start, end=end, raw_spans=((start, end),)),
                rule="test",
                score=1,
            )
        )
    digest = hashlib.sha256(source.text.encode()).hexdigest()
    return Annotation(
        id=source.id or digest,
        sha256=digest,
        source=source.name,
        meta=source.meta,
        text=source.text,
        entities=tuple(entities),
        triples=tuple(triples),
    )
