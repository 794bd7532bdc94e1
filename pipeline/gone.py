"""Documents that edits take out of a page whole: what was read in them belongs to no other document of the page."""

from typing import NamedTuple

import numpy as np

from pipeline.document import CLOSING
from pipeline.edit import Edits, Ints, forward
from pipeline.lines import Lines, Mask
from pipeline.rule import documents

# Beyond the end of any page.
_FAR = 1 << 40


class Gone(NamedTuple):
    """A document that was taken out of its page: where it began in the page, and where the next one did.

    What stands before the first document of a page is its own, and what stands behind the last.
    """

    page: int
    start: int
    end: int

    def had(self, name: str, at: Ints) -> Mask:
        """Whether a field of that name at each place of the page was of this document."""
        return (self.start < at) & (at <= self.end) if name in CLOSING else (self.start <= at) & (at < self.end)


def gone_of(lines: Lines, edits: Edits, breaks: Ints) -> list[Gone]:
    """The documents that edits take out whole, of pages that keep another; `breaks` are where further ones begin."""
    if not len(breaks) or not len(edits):
        return []
    docs = documents(lines, breaks)
    empty = (docs.end > docs.start) & (forward(edits, docs.start) == forward(edits, docs.end))
    kept = np.bincount(docs.page, weights=~empty, minlength=lines.pages) > 0
    first = np.append(True, docs.page[1:] != docs.page[:-1])
    last = np.append(first[1:], True)
    base = lines.page_start[docs.page]
    start, end = np.where(first, -1, docs.start - base), np.where(last, _FAR, docs.end + 1 - base)
    return [
        Gone(int(docs.page[i]), int(start[i]), int(end[i])) for i in np.flatnonzero(empty & kept[docs.page]).tolist()
    ]
