"""WRP201."""

import numpy as np

from pipeline.lines import Lines, Mask, among
from pipeline.rule import Context, Found, rule, span_edits


@rule("WRP201")
def paragraph_gap(lines: Lines, context: Context) -> Found:
    """What stands between two paragraphs besides one line feed: blank lines, indents, trailing space; in a quotation of
    a mail also lines of nothing but its signs (`>`).

    The published text has one paragraph a line. Indents are kept where a line is code: less than a quarter of it is
    Han, or it begins as a comment does (`#`, `/`, `*`), and its indent does not begin with U+3000.

    Before: `　　第一段。`, blank line, `　　第二段。`; after: `第一段。`, `第二段。`.
    """
    rows = np.flatnonzero(~lines.blank & ~_blank_quotes(lines))
    if not len(rows):
        blank = np.flatnonzero(lines.page_start[1:] - 1 > lines.page_start[:-1])
        return Found(edits=span_edits(lines.page_start[blank], lines.page_start[blank + 1] - 1, "WRP201"))
    comment = among(lines.first, "#/*")
    code = ((lines.han * 4 < lines.length) | comment) & (lines.indent > 0) & (lines.codes[lines.start] != 0x3000)
    left = np.where(code, lines.start, lines.head)
    page = lines.page[rows]
    is_first = np.concatenate(([True], page[1:] != page[:-1]))
    is_last = np.concatenate((page[1:] != page[:-1], [True]))
    # Before a page's first line and after its last all goes; between two lines the first line feed stays.
    begin = np.where(is_first, lines.page_start[page], np.concatenate(([0], lines.end[rows[:-1]] + 1)))
    end = np.where(is_last, lines.page_start[page + 1] - 1, lines.end[rows])
    edits_start = np.concatenate((begin, lines.tail[rows]))
    edits_end = np.concatenate((left[rows], end))
    some = edits_end > edits_start
    empty = np.flatnonzero(
        (np.bincount(page, minlength=lines.pages) == 0) & (lines.page_start[1:] - 1 > lines.page_start[:-1])
    )
    edits_start = np.concatenate((edits_start[some], lines.page_start[empty]))
    edits_end = np.concatenate((edits_end[some], lines.page_start[empty + 1] - 1))
    return Found(edits=span_edits(edits_start, edits_end, "WRP201"))


def _blank_quotes(lines: Lines) -> Mask:
    """Lines of nothing but signs of quotation, between two lines of a quotation."""
    quoted = lines.first == ord(">")
    found: Mask = np.zeros(len(lines), dtype=bool)
    if quoted.any():
        above, below = lines.neighbour(-1), lines.neighbour(1)
        bare = quoted & (lines.han + lines.latin + lines.digit == 0)
        found = bare & (above >= 0) & (below >= 0) & quoted[above] & quoted[below]
        for row in np.flatnonzero(found).tolist():
            found[row] = not lines.string(row).strip("> ")
    return found
