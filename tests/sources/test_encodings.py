from __future__ import annotations

import codecs
import random

import pytest

from pipeline.errors import BadInputError
from pipeline.sources.encodings import decode

SIMPLE = "据本报4月24日讯，市委书记何启明出席会议并讲话，要求加快建设。\r\n会议由郭晓莉主持。"
FULL = "據本報4月24日訊，市委書記何啟明出席會議並講話，要求加快建設。\r\n會議由郭曉莉主持。"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", SIMPLE),
        ("utf-8-sig", SIMPLE),
        ("gb18030", SIMPLE),
        ("gbk", FULL),
        ("big5", FULL),
        ("utf-16", SIMPLE),
        ("utf-16-le", FULL),
        ("utf-16-be", SIMPLE),
    ],
)
@pytest.mark.parametrize("length", [8, 20, None])
def test_each_encoding_of_chinese_archives_is_recognised(
    encoding: str, text: str, length: int | None
) -> None:
    text = text[:length]
    decoded, used = decode(text.encode(encoding), "page.txt")
    assert decoded == text
    same = {"gbk": "gb18030", "big5": "big5hkscs"}
    assert codecs.lookup(used) == codecs.lookup(same.get(encoding, encoding))


def test_a_long_text_may_be_cut_inside_a_character_of_the_sample() -> None:
    text = "a" + SIMPLE * 3000
    assert decode(text.encode("gb18030"), "long.txt") == (text, "gb18030")


def test_one_damaged_byte_is_replaced_and_stated() -> None:
    data = bytearray((SIMPLE * 40).encode())
    data[300] = 0xFF
    text, used = decode(bytes(data), "page.txt")
    assert "何启明" in text
    assert used.startswith("utf-8 (")
    assert "replaced" in used


@pytest.mark.parametrize("seed", range(8))
def test_random_bytes_are_binary(seed: int) -> None:
    with pytest.raises(BadInputError, match=r"^noise\.txt: is binary"):
        decode(random.Random(seed).randbytes(3000), "noise.txt")


def test_a_picture_named_txt_is_called_a_picture() -> None:
    with pytest.raises(BadInputError, match="PNG"):
        decode(b"\x89PNG\r\n\x1a\n" + bytes(100), "scan.txt")


def test_nul_bytes_in_latin_text_are_binary() -> None:
    with pytest.raises(BadInputError, match="binary"):
        decode(b"abc\0\0\0\1\2\3\4" * 50, "x.txt")
