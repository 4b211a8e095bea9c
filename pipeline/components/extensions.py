"""The attributes that renzhi keeps on a spaCy Doc: plain data only, so that a Doc can be stored.

``doc._.meta``            dict: issue_date, home_place, newspaper (each a str or None)
``doc._.articles``        list of dicts: id, title, dateline, start, end, title_start, title_end,
                          byline_spans
``doc._.mention_scores``  list of [start, end, label, score, origin], one a span that a finder made
``doc._.posts``           list of dicts, one a ROLE span (see components/posts.py)
``doc._.entities``        list of dicts: id, label, name, mentions (see components/identity.py)
``doc._.triples``         list of dicts (see components/relations)
``doc._.words``           list of [start, end], one a word, where the segmenter runs
``doc._.known_words``     those of them that stand in the segmenter's dictionary
``doc._.joined``          ``doc.text``, as the tokenizer was given it

All offsets are characters of ``doc.text``, end exclusive.
"""

from __future__ import annotations

from spacy.tokens import Doc

__all__ = ["register_extensions", "text_of"]

DEFAULTS: tuple[tuple[str, type], ...] = (
    ("meta", dict),
    ("articles", list),
    ("mention_scores", list),
    ("posts", list),
    ("entities", list),
    ("triples", list),
    ("words", list),
    ("known_words", list),
    ("joined", str),
)


def register_extensions() -> None:
    """Declare the attributes once; calling it again changes nothing."""
    for name, kind in DEFAULTS:
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=kind())


def text_of(doc: Doc) -> str:
    """Give ``doc.text``, which spaCy joins from a Doc's tokens anew each time it is asked."""
    joined: str = doc._.joined
    return joined or doc.text
