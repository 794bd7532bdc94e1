"""Lines read by themselves: those in another encoding than their file, and those that a stray byte has put out of step.

Logs, mailing lists and pages put together from parts have lines of GBK amid UTF-8, or the reverse. In all encodings
looked at here a line feed is no part of a character, so that every line can be decoded by itself.
"""

from collections import Counter
from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.frequent import reads_well, weights
from pipeline.lines import codes_of

CODECS = {"utf-8": "utf-8", "gb18030": "gb18030", "big5": "cp950"}
# A line that reads so well is not looked at: of 20,000 right lines of prose all do, and of wrong ones few.
_SUSPECT_READING = 0.5
# A line that is out of step has bytes that fit nowhere, or reads badly as a whole. To bring it back takes a microsecond
# and some 100 bytes of memory for each of its bytes: longer ones stay.
_OUT_OF_STEP_READING = 0.0
_MAX_STEP_BYTES = 1 << 20
# How much better the other reading must be, in natural logarithms: one line in 3,000 by chance.
_MIN_GAIN = 8.0
# What the mere form of UTF-8 says for each of its characters: one in seventy pairs of other encodings has it.
_CERTAIN = 4.0
_STRAY_WEIGHT = -8.0


def by_lines(data: bytes, text: str, name: str) -> tuple[str, str]:
    """The text of some bytes, which read as `text` under the encoding `name`, with the lines that belong to another
    read as such; and the names of all encodings joined by "+", that of the file first.

    >>> data = "第一行写的是这个\\n".encode() + "第二行写的是那个".encode("gbk")
    >>> by_lines(data, data.decode("utf-8", "surrogateescape"), "utf-8")
    ('第一行写的是这个\\n第二行写的是那个', 'utf-8+gb18030')
    """
    suspects = _suspects(text)
    if not suspects:
        return text, name
    raw, lines = data.split(b"\n"), text.split("\n")
    used: Counter[str] = Counter()
    for row in suspects:
        found = _best_other(raw[row], lines[row], name)
        if found:
            lines[row], other = found
            used[other] += 1
    names = [name, *(other for other, _ in used.most_common() if other != name)]
    return "\n".join(lines) if used else text, "+".join(names)


def _suspects(text: str) -> list[int]:
    """The rows of lines that read badly or have bytes that fit nowhere."""
    codes = codes_of(text)
    start = np.concatenate(([0], np.flatnonzero(codes == 0x0A) + 1))
    if start[-1] == len(codes):
        start = start[:-1]
    if not len(start):
        return []
    value = np.where(codes >= 0x80, weights()[codes], 0)
    total = np.add.reduceat(value, start, dtype=np.int64) / 10
    count = np.add.reduceat(codes >= 0x80, start, dtype=np.int64)
    rows: npt.NDArray[np.intp] = np.flatnonzero((count > 1) & (total < _SUSPECT_READING * count))
    found: list[int] = rows.tolist()
    return found


def _best_other(raw: bytes, line: str, name: str) -> tuple[str, str] | None:
    """A line and its encoding, where it reads better than as it came."""
    least = _weight(line, name) + _MIN_GAIN
    best = None
    if name != "utf-8" and len(raw) <= _MAX_STEP_BYTES and _is_out_of_step(line):
        text = in_step(raw, CODECS[name])
        weight = _weight(text, name)
        if weight >= least:
            best, least = (text, name), weight
    for other, codec in CODECS.items():
        if other == name:
            continue
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        weight = _weight(text, other)
        if weight >= least:
            best, least = (text, other), weight
    return best


def _is_out_of_step(line: str) -> bool:
    return reads_well(line) < _OUT_OF_STEP_READING or any("\ud800" <= c <= "\udfff" for c in line)


def _weight(text: str, name: str) -> float:
    codes = codes_of(text)
    codes = codes[codes >= 0x80]
    is_formed = (codes >= 0x800) & ((codes < 0xD800) | (codes > 0xDFFF))
    certain = _CERTAIN * int(is_formed.sum()) if name == "utf-8" else 0.0
    return float(weights()[codes].sum(dtype=np.int64)) / 10 + certain


@cache
def _pair_weights(codec: str) -> npt.NDArray[np.float64]:
    """For each pair of bytes the weight of its character, less than two strays where it is none."""
    out = np.full(1 << 16, 3 * _STRAY_WEIGHT)
    for lead in range(0x81, 0xFF):
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFF)):
            char = bytes((lead, trail)).decode(codec, "ignore")
            if len(char) == 1 and char > "\x7f":
                out[lead << 8 | trail] = weights()[ord(char)] / 10
    return out


def in_step(raw: bytes, codec: str) -> str:
    """A line of pairs of bytes, read so that it reads best: one stray byte puts all pairs behind it out of step.

    Strays become lone surrogates, as under `surrogateescape`.

    >>> in_step("第一行写的是这个".encode("gbk")[1:], "gb18030")
    '\\udcda一行写的是这个'
    """
    data = np.frombuffer(raw, dtype=np.uint8).astype(np.int64)
    pair = _pair_weights(codec)[data[:-1] << 8 | data[1:]].tolist()
    single = np.where(data < 0x80, 0.0, _STRAY_WEIGHT).tolist()
    pair.append(3 * _STRAY_WEIGHT)
    after = later = 0.0  # how well the rest reads from the next byte on, and from the one behind that
    is_pair = bytearray(len(raw))
    for i in range(len(raw) - 1, -1, -1):
        alone, together = single[i] + after, pair[i] + later
        is_pair[i] = together > alone
        after, later = max(alone, together), after
    parts, i = [], 0
    while i < len(raw):
        size = 1 + is_pair[i]
        parts.append(raw[i : i + size].decode(codec if size > 1 else "ascii", "surrogateescape"))
        i += size
    return "".join(parts)
