"""Ways back: how bytes of one encoding look when they are read as another, and what they say when read aright.

Each way takes a text and gives the readings that its bytes allow: a text in which what was misread is put right. What
does not fit stays as it is, so that a way can be tried on a whole line. A byte that was lost on the way, because the
wrong encoding had no sign for it, makes its character U+FFFD: nothing is guessed. All ways take linear time.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from ftfy import bad_codecs  # noqa: F401  # registers sloppy-windows-1252

from pipeline.frequent import reads_well
from pipeline.lines import codes_of


class Undone(NamedTuple):
    """A text put right: `shown` are the parts that changed as they stood, `said` what they say; `outside` counts the
    characters that look like bytes and fit nowhere, `runs` holds the length of each part.
    """

    text: str
    shown: str
    said: str
    outside: int = 0
    runs: tuple[int, ...] = ()


class Way(NamedTuple):
    """A misreading by name; `undo` gives its readings; `certain` is how much the mere form of a character says for it."""

    name: str
    undo: Callable[[str], Iterator[Undone]]
    # Natural logarithm of how seldom other text has that form, for a character: of all pairs of GBK one in seventy goes
    # on to make a character of UTF-8 (a lead of 16 in 126, then twice 64 trails of 190); of the words of French, Polish
    # and Hungarian that have an accent three in a thousand have two side by side, of German ones two in a hundred.
    certain: float = 0.0
    # How well what it says must read at the least, by the mean weight of its characters. Right sentences read above 1,
    # names and terms about 0, rare ones at -1, noise below -2: where the form tells, less will do.
    min_reading: float = 0.0
    # UTF-8 in form: only such bytes are misread once more without being lost, and they are what they seem to be.
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


@cache
def _latin() -> npt.NDArray[np.bool_]:
    table = np.zeros(0x110000, dtype=bool)
    table[0xA1:0x100] = True
    table[[ord(c) for c in _CP1252]] = True
    return table


@cache
def _beyond_ascii() -> npt.NDArray[np.bool_]:
    table = np.ones(0x110000, dtype=bool)
    table[:0x80] = False
    return table


def _count(text: str, table: npt.NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(table[codes_of(text)]))


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
        outside = _count(text, _latin()) - _count(old, _latin())
        return Undone("".join(parts), old, "".join(said), outside, tuple(map(len, shown)))

    return undo


def _utf8(shown: str) -> tuple[str, str, str]:
    return "", decoded_utf8(_latin_bytes(shown)), ""


def _pairs(codec: str) -> Callable[[str], tuple[str, str, str]]:
    def decoded(shown: str) -> tuple[str, str, str]:
        text = decoded_pairs(_latin_bytes(shown), codec)
        inner = shown.strip(_QUOTES)
        if not inner or len(inner) == len(shown):
            return "", text, ""
        # Signs at the edges are bytes, or signs of right text around a misread word.
        within = decoded_pairs(_latin_bytes(inner), codec)
        if reads_well(within) <= reads_well(text):
            return "", text, ""
        head = shown.index(inner)
        return shown[:head], within, shown[head + len(inner) :]

    return decoded


_read_utf8 = _by_sub(_UTF8, _utf8)
_read_gbk = _by_sub(_PAIRS, _pairs("gb18030"))
_read_big5 = _by_sub(_PAIRS, _pairs("cp950"))


def _utf8_as_latin(text: str) -> Iterator[Undone]:
    yield _read_utf8(text)


def is_in_pairs(line: str) -> bool:
    """Whether the letters with accents of a line stand in pairs, as bytes do and letters do not; those that are UTF-8
    in form do not count.
    """
    rest = _UTF8.sub(" ", line)
    return 2 * len(rest) > len(line) and any(True for _ in _gbk_as_latin(rest))


def _pairs_as_latin(undo: Callable[[str], Undone]) -> Callable[[str], Iterator[Undone]]:
    """A reading where the text does not look like words with accents: those have one at a time, and letters around."""

    def checked(text: str) -> Iterator[Undone]:
        undone = undo(text)
        pairs = _count(undone.said, _beyond_ascii())
        doubled = _count(undone.shown, _beyond_ascii()) - pairs
        runs = undone.runs
        if any(size >= _MIN_RUN for size in runs) and (doubled >= _MIN_DOUBLED_SHARE * pairs or pairs >= 2 * len(runs)):
            yield undone

    return checked


_MIN_RUN = 4  # characters: two pairs
# In GBK 86 of 100 second bytes are no ASCII in traditional text, and nearly all in simplified; in Big5 54, but its pairs
# follow each other up to the next sign of ASCII.
_MIN_DOUBLED_SHARE = 0.6
_gbk_as_latin = _pairs_as_latin(_read_gbk)
_big5_as_latin = _pairs_as_latin(_read_big5)

# --- two bytes a character: GBK and Big5


def _shown_bytes(text: str, *names: str) -> Iterator[bytes]:
    """The bytes that the first codec that has all of the text may have shown as it; none where no codec has."""
    # cp936 shows byte 80 as €, GB 18030 has a pair for it; U+FFFD is one lost byte with Python, a lost pair in browsers.
    euros = ("\udc80", "€") if "€" in text else ("€",)
    losses = ("\udcff", "\udcff\udcff") if "\ufffd" in text else ("\ufffd",)
    for euro, lost in product(euros, losses):
        escaped = text.translate({0x20AC: euro, 0xFFFD: lost})
        for name in names:
            try:
                yield escaped.encode(name, "surrogateescape")
            except UnicodeEncodeError:
                continue
            break


def _utf8_as_gbk(text: str) -> Iterator[Undone]:
    for data in _shown_bytes(text, "gb18030"):
        said = decoded_utf8(data)
        yield Undone(said, text, said)


# Kana are one in ten of the signs that GBK shows for Big5, and three in four of those of Japanese messages.
_KANA = re.compile("[\u3041-\u30fe]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_MAX_KANA_SHARE = 0.4


def _pairs_as(meant: str, *shown: str) -> Callable[[str], Iterator[Undone]]:
    def undo(text: str) -> Iterator[Undone]:
        if len(_KANA.findall(text)) > _MAX_KANA_SHARE * len(_BEYOND_ASCII.findall(text)):
            return
        for data in _shown_bytes(text, *shown):
            said = decoded_pairs(data, meant)
            yield Undone(said, text, said)

    return undo


# --- bytes to text, with the lost ones

# What is left of a character that lacks a byte. Some readers show a lost byte as a question mark: one that stands where
# a byte is missing is taken for it.
_BROKEN = re.compile(
    rb"[\xe0-\xef][\x80-\xbf?\xff]{0,2}|[\xf0-\xf4][\x80-\xbf?\xff]{0,3}|[\xc0-\xdf][?\xff]?|\xff?[\x80-\xbf]{1,2}"
    rb"|[\xf5-\xff]"
)
_AFTER_QUESTION = "\udcff"


def _broken_utf8(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    data, start = error.object, error.start
    match = _BROKEN.match(data, start)
    assert match is not None  # every byte from 80 on begins one of the forms
    is_lead_lost = data[start] < 0xC0 and data[start - 1 : start] == b"?"
    return _AFTER_QUESTION if is_lead_lost else "\ufffd", match.end()


def _broken_pair(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    data, start = error.object, error.start
    is_pair = data[start] > 0x80 and (data[start + 1 : start + 2] or b"\0")[0] in _SECOND
    pair = data[start : start + 1 + is_pair]
    try:
        return pair.decode("big5hkscs" if error.encoding in ("cp950", "big5") else "gb18030"), start + len(pair)
    except UnicodeDecodeError:
        return "\ufffd", start + len(pair)


_SECOND = frozenset([*range(0x40, 0x7F), *range(0x80, 0x100)])
codecs.register_error("jingwen.utf8", _broken_utf8)
codecs.register_error("jingwen.pairs", _broken_pair)


def decoded_utf8(data: bytes) -> str:
    """Bytes as UTF-8, one U+FFFD for each character that lacks a byte.

    >>> decoded_utf8("中文".encode()), decoded_utf8("中文".encode()[:2] + "文".encode())
    ('中文', '\ufffd文')
    """
    text = data.decode("utf-8", "jingwen.utf8")
    if _AFTER_QUESTION in text:
        text = text.replace("?" + _AFTER_QUESTION, "\ufffd").replace(_AFTER_QUESTION, "\ufffd")
    return text


def decoded_pairs(data: bytes, codec: str) -> str:
    """Bytes as GBK (gb18030) or Big5 (cp950, for what it lacks with Hong Kong's characters), one U+FFFD for each pair
    that is none.
    """
    return data.decode(codec, "jingwen.pairs")


# Where two of them say something, the better text wins.
LATIN = (
    Way("utf8_as_latin", _utf8_as_latin, 4.0, -2.0, True),
    Way("gbk_as_latin", _gbk_as_latin, 3.0, -1.2),
    Way("big5_as_latin", _big5_as_latin, 3.0, -1.2),
)
WIDE = (
    Way("utf8_as_gbk", _utf8_as_gbk, 4.0, -2.0, True),
    Way("gbk_as_big5", _pairs_as("gb18030", "cp950", "big5hkscs")),
    Way("big5_as_gbk", _pairs_as("cp950", "gb18030")),
)
