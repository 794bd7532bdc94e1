"""MET204."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines, Mask
from pipeline.rule import Context, Found, rule
from pipeline.stages.closing import SURNAMES
from pipeline.stages.metadata.people import names
from pipeline.stages.metadata.zone import below_title
from pipeline.stages.prose import prose
from pipeline.stages.thread import thread_pages
from pipeline.stages.title import title_rows, told_lines

_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff][ \u3000][\u4e00-\u9fff]")
# Lines set to the middle of the page begin so far in; paragraphs begin with two wide spaces.
_MIDDLE = 6


@rule("MET204")
def lone_author(lines: Lines, context: Context) -> Found:
    """The name of the author alone on the line below the title.

    Magazines and collections set it so. A line of two to four Han characters right below the title becomes an entry of
    `authors` where more than its form says so: a line of date or issue follows, or it is set to the middle of the page,
    or a credit elsewhere on the page has the name again. A heading right below the title stays.

    Before: title, `　　　　　　　　冷砚秋`, `《蓝杏》2003年第4期`, text; after: without the name, with `authors` = `冷砚秋`.
    """
    rows = np.zeros(len(lines), dtype=bool)
    fields = []
    credited = {page for page, _ in context.fields.named("authors")}
    likely = below_title(lines) & (lines.han >= 2) & (lines.length <= 4) & (lines.stops == 0) & ~prose(lines)
    likely &= ~thread_pages(lines)[lines.page]
    above = lines.neighbour(-1)
    for row in np.flatnonzero(likely).tolist():
        page = int(lines.page[row])
        text = lines.string(row)
        if page in credited or not _NAME.fullmatch(text) or above[row] != title_rows(lines)[page]:
            continue
        if _told(lines, row) or _centred(lines, row) or _again(lines, row, text):
            low = int(lines.page_start[page])
            at, to = int(lines.head[row]) - low, int(lines.tail[row]) - low
            fields += [Field(page, "authors", name, at, to, "MET204") for name in names(text)]
            rows[row] = True
    return Found(rows=rows, fields=fields)


def _told(lines: Lines, row: int) -> bool:
    """Whether a line of date or issue follows, and the first character is a family name or a line of issue it is."""
    below = int(lines.neighbour(1)[row])
    issue = below >= 0 and lines.string(below).startswith("《")
    return below >= 0 and bool(told_lines(lines)[below]) and (issue or lines.string(row)[0] in SURNAMES)


def _centred(lines: Lines, row: int) -> bool:
    """Whether the line is set to the middle of the page, as the title above it."""
    above = int(lines.neighbour(-1)[row])
    return bool(lines.indent[row] >= _MIDDLE and lines.indent[above] >= _MIDDLE)


def _again(lines: Lines, row: int, text: str) -> bool:
    """Whether a line about the page has the name again."""
    page = int(lines.page[row])
    told: Mask = told_lines(lines)
    rows = np.flatnonzero(told[lines.first_row[page] : lines.end_row[page]]) + int(lines.first_row[page])
    return any(text in lines.string(int(r)) for r in rows if r != row)
