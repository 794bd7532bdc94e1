"""Misread lines: which lines of a batch are bytes of another encoding, by which way they come back, what they say.

Every way is tried on every line that could be mojibake, up to three in a row, for text is misread more than once. What
a line says is believed where it reads like Chinese, and far better than what stands there; how well a text reads is
told by the frequency of its characters. On a page that is misread throughout, short lines are believed with less.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.edit import Edit, Edits
from pipeline.frequent import weights
from pipeline.lines import HAN, Lines, codes_of, kinds
from pipeline.rule import Found
from pipeline.stages.encoding.marks import HIGH, ODD, positions, rows_of
from pipeline.stages.encoding.options import EncodingOptions
from pipeline.stages.encoding.settled import settled, trimmed
from pipeline.stages.encoding.ways import LATIN, WIDE, Undone, Way

# GBK as Latin-1 and that as cp1252 and that in GBK: more is not seen.
_MAX_STEPS = 3
# What must speak for a reading, in natural logarithms: one line in 3,000 by chance. Names of two characters reach it.
# Where the form of the bytes says nothing, what they say must reach it by itself: two lists of rare characters differ by
# more.
_MIN_GAIN = 8.0
# And it must read better than what stands there; two readings of noise differ by less.
_MIN_RISE = 1.0
# A reading so good needs no rival: of 20,000 right sentences one lay below.
_SURE_READING = 1.0
_MIN_HAN, _MIN_HAN_WHEN_LOST = 2, 4  # where the form of bytes tells something, and where it does not or some are lost
# The words of other languages in Latin letters have their accents one at a time; GBK has them in pairs.
_MAX_OUTSIDE_SHARE = 0.2
# Two characters of GBK are four bytes, and one of these may be ASCII; two of UTF-8 are three characters of GBK.
_MIN_HIGH = 3
_MIN_CHARS = 3
# Rare characters come alone; in mojibake two of three are rare. A short line may have but one.
_MAX_GAP = 3
_MIN_ODD_SHARE = 0.1
# So many lines of a page, and half of those that could be, must be misread in one way before its short lines follow.
_MIN_LINES = 3
# A lost character counts against a reading as a rare one does.
_LOST_WEIGHT = -4.0
_MEMO_CHARS = 200

_RUN = re.compile(r"[^\x00-\x7f]+(?:\?[^\x00-\x7f]+)*\??")
_CLAUSE = re.compile(r"[^\x00-\x7f\u3000，。：；！？（）《》“”…—]+(?:\?[^\x00-\x7f\u3000，。：；！？（）《》“”…—]+)*")

Chain = tuple[str, ...]
_BY_NAME = {way.name: way for way in (*LATIN, *WIDE)}


class Mended(NamedTuple):
    """A part of a line put right: its span, what it says, the ways by which it came back."""

    start: int
    end: int
    text: str
    chain: Chain


class _Weighed(NamedTuple):
    """The characters of a text beyond ASCII: how many, how many of them Han, how many are lost, the sum of their weights."""

    size: int
    han: int
    lost: int
    total: float

    @property
    def mean(self) -> float:
        return self.total / self.size if self.size else 0.0


# Three sums in one, exact up to that many characters: weights from 0 to 255 take 24 bits, the two counts 16 each.
_PACKED_CHARS = (1 << 16) - 1
_LEAST_WEIGHT = 128


@cache
def _packs() -> npt.NDArray[np.int64]:
    packs = weights().astype(np.int64) + _LEAST_WEIGHT | 1 << 24
    packs[(kinds() & 7) == HAN] |= 1 << 40
    packs[:0x80] = packs[0xFFFD] = 0
    return packs


def _weighed(text: str) -> _Weighed:
    count = han = total = 0
    for at in range(0, len(text), _PACKED_CHARS):
        pack = int(_packs()[codes_of(text[at : at + _PACKED_CHARS])].sum())
        own = pack >> 24 & 0xFFFF
        count += own
        han += pack >> 40
        total += (pack & 0xFFFFFF) - own * _LEAST_WEIGHT
    return _Weighed(count, han, text.count("\ufffd"), total / 10)


def _reading(way: Way, undone: Undone, shown: str, max_lost_share: float) -> float | None:
    """How well a reading reads, losses counted against it; None where it is not to be believed."""
    after, before = _weighed(undone.said), _weighed(shown)
    if after.han < (_MIN_HAN if way.certain and not after.lost else _MIN_HAN_WHEN_LOST):
        return None
    if after.lost > max_lost_share * (after.size + after.lost):
        return None
    if undone.outside > _MAX_OUTSIDE_SHARE * (len(undone.shown) + undone.outside):
        return None
    gain = after.total - before.total + way.certain * after.han
    if gain < _MIN_GAIN or after.mean < way.min_reading:
        return None
    if not way.certain and (after.total < _MIN_GAIN or after.mean < before.mean + _MIN_RISE):
        return None
    return (after.total + _LOST_WEIGHT * after.lost) / (after.size + after.lost)


class _Read(NamedTuple):
    text: str
    chain: Chain
    reading: float
    is_sure: bool


def _best(text: str, ways: Sequence[Way], max_lost_share: float, shown: str = "", chain: Chain = ()) -> _Read | None:
    """The best reading of a text by these ways and those that may follow; of equal ones the shortest."""
    best: _Read | None = None
    for way in ways:
        for undone in way.undo(text):
            if not undone.said or undone.text == text:
                continue
            path = (*chain, way.name)
            reading = _reading(way, undone, shown or undone.shown, max_lost_share)
            if reading is not None:
                is_whole = not undone.outside and (way.formed or "\ufffd" not in undone.said)
                found: _Read | None = _Read(undone.text, path, reading, is_whole and reading >= _SURE_READING)
            elif way.formed and len(path) < _MAX_STEPS and _is_step(undone):
                found = _best(undone.text, _next(undone.said), max_lost_share, shown or undone.shown, path)
            else:
                found = None
            if found and found.is_sure:
                return found
            if found and (best is None or (found.reading, -len(found.chain)) > (best.reading, -len(best.chain))):
                best = found
    return best


def _is_step(undone: Undone) -> bool:
    """Whether a reading that says nothing may be mojibake itself: its bytes fit, and there is something left to read."""
    lost = undone.said.count("\ufffd")
    return len(undone.said) >= 2 * _MIN_HAN and 2 * lost <= len(undone.said) and 2 * undone.outside <= len(undone.shown)


def _next(said: str) -> tuple[Way, ...]:
    high = sum(c < "\u0250" or "\u2010" <= c <= "\u2122" for c in said)
    return LATIN if 2 * high > len(said) else WIDE[:1]


def _mend(line: str, high: bool, odd: bool, max_lost_share: float) -> list[Mended]:
    """The parts of a line that come back; `high` and `odd` say which ways may be worth trying."""
    if high:
        found = _best(line, LATIN, max_lost_share)
        if found:
            return [Mended(0, len(line), found.text, found.chain)]
    out = list(_parts(line, 0, len(line), (_RUN, _CLAUSE), max_lost_share)) if odd else []
    return _rest(line, out, max_lost_share) if out and out[0].end - out[0].start < len(line) else out


def _parts(line: str, start: int, end: int, cuts: Sequence[re.Pattern[str]], max_lost_share: float) -> Iterator[Mended]:
    """The parts that come back of a line tried whole, then between ASCII, then between full-width signs."""
    found = _wide(line[start:end], max_lost_share)
    whole = [Mended(start, end, found.text, found.chain)] if found else []
    if whole and not (cuts and _is_right_in_part(line[start:end], whole[0].text, whole[0].chain)):
        yield from whole
        return
    smaller: list[Mended] = []
    for match in cuts[0].finditer(line, start, end) if cuts else ():
        if match.end() - match.start() >= _MIN_CHARS:
            smaller += _parts(line, *match.span(), cuts[1:], max_lost_share)
    yield from smaller or whole


def _is_right_in_part(shown: str, text: str, chain: Chain) -> bool:
    """Whether a reading has lost more than U+FFFD and question marks of the text account for: what is lost may have
    been right before. Of several ways the first shows its losses as characters.
    """
    return len(chain) == 1 and text.count("\ufffd") > 2 * (shown.count("\ufffd") + shown.count("?"))


def _rest(line: str, found: list[Mended], max_lost_share: float) -> list[Mended]:
    """The parts found and those between them that come back by the same way, though they prove nothing alone."""
    out = list(found)
    chain = Counter(part.chain for part in found).most_common(1)[0][0]
    for a, b in zip([0, *(p.end for p in found)], [*(p.start for p in found), len(line)], strict=True):
        for match in _RUN.finditer(line, a, b):
            text = _followed(match[0], chain, max_lost_share)
            if text is not None:
                out.append(Mended(*match.span(), text, chain))
    return sorted(out)


def _wide(text: str, max_lost_share: float) -> _Read | None:
    return _short_wide(text, max_lost_share) if len(text) <= _MEMO_CHARS else _best(text, WIDE, max_lost_share)


@lru_cache(maxsize=20_000)
def _short_wide(text: str, max_lost_share: float) -> _Read | None:
    return _best(text, WIDE, max_lost_share)


def _candidates(lines: Lines) -> tuple[set[int], set[int]]:
    """Rows with enough letters and signs of Latin-1, and rows in which rare characters are close together or many."""
    high = positions(lines, HIGH)
    rows, counts = np.unique(rows_of(lines, high), return_counts=True)
    odd = positions(lines, ODD)
    odd_row = rows_of(lines, odd)
    close = (np.diff(odd) <= _MAX_GAP) & (odd_row[1:] == odd_row[:-1])
    odd_rows, odd_counts = np.unique(odd_row, return_counts=True)
    many = odd_counts >= _MIN_ODD_SHARE * (lines.end - lines.start)[odd_rows]
    return set(rows[counts >= _MIN_HIGH].tolist()), {*odd_row[1:][close].tolist(), *odd_rows[many].tolist()}


def _line(lines: Lines, row: int) -> str:
    return lines.text[int(lines.start[row]) : int(lines.end[row])]


@cache
def misread(options: EncodingOptions) -> Callable[[Lines], dict[int, list[Mended]]]:
    """What to compute for a batch: the parts of lines that come back, by row. Use as `lines.derived(misread(options))`."""

    def find(lines: Lines) -> dict[int, list[Mended]]:
        high, odd = _candidates(lines)
        tried = sorted(high | odd)
        found = {}
        for row in tried:
            parts = _mend(_line(lines, row), row in high, row in odd, options.max_lost_share)
            if parts:
                found[row] = parts
        return found | _followers(lines, tried, found, options.max_lost_share)

    return find


def _followers(
    lines: Lines, tried: list[int], found: dict[int, list[Mended]], max_lost_share: float
) -> dict[int, list[Mended]]:
    """The other lines of pages that are misread throughout, as the way of the page reads them."""
    out: dict[int, list[Mended]] = {}
    asked = Counter(lines.page[tried].tolist())
    ways = Counter((int(lines.page[row]), parts[0].chain) for row, parts in found.items())
    for (page, chain), count in ways.items():
        if count < max(_MIN_LINES, asked[page] / 2):
            continue
        for row in range(int(lines.first_row[page]), int(lines.end_row[page])):
            if row not in found:
                line = _line(lines, row)
                text = None if line.isascii() else _followed(line, chain, max_lost_share)
                if text is not None:
                    out[row] = [Mended(0, len(line), text, chain)]
    return out


def _followed(line: str, chain: Chain, max_lost_share: float) -> str | None:
    """A line as a chain of ways reads it, where all of it fits and it reads better than before."""
    text, shown = line, ""
    for name in chain:
        undone = next(_BY_NAME[name].undo(text), None)
        if undone is None or not undone.said or undone.outside:
            return None
        text, shown, said = undone.text, shown or undone.shown, undone.said
    after, before = _weighed(said), _weighed(shown)
    gain = after.total - before.total + _BY_NAME[chain[-1]].certain * after.han
    fits = after.han and gain > 0 and after.lost <= max_lost_share * (after.size + after.lost)
    return text if fits and not _is_right_in_part(line, text, chain) else None


def edits_of(lines: Lines, options: EncodingOptions, first: str, code: str) -> Found:
    """The edits of the lines that come back by a chain of ways of which `first` is the first."""
    edits = []
    for row, parts in sorted(lines.derived(misread(options)).items()):
        base = int(lines.start[row])
        for part in parts:
            if part.chain[0] == first:
                old = lines.text[base + part.start : base + part.end]
                a, b, new = trimmed(old, settled(part.text, options.max_marks))
                note = " then ".join(name.replace("_", " ") for name in part.chain[1:])
                edits.append(Edit(base + part.start + a, base + part.start + b, new, code, note and f"then {note}"))
    return Found(edits=Edits.of(edits)) if edits else Found()
