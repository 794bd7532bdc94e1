"""CAP102."""

import re

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import Lines, among
from pipeline.rule import Context, Found, rule
from pipeline.stages.closing import NAME
from pipeline.stages.interruptions.captions import CREDIT, lifted
from pipeline.stages.prose import prose
from pipeline.stages.shape import shape

# A line that tells of a picture and ends in its photographer.
_CAPTION = re.compile(rf"[\s(（。]{NAME}(?:[\s、]{NAME}){{0,2}}\s*(?:/?摄|供图|摄影)[)）]?[。.]?$")
_MAX_CAPTION = 200


@rule("CAP102")
def photo_credit(lines: Lines, context: Context) -> Found:
    """The credit of a photograph, alone or at the end of its caption: `王小川 摄`, `图片来源:…`.

    The line becomes an entry of `captions`. Where the credit stands alone under a short line that two blank lines
    or more part from the text above, that line is its caption and goes with it. Captions that end in a credit stay
    on a page that half consists of them, as stories told in pictures do.

    Before: paragraph, `学生在操场上放风筝。`, `李一帆 摄`, paragraph; after: two paragraphs, two `captions`.
    """
    alone = CREDIT.has(lines, "credit")
    rows = set(np.flatnonzero(alone).tolist()) | _captions(lines)
    above = lines.neighbour(-1)
    for row in np.flatnonzero(alone).tolist():
        up = int(above[row])
        # A caption is a sentence or two; it stands apart from the text above it by more blank lines than paragraphs do.
        if up >= 0 and lines.length[up] <= 90 and row - up <= 2 and above[up] >= 0 and up - above[up] >= 3:
            rows.add(up)
    return lifted(lines, sorted(rows), "CAP102")


def _captions(lines: Lines) -> set[int]:
    """Captions with their photographer; none of a page that consists of them, as stories told in pictures do."""
    rows = np.array([r for r in _signed(lines).tolist() if _CAPTION.search(lines.string(r)[-24:])], dtype=np.int64)
    text = np.bincount(lines.page[prose(lines) | shape(lines).full], minlength=lines.pages)
    own = np.bincount(lines.page[rows], minlength=lines.pages)
    return set(rows[2 * own[lines.page[rows]] < text[lines.page[rows]]].tolist())


def _signed(lines: Lines) -> Ints:
    """Lines that end as a photographer's credit does."""
    last = lines.last
    before = lines.codes[np.maximum(lines.tail - 2, 0)]
    photo = among(last, _PHOTO) | (among(last, _CLOSE) & among(before, _PHOTO))
    return np.flatnonzero(photo & (lines.length >= 10) & (lines.length <= _MAX_CAPTION))


_PHOTO = "摄图影"
_CLOSE = "。.)）"
