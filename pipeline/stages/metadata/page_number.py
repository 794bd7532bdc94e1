"""MET104."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.signal import Signals
from pipeline.stages.metadata.dates import DATE, date_value
from pipeline.stages.metadata.zone import edges

_PAGE = re.compile(
    r"^[\W_]*(?:第\s{0,3}(?P<number>[A-Za-z]?\d{1,3})\s{0,3}版|(?P<letter>[A-Za-z]\d{1,3})\s*+版?)\s*+(?:[:：]\s*+(?P<section>[^\s\d][^\s\d]{0,11})?)?"
    r"(?:\s*+(?P<date>(?:19|20)\d\d\D.{4,24}))?(?:\s*+[上下前后]一?[版期页].*)?\s*+$"
)

_NUMBER = Signals(
    {
        "page number": r"^[\W_]*(?:第\s{0,3}[a-z]?\d{1,3}\s{0,3}版|[a-z]\d{1,3}\s*版?)(?:\s*:|\s*$|\s{2}|\s+(?:19|20)\d\d)"
    },
    max_chars=60,
    where=lambda lines: (lines.stops == 0) & (lines.digit > 0) & edges(lines),
)


@rule("MET104")
def page_number(lines: Lines, context: Context) -> Found:
    """The page of a newspaper and its section: `第04版:要闻`.

    They become the fields `page_number` (`04`, `A06`) and `section`, with the date where it stands on the same line. Only above the text or below it; a page number in the middle
    of a broken paragraph is left to the stage wraps.

    Before: `第04版:要闻`, after: nothing, with `page_number` = `04`, `section` = `要闻`.
    """
    rows = np.zeros(len(lines), dtype=bool)
    fields = []
    for row in np.flatnonzero(_NUMBER.of(lines) != 0).tolist():
        found = _PAGE.search(lines.string(row))
        if not found:
            continue
        page = int(lines.page[row])
        base = int(lines.head[row]) - int(lines.page_start[page])
        for group, name in (("number", "page_number"), ("letter", "page_number"), ("section", "section")):
            if found[group]:
                fields.append(
                    Field(page, name, found[group], base + found.start(group), base + found.end(group), "MET104")
                )
        date = DATE.search(found["date"] or "")
        value = date_value(date) if date else None
        if date and value:
            at = base + found.start("date")
            fields.append(Field(page, "date", value, at + date.start(), at + date.end(), "MET104"))
        rows[row] = True
    return Found(rows=rows, fields=fields)
