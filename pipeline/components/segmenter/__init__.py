"""Word boundaries as evidence: spacy-pkuseg on a model that renzhi trains and ships.

``model.py`` reads the checksummed model and cuts text, ``component.py`` is the spaCy component.
The model comes from ``pipeline/training/segmenter.py``.
"""

from __future__ import annotations

from pipeline.components.segmenter.component import Segmenter, make_segmenter
from pipeline.components.segmenter.model import WordModel, checksum, read_model

__all__ = ["Segmenter", "WordModel", "checksum", "make_segmenter", "read_model"]
