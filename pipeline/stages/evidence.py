"""What a line's place on its page tells of it: columns for the line model, one row for each line that is not blank.

Each column is a number about the line itself, its neighbours, the lines around it, or the signs of furniture above and
below it. None says what page or site this is: a column that is the same for all lines of a page would let a model learn
pages by heart.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.stages.lexicon import ABOUT, CONTROLS, FURNITURE, MENUS
from pipeline.stages.prose import prose

Column: TypeAlias = npt.NDArray[np.float32]
Ints32: TypeAlias = npt.NDArray[np.int32]
Values: TypeAlias = npt.NDArray[Any]

# Lines to each side that a line is seen among: its paragraph's neighbours, its section, its part of the page.
NEAR, AROUND, WIDE = 3, 8, 20
# Beyond so many lines a sign is far away, and no sign at all is a little farther.
_FAR, _NONE = 60, 99
# A paragraph's length says nothing more beyond this; a headline and an item of a menu have no stop and are shorter.
_LONG, _HEADLINE, _ITEM = 200, 45, 12


@dataclass(frozen=True, slots=True)
class Evidence:
    """`rows`: the lines that are not blank; `columns`: for each feature of `FEATURES` one value a row."""

    rows: Ints
    columns: list[Column]


def evidence(lines: Lines) -> Evidence:
    """The columns of a batch, computed once."""
    return lines.derived(_evidence)


def _evidence(lines: Lines) -> Evidence:
    view = _View(lines)
    return Evidence(view.rows, [column.astype(np.float32, copy=False) for _, column in _columns(view)])


class _View:
    """The lines of a batch that are not blank, with sums over windows and distances to marks, page by page."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.rows: Ints = np.flatnonzero(~lines.blank)
        self.index = np.arange(len(self.rows))
        page = lines.page[self.rows]
        self.first: Ints = np.searchsorted(page, np.arange(lines.pages))[page]
        self.last: Ints = np.searchsorted(page, np.arange(lines.pages), side="right")[page]
        # The row before and the one after; beyond the page a place behind the last.
        self._beside = {
            -1: np.where(self.index > self.first, self.index - 1, len(self)),
            1: np.where(self.index + 1 < self.last, self.index + 1, len(self)),
        }

    def __len__(self) -> int:
        return len(self.rows)

    def has(self, signals: Callable[..., Mask], *names: str) -> Mask:
        """Which of the rows show one of some signs."""
        found: Mask = signals(self.lines, *names)[self.rows]
        return found

    def beside(self, values: Column, step: int) -> Column:
        """The value of the row above (`step` = -1) or below (1); -1 beyond the page."""
        found: Column = np.append(values, np.float32(-1))[self._beside[step]]
        return found

    def within(self, total: Ints32, reach: int) -> Iterator[Column]:
        """Sums over the rows at most `reach` away, on the same page; `total` has those of several columns before each
        row, and of all, side by side.
        """
        low, high = np.maximum(self.index - reach, self.first), np.minimum(self.index + reach + 1, self.last)
        # Rows of eight columns of 32 bits are gathered in half of the time that other widths take.
        yield from (total.take(high, axis=0) - total.take(low, axis=0)).T.astype(np.float32, order="C")

    def above(self, total: Ints32) -> Ints32:
        """The sum over the rows above, on the same page; `total` is what `running` made of the values."""
        found: Ints32 = total[:-1] - total[self.first]
        return found

    def whole(self, total: Ints32) -> Ints32:
        """The sum over the page."""
        found: Ints32 = total[self.last] - total[self.first]
        return found


class _Marks:
    """Marked rows of a view: how far they are, and how many."""

    def __init__(self, view: _View, mark: Mask) -> None:
        self._view = view
        self._rows = np.flatnonzero(mark)
        self._count = running(mark)

    @cached_property
    def since(self) -> Ints:
        """The nearest marked row above; one of another page, or -1, where there is none."""
        return np.append(self._rows, -1)[self._count[:-1] - 1]

    @cached_property
    def until(self) -> Ints:
        """The nearest marked row below; one of another page, or one too many, where there is none."""
        return np.append(self._rows, len(self._view))[self._count[1:]]

    @cached_property
    def above(self) -> Ints32:
        """How many rows above are marked, on the same page."""
        return self._view.above(self._count)


