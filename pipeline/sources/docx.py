"""Word files (DOCX): the text of the document's body, a paragraph a line, cells parted by tabs."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.errors import BadInputError

__all__ = ["DocxText", "parse_docx"]

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
CORE = "{http://purl.org/dc/elements/1.1/}"
BODY = "word/document.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SKIPPED = {"mc/Fallback", "moveFrom", "del"}
ENDS = {"r/tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "tc": "\t", "tr": "\n"}
MAX_RATIO = 200  # a document packs to a twentieth at most; a bomb to a thousandth


@dataclass(frozen=True)
class DocxText:
    """The body's text, and the title and author that the file names."""

    text: str
    meta: dict[str, str]


def parse_docx(data: bytes, name: str, max_unpacked_bytes: int, max_characters: int) -> DocxText:
    """Text of a DOCX file; deleted text, fall-back copies, headers and footnotes are left out.

    RAISES BadInputError: it is encrypted, an old .doc, damaged, or unpacks to too much.
    """
    from lxml import etree

    if data.startswith(OLE):
        raise BadInputError(name, "is an old .doc file, or encrypted; save it as .docx without one")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_size(archive, len(data), name, max_unpacked_bytes)
            with archive.open(BODY) as body:
                text = "".join(_limited(_pieces(body), name, max_characters))
            meta = _properties(archive)
    except KeyError as error:
        raise BadInputError(name, "is a ZIP archive, but not a Word document") from error
    except etree.XMLSyntaxError as error:
        raise BadInputError(name, f"its XML is damaged: {error.msg}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise BadInputError(name, f"is damaged: no DOCX that can be opened ({error})") from error
    except (RuntimeError, NotImplementedError) as error:
        raise BadInputError(name, f"is encrypted or packed in an unknown way ({error})") from error
    return DocxText(text, meta)


def _check_size(archive: zipfile.ZipFile, packed: int, name: str, limit: int) -> None:
    """Refuse a bomb before anything is unpacked, by the sizes that its directory gives.

    zipfile unpacks no more of a member than its directory says, so a false size only cuts it.
    """
    total = sum(member.file_size for member in archive.infolist())
    if total > limit:
        raise BadInputError(name, f"would unpack to {total} bytes, more than {limit}")
    if total > MAX_RATIO * packed and total > 10_000_000:
        raise BadInputError(name, f"unpacks to {total // packed} times its size: a ZIP bomb")


def _pieces(body: Any) -> Iterator[str]:
    """Text in document order; memory holds one paragraph, not the document."""
    from lxml import etree

    events = etree.iterparse(
        body, events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
    )
    skipped = paragraphs = cells = 0  # how deep inside each; a text box nests paragraphs
    for event, element in events:
        tag = _tag(element)
        step = 1 if event == "start" else -1
        skipped += step * (tag in SKIPPED)
        paragraphs += step * (tag == "p")
        cells += step * (tag == "tc")
        if event == "start" or skipped:
            continue
        if tag == "t":
            yield element.text or ""
        elif tag == "p":
            yield " " if cells else "\n"
        else:
            yield ENDS.get(tag, "")
        if tag == "p" and not paragraphs:
            element.clear()


def _tag(element: Any) -> str:
    """Local name of a Word element; a tab inside a run, where it is text, is called r/tab."""
    tag = element.tag if isinstance(element.tag, str) else ""
    space, _, name = tag.rpartition("}")
    if f"{space}}}" == COMPATIBLE:
        return f"mc/{name}"
    if f"{space}}}" not in {WORD, STRICT}:
        return ""
    return "r/tab" if name == "tab" and element.getparent().tag.endswith("}r") else str(name)


def _limited(pieces: Iterator[str], name: str, limit: int) -> Iterator[str]:
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > limit:
            raise BadInputError(name, f"has more than {limit} characters (see --max-characters)")
        yield piece


def _properties(archive: zipfile.ZipFile) -> dict[str, str]:
    from lxml import etree

    try:
        data = archive.read("docProps/core.xml")
    except KeyError:
        return {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(data, parser)
    found = {"title": root.findtext(f"{CORE}title"), "author": root.findtext(f"{CORE}creator")}
    return {key: value.strip() for key, value in found.items() if value and value.strip()}
