"""Ways back: how bytes of one encoding look when they are read as another, and what they say when read aright.

Each way takes a text and gives the readings that its bytes allow: a text in which what was misread is put right. What
does not fit stays as it is, so that a way can be tried on a whole line. A byte that was lost on the way, because the
wrong encoding had no sign for it, makes its character U+FFFD: nothing is guessed. All ways take linear time.
"""

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

from ftfy import bad_codecs  # noqa: F401  # registers sloppy-windows-1252


class Undone(NamedTuple):
    """A text put right: `shown` are the parts that changed as they stood, `said` what they say; `outside` counts the
    characters that look like bytes and fit nowhere.
    """

    text: str
    shown: str
    said: str
    outside: int = 0


class Way(NamedTuple):
    """A misreading by name; `undo` gives its readings; `certain` is how much the mere form of a character says for it."""

    name: str
    undo: Callable[[str], Iterator[Undone]]
    # Natural logarithm of how seldom other text has that form, for a character: of all pairs of GBK one in seventy goes
    # on to make a character of UTF-8 (a lead of 16 in 126, then twice 64 trails of 190); letters with accents stand in
    # pairs in one word of some hundreds.
    certain: float = 0.0
    # Whether the form alone tells: what is UTF-8 by its form may be a list of rare names.
    formed: bool = False


LOST = 0xFF  # stands for a byte that is gone: no encoding here uses it

# --- one character a byte: Latin-1 and cp1252, also both in one text

_CP1252 = bytes(range(0x80, 0xA0)).decode("sloppy-windows-1252")
_BYTE = {ord(c): 0x80 + i for i, c in enumerate(_CP1252)} | {0xFFFD: LOST}
_HIGH = f"\u0080-\u00ff{_CP1252}\ufffd"
_TRAIL = f"\u0080-\u00bf{_CP1252}\ufffd"
_UTF8 = re.compile(
    f"(?:[\u00c2-\u00df][{_TRAIL}]|[\u00e0-\u00ef][{_TRAIL}]{{2}}|[\u00f0-\u00f4][{_TRAIL}]{{3}})+",
)
# The last byte of a character may be ASCII in GBK and Big5.
_PAIRS = re.compile(f"(?:[{_HIGH}][@-~{_HIGH}])+")
# Signs of cp1252 that belong to right text around a misread word.
_QUOTES = "“”‘’…—–•"
_LATIN = re.compile(f"[\u00a1-\u00ff{_CP1252}]")


def _latin_bytes(shown: str) -> bytes:
    return shown.translate(_BYTE).encode("latin-1")


def _by_sub(pattern: re.Pattern[str], decoded: Callable[[str], tuple[str, str, str]]) -> Callable[[str], Undone]:
    """A reading of what a pattern finds in a text: each match by `decoded` into what stands before, what it says, what
    stands behind.
    """

    def undo(text: str) -> Undone:
        parts, shown, said = [], [], []
        at = 0
        for match in pattern.finditer(text):
            before, new, after = decoded(match[0])
            if new:
                parts += [text[at : match.start()], before, new, after]
                shown.append(match[0][len(before) : len(match[0]) - len(after)])
                said.append(new)
                at = match.end()
        old = "".join(shown)
        parts.append(text[at:])
        outside = len(_LATIN.findall(text)) - len(_LATIN.findall(old))
        return Undone("".join(parts), old, "".join(said), outside)

    return undo


def _utf8(shown: str) -> tuple[str, str, str]:
    return "", decoded_utf8(_latin_bytes(shown)), ""


def _pairs(codec: str) -> Callable[[str], tuple[str, str, str]]:
    def decoded(shown: str) -> tuple[str, str, str]:
        text = decoded_pairs(_latin_bytes(shown), codec)
        inner = shown.strip(_QUOTES)
        if "\ufffd" not in text or not inner or len(inner) == len(shown) or len(inner) % 2:
            return "", text, ""
        head = shown.index(inner)
        return shown[:head], decoded_pairs(_latin_bytes(inner), codec), shown[head + len(inner) :]

    return decoded


