"""WRP102."""

from math import lgamma, log

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import CLOSE, END, Lines, Mask, among
from pipeline.rule import Context, Found, rule
from pipeline.stages.prose import prose
from pipeline.stages.reading import reading
from pipeline.stages.shape import shape
from pipeline.stages.wraps.cuts import of_cut
from pipeline.stages.wraps.joints import join_edits
from pipeline.stages.wraps.rows import Floats

# A paragraph, not a heading: headings of that length are rare, and then they have no comma.
_MIN_CHARS = 30
# The rest of a sentence may be short, or full of Latin words; then it ends as a sentence does.
_MIN_HAN_OF_REST = 2
# The share of a page's lines that stop in mid-sentence, of pages that were cut, as parameters of a beta distribution: 3 in
# 10, give or take 2. Whole pages have 3 in 100 (1 paragraph in 100 of 7,814 articles; on some pages more), but one page
# in ten has writers who leave out stops as often as they like.
_OPEN_CUT, _OPEN_WHOLE, _CARELESS = (1.5, 3.5), 0.03, 0.1
# One page in eight was cut, before it is looked at: at one in two, 6 of 10,000 line ends of 7,814 articles set apart by
# blank lines were joined, at one in eight 1, and of paragraphs that a page cut 3 in 1,000 fewer were.
_CUT_PAGES = log(1 / 8)
# Where a page was cut, most such lines were; where it was not, one in a hundred may have been nonetheless.
# What is known of that before a page is looked at counts as five lines.
_CUT_SHARE, _CUT_ANYWAY, _CUT_SEEN = 0.8, 0.01, 5.0
# Where all lines are indented it is more often as first lines than as a block. In nats.
_INDENTED = -1.5
# Where a picture or its caption stood between the halves of a sentence, more blank lines are left than elsewhere,
# whatever the rest of the page is like.
_PICTURE, _CUT_APART = 3.0, 0.3


@rule("WRP102")
def broken_paragraph(lines: Lines, context: Context) -> Found:
    """A paragraph that was cut in mid-sentence, on a page that is not wrapped: by a page break, a column or a picture.

    A long line stops at a Han character, a comma or a digit, and the next line is prose that begins no paragraph by
    its form: no number, no bullet, no quotation mark, no heading, no deeper indent; only where the page sets its
    paragraphs apart by blank lines, as pages do that were put together from blocks. Whether the two are one is
    weighed: by how many lines of the page stop so, for writers leave out a stop now and then; by how the upper ends
    and the lower begins; by whether the page has the characters beside the break side by side elsewhere; by how long
    the sentence would be; and by how the two read, one after the other, by the grams of the corpus. Or the next line
    begins with what cannot begin one: a comma, a full stop, a closing bracket. Lines that end in a colon or semicolon
    are left alone: lists and laws end so.

    Before: `重点培育一百名技术带头人、优`, blank line, `秀专家和拔尖人才。`; after: one paragraph.
    """
    joints = shape(lines)
    below = lines.neighbour(1)
    running = prose(lines) | ((lines.han * 4 >= lines.length) & ~lines.bullet)
    long = (lines.length >= _MIN_CHARS) & (lines.stops >= 1)
    # A quotation mark behind a stop closes the sentence, even one the wrong way round.
    quoted = among(lines.last, "“‘") & ((lines.kind[np.maximum(lines.tail - 2, 0)] & END) > 0)
    rows = np.flatnonzero(joints.open_end & ~quoted & running & long & (below >= 0))
    forced = joints.open_start[below[rows]]
    able = (_apart(lines) & _punctuated(lines, rows))[lines.page[rows]] & ~_attributed(lines, rows)
    weighed = rows[~forced & able & _may_go_on(lines, rows, below[rows])]
    odds = _odds(lines, context, weighed)
    notes = dict.fromkeys(rows[forced].tolist(), "open end, and the next line cannot begin a paragraph")
    for row, odd in zip(weighed.tolist(), odds.tolist(), strict=True):
        if odd > 0:
            notes[row] = f"open end, and the next line reads on (log odds {odd:.1f})"
    if not notes:
        return Found()
    upper = sorted(notes)
    return Found(edits=join_edits(lines, np.array(upper, dtype=np.int64), "WRP102", [notes[row] for row in upper]))


def _punctuated(lines: Lines, open_rows: Ints) -> Mask:
    """Pages that end their sentences with stops, at least one for each line that breaks off; verse often has none."""
    ends = lines.ended & (lines.han >= _MIN_HAN_OF_REST)
    count = np.bincount(lines.page, weights=shape(lines).inner_ends + ends, minlength=lines.pages)
    stopped: Mask = count >= np.bincount(lines.page[open_rows], minlength=lines.pages)
    return stopped


