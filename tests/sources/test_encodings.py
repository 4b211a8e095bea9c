from __future__ import annotations

import codecs
import random

import pytest

from pipeline.errors import BadInputError
from pipeline.sources.encodings import decode
from pipeline.sources.text import parse_text

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


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_nul_in_a_short_text_is_said_to_be_one(encoding: str) -> None:
    head, tail = "a市委".encode(encoding), SIMPLE.encode(encoding)
    place = len(head) - 1  # in the middle of a character
    data = head[:place] + b"\0" + head[place:] + tail
    with pytest.raises(BadInputError) as caught:
        decode(data, "page.txt")
    assert caught.value.reason == f"holds a NUL character at byte {place}, counted from 0"


def test_a_hole_of_nuls_is_said_to_be_one() -> None:
    data = SIMPLE[:9].encode() + bytes(500)
    with pytest.raises(BadInputError, match=r"holds 500 NUL characters, the first at byte \d\d,"):
        decode(data, "page.txt")


@pytest.mark.parametrize("length", [5, 8, 20, 30])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_short_text_that_breaks_off_in_a_character_says_so(length: int, lost: int) -> None:
    text = SIMPLE.replace("\r\n", "")[2:]
    data = (text[:length].rstrip("讯，0123456789") + "市").encode()[:-lost]
    with pytest.raises(BadInputError) as caught:
        decode(data, "page.txt")
    assert caught.value.reason == "breaks off in the middle of a character at its end"


def test_a_short_text_with_a_wrong_byte_says_where() -> None:
    data = SIMPLE[:4].encode() + b"\xff" + SIMPLE[4:].encode()
    with pytest.raises(BadInputError, match=r"is UTF-8, but damaged at byte 10, counted from 0"):
        decode(data, "page.txt")


@pytest.mark.parametrize(
    ("character", "what"), [("\1", "control character U\\+0001"), ("\0", "NUL character")]
)
def test_one_control_character_does_not_make_a_text_binary(character: str, what: str) -> None:
    data = (SIMPLE[:7] + character + SIMPLE[7:]).encode("gb18030")
    with pytest.raises(BadInputError, match=f"holds a {what} at character 7, counted from 0"):
        parse_text(data, "page.txt")
    with pytest.raises(BadInputError, match="is full of control characters"):
        parse_text(SIMPLE[:7].encode() + b"\1\2\3\4", "page.txt")
