"""PROGRAMME: named undertakings and the documents that set them up, by structure and learning.

``candidates.py`` proposes spans, ``features.py`` describes them, ``lattice.py`` chooses the best
set, ``scorer.py`` puts these together, ``component.py`` is the spaCy component that merges the
names into ``doc.ents``. The weights come from ``pipeline/training/programme.py``.
"""

from __future__ import annotations

from pipeline.components.programme.component import Programme, make_programme, merge_names
from pipeline.components.programme.scorer import Evidence, FoundName, Scorer

__all__ = ["Evidence", "FoundName", "Programme", "Scorer", "make_programme", "merge_names"]
