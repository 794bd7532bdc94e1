"""The rows of some pages of a batch, one page after the other: what is found of all of them at once is found page by
page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a batch that are not blank, whole pages of them, and the pairs of neighbours within a page.

    `row`: the rows; `page`: to which of the `pages` each belongs, from 0; `upper`: for each pair the place in `row` of
    its upper row, whose lower one stands at the next place; `pair_page`: to which of the pages each pair belongs.
    """

    row: Ints
    page: Ints
    pages: int
    upper: Ints
    pair_page: Ints

    @classmethod
    def of(cls, lines: Lines, pages: Mask) -> Self:
        """The rows of the pages under a mask."""
        row = np.flatnonzero(~lines.blank & pages[lines.page])
        number = np.cumsum(pages) - 1
        return cls._of(row, number[lines.page[row]], int(pages.sum()))

    @classmethod
    def _of(cls, row: Ints, page: Ints, pages: int) -> Self:
        upper = np.flatnonzero(page[1:] == page[:-1])
        return cls(row, page, pages, upper, page[upper])

    def __len__(self) -> int:
        return len(self.row)

    def take(self, pages: Mask) -> Self:
        """The rows of some of the pages."""
        own = pages[self.page]
        number = np.cumsum(pages) - 1
        return self._of(self.row[own], number[self.page[own]], int(pages.sum()))

    def sums(self, rows: Mask) -> Ints:
        """How many rows of each page a mask over the rows lets through."""
        return np.bincount(self.page[rows], minlength=self.pages)

    def pairs(self, pairs: Mask) -> Ints:
        """How many pairs of each page a mask over the pairs lets through."""
        return np.bincount(self.pair_page[pairs], minlength=self.pages)

    def kinds(self, kind: Ints, pairs: Mask, size: int) -> Ints:
        """For each page how many pairs under a mask are of each kind: an array of pages by kinds."""
        held = np.bincount(self.pair_page[pairs] * size + kind[pairs], minlength=self.pages * size)
        return held.reshape(self.pages, size)

    def slices(self, pages: Mask) -> Iterator[tuple[int, slice, slice]]:
        """Some pages, and where the rows and the pairs of each stand among all."""
        every = np.arange(self.pages + 1)
        row, pair = (np.searchsorted(of, every).tolist() for of in (self.page, self.pair_page))
        for page in np.flatnonzero(pages).tolist():
            yield page, slice(row[page], row[page + 1]), slice(pair[page], pair[page + 1])
