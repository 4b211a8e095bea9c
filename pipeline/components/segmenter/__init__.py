"""Word boundaries as evidence: spacy-pkuseg on a model that renzhi trains and ships.

``model.py`` reads the checksummed model and cuts text, ``component.py`` is the spaCy component.
What uses its words: components/recogniser/borders.py, relations/matching.py and ``programme``.
The model comes from ``pipeline/training/segmenter.py``.
"""

from __future__ import annotations

from pipeline.components.segmenter.component import Segmenter, make_segmenter
from pipeline.components.segmenter.model import WordModel, checksum, read_model

__all__ = ["Segmenter", "WordModel", "checksum", "make_segmenter", "read_model"]
