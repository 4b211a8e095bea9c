"""Random gold documents for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.schema import Label, RelationType

characters = st.one_of(
    st.sampled_from("市委书记李大明王红局长县政府某部 \n\t\r\\“”（）a1\u3000\u2028\ufeff𠮷😀#="),
    st.characters(exclude_categories=("Cs",)),
)
texts = st.text(characters, min_size=1, max_size=30)
qualifiers = st.dictionaries(st.sampled_from(["org", "date", "start", "end"]), texts, max_size=2)


@st.composite
def documents(draw: st.DrawFn, name: str = "d") -> GoldDocument:
    """A document whose triples join annotated surfaces."""
    text = draw(texts)
    border = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(border, border), max_size=6))
    entities = tuple(
        (min(pair), max(pair), draw(st.sampled_from(Label))) for pair in pairs if len({*pair}) == 2
    )
    surfaces = sorted({text[start:end] for start, end, _ in entities})
    triples: tuple[GoldTriple, ...] = ()
    if surfaces:
        end = st.sampled_from(surfaces)
        one = st.builds(GoldTriple, end, st.sampled_from(RelationType), end, qualifiers)
        triples = tuple(draw(st.lists(one, max_size=4)))
    return GoldDocument(
        id=name,
        text=text,
        entities=entities,
        triples=triples,
        meta=draw(st.dictionaries(st.sampled_from(["kind", "clean_text"]), texts)),
        source=draw(st.none() | texts),
    )


@st.composite
def corpora(draw: st.DrawFn) -> list[GoldDocument]:
    """One to three documents with ids of their own."""
    ids = draw(
        st.lists(
            st.text("ab/.:%é你 #-", min_size=1, max_size=8), min_size=1, max_size=3, unique=True
        )
    )
    return [draw(documents(name)) for name in ids]