def _attributed(lines: Lines, rows: Ints) -> Mask:
    """Lines that end in whose words they are: a dash behind the end of a sentence, and a name."""
    signs = shape(lines).signs
    ends = signs[(lines.kind[signs] & (END | CLOSE)) != 0]
    behind = np.append(-1, ends)[np.searchsorted(ends, lines.tail[rows])] + 1
    found: Mask = (behind > lines.head[rows]) & among(lines.codes[np.minimum(behind, lines.tail[rows] - 1)], "—–")
    return found


def _may_go_on(lines: Lines, upper: Ints, lower: Ints) -> Mask:
    """Whether each lower line, by its form, can be the rest of the one above."""
    rest = prose(lines) | ((lines.ended | among(lines.last, _COLONS)) & (lines.han >= _MIN_HAN_OF_REST))
    anew = shape(lines).closed_start | among(lines.first, _ANEW)
    deeper = lines.indent[lower] >= lines.indent[upper] + 2  # indented as a first line, and the upper one is not
    # Two of U+3000 are how a first line is indented, whatever the line above has.
    first = (lines.indent[lower] >= 2) & (lines.codes[lines.start[lower]] == 0x3000)
    found: Mask = rest[lower] & ~anew[lower] & ~deeper & ~first
    return found


_COLONS, _ANEW = ":：", "“‘「『《【#"


def _odds(lines: Lines, context: Context, upper: Ints) -> Floats:
    """The log odds that each of those rows goes on in the next line that is not blank."""
    lower = lines.neighbour(1)[upper]
    reads = of_cut(lines, reading(context), upper, lower)
    reads += np.where(lines.indent[lower] >= 2, _INDENTED, 0.0)
    apart = _further_apart(lines, upper, lower)
    reads += np.where(apart, _PICTURE, 0.0)
    # Whether the page was cut: by how many of its lines stop so, and how all of them read.
    page = lines.page[upper]
    each = np.bincount(lines.page[prose(lines) & (lines.length >= _MIN_CHARS)], minlength=lines.pages)
    if not len(upper):
        return reads
    open_ = np.bincount(page, minlength=lines.pages)
    likely = np.exp(np.clip(reads, -30, 30))
    cut = np.log((_CUT_SHARE * likely + 1 - _CUT_SHARE) / (_CUT_ANYWAY * likely + 1 - _CUT_ANYWAY))
    cut = np.bincount(page, weights=cut, minlength=lines.pages)
    pages = np.flatnonzero(open_)
    cut[pages] += np.array([_cut_page(int(open_[p]), int(max(each[p] - open_[p], 0))) for p in pages])
    # On a page that was cut, by how many of its lines surely were.
    surely = np.bincount(page, weights=1 / (1 + np.exp(-reads) * (1 / _CUT_SHARE - 1)), minlength=lines.pages)
    shares = (surely + _CUT_SEEN * _CUT_SHARE) / (open_ + _CUT_SEEN)
    share = np.where(cut > 0, shares, _CUT_ANYWAY)[page]
    share = np.where(apart, np.maximum(share, _CUT_APART), share)
    odds: Floats = reads + np.log(share / (1 - share))
    return odds


def _cut_page(open_: int, closed: int) -> float:
    """The log odds that a page was cut, from how many of its lines stop in mid-sentence and how many do not."""
    a, b = _OPEN_CUT
    cut = (
        lgamma(a + open_) + lgamma(b + closed) - lgamma(a + b + open_ + closed) - lgamma(a) - lgamma(b) + lgamma(a + b)
    )
    careful = log(1 - _CARELESS) + open_ * log(_OPEN_WHOLE) + closed * log(1 - _OPEN_WHOLE)
    careless = log(_CARELESS) + lgamma(1 + open_) + lgamma(1 + closed) - lgamma(2 + open_ + closed)
    return _CUT_PAGES + cut - float(np.logaddexp(careful, careless))


def _further_apart(lines: Lines, upper: Ints, lower: Ints) -> Mask:
    """Whether more stands between those rows than between most lines of prose of the page."""
    own = np.flatnonzero(prose(lines) & (lines.neighbour(1) >= 0))
    own = own[np.lexsort((lines.neighbour(1)[own] - own, lines.page[own]))]
    first = np.searchsorted(lines.page[own], np.arange(lines.pages + 1))
    gap = np.append(lines.neighbour(1)[own] - own, 1)
    usual = np.maximum(gap[np.minimum((first[:-1] + first[1:]) // 2, len(own))], 1)
    found: Mask = lower - upper > usual[lines.page[upper]]
    return found


def _apart(lines: Lines) -> Mask:
    """Pages that set most of their lines apart by blank lines."""
    solid = np.flatnonzero(~lines.blank)
    below = np.minimum(solid + 1, len(lines) - 1)
    gap = lines.blank[below] & (lines.page[below] == lines.page[solid])
    gaps = np.bincount(lines.page[solid[gap]], minlength=lines.pages)
    count = np.bincount(lines.page[solid], minlength=lines.pages)
    apart: Mask = gaps * 2 >= count
    return apart
