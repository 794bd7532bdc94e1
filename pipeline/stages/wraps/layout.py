"""The layout of a wrapped page, and what it says of each pair of neighbouring lines."""

from dataclasses import dataclass

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import Lines
from pipeline.stages.shape import Shape
from pipeline.stages.wraps.decode import joined
from pipeline.stages.wraps.evidence import (
    COLON,
    COMMA,
    ENDED,
    ITEM,
    NEVER,
    OPENED,
    OPENING,
    SEMICOLON,
    Edges,
    Floats,
    Mask,
    edges,
    of_end,
    of_start,
    of_width,
)
from pipeline.stages.wraps.measure import Measured, measured
from pipeline.stages.wraps.regions import region_of

# Least share of lines in mid-sentence among lines of running text: of 3,000 articles with a paragraph a line 95 in
# 100 have 0.09 or less, of 75 pages set as PDF 95 in 100 have 0.47 or more.
_MIN_OPEN_SHARE = 0.2
# A line in mid-sentence is full when it reaches this share of the page's width; most of them must be.
_FULL_SHARE, _MIN_FULL = 0.86, 0.8
# Least share of lines in which a sentence ends that began on a line above. Free verse has one or two in a poem.
_MIN_FLOW = 0.04
# A line of fewer Han characters is no line of print; a wider one no line of a page of fixed width.
_MIN_HAN, _MAX_WIDTH = 8, 240
# Share of broken lines of one and the same number of characters where a program cut them there.
_ONE_LENGTH = 0.6
# First lines that lost their indent on the way are shorter by two characters. In columns.
_INDENT = 4.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The lines of one page that are joined with the next; `width` is the room of each, `by_chars` says whether a
    program cut them after so many characters, words and all.
    """

    goes_on: Mask
    width: Floats
    by_chars: bool
    ends: Edges


def layout_of(lines: Lines, joints: Shape, rows: Ints) -> Layout | None:
    """The layout of a page whose lines are broken at a width, or at a few; None for other pages."""
    running = lines.han[rows] >= _MIN_HAN
    broken = joints.open_end[rows] & running
    if broken.sum() < 2 or broken.sum() < _MIN_OPEN_SHARE * running.sum():
        return None
    if not _flows(lines, rows, joints):
        return None
    by_chars = _cut_by_characters(lines, rows, broken)
    if by_chars:
        chars = (lines.end[rows] - lines.start[rows]).astype(np.float64)
        sizes = Measured(chars, np.ones(len(rows)), np.full(len(rows), 0.1))
    else:
        sizes = measured(lines, rows, broken, np.zeros(len(rows), dtype=np.int64), fit=False)
    rooms, region = region_of(sizes.width, broken)
    if not rooms or not _full_enough(sizes, broken, np.array(rooms)[region]):
        return None
    ends = edges(lines, joints, rows)
    if not by_chars:
        # A line after one that stops in mid-sentence is no first line, which may have less room.
        later = np.append(False, joints.open_end[rows[:-1]]) & (ends.start != ITEM)
        sizes = measured(lines, rows, broken & later & (np.append(ends.start[1:], NEVER) != ITEM), region, fit=True)
    return _decided(lines, rows, ends, sizes, region, by_chars)


def _full_enough(sizes: Measured, broken: Mask, room: Floats) -> bool:
    reach = sizes.width + np.append(sizes.token[1:], 1.0)
    full = (reach >= _FULL_SHARE * room)[broken]
    over = float((sizes.width > 1.15 * room + 2).mean())
    return bool(full.mean() >= _MIN_FULL and room.max() <= _MAX_WIDTH and over <= 0.1)


def _flows(lines: Lines, rows: Ints, joints: Shape) -> bool:
    """Whether sentences of the page run over its lines: they end within a line, or a line after one that stops open.

    Those of verse end with their lines, those of lists and tables not at all.
    """
    closed = joints.open_end[rows][:-1] & lines.ended[rows[1:]]
    return bool((joints.inner_ends[rows] > 0).sum() + closed.sum() >= max(1.0, _MIN_FLOW * len(rows)))


def _cut_by_characters(lines: Lines, rows: Ints, broken: Mask) -> bool:
    """Whether most broken lines have one number of characters, those with Latin letters among them, which in print
    have more than others.
    """
    chars = lines.end[rows] - lines.start[rows]
    common = int(np.bincount(chars[broken]).argmax())
    mixed = broken & (lines.latin[rows] + lines.digit[rows] >= 3)
    return bool(
        mixed.any()
        and (chars[mixed] == common).mean() >= _ONE_LENGTH
        and (chars[broken] == common).mean() >= _ONE_LENGTH
    )


def _rooms(sizes: Measured, broken: Mask, region: Ints, by_chars: bool) -> Floats:
    """The room of each row: that which most broken lines of its region fit."""
    room = np.zeros(len(region))
    for one in np.unique(region).tolist():
        own = np.flatnonzero(broken[:-1] & (region[:-1] == one))
        later = own[np.append(False, broken)[own]]  # no first line, which may have less room
        own = later if len(later) >= 3 else own
        if by_chars:
            value = float(np.bincount(sizes.width[own].astype(np.int64)).argmax()) if len(own) else 0.0
        else:
            middle = sizes.width[own] + sizes.token[own + 1] / 2
            value = float(np.median(middle)) if len(own) else float(sizes.width.max())
        room[region == one] = value
    return room


def _decided(lines: Lines, rows: Ints, ends: Edges, sizes: Measured, region: Ints, by_chars: bool) -> Layout:
    broken = np.isin(ends.end, (OPENED, COMMA)) & (lines.han[rows] >= _MIN_HAN)
    room = _rooms(sizes, broken, region, by_chars)
    upper, token = sizes.width[:-1], sizes.token[1:]
    hangs = (upper > room[:-1]) & (ends.end[:-1] != OPENED)
    upper = np.where(hangs, upper - 2.0, upper)  # a sign of punctuation may hang over the edge
    doubt = sizes.doubt[:-1]
    width = of_width(room[:-1], upper, token, doubt)
    short = upper + token < room[:-1] - 3.0 - 3 * doubt
    sure_last = short & (ends.start[1:] != NEVER)
    sure_on = (width > 1.0) & np.isin(ends.end[:-1], (OPENED, COMMA)) & (ends.start[1:] != ITEM)
    odds = _of_text(lines, rows, ends, sure_last) + _of_place(lines, rows, sure_last, sure_on)
    odds += np.log((sure_on.sum() + 2.0) / (sure_last.sum() + 2.0))
    goes_on, best = joined(odds + width, odds + width)
    if not by_chars:
        first = of_width(room[:-1] - _INDENT, upper, token, doubt)
        with_indent, value = joined(odds + width, odds + first)
        if value > best + 2.0:
            goes_on = with_indent
    return Layout(goes_on, room, by_chars, ends)


def _of_text(lines: Lines, rows: Ints, ends: Edges, sure_last: Mask) -> Floats:
    inner = shape_counts(lines, rows)
    chars = int(lines.length[rows].sum())
    out: Floats = of_end(ends.end[:-1], sure_last, inner, chars) + of_start(ends.start[1:], sure_last)
    return out


def shape_counts(lines: Lines, rows: Ints) -> Ints:
    """How many ends of sentences, colons, semicolons and commas stand inside the lines."""
    codes = lines.codes[lines.start[rows[0]] : lines.end[rows[-1]]]
    total = [np.isin(codes, [ord(c) for c in signs]).sum() for signs in ("。！？!?…", "：:", "；;", "，、,")]
    last = lines.last[rows]
    edge = [np.isin(last, [ord(c) for c in signs]).sum() for signs in ("。！？!?…", "：:", "；;", "，、,")]
    return np.maximum(np.array(total) - np.array(edge), 0)


def _of_place(lines: Lines, rows: Ints, sure_last: Mask, sure_on: Mask) -> Floats:
    """What blank lines between two lines and the indent of the lower say, as this page uses them."""
    gap = np.minimum(np.diff(rows) - 1, 3)
    indent = lines.indent[rows]
    step = np.clip(indent[1:] - indent.min(), 0, 2) // 2
    return _categorical(gap, sure_last, sure_on, 4) + _categorical(step, sure_last, sure_on, 2)


def _categorical(values: Ints, sure_last: Mask, sure_on: Mask, count: int) -> Floats:
    on = np.bincount(values[sure_on], minlength=count) + 0.2
    last = np.bincount(values[sure_last], minlength=count) + 0.2
    out: Floats = np.clip(np.log((on / on.sum()) / (last / last.sum())), -6.0, 6.0)[values]
    return out
