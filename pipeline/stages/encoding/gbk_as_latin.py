"""ENC101: GBK that was read as Latin-1."""

import re

import numpy as np
from ftfy import bad_codecs  # noqa: F401  # registers sloppy-windows-1252

from pipeline.edit import Edit, Edits
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.common_han import COMMON, is_han, plain
from pipeline.stages.encoding.marks import HIGH, positions, rows_of

CODE = "ENC101"

# What bytes 80 to 9F become when they are read as cp1252; as Latin-1 they become control characters.
_CP1252 = bytes(range(0x80, 0xA0)).decode("sloppy-windows-1252")
_BYTE = {ord(c): 0x80 + i for i, c in enumerate(_CP1252)} | {c: c for c in range(0x80, 0x100)}
_HIGH = re.compile(f"[\u0080-\u00ff{_CP1252}]{{2,}}")
# The last byte of a character may be ASCII in GBK: after an odd number of high bytes the next one belongs to them.
_TRAIL = re.compile(r"[@-~]")
_QUOTES = "“”‘’…—–•"
# Two characters, four bytes: shorter runs occur in Western text, as in Füße or naïveté.
_MIN_BYTES = 4
# The words of other languages in Latin letters have their accents one at a time; GBK has them in pairs.
_MAX_SINGLE_SHARE = 0.2
# Running text has 99.7 % of its characters in level 1 of GB 2312; a list of names can have a quarter outside.
_MIN_PLAIN_SHARE = 0.7


def _bytes(run: str) -> bytes:
    return bytes(_BYTE.get(ord(c), ord(c)) for c in run)


def _decoded(run: str) -> str | None:
    """The run as GBK; None where its bytes are none."""
    try:
        return _bytes(run).decode("gbk")
    except UnicodeDecodeError:
        return None


def _is_utf8(line: str) -> bool:
    """Whether the runs of a line are UTF-8: a short one may be by accident, as `Îª` for 为, all of them are not."""
    try:
        _bytes("".join(_HIGH.findall(line))).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _runs(line: str) -> list[tuple[int, int, str]]:
    """The runs of high bytes in a line that are GBK: start, end, what they say."""
    out = []
    for match in _HIGH.finditer(line):
        a, b = match.span()
        inner = match[0].strip(_QUOTES)
        choices = [(a, b)]
        if inner and len(inner) < b - a:
            skip = match[0].index(inner)
            choices.append((a + skip, a + skip + len(inner)))
        for low, high in choices:
            if (high - low) % 2 and _TRAIL.match(line, high):
                high += 1
            text = _decoded(line[low:high])
            if text is not None and all(c in plain() or is_han(c) for c in text if c > "\x7f"):
                out.append((low, high, text))
                break
    return out


def _is_chinese(line: str, found: list[tuple[int, int, str]], min_common_share: float) -> bool:
    """Whether the runs say something in Chinese, and are what the high bytes of the line are about."""
    said = "".join(text for _, _, text in found)
    han = [c for c in said if is_han(c)]
    high = sum(1 for c in line if "\xa1" <= c <= "\xff")
    inside = sum(1 for a, b, _ in found for c in line[a:b] if "\xa1" <= c <= "\xff")
    return (
        len(han) >= 2
        and max(b - a for a, b, _ in found) >= _MIN_BYTES
        and high - inside <= _MAX_SINGLE_SHARE * high
        and sum(c in plain() for c in han) >= _MIN_PLAIN_SHARE * len(han)
        and sum(c in COMMON for c in han) >= min_common_share * len(han)
    )


@rule(CODE)
def gbk_as_latin(lines: Lines, context: Context) -> Found:
    """GBK that was read as Latin-1 or cp1252.

    `ÖÐ¹úÐÂÎÅ` is what becomes of 中国新闻 when a GBK page is read byte by byte. ftfy does not know it and makes it
    worse, so this rule comes first. It looks at the runs of accented letters and signs in a line: two or more in a
    row, decodable as GBK, not as UTF-8, and together saying Chinese: at least two Han characters, seven in ten of
    level 1 of GB 2312, and enough of the most frequent ones.

    Leaves alone: Western words, whose accents stand one at a time; tables of accented letters, which decode to rare
    characters; single characters such as `ÖÐ` by itself, which prove nothing.

    Before: `À´Ô´£ºÐÂ»ªÍø 2010-05-01`. After: `来源：新华网 2010-05-01`.
    """
    at = positions(lines, HIGH)
    if len(at) < _MIN_BYTES:
        return Found()
    rows, counts = np.unique(rows_of(lines, at), return_counts=True)
    edits = []
    for row in rows[counts >= 3].tolist():
        base = int(lines.start[row])
        line = lines.text[base : int(lines.end[row])]
        found = _runs(line)
        if found and not _is_utf8(line) and _is_chinese(line, found, context.options.min_common_share):
            edits += [Edit(base + a, base + b, text, CODE) for a, b, text in found]
    return Found(edits=Edits.of(edits)) if edits else Found()
