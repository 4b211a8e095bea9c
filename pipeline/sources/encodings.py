"""Bytes of unknown encoding to text: Unicode first, then the encodings of Chinese archives.

General detectors guess Chinese text of a few lines badly (charset-normalizer takes twenty bytes
of GB18030 or Big5 for UTF-16), because nearly any bytes decode as something. What separates the
readings is how common their characters are: the right one consists of frequent characters, the
wrong ones of rare ones. The frequent ones need no list of ours: both GB 2312 and Big5 keep their
first level for them. charset-normalizer decides where no Chinese reading is plausible.
"""

from __future__ import annotations

import codecs
from functools import cache

from charset_normalizer import from_bytes

from pipeline.errors import BadInputError

__all__ = [
    "control_reason",
    "decode",
    "decode_as",
    "is_utf8",
    "looks_binary",
    "sniff_encoding",
]

SAMPLE_BYTES = 1 << 16
CANDIDATES = ("gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
MAGIC = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP archive or Office file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file"),
    (b"\x7fELF", "a program"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
)
PLAUSIBLE = 0.85  # share of frequent characters that a right reading has; wrong ones stay below 0.7
CUT = "unexpected end of data"  # what Python's decoder of UTF-8 calls it
FEW = 3  # up to so many control characters are damage, not the mark of a binary file
BAD_SHARE = 0.005  # up to one undecodable place in 200 characters is damage, not nonsense


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Text of a whole file and the encoding it was read in; a byte order mark is left out.

    One that is damaged in up to one place per 200 characters is read with U+FFFD there, and
    the encoding says so: ``gb18030 (1 invalid place replaced)``.
    RAISES BadInputError: the data is binary, or no encoding fits.
    """
    encoding = sniff_encoding(data, name)
    try:
        return decode_as(data, encoding, name)
    except BadInputError as error:
        raise BadInputError(name, _damage(data) or error.reason) from error


def decode_as(data: bytes, encoding: str, name: str) -> tuple[str, str]:
    """Text of a whole file in this encoding, damage replaced as `decode` says.

    RAISES BadInputError: the encoding is unknown or does not fit.
    """
    try:
        return data.decode(encoding), encoding
    except LookupError as error:
        raise BadInputError(name, f"unknown encoding '{encoding}'") from error
    except UnicodeDecodeError:
        text = data.decode(encoding, errors="replace")
    bad = text.count("\ufffd")
    if bad > max(1, BAD_SHARE * len(text)):
        raise BadInputError(name, f"is not text in {encoding}: {bad} places cannot be decoded")
    return text, f"{encoding} ({bad} invalid place{'s' * (bad != 1)} replaced)"


def sniff_encoding(data: bytes, name: str) -> str:
    """Name of the encoding of a text file that begins with (or is) this data.

    RAISES BadInputError: the data is binary, or no encoding fits.
    """
    for bom, encoding in BOMS:
        if data.startswith(bom):
            return encoding
    for magic, kind in MAGIC:
        if data.startswith(magic):
            raise BadInputError(name, f"is binary, not text: its first bytes are those of {kind}")
    sample = data[:SAMPLE_BYTES]
    if b"\0" not in sample and _bad_share(data, "utf-8") == 0:
        text = sample.decode("utf-8", errors="ignore")
        if looks_binary(text):
            raise BadInputError(name, control_reason(text))
        return "utf-8"
    if b"\0" not in sample and _is_damaged_utf8(data):
        return "utf-8"
    ranked = sorted(((_plausibility(sample, name), name) for name in CANDIDATES), reverse=True)
    best, encoding = ranked[0]
    if best >= PLAUSIBLE:
        return encoding
    return _guess(data, name)


def _guess(data: bytes, name: str) -> str:
    """What charset-normalizer takes the bytes for, unless they are damaged text of the usual kinds.

    RAISES BadInputError: they are, or are binary.
    """
    if damage := _damage(data):
        raise BadInputError(name, damage)
    sample = data[:SAMPLE_BYTES]
    guess = None if b"\0" in sample else from_bytes(sample).best()
    if guess is None or looks_binary(str(guess)):
        raise BadInputError(name, "is binary, or text in an encoding that cannot be recognised")
    return guess.encoding


def looks_binary(text: str) -> bool:
    """Whether a text holds more control characters (beside white space) than one in a hundred."""
    return sum(1 for c in text if _is_control(c)) * 100 > len(text)


def _is_control(c: str) -> bool:
    return (c < " " and c not in "\t\n\r\f\v\x1a") or c == "\x7f"


def control_reason(text: str) -> str:
    """Why a text that looks binary is refused: in a short one a single character is enough."""
    places = [place for place, c in enumerate(text) if _is_control(c)]
    if len(places) > FEW:
        return "is binary, not text: it is full of control characters"
    code = ord(text[places[0]])
    which = f"control character U+{code:04X}" if code else "NUL character"
    return f"holds a {which} at character {places[0]}, counted from 0"


def is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8 without one error, and more than ASCII.

    Text in another encoding practically never is: its bytes would have to form such sequences.
    """
    if data.isascii():
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _damage(data: bytes) -> str | None:
    """What is wrong with bytes that but for it are text; None where they are something else."""
    if (first := data.find(b"\0")) >= 0:
        rest = data.replace(b"\0", b"")
        if not _reads_well(rest):
            return None
        number = len(data) - len(rest)
        what = "a NUL character" if number == 1 else f"{number} NUL characters, the first"
        return f"holds {what} at byte {first}, counted from 0"
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if not is_utf8(data[: error.start] + data[error.end :]):
            return None
        if error.reason == CUT:
            return "breaks off in the middle of a character at its end"
        return f"is UTF-8, but damaged at byte {error.start}, counted from 0"
    return None


def _reads_well(data: bytes) -> bool:
    sample = data[:SAMPLE_BYTES]
    if _bad_share(data, "utf-8") == 0:
        return not looks_binary(sample.decode(errors="ignore"))
    return max(_plausibility(sample, encoding) for encoding in CANDIDATES) >= PLAUSIBLE


def _is_damaged_utf8(data: bytes) -> bool:
    return not data.isascii() and _bad_share(data, "utf-8") <= BAD_SHARE


def _bad_share(data: bytes, encoding: str) -> float:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, errors="replace")
        return text.count("\ufffd") / max(1, len(text))
    return 0.0


def _plausibility(sample: bytes, encoding: str) -> float:
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)
    marks = [c for c in text if not c.isspace()]
    if not marks:
        return 0.0
    return sum(1 for c in marks if c in _frequent()) / len(marks)


@cache
def _frequent() -> frozenset[str]:
    def level(codec: str, first: int, last: int) -> set[str]:
        pairs = (bytes((hi, lo)) for hi in range(first, last + 1) for lo in range(0x40, 0xFF))
        return set("".join(pair.decode(codec, errors="ignore") for pair in pairs))

    chinese = level("gb2312", 0xA1, 0xA3) | level("gb2312", 0xB0, 0xD7) | level("big5", 0xA4, 0xC6)
    return frozenset(chinese | level("big5", 0xA1, 0xA2) | {chr(c) for c in range(0x20, 0x7F)})
