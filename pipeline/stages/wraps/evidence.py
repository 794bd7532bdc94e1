"""What speaks for and against two lines being one, in nats: how full the upper is, how it ends, how the lower begins."""

import re
from typing import NamedTuple

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import CLOSE, DIGIT, HAN, LATIN, OPEN, Lines, Mask, among
from pipeline.stages.shape import Shape, shape
from pipeline.stages.wraps.rows import Floats, Rows

# How a line ends: a sentence's end, a colon, a semicolon, a comma, in mid-phrase, any other sign.
ENDED, COLON, SEMICOLON, COMMA, OPENED, SIGN = range(6)
# How often the last line of a paragraph ends so, before the page is looked at, in lines: a page of its own habits
# (statutes end in semicolons, posts in nothing) soon outweighs them.
_LAST = np.array([12.0, 1.0, 0.5, 0.1, 1.2, 0.4])
# And a line that goes on: for the end of a sentence, a colon, a semicolon and a comma as often as they stand among the
# characters of the page; so many characters are seen before. Technical articles have one in 42, 356, 4,207 and 33,
# reports and statutes one in 53, 626, 803 and 19.
_CHARS, _RATES = 300.0, np.array([1 / 47, 1 / 500, 1 / 1500, 1 / 25])
# One in so many lines begins with a sign where they are broken anywhere; where signs are taken along to the line before,
# hardly any.
_BEGINS, _BEGINS_ODDLY = 1 / 16, 1 / 500
# How a line begins: as a list or heading does, with an opening sign, with what cannot begin a line, or otherwise.
ITEM, OPENING, NEVER, PLAIN = range(4)
# Ordinals within a sentence: `第三节。`, `第五条规定`, `第一次启动`.
_IN_SENTENCE = re.compile(
    r"第[一二三四五六七八九十百千零〇\d]+(?:[条章节编](?=[。，,、；的第规所])|(?:[款项回届次]|部分)(?![\s、:：]))"
)
_FIRST = np.array([1.2, 0.6, 0.004, 8.0])
_MIDST = np.array([0.01, 0.15, 0.3, 9.5])
# A bracket or quotation that the upper line opens and the lower one closes: a paragraph in many hundreds ends within one,
# and of other lines one in thirty.
_WITHIN = 4.0
_PAIRS = (("（", "）"), ("(", ")"), ("《", "》"), ("“", "”"), ("「", "」"), ("【", "】"))
# No evidence from width is stronger than this: words that cannot be parted make lines short, tables make them full.
_CAP = 6.0
# So many lines stop a character or two early, for a sign that may not begin a line took one along, and so many up to
# a third of the room before their time, for a hand broke them; until the page has shown what it does, by so many lines.
SHARES, _SEEN = np.array([0.05, 0.01]), 20.0
# The same where lines are set in blocks, as people write them in an editor.
HAND = np.array([0.1, 0.15])
_EARLY_COLUMNS, _HAND_SHARE = 4.0, 0.33


class Edges(NamedTuple):
    """How rows end and begin, as classes."""

    end: Ints
    start: Ints


def edges(lines: Lines, joints: Shape, rows: Ints) -> Edges:
    """The classes of some rows."""
    last, kind = lines.last[rows], lines.last_kind[rows]
    low = kind & 7
    letter = (low == HAN) | (low == LATIN) | (low == DIGIT) | ((kind & OPEN) > 0)
    end = np.select(
        [lines.ended[rows], among(last, "：:"), among(last, "；;"), among(last, "，、,"), letter],
        [ENDED, COLON, SEMICOLON, COMMA, OPENED],
        SIGN,
    )
    opening = among(lines.first[rows], "“‘「『《【")
    item = joints.begins[rows]
    for i in np.flatnonzero(item & (lines.first[rows] == ord("第"))).tolist():
        item[i] = not _IN_SENTENCE.match(lines.text, int(lines.head[rows[i]]), int(lines.tail[rows[i]]))
    start = np.select([joints.open_start[rows], item, opening], [NEVER, ITEM, OPENING], PLAIN)
    return Edges(end, start)


