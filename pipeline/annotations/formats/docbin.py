"""spaCy DocBin (``.spacy``): all mentions in a span group, the flat ones in ``ents`` as well.

``doc.spans["sc"]`` (spaCy's own name for its span categoriser) holds every mention, overlaps too;
``doc.ents`` those that overlap no other, longest first. Id, meta data and triples are plain data
in ``doc.user_data["renzhi"]``. Every character is a token: no mention's border falls inside one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.annotations.formats.base import Format, Losses, Names
from pipeline.annotations.formats.links import empty_document
from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.errors import BadInputError
from pipeline.files import write_whole

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

__all__ = ["DOCBIN"]

_GROUP = "sc"
_KEY = "renzhi"


def read(path: Path, names: Names, losses: Losses) -> Iterator[GoldDocument]:
    """Read a DocBin; without our span group the mentions are ``doc.ents``."""
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInputError(str(path), error.strerror or "cannot be read") from error
    try:
        docs = list(DocBin(store_user_data=True).from_bytes(data).get_docs(Vocab()))
    except Exception as error:  # msgpack and zlib raise many kinds for a damaged file
        raise BadInputError(str(path), "not a spaCy DocBin") from error
    for number, doc in enumerate(docs, start=1):
        yield _document(doc, f"{path}: document {number}", names, losses)


def write(documents: Iterable[GoldDocument], path: Path, losses: Losses) -> None:
    """Write a DocBin with user data."""
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    vocab = Vocab()
    store = DocBin(attrs=["ENT_IOB", "ENT_TYPE"], store_user_data=True)
    for document in documents:
        store.add(_doc(document, vocab))
    del losses  # nothing is ever lost
    with write_whole(path) as out:
        out.write(store.to_bytes())


def _doc(document: GoldDocument, vocab: Vocab) -> Doc:
    from spacy.tokens import Doc
    from spacy.util import filter_spans

    doc = Doc(vocab, words=list(document.text), spaces=[False] * len(document.text))
    spans = [doc.char_span(*mention) for mention in document.entities]
    doc.spans[_GROUP] = [span for span in spans if span is not None]
    doc.ents = filter_spans(list(doc.spans[_GROUP]))
    row: dict[str, Any] = {"document": document.id, "meta": document.meta}
    row["source"] = document.source
    row["triples"] = [[t.head, str(t.relation), t.tail, t.qualifiers] for t in document.triples]
    doc.user_data[_KEY] = row
    return doc


def _document(doc: Doc, where: str, names: Names, losses: Losses) -> GoldDocument:
    row = doc.user_data.get(_KEY) or {}
    spans = doc.spans[_GROUP] if _GROUP in doc.spans else doc.ents  # noqa: SIM401 - a Doc's own type
    mentions = [
        (span.start_char, span.end_char, label)
        for span in spans
        if (label := names.label(span.label_, losses)) is not None
    ]
    triples = []
    for head, name, tail, qualifiers in row.get("triples", ()):
        if (relation := names.relation(name, losses)) is not None:
            triples.append(GoldTriple(head, relation, tail, dict(qualifiers)))
    document = empty_document(row, where)
    return replace(document, text=doc.text, entities=tuple(mentions), triples=tuple(triples))


DOCBIN = Format("docbin", "spaCy DocBin with a span group of all mentions", read, write)
