"""NRM101: spaces at the edges of a line."""

import numpy as np

from pipeline.lines import HAN, OPEN, Lines
from pipeline.rule import Context, Found, rule, span_edits

CODE = "NRM101"

_WIDE_SPACE = 0x3000


@rule(CODE)
def edge_space(lines: Lines, context: Context) -> Found:
    """Indents of paragraphs, spaces at the end of a line, and lines of nothing but spaces, which become empty.

    A paragraph of Chinese begins two characters in; on paper that is layout, and in a corpus the line says it. Stages
    that need the indent have seen it.

    Leaves alone: spaces in front of anything but Han or an opening quote or bracket: they are the indents of code and
    lists; spaces within a line.

    Before: `\\u3000\\u3000春天来了。 `. After: `春天来了。`.
    """
    size = lines.end - lines.start
    blank = lines.blank & (size > 0)
    wide = lines.codes[np.minimum(lines.start, max(len(lines.codes) - 1, 0))] == _WIDE_SPACE
    text = ((lines.first_kind & 7) == HAN) | ((lines.first_kind & OPEN) > 0) & (lines.first >= 0x2018)
    head = ~lines.blank & (lines.indent > 0) & (text | wide)
    tail = ~lines.blank & (lines.tail < lines.end)
    start = np.concatenate((lines.start[blank], lines.start[head], lines.tail[tail]))
    end = np.concatenate((lines.end[blank], lines.head[head], lines.end[tail]))
    return Found(edits=span_edits(start, end, CODE)) if len(start) else Found()