def of_width(room: Floats, width: Floats, token: Floats, doubt: Floats, shares: Floats) -> Floats:
    """What the room that a line leaves says, if the next word is as wide as `token`.

    A line that goes on leaves less than the word is wide, or stops early; the last line of a paragraph leaves
    anything. `shares` are, for each line, those of lines that stop a little early and long before.
    """
    left = (room - width) / doubt
    reach = (np.zeros(len(room)), token, token + _EARLY_COLUMNS, token + _HAND_SHARE * room)
    steps = [_step(left - at / doubt) for at in reach]
    parts = [(steps[i] - steps[i + 1]) / np.maximum(reach[i + 1] - reach[i], 0.5) for i in range(3)]
    early, long_before = shares[:, 0], shares[:, 1]
    inside = (1 - early - long_before) * parts[0] + early * parts[1] + long_before * parts[2]
    odds = np.log(np.maximum(inside, 1e-9)) - np.log(1 / np.maximum(room, 1.0))
    far = left * doubt > token + _HAND_SHARE * room + _EARLY_COLUMNS  # a title, a term, a signature
    capped: Floats = np.where(far, -2 * _CAP, np.clip(odds, -_CAP, _CAP))
    return capped


def stopping(rows: Rows, left: Floats, goes_on: Mask, before: Floats) -> Floats:
    """For each page the shares of lines that stop a little early and long before, among those that go on; `left` is
    what a line leaves beyond the word that follows.
    """
    kind = np.select([left <= 0.5, left <= _EARLY_COLUMNS], [0, 1], 2)
    late = rows.kinds(kind, goes_on, 3) + _SEEN * np.column_stack((1 - before.sum(1), before))
    shares: Floats = (late / late.sum(1, keepdims=True))[:, 1:]
    return shares


def _step(x: Floats) -> Floats:
    out: Floats = 1 / (1 + np.exp(-np.clip(1.7 * x, -30, 30)))
    return out


def of_end(rows: Rows, end: Ints, sure_last: Mask, seen: Ints, chars: Ints, carried: Floats) -> Floats:
    """What the end of the upper line of each pair says; `seen` counts for each page ends, colons, semicolons and
    commas inside of lines, `chars` its characters; `carried` is how likely its signs never begin a line.
    """
    last = _LAST + rows.kinds(end, sure_last, 6)
    last = last / last.sum(1, keepdims=True)
    on = np.zeros((rows.pages, 6))
    on[:, :4] = (_CHARS * _RATES + seen) / (_CHARS + chars)[:, None] * (1 + carried)[:, None]
    on[:, SIGN] = 0.02
    on[:, OPENED] = np.maximum(1 - on.sum(1), 0.2)
    odds: Floats = np.log(on / last)[rows.pair_page, end]
    return odds


def carried(rows: Rows, start: Ints) -> Floats:
    """For each page how likely it is that no line may begin with a sign: then the sign stands at the end of the line
    before, which ends in one twice as often as chance would have it.
    """
    begins, pairs = rows.pairs(start == NEVER), rows.pairs(start != ITEM)
    free = begins * np.log(_BEGINS / _BEGINS_ODDLY)
    free = free + (pairs - begins) * np.log((1 - _BEGINS) / (1 - _BEGINS_ODDLY))
    likely: Floats = 1 / (1 + np.exp(np.clip(free, -30, 30)))
    return likely


def of_start(rows: Rows, start: Ints, sure_first: Mask) -> Floats:
    """What the beginning of the lower line of each pair says."""
    first = _FIRST + rows.kinds(start, sure_first, 4)
    odds: Floats = np.log((_MIDST / _MIDST.sum()) / (first / first.sum(1, keepdims=True)))[rows.pair_page, start]
    return odds


def of_brackets(lines: Lines, rows: Rows) -> Floats:
    """What a bracket or a quotation says that begins in the upper line of a pair and ends in the lower."""
    out = np.zeros(len(rows.upper))
    signs = shape(lines).signs
    signs = signs[(lines.kind[signs] & (OPEN | CLOSE)) != 0]
    codes, row = lines.codes[signs], np.searchsorted(lines.end, signs)
    for opening, closing in _PAIRS:
        opens = codes == ord(opening)
        own = np.flatnonzero(opens | (codes == ord(closing)))
        opens, at = opens[own], row[own]
        unclosed, closed = np.zeros((2, len(lines)), dtype=bool)
        # The last sign of a line opens, the first one of a line closes.
        unclosed[at[opens & (np.diff(at, append=-1) != 0)]] = True
        closed[at[~opens & (np.diff(at, prepend=-1) != 0)]] = True
        out[unclosed[rows.row[rows.upper]] & closed[rows.row[rows.upper + 1]]] = _WITHIN
    return out
