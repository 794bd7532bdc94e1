"""ENC404: spaces other than the plain one."""

import numpy as np

from pipeline.lines import Lines, text_of
from pipeline.rule import Context, Found, rule, span_edits
from pipeline.stages.encoding.marks import SPACE, positions, runs

CODE = "ENC404"

_EM = (0x2001, 0x2003)


@rule(CODE)
def odd_space(lines: Lines, context: Context) -> Found:
    """Non-breaking, thin, figure and other spaces, which become plain ones.

    HTML fills indents and gaps with them; a pattern that looks for a space, and a reader who counts words, miss them.
    An em space at the head of a line is as wide as a Han character and an indent: it becomes U+3000.

    Leaves alone: the tab, and U+3000, which is evidence of a paragraph.

    Before: `来源：\\u00a0\\u00a0新华社`. After: `来源：  新华社`.
    """
    at = positions(lines, SPACE)
    if not len(at):
        return Found()
    wide = np.isin(lines.codes[at], _EM) & (at < lines.head[np.searchsorted(lines.end, at)])
    plain = text_of(np.where(wide, 0x3000, 0x20).astype(np.uint32))
    start, end = runs(at)
    upto = np.cumsum(end - start)
    new = [plain[a:b] for a, b in zip((upto - (end - start)).tolist(), upto.tolist(), strict=True)]
    return Found(edits=span_edits(start, end, CODE, new))
