"""Figures: the geometry of what a picture says better than a table; templates draw it as SVG."""

from collections.abc import Sequence
from typing import NamedTuple

# A flow runs downwards in a drawing of this width, so that it can be read on a telephone; what leaves it bends to the
# right, where its label stands.
WIDTH = 420.0
LEFT = 1.0
FULL = 210.0
LABEL = LEFT + FULL + 26
BEND = 7.0
ROW = 34.0
# The first label stands below the total.
HEAD = 44.0


class Band(NamedTuple):
    """What leaves a flow: its outline, and where its label stands."""

    label: str
    amount: int
    share: float
    href: str
    path: str
    y: float


class Trunk(NamedTuple):
    """A stretch of what goes on: a rectangle."""

    y: float
    height: float
    width: float


class Flow(NamedTuple):
    """A flow from raw to published."""

    total: int
    final: int
    bands: list[Band]
    trunks: list[Trunk]
    height: float
    width: float = WIDTH
    left: float = LEFT
    label: float = LABEL


class Loss(NamedTuple):
    """What leaves at one place, in order; `href` is where more is said of it."""

    label: str
    amount: int
    href: str = ""


def flow(total: int, losses: Sequence[Loss], final: int) -> Flow:
    """A flow of `total` down to `final`. What comes in on the way is small and makes no band.

    >>> drawn = flow(100, [Loss("menus", 25)], 75)
    >>> [round(t.width) for t in drawn.trunks], round(drawn.bands[0].share, 2)
    ([210, 158], 0.25)
    """
    scale = FULL / max(total, 1)
    now, y = float(total), HEAD
    bands, trunks = [], [Trunk(0.0, y, now * scale)]
    for loss in losses:
        size = loss.amount * scale
        right = LEFT + min(now * scale, FULL)
        now = max(now - loss.amount, 0.0)
        path = _bend(right - size, right, y)
        height = max(ROW + size / 2, size + BEND + 14)
        bands.append(Band(loss.label, loss.amount, loss.amount / max(total, 1), loss.href, path, y + BEND + size / 2))
        trunks.append(Trunk(y, height, now * scale))
        y += height
    trunks[-1] = trunks[-1]._replace(height=trunks[-1].height + 12, width=min(final * scale, FULL))
    return Flow(total, final, bands, trunks, y + 46)


def _bend(a: float, b: float, y: float) -> str:
    """The outline of a band that leaves downwards between a and b and bends to the right."""
    size = max(b - a, 0.6)
    inner, outer, to = BEND, BEND + size, LABEL - 8
    return (
        f"M{a:.1f} {y:.1f}H{a + size:.1f}A{inner:.1f} {inner:.1f} 0 0 0 {a + size + inner:.1f} {y + inner:.1f}H{to:.1f}"
        f"V{y + outer:.1f}H{a + size + inner:.1f}A{outer:.1f} {outer:.1f} 0 0 1 {a:.1f} {y:.1f}Z"
    )


class Bar(NamedTuple):
    """A column of a histogram."""

    x: float
    y: float
    width: float
    height: float
    label: str
    tally: int


def histogram(counts: Sequence[tuple[str, int]], width: float = 420.0, height: float = 120.0) -> list[Bar]:
    """Columns side by side; one that has anything can be seen."""
    most = max((n for _, n in counts), default=0) or 1
    each = width / max(len(counts), 1)
    out = []
    for i, (label, n) in enumerate(counts):
        tall = max(n / most * height, 1.5 if n else 0.0)
        out.append(Bar(i * each + 1, height - tall, each - 2, tall, label, n))
    return out
