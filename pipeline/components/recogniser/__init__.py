"""The recogniser: names of persons, bodies, places, titles and programmes in a text."""

from pipeline.components.recogniser.component import (
    FACTORY,
    RecogniserComponent,
    make_recogniser,
)
from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.labels import LABELS
from pipeline.components.recogniser.model import ModelData, Recogniser

__all__ = [
    "FACTORY",
    "LABELS",
    "ModelData",
    "Recogniser",
    "RecogniserComponent",
    "ScoredSpan",
    "make_recogniser",
]