def running(values: Values) -> Ints32:
    """The sum of all values before each place, and of all: whole numbers, of which a batch has less than two billion."""
    out = np.zeros(len(values) + 1, dtype=np.int32)
    np.cumsum(values, dtype=np.int32, out=out[1:])
    return out


def _columns(view: _View) -> Iterator[tuple[str, Values]]:
    """Every feature with its values, in order. The name is what a reader is told of it."""
    lines, rows = view.lines, view.rows
    length, han, stops = (column[rows].astype(np.float32) for column in (lines.length, lines.han, lines.stops))
    size = np.maximum(length, 1)
    own = prose(lines)[rows]
    weight = own * np.minimum(han, _LONG)
    total = running(weight)
    page_weight = np.maximum(view.whole(total), 1).astype(np.float32)
    ended, bullet, reads = (mask.astype(np.float32) for mask in (lines.ended[rows], lines.bullet[rows], own))

    menu = view.has(FURNITURE.has, *MENUS)
    control = view.has(FURNITURE.has, *CONTROLS)
    foot = view.has(FURNITURE.has, "rights", "footer", "contact")
    other = view.has(FURNITURE.has, "other stories", "next story")
    comments = view.has(FURNITURE.has, "comments")
    furniture = menu | control | foot | other | comments
    date = view.has(ABOUT.has, "date", "source", "time")
    editor = view.has(ABOUT.has, "editor")
    about = date | editor | view.has(ABOUT.has, "author", "views", "tags")

    yield "length", length
    yield "Han characters", han
    yield "stops", stops
    yield "stops by length", stops / size
    yield "Latin letters by length", lines.latin[rows].astype(np.float32) / size
    yield "digits by length", lines.digit[rows].astype(np.float32) / size
    yield "ends a sentence", ended
    yield "item of a list", bullet
    yield "reads as prose", reads
    yield "share of the page's prose", weight / page_weight
    yield "word of menus", menu
    yield "control", control
    yield "rights or contact", foot
    yield "about the page", about

    for step, where in ((-1, "line above"), (1, "line below")):
        yield f"{where}: length", view.beside(length, step)
        yield f"{where}: stops", view.beside(stops, step)
        yield f"{where}: prose", view.beside(reads, step)
        yield f"{where}: ends a sentence", view.beside(ended, step)
        yield f"{where}: item of a list", view.beside(bullet, step)

    short, headline = (length <= _ITEM) & (stops == 0), (length > _ITEM) & (length <= _HEADLINE) & (stops == 0)
    one = np.ones(len(rows), dtype=np.int32)
    around = np.stack([running(v) for v in (own * han, stops, furniture, bullet, short, headline, one, length)], axis=1)
    for reach in (NEAR, AROUND, WIDE):
        read, stopped, foreign, items, brief, headlines, count, chars = view.within(around, reach)
        chars = np.maximum(chars, 1)
        yield f"prose within {reach} lines", read / chars
        yield f"stops within {reach} lines", stopped / chars
        yield f"furniture within {reach} lines", foreign / count
        yield f"items within {reach} lines", items / count
        yield f"short lines within {reach} lines", brief / count
        yield f"headlines within {reach} lines", headlines / count

    marked = {
        "other stories": other,
        "comments": comments,
        "furniture": furniture,
        "menu": menu,
        "date or source": date,
        "rights or contact": foot,
        "editor": editor,
        "prose": own,
    }
    signs = {name: _Marks(view, mark) for name, mark in marked.items()}
    for name, sign in signs.items():
        at, known = sign.since, sign.since >= view.first
        yield f"lines since {name}", np.where(known, np.minimum(view.index - at, _FAR), _NONE)
        yield f"prose since {name}", np.where(known, total[:-1] - total[at], -1)
        yield f"{name} above", sign.above
    for name in ("other stories", "furniture", "rights or contact", "date or source", "prose"):
        at = signs[name].until
        yield f"lines to {name}", np.where(at < view.last, np.minimum(at - view.index, _FAR), _NONE)

    yield "prose above, share", view.above(total).astype(np.float32) / page_weight
    yield "place on the page", (view.index - view.first) / (view.last - view.first)
    yield "lines to the end", np.minimum(view.last - view.index, 100)


FEATURES: tuple[str, ...] = tuple(name for name, _ in _columns(_View(Lines.of(["x"]))))