_read_utf8 = _by_sub(_UTF8, _utf8)
_read_gbk = _by_sub(_PAIRS, _pairs("gb18030"))
_read_big5 = _by_sub(_PAIRS, _pairs("cp950"))


def _utf8_as_latin(text: str) -> Iterator[Undone]:
    yield _read_utf8(text)


def _gbk_as_latin(text: str) -> Iterator[Undone]:
    yield _read_gbk(text)


def _big5_as_latin(text: str) -> Iterator[Undone]:
    yield _read_big5(text)


# --- two bytes a character: GBK and Big5

# cp936 shows byte 80 as €, GB 18030 has a pair for it; U+FFFD is one lost byte with Python, a lost pair in browsers.


def _shown_bytes(text: str, codec: str) -> Iterator[bytes]:
    """The bytes that a codec may have shown as the text; none where it has no such characters."""
    euros = ("\udc80", "€") if "€" in text else ("€",)
    losses = ("\udcff", "\udcff\udcff") if "\ufffd" in text else ("\ufffd",)
    for euro, lost in product(euros, losses):
        try:
            yield text.translate({0x20AC: euro, 0xFFFD: lost}).encode(codec, "surrogateescape")
        except UnicodeEncodeError:
            continue


def _utf8_as(codec: str) -> Callable[[str], Iterator[Undone]]:
    def undo(text: str) -> Iterator[Undone]:
        for data in _shown_bytes(text, codec):
            said = decoded_utf8(data)
            yield Undone(said, text, said)

    return undo


def _pairs_as(meant: str, codec: str) -> Callable[[str], Iterator[Undone]]:
    def undo(text: str) -> Iterator[Undone]:
        for data in _shown_bytes(text, codec):
            said = decoded_pairs(data, meant)
            yield Undone(said, text, said)

    return undo


# --- bytes to text, with the lost ones

# A character, or what is left of one. Some readers show a lost byte as a question mark: one that stands where a
# character lacks a byte is taken for it.
_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
    rb"|(?P<broken>[\xe0-\xef][\x80-\xbf?\xff]{0,2}|[\xf0-\xf4][\x80-\xbf?\xff]{0,3}|[\xc0-\xdf][?\xff]?"
    rb"|[?\xff]?[\x80-\xbf]{1,2}|[\xf5-\xff])"
)


def _mended(match: re.Match[bytes]) -> bytes:
    return b"\xef\xbf\xbd" if match["broken"] else match[0]


def decoded_utf8(data: bytes) -> str:
    """Bytes as UTF-8, one U+FFFD for each character that lacks a byte.

    >>> decoded_utf8("中文".encode()), decoded_utf8("中文".encode()[:2] + "文".encode())
    ('中文', '\ufffd文')
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _CHARACTER.sub(_mended, data).decode("utf-8", "replace")


_PAIR = re.compile(rb"[\x81-\xff][\x40-\x7e\x80-\xff]|[\x80-\xff]|[\x00-\x7f]+")


def decoded_pairs(data: bytes, codec: str) -> str:
    """Bytes as GBK (by way of gb18030) or Big5 (cp950, for what it lacks with Hong Kong's characters)."""
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return "".join(_pair(token, codec) for token in _PAIR.findall(data))


def _pair(token: bytes, codec: str) -> str:
    for name in (codec, "big5hkscs") if codec == "cp950" else (codec,):
        try:
            return token.decode(name)
        except UnicodeDecodeError:
            continue
    return "\ufffd"


# Where two of them say something, the better text wins.
LATIN = (
    Way("utf8_as_latin", _utf8_as_latin, 4.0, True),
    Way("gbk_as_latin", _gbk_as_latin, 3.0),
    Way("big5_as_latin", _big5_as_latin, 3.0),
)
WIDE = (
    Way("utf8_as_gbk", _utf8_as("gb18030"), 4.0, True),
    Way("utf8_as_big5", _utf8_as("cp950"), 4.0, True),
    Way("gbk_as_big5", _pairs_as("gb18030", "cp950")),
    Way("big5_as_gbk", _pairs_as("cp950", "gb18030")),
)
