"""ENC402: characters that show nothing."""

import re
import unicodedata

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule, span_edits
from pipeline.stages.encoding.marks import INVISIBLE, positions, runs

CODE = "ENC402"

_ZERO_WIDTH, _NON_JOINER, _JOINER, _MONGOLIAN = 0x200B, 0x200C, 0x200D, 0x180E
_DIRECTION = [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_TAGS = range(0xE0000, 0xE0080)
# The flags of Scotland, Wales and England: a black flag, up to six tags and one that closes.
_REGION = re.compile("\U0001f3f4[\U000e0000-\U000e007f]*$")
_MAX_TAGS = 7
_VARIATION = "\ufe0f"


def _needs_joiners(char: str) -> bool:
    """Arabic, Mongolian, the scripts of India and South-East Asia: there joiners and breaks are spelling."""
    return "\u0600" <= char <= "\u109f" or "\u1780" <= char <= "\u1cff"


def _is_picture(char: str) -> bool:
    """An emoji, a skin tone or the sign that asks for the coloured form."""
    return char == _VARIATION or "\U0001f000" <= char <= "\U0001faff" or unicodedata.category(char) in ("So", "Sk")


def _is_rtl(line: str) -> bool:
    """Whether a line has letters that run from right to left; the marks of direction are of that class, too."""
    return any(c.isalpha() and unicodedata.bidirectional(c) in ("R", "AL") for c in line)


def _belongs(text: str, at: int) -> bool:
    """Whether the invisible character at a place has work to do between its neighbours."""
    code = ord(text[at])
    before, after = text[at - 1 : at] or "\n", text[at + 1 : at + 2] or "\n"
    if code == _JOINER and _is_picture(before) and _is_picture(after):
        return True
    if code in (_ZERO_WIDTH, _NON_JOINER, _JOINER, _MONGOLIAN):
        return _needs_joiners(before)
    return code in _TAGS and bool(_REGION.search(text, max(at - _MAX_TAGS, 0), at))


@rule(CODE)
def invisible_character(lines: Lines, context: Context) -> Found:
    """Characters that take no room: byte order marks, zero-width spaces, soft hyphens, marks of direction.

    They are left by editors, by copying and by sites that mark their text against copying. Two lines that look the
    same are not the same, and a word with one inside is not found.

    Leaves alone: joiners inside emoji and in scripts that spell with them; marks of direction in a line with Hebrew or
    Arabic; tags in the flags of Scotland, Wales and England; variation selectors; U+3000, which is an indent.

    Before: `\\ufeff北京\\u200b时间`. After: `北京时间`.
    """
    at = positions(lines, INVISIBLE)
    if not len(at):
        return Found()
    is_direction = np.isin(lines.codes[at], _DIRECTION)
    rows = np.searchsorted(lines.end, at)
    rtl = {
        row for row in np.unique(rows[is_direction]).tolist() if _is_rtl(lines.text[lines.start[row] : lines.end[row]])
    }
    found = [
        place
        for place, row, directs in zip(at.tolist(), rows.tolist(), is_direction.tolist(), strict=True)
        if not (row in rtl if directs else _belongs(lines.text, place))
    ]
    return Found(edits=span_edits(*runs(np.array(found, dtype=np.int64)), CODE))
