"""CAP201."""

import re
from collections import defaultdict

import numpy as np

from pipeline.corpus.grams import Floats, Reading
from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.rule import Context, Found, rule
from pipeline.stages.forms import folded_strings
from pipeline.stages.prose import prose
from pipeline.stages.reading import goes_on, reading
from pipeline.stages.shape import shape
from pipeline.stages.wraps.cuts import of_cut

# A running head is a title, shortened; a page number with its words is shorter still.
_HEAD_CHARS, _NUMBER_CHARS = 30, 16
# The line that a sheet breaks off is a line of running text.
_MIN_HAN, _MIN_PROSE = 8, 20
# Of the places where numbers or heads stand, so many are in mid-sentence: a sheet ends anywhere, and 7 lines of 8 do not
# end a sentence. Numbers and titles of sections stand between paragraphs.
_MIDST_SHARE = 0.4
# What the grams must say, in nats, for the line below a head to be the rest of the line above it, rather than the head.
# Each time that the same line comes back, to the letter, speaks for a head.
_READ_ENOUGH, _SAME = 0.5, 1.5
# A head is shorter than a line of the page; what is as wide is a line of the text.
_MAX_SHARE = 0.85

_NUMBER = re.compile(
    r"^[-—–―·•~.\s]*+(?:第\s?|p\.?\s?|page\s)?(?P<number>\d{1,4})(?:\s?页)?(?:\s?[/,]?\s?共?\s?\d{1,4}\s?页?)?[-—–―·•~.\s]*$"
)
_DIGITS = re.compile(r"\d+")


@rule("CAP201")
def running_head(lines: Lines, context: Context) -> Found:
    """Page numbers and running heads that stand between the lines of a text that ran over several sheets.

    Page numbers are lines of a number alone (`- 12 -`, `第12页`) that count up by one from sheet to sheet, or a single one in
    mid-sentence; running heads are short lines without punctuation that come back, figures apart. Both are
    taken out only where many of them stand in mid-sentence, below a line of running text that breaks off: numbers and
    titles of sections stand between paragraphs. The halves are joined by the stage wraps.

    Before: `他在信里写道，渡口的`, `- 12 -`, `渡口旧事`, `灯每天六点亮起来。`; after: the two halves, one after the other.
    """
    joints = shape(lines)
    wrapped = np.isfinite(joints.wrapped_width)[lines.page]
    midst = joints.open_end & (lines.han >= _MIN_HAN) & (wrapped | (prose(lines) & (lines.length >= _MIN_PROSE)))
    pages = np.bincount(lines.page[midst], minlength=lines.pages) > 0
    short = ~lines.blank & (lines.length <= _HEAD_CHARS) & (lines.stops == 0) & pages[lines.page]
    short &= lines.han + lines.latin + lines.digit > 0  # no ruler
    short &= joints.width <= _MAX_SHARE * joints.wrapped_width[lines.page]
    numbers = _numbers(lines, np.flatnonzero(short))
    # Where lines are not broken at a width, short lines that come back are names and labels.
    heads = _returning(lines, np.flatnonzero(short & wrapped & ~joints.closed_start & ~lines.bullet), numbers)
    candidate = np.zeros(len(lines), dtype=bool)
    candidate[[*numbers, *(row for group in heads for row in group)]] = True
    above, below = _around(lines, candidate, midst)
    found = np.zeros(len(lines), dtype=bool)
    count = np.bincount(lines.page[list(numbers)], minlength=lines.pages) if numbers else np.zeros(lines.pages)
    for group in _runs(lines, numbers):
        # A number that no other follows is one of a page that has no other: figures of a table come in heaps.
        counts_up = len(group) > 1 or count[lines.page[group[0]]] == 1
        found[group] = counts_up and (above[group] >= 0).mean() >= _MIDST_SHARE
    heads = [group for group in heads if np.count_nonzero(above[group] >= 0) >= _MIDST_SHARE * len(group)]
    rest = _rest(lines, reading(context), heads, above, below)
    for group in heads:
        same = len({lines.string(row) for row in group.tolist()}) == 1
        found[group] = rest[group[above[group] >= 0]].sum() + _SAME * (len(group) - 1) * same > _READ_ENOUGH
    return Found(rows=found, note="between two sheets")


def _rest(lines: Lines, model: Reading, heads: list[Ints], above: Ints, below: Ints) -> Floats:
    """For the lines of some heads by how much the line below reads better as the rest of the line above: a short line
    that comes back may be what that goes on with. Others have 0.
    """
    out = np.zeros(len(lines))
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *heads])
    cut = rows[above[rows] >= 0]
    out[cut] = of_cut(lines, model, above[cut], below[cut]) - goes_on(model, lines, above[cut], cut)
    return out


def _numbers(lines: Lines, rows: Ints) -> dict[int, int]:
    """Rows of a page number alone, each with its number."""
    out = {}
    able = rows[(lines.length[rows] <= _NUMBER_CHARS) & (lines.digit[rows] > 0)]
    for row, text in zip(able.tolist(), folded_strings(lines, able), strict=True):
        match = _NUMBER.match(text)
        if match:
            out[row] = int(match["number"])
    return out


def _runs(lines: Lines, numbers: dict[int, int]) -> list[Ints]:
    """Page numbers in groups that count up by one within a page."""
    out: list[list[int]] = []
    for row, number in numbers.items():
        last = out[-1][-1] if out else -1
        if last >= 0 and lines.page[last] == lines.page[row] and number == numbers[last] + 1:
            out[-1].append(row)
        else:
            out.append([row])
    return [np.array(run, dtype=np.int64) for run in out]


def _returning(lines: Lines, rows: Ints, numbers: dict[int, int]) -> list[Ints]:
    """Rows that come back on their page, figures apart, in groups."""
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row, text in zip(rows.tolist(), folded_strings(lines, rows), strict=True):
        if row not in numbers:
            groups[int(lines.page[row]), _DIGITS.sub("0", text)].append(row)
    return [np.array(group, dtype=np.int64) for group in groups.values() if len(group) > 1]


def _around(lines: Lines, candidate: Mask, midst: Mask) -> tuple[Ints, Ints]:
    """For each row the nearest row above and below that is no candidate, where the one above stops in mid-sentence and
    the one below can be its rest; else -1.
    """
    solid = np.flatnonzero(~lines.blank)
    text = np.flatnonzero(~lines.blank & ~candidate)
    out = np.full((2, len(lines)), -1, dtype=np.int64)
    if len(text):
        at = np.searchsorted(text, solid)
        above, below = text[np.maximum(at - 1, 0)], text[np.minimum(at, len(text) - 1)]
        cut = (at > 0) & (at < len(text)) & midst[above] & ~shape(lines).closed_start[below] & (lines.han[below] > 0)
        cut &= (lines.page[above] == lines.page[solid]) & (lines.page[below] == lines.page[solid])
        out[:, solid[cut]] = above[cut], below[cut]
    return out[0], out[1]
