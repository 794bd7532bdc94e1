"""How sure a share is: Wilson's interval, and how many more judgements a figure needs."""

from math import sqrt
from typing import NamedTuple

# Two-sided 95 %.
Z = 1.959964
# A figure is done when it is known to five points either way: rules differ by more than that.
HALF_WIDTH = 0.05


class Interval(NamedTuple):
    """A share and the bounds between which it lies with 95 % confidence."""

    share: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of what lies between the bounds."""
        return (self.high - self.low) / 2


def wilson(hits: int, of: int, population: int | None = None) -> Interval | None:
    """Wilson's score interval for `hits` of `of` drawn at random; None where nothing was drawn.

    Unlike the textbook interval it holds at few draws and near 0 and 1. Where the `population` drawn from is known, the
    interval narrows as the draw comes near to all of it.

    >>> "{:.3f} {:.3f} {:.3f}".format(*wilson(19, 20))
    '0.950 0.764 0.991'
    >>> wilson(20, 20, population=20)
    Interval(share=1.0, low=1.0, high=1.0)
    """
    if not of:
        return None
    share = hits / of
    return _at(share, of, population)


def _at(share: float, of: int, population: int | None) -> Interval:
    if population is not None and of >= population:
        return Interval(share, share, share)
    # Drawn without putting back, a draw of n from N says as much as one of n(N - 1)/(N - n) with putting back.
    n = of * (population - 1) / (population - of) if population else float(of)
    z = Z * Z
    middle = (share + z / (2 * n)) / (1 + z / n)
    half = Z * sqrt(share * (1 - share) / n + z / (4 * n * n)) / (1 + z / n)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def needed(hits: int, of: int, population: int | None = None, half_width: float = HALF_WIDTH) -> int:
    """How many more judgements until the share is known to `half_width` either way, if it stays what it is.

    Before the first judgement nine in ten are supposed to be right.

    >>> needed(19, 20), needed(0, 0), needed(3, 3, population=3)
    (63, 141, 0)
    """
    share = hits / of if of else 0.9
    most = population if population is not None else 1_000_000
    if of >= most or (of and _at(share, of, population).half_width <= half_width):
        return 0
    low, high = of + 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _at(share, middle, population).half_width <= half_width else (middle + 1, high)
    return low - of
