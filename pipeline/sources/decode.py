"""Bytes to text: the encoding under which they read best, or the reason why they are no text.

UTF-8 that decodes is taken at its word. For the rest a decoder's consent says little: GB18030 accepts nearly all of
Big5. So each candidate is decoded, and the one whose text reads most like Chinese wins. Nothing of the text is changed,
line ends included; bytes that fit nowhere become U+FFFD and are counted; where they are many the page has a reason.
"""

import codecs
import re
from typing import NamedTuple

from pipeline.frequent import reads_well
from pipeline.sources.euctw import decode_euc_tw
from pipeline.sources.lines_apart import CODECS, by_lines


class Decoded(NamedTuple):
    """Text, its encoding, or the reason why there is none; `undecodable` counts the bytes that became U+FFFD.

    Where lines of the text are in several encodings their names are joined: `utf-8+gb18030`.
    """

    text: str
    encoding: str | None
    reason: str | None = None
    undecodable: int = 0


# UTF-32 before UTF-16, whose mark it begins with. The names are Python's; the mark is no part of the text.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030", "gb18030"),
)
# Formats that people leave in folders of text under a wrong name.
_SIGNATURES = (
    (b"%PDF-", "PDF"), (b"PK\x03\x04", "ZIP, as .docx and .epub are"), (b"\xd0\xcf\x11\xe0", "Office of before 2007"),
    (b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\xfd7zXZ", "xz"), (b"7z\xbc\xaf\x27", "7-Zip"),
    (b"Rar!", "RAR"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"PAR1", "Parquet"),
    (b"SQLite format 3\0", "SQLite"),
)  # fmt: skip

_SAMPLE_BYTES = 1 << 15  # some 16,000 characters: fifty already tell the candidates apart
_FIRST_BYTES = 1 << 11
# Right sentences read above 1 and wrong ones below 0.
_SURE_READING, _SURE_GAP = 1.0, 1.0
_CONTROLS = bytes([*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
MAX_CONTROL_SHARE = 0.05  # chosen, not measured: line art of terminals has some, a binary file a tenth by chance
# One NUL in a page is a fault, not a sign of a binary file, where they are everywhere.
MAX_NUL_SHARE = 0.001
MAX_UNDECODABLE = 0.01
# U+FFFD that the file itself holds is what is left of bytes that someone decoded wrongly before. With one in ten hardly
# a sentence is whole; a page with fewer is left to the stages.
MAX_LOST = 0.1
# What the best reading of a page must reach. Of 16,000 right readings of ten characters and more none lay below 0;
# French and Cyrillic read as the best candidate lie between -2 and -4. Between them we would rather keep a page.
MIN_READING = -2.5
MIN_RIGHT_READING = 0.0
# The same for UTF-16 that only its text gives away: ASCII reads as 0, Chinese above, the other byte order below -3.
MIN_WIDE_READING = -1.0
# A declared encoding wins where readings are near: the gap between right and wrong is 2 and more.
_DECLARED_BONUS = 0.5
_DECLARED_GAP = 1.0  # letters with accents, which UTF-8 gives then, read at -0.5, common characters above 0.5

# Japanese and Korean are tried so that such pages are not taken for Chinese.
_CANDIDATES = ("gb18030", "big5", "utf-8", "euc-tw", "euc-kr", "euc-jp", "shift_jis")
_FAST = tuple(name for name in _CANDIDATES if name != "euc-tw")
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_PYTHON_NAMES = {"euc-kr": "cp949", "euc-jp": "euc_jp", "shift_jis": "cp932"}
_ALIASES = {
    "gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "cp950": "big5", "big5hkscs": "big5", "cp949": "euc-kr",
    "euc_kr": "euc-kr", "euc_jp": "euc-jp", "cp932": "shift_jis", "utf-8-sig": "utf-8", "hz": "hz-gb-2312",
    # labels that pages use and Python does not know
    "x-gbk": "gb18030", "gb_2312-80": "gb18030", "csgb2312": "gb18030", "x-x-big5": "big5", "cn-big5": "big5",
}  # fmt: skip
_STRAY = re.compile("[\ud800-\udfff]")


def decode(data: bytes, declared: str | None = None) -> Decoded:
    r"""The text of some bytes; `declared` is the encoding that a header named, a hint among others.

    >>> decode("今天天氣很好，我們去看海。".encode("big5")).encoding
    'big5'
    >>> decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").reason
    'binary file: PNG'
    """
    if not data:
        return Decoded("", None, "empty file")
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _judged(data[len(mark) :], codec, name)
    if b"\0" in data:
        return _with_nuls(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(data, declared)
    if _control_share(data) > MAX_CONTROL_SHARE:
        return _unmarked_wide(data) or _binary(data)
    hint = _normal(declared)
    if hint in CODECS and _is_declared_otherwise(data, text, hint):
        return _as(data, hint)
    if "\ufffd" in text and text.count("\ufffd") > MAX_LOST * len(text):
        lost = f"{text.count(chr(0xFFFD))} of {len(text)} characters are U+FFFD: decoded wrongly before it came here"
        return Decoded("", "utf-8", lost)
    if data.isascii() and b"~{" in data:  # in this order: a search costs more than the whole decoding
        return _hz(data) or Decoded(text, "utf-8")
    return Decoded(text, "utf-8")


def _is_declared_otherwise(data: bytes, text: str, hint: str) -> bool:
    """Whether bytes that are UTF-8 by accident, as those of 没路 in GBK, are what was declared.

    Only pairs of bytes can be both; of three bytes or more that are UTF-8, nothing else makes words.
    """
    if hint == "utf-8" or text.isascii() or max(text) > "\u07ff":
        return False
    other = _read(data, hint)
    return not _strays(other) and reads_well(other) > reads_well(text) + _DECLARED_GAP


def _binary(data: bytes) -> Decoded:
    kind = next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)
    if kind is None:
        nuls = data.count(0)
        kind = f"{nuls} of {len(data)} bytes are NUL" if nuls else "mostly control characters"
    return Decoded("", None, f"binary file: {kind}")


def _control_share(data: bytes) -> float:
    head = data[:_SAMPLE_BYTES]
    return 1 - len(head.translate(None, _CONTROLS)) / len(head)


def _controls_in(text: str) -> float:
    return sum(map(text.count, map(chr, _CONTROLS))) / max(1, len(text))


def _strays(text: str) -> int:
    return len(_STRAY.findall(text)) if not _encodable(text) else 0


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _read(data: bytes, name: str) -> str:
    """The text under an encoding; what fits nowhere as lone surrogates."""
    if name == "euc-tw":
        return decode_euc_tw(data)
    if name == "big5":
        return data.decode("cp950", "surrogateescape")
    if name.startswith(("utf-16", "utf-32")):
        return _wide(data, name)
    return data.decode(_PYTHON_NAMES.get(name, name), "surrogateescape")


def _unit(name: str) -> int:
    """How many bytes the smallest thing has that an encoding can fail to read."""
    return 2 if name.startswith("utf-16") else 4 if name.startswith("utf-32") else 1


def _wide(data: bytes, name: str) -> str:
    """UTF-16 and UTF-32: what is no character becomes a lone surrogate, and so do bytes at the end that are too few."""
    unit = _unit(name)
    whole = len(data) - len(data) % unit
    try:
        text = data[:whole].decode(name, "surrogatepass")
    except UnicodeDecodeError:
        text = data[:whole].decode(name, "replace").replace("\ufffd", "\udcff")
    return text + "\udcff" * (whole < len(data))


def _big5(data: bytes) -> tuple[str, str]:
    """The text, lines of another encoding read as such, and the narrowest of the encodings of this family that reads
    all of the rest, else the one that reads most.
    """
    best: tuple[int, str, str] | None = None
    for codec, label in (("cp950", "big5"), ("big5hkscs", "big5hkscs")):
        text, names = by_lines(data, data.decode(codec, "surrogateescape"), "big5")
        strays = _strays(text)
        if best is None or strays < best[0]:
            best = strays, text, label + names[len("big5") :]
        if not strays:
            break
    assert best is not None
    return best[1:]


def _with_nuls(data: bytes) -> Decoded:
    """UTF-16 or UTF-32 without a mark, text with a stray NUL, or no text."""
    found = _unmarked_wide(data)
    if found:
        return found
    if data.count(0) > max(1, MAX_NUL_SHARE * len(data)) or _control_share(data) > MAX_CONTROL_SHARE:
        return _binary(data)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        found = _guessed(data, None)
        return _binary(data) if found.reason else found


def _unmarked_wide(data: bytes) -> Decoded | None:
    """UTF-32 or UTF-16 without a mark, if one of them reads well; the other byte order then reads as noise."""
    best, label = MIN_WIDE_READING, ""
    for name in _WIDE:
        text = _read(data[:_SAMPLE_BYTES], name)
        if len(data) % (4 if name.startswith("utf-32") else 2) or _controls_in(text) > MAX_CONTROL_SHARE:
            continue
        reading = reads_well(text)
        if reading > best:
            best, label = reading, name
    found = _judged(data, label, label) if label else None
    return found if found and found.reason is None else None


def _hz(data: bytes) -> Decoded | None:
    try:
        text = data.decode("hz")
    except UnicodeDecodeError:
        return None
    return Decoded(text, "hz-gb-2312") if reads_well(text) > 0 else None


def _judged(data: bytes, name: str, label: str) -> Decoded:
    """The bytes under an encoding that is certain, unless too much of them does not fit it."""
    text = _read(data, name)
    if not text:
        return Decoded("", label, "empty file")
    if name in CODECS and _strays(text):
        text, names = by_lines(data, text, name)
        label += names[len(name) :]
    if _controls_in(text[:_SAMPLE_BYTES]) > MAX_CONTROL_SHARE:
        return _binary(data)
    return _finished(text, label, _unit(name), len(data) % _unit(name))


def _finished(text: str, label: str, unit: int = 1, rest: int = 0) -> Decoded:
    """The text with U+FFFD for every stray of `unit` bytes; `rest` bytes at the end were fewer, and are one stray."""
    strays = _strays(text)
    if not strays:
        return Decoded(text, label)
    if strays >= MAX_UNDECODABLE * len(text):
        return Decoded(
            "", None, f"no encoding fits: read as {label}, the best, {strays} of {len(text)} characters are broken"
        )
    undecodable = (strays - 1) * unit + rest if rest else strays * unit
    return Decoded(_STRAY.sub("\ufffd", text), label, None, undecodable)


def _guessed(data: bytes, declared: str | None) -> Decoded:
    if any(data.startswith(start) for start, _ in _SIGNATURES):
        return _binary(data)
    scores = _scores(data, _normal(declared))
    name = max(scores, key=scores.__getitem__)
    if scores[name] < MIN_WIDE_READING:  # Han in UTF-16 need not hold one NUL
        wide = _unmarked_wide(data)
        if wide:
            return wide
    if _control_share(data) > MAX_CONTROL_SHARE:
        return _binary(data)
    found = _as(data, name) if scores[name] >= MIN_READING else None
    if found and not found.reason and scores[name] >= MIN_RIGHT_READING:
        return found
    # Of lines in two encodings, or out of step, none of the candidates reads well, and the right one not best.
    for other in sorted(CODECS, key=scores.__getitem__, reverse=True):
        by_line = _as(data, other)
        if not by_line.reason and reads_well(by_line.text) >= MIN_RIGHT_READING:
            return by_line
    return found or Decoded("", None, f"no encoding fits: read as {name}, the best, it is no text")


def _as(data: bytes, name: str) -> Decoded:
    """The bytes under an encoding, but for lines of another one."""
    if name == "big5":
        return _finished(*_big5(data))
    text = _read(data, name)
    return _finished(*(by_lines(data, text, name) if name in CODECS else (text, name)))


def _scores(data: bytes, hint: str | None) -> dict[str, float]:
    """How well a sample reads under each candidate; a small one where that decides."""
    scores: dict[str, float] = {}
    # EUC-TW is seldom and slow to read; its bytes read badly as anything else.
    for size, names in ((_FIRST_BYTES, _FAST), (_SAMPLE_BYTES, _CANDIDATES)):
        sample = _sample(data, size)
        scores = {name: reads_well(_read(sample, name)) + _DECLARED_BONUS * (name == hint) for name in names}
        second, first = sorted(scores.values())[-2:]
        if first >= _SURE_READING and first - second >= _SURE_GAP:
            break
    return scores


def _normal(declared: str | None) -> str | None:
    if not declared:
        return None
    label = declared.strip().strip("\"'").lower()
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return _ALIASES.get(label)
    return _ALIASES.get(name, name)


def _sample(data: bytes, size: int) -> bytes:
    """Lines with more than ASCII, up to about a size; in no candidate is a line feed part of a character."""
    if len(data) <= size:
        return data
    out, taken, at = [], 0, 0
    while at < len(data) and taken < size:
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line = data[at : min(end, at + size)]
        if not line.isascii():
            out.append(line)
            taken += len(line)
        at = end + 1
    return b"\n".join(out)
