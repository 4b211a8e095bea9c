"""The data that crosses renzhi's border: frozen models without behaviour.

All offsets count Unicode characters, end exclusive. ``start``/``end`` count characters of the
repaired ``text``; ``raw_spans`` count characters of the raw input, and joining the raw characters
under an entity's ``raw_spans`` gives exactly its ``text``.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

__all__ = [
    "NO_SUCH_DATE",
    "SCHEMA_VERSION",
    "Annotation",
    "Article",
    "Dateline",
    "Deletion",
    "Entity",
    "Evidence",
    "Label",
    "Location",
    "Meta",
    "Page",
    "Qualifiers",
    "RelationType",
    "Source",
    "Span",
    "Status",
    "Triple",
]

SCHEMA_VERSION = "1.1"
NO_SUCH_DATE = "no_such_date"  # pydantic's type of the error for the thirtieth of February

Span = tuple[int, int]


class Label(StrEnum):
    """The five entity labels of the guidelines, section 1."""

    PER = "PER"
    ROLE = "ROLE"
    ORG = "ORG"
    LOC = "LOC"
    PROGRAMME = "PROGRAMME"


class RelationType(StrEnum):
    """The eleven relations of the guidelines, section 2."""

    HOLDS_POST = "holds_post"
    AFFILIATED_WITH = "affiliated_with"
    POST_OF = "post_of"
    PART_OF = "part_of"
    LOCATED_IN = "located_in"
    ORGANISES = "organises"
    PARTICIPATES_IN = "participates_in"
    HELD_AT = "held_at"
    COMMENTS_ON = "comments_on"
    SUCCEEDS = "succeeds"
    ALIAS_OF = "alias_of"


class Status(StrEnum):
    """How a person stands to a post at the time of the text."""

    CURRENT = "current"
    FORMER = "former"
    APPOINTED = "appointed"
    REMOVED = "removed"
    ACTING = "acting"
    PROPOSED = "proposed"


class Frozen(BaseModel):
    """Base of all border models: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Meta(BaseModel):
    """What is known of a document beside its text; keys beyond these three are kept as given.

    issue_date: ISO 8601 date of the issue, ``2014-04-25``; the only anchor of relative dates.
    home_place: full name of the place where the paper appears, such as ``滨州市``.
    newspaper: the paper's name, such as ``滨州日报``.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    issue_date: str | None = Field(default=None, pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
    home_place: str | None = None
    newspaper: str | None = None

    @field_validator("issue_date")
    @classmethod
    def _exists(cls, value: str | None) -> str | None:
        """Refuse a date that is well formed but not in the calendar."""
        if value is None:
            return None
        try:
            date.fromisoformat(value + "-01-01"[len(value) - 4 :])
        except ValueError as error:
            raise PydanticCustomError(NO_SUCH_DATE, "there is no such date") from error
        return value


class Page(Frozen):
    """One page of a paged input such as a PDF: raw characters [start, end) of the document.

    number: counted from 1. width, height: of the page as shown, in points (1/72 inch).
    """

    number: int = Field(ge=1)
    start: int
    end: int
    width: float
    height: float


class Location(Frozen):
    """Where raw characters [start, end) of a paged input stand: one run on one line of one page.

    page: counted from 1. char: index of the first character in the PDF's own order on that page;
    the others follow it without a gap. box: (left, top, right, bottom) in points from the top
    left corner of the page as shown.
    """

    start: int
    end: int
    page: int = Field(ge=1)
    char: int = Field(ge=0)
    box: tuple[float, float, float, float]


class Source(Frozen):
    """One document as it came: the raw text and where it is from.

    name: file name or other display name; id: the caller's id, or None where the input has none.
    text: the decoded raw text; encoding: the encoding it was read in, None for text given as such.
    row: line or row of a container (JSONL, CSV, Parquet), counted from 1.
    pages: of a paged input, in order. layout: its characters' places, packed as
    `pipeline.sources.layout` says; empty for inputs without pages.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    text: str
    name: str = "-"
    id: str | None = None
    meta: Meta = Meta()
    encoding: str | None = None
    row: int | None = Field(default=None, ge=1)
    pages: tuple[Page, ...] = ()
    layout: bytes = Field(default=b"", repr=False)


class Dateline(Frozen):
    """Where and when a report was filed (本报4月24日讯); date is ISO 8601 of reduced precision."""

    place: str | None = None
    date: str | None = None


class Article(Frozen):
    """One article of a page. byline holds ids of PER entities; start/end delimit it in the text."""

    id: str
    title: str | None
    dateline: Dateline
    byline: tuple[str, ...]
    start: int
    end: int


class Entity(Frozen):
    """One mention. name: the fullest form that the document gives for the same entity.

    entity: number shared by all mentions of one entity of the document.
    origin: what found it (``ner``, ``posts``, ``programme``, ``lexicon``, ...). score: in [0, 1].
    """

    id: str
    label: Label
    text: str
    start: int
    end: int
    raw_spans: tuple[Span, ...]
    name: str
    entity: int
    score: float = Field(ge=0, le=1)
    origin: str


class Qualifiers(Frozen):
    """What is said of a ``holds_post`` triple; all None for other relations.

    org: the post's organisation as fully as the document allows; org_id: its mention, if any.
    date: when the stated event or state holds; start/end: the tenure's interval. ISO 8601 of
    reduced precision (``2014``, ``2014-04``, ``2014-04-24``).
    """

    org: str | None = None
    org_id: str | None = None
    status: Status | None = None
    date: str | None = None
    start: str | None = None
    end: str | None = None


class Evidence(Frozen):
    """The characters that a triple rests on; cues are raw spans of the words that decided it."""

    start: int
    end: int
    raw_spans: tuple[Span, ...]
    cues: tuple[Span, ...] = ()


class Triple(Frozen):
    """(head, relation, tail) between two mentions, with the rule that made it."""

    id: str
    head: str
    relation: RelationType
    tail: str
    qualifiers: Qualifiers = Qualifiers()
    evidence: Evidence
    rule: str
    score: float = Field(ge=0, le=1)


class Deletion(Frozen):
    """Raw characters that repair deleted before character ``at`` of the repaired text."""

    at: int = Field(ge=0)
    raw: str = Field(min_length=1)


class Annotation(Frozen):
    """The document object: everything renzhi says about one source.

    deleted: what repair took out of the raw page, places increasing; put back into ``text`` it
    gives the raw page (`pipeline.page.deletions.restore`), whose UTF-8 has this ``sha256``.
    Documents of schema version 1.0 lack it.
    encoding, row, pages: as in `Source`. locations: of a paged input, where the raw spans of its
    entities, evidence and cues stand (`pipeline.sources.layout.locate`), sorted, without repeats.
    """

    schema_version: str = SCHEMA_VERSION
    id: str
    sha256: str
    source: str
    meta: Meta = Meta()
    text: str
    deleted: tuple[Deletion, ...] = ()
    articles: tuple[Article, ...] = ()
    entities: tuple[Entity, ...] = ()
    triples: tuple[Triple, ...] = ()
    encoding: str | None = None
    row: int | None = None
    pages: tuple[Page, ...] = ()
    locations: tuple[Location, ...] = ()
