r"""GraphML, as networkx, Gephi, yEd and igraph read it.

XML cannot hold control characters; they are written as ``\x01`` and a backslash before such a
form as ``\x5c``, so that the text can be had back.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from pipeline.files import write_whole
from pipeline.graph.export.rows import EDGE_FIELDS, NODE_FIELDS, edges, nodes

__all__ = ["plain_again", "write_graphml"]

NUMBERS = {"documents": "long", "raw_start": "long", "raw_end": "long", "score": "double"}
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\r\x0e-\x1f\x7f-\x9f\ufffe\uffff]|\\(?=x[0-9a-f]{2})")
MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
WRITTEN = re.compile(r"\\x([0-9a-f]{2})")


def write_graphml(ledger: sqlite3.Connection, output: Path) -> None:
    """Write one GraphML file: nodes, then edges, each with what is known as data."""
    with write_whole(output) as out:
        out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write(b'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
        for side, names in (("node", NODE_FIELDS[1:]), ("edge", EDGE_FIELDS)):
            for name in names:
                if side == "edge" and name in {"start", "end"}:
                    continue
                kind = NUMBERS.get(name, "string")
                out.write(
                    f'<key id="{side[0]}_{name}" for="{side}" attr.name="{name}"'
                    f' attr.type="{kind}"/>\n'.encode()
                )
        out.write(b'<graph id="renzhi" edgedefault="directed">\n')
        for node in nodes(ledger):
            data = _data("n", ((name, getattr(node, name)) for name in NODE_FIELDS[1:]))
            out.write(f'<node id="{_text(node.id)}">{data}</node>\n'.encode())
        for number, edge in enumerate(edges(ledger)):
            values = ((n, getattr(edge, n)) for n in EDGE_FIELDS if n not in {"start", "end"})
            out.write(
                f'<edge id="{number}" source="{_text(edge.start)}" target="{_text(edge.end)}">'
                f"{_data('e', values)}</edge>\n".encode()
            )
        out.write(b"</graph>\n</graphml>\n")


def _data(letter: str, pairs: Iterable[tuple[str, object]]) -> str:
    parts = []
    for name, value in pairs:
        if value is None or value == ():
            continue
        text = " | ".join(value) if isinstance(value, tuple) else str(value)
        parts.append(f'<data key="{letter}_{name}">{_text(text)}</data>')
    return "".join(parts)


def _text(text: str) -> str:
    return ILLEGAL.sub(lambda match: f"\\x{ord(match[0]):02x}", text).translate(MARKUP)


def plain_again(text: str) -> str:
    """The text that GraphML's escapes stand for."""
    return WRITTEN.sub(lambda match: chr(int(match[1], 16)), text)
