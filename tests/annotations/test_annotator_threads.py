"""One annotator for several threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import pipeline

TEXT = "青石市教育局局长韩立山到校。市水利局副局长何启明介绍了情况。"


def at_once(count: int, work: Callable[[int], object]) -> list[object]:
    """Results of threads that all begin at one moment."""
    barrier = threading.Barrier(count)

    def begin(number: int) -> object:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(begin, range(count)))


def test_threads_that_share_an_annotator_get_the_answers_of_one() -> None:
    texts = [f"{number}。{TEXT * 5}" for number in range(4)]
    alone = [pipeline.annotate(text) for text in texts]

    def several(number: int) -> object:
        return [pipeline.annotate(texts[number]) for _ in range(3)]

    assert at_once(4, several) == [[one] * 3 for one in alone]


def test_the_shared_annotator_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []

    def load() -> object:
        time.sleep(0.05)
        loads.append(object())
        return loads[-1]

    monkeypatch.setattr(pipeline, "load", load)
    pipeline._loaded.cache_clear()
    try:
        found = at_once(4, lambda _: pipeline._shared_annotator())
    finally:
        pipeline._loaded.cache_clear()
    assert len(loads) == 1
    assert set(found) == set(loads)
