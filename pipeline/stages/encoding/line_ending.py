"""ENC403: line ends other than the line feed."""

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule, span_edits
from pipeline.stages.encoding.marks import LINE_END, positions

CODE = "ENC403"

_RETURN, _FEED, _FORM_FEED = 0x0D, 0x0A, 0x0C


@rule(CODE)
def line_ending(lines: Lines, context: Context) -> Found:
    r"""Carriage returns, form feeds, vertical tabs and Unicode's line and paragraph separators.

    A line ends with a line feed and nothing else. Returns before a line feed go; a return by itself, a vertical tab,
    U+2028 and U+2029 become a line feed, and so does a form feed unless it stands at a line end already.

    Leaves alone: U+0085, which on the Web is an ellipsis misread.

    Before: `第一行\r\n第二行\r第三行`. After: three lines.
    """
    at = positions(lines, LINE_END)
    if not len(at):
        return Found()
    codes = lines.codes
    page_end = np.isin(at + 1, lines.page_start)  # the line feed that follows there joins two pages
    after = np.where(page_end, 0, codes[np.minimum(at + 1, len(codes) - 1)])
    page_head = np.isin(at, lines.page_start)
    before = np.where(page_head, _FEED, codes[np.maximum(at - 1, 0)])
    drop = np.zeros(len(at), dtype=bool)
    next_dropped = False
    for i in range(len(at) - 1, -1, -1):  # from the right: a return before a return that goes, goes too
        code = codes[at[i]]
        follows = after[i] == _FEED or (next_dropped and i + 1 < len(at) and at[i + 1] == at[i] + 1)
        drop[i] = (code == _RETURN and follows) or (code == _FORM_FEED and (follows or before[i] == _FEED))
        next_dropped = bool(drop[i]) and code == _RETURN
    return Found(edits=span_edits(at, at + 1, CODE, np.where(drop, "", "\n").tolist()))
