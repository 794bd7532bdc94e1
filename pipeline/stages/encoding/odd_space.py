"""ENC404: spaces other than the plain one."""

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule, span_edits
from pipeline.stages.encoding.marks import SPACE, positions, runs

CODE = "ENC404"

_EM = frozenset({0x2001, 0x2003})


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
    head = lines.head[np.searchsorted(lines.end, at)]
    start, end = runs(at)
    new = [
        "".join(
            "\u3000" if code in _EM and place < edge else " "
            for place, code, edge in zip(range(a, b), codes, edges, strict=True)
        )
        for a, b, codes, edges in zip(
            start.tolist(),
            end.tolist(),
            np.split(lines.codes[at], np.searchsorted(at, start[1:])),
            np.split(head, np.searchsorted(at, start[1:])),
            strict=True,
        )
    ]
    return Found(edits=span_edits(start, end, CODE, new))
