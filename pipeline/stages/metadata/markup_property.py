"""MET106."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.signal import Signals
from pipeline.stages.having import having
from pipeline.stages.metadata.dates import dates
from pipeline.stages.metadata.people import names

_TORN = Signals(
    {"tag": r"<(?:date|author|source|title|editor|page|pagename)>", "file": r"content_\d+\.s?html?"},
    max_chars=400,
    where=lambda lines: (lines.punct >= 2) & having(lines, "<_"),
)
_VALUE = re.compile(r"<(?P<tag>date|author|source|editor)>(?P<value>[^<>]{2,80})</(?P=tag)>", re.IGNORECASE)
# The name of a newspaper among the values that an editorial system leaves behind, near the name of its file.
_PAPER = re.compile(r"(?<!\S)(?P<paper>[\u4e00-\u9fff]{2,10}(?:日报|晚报|早报|时报|商报|都市报|晨报|报))(?!\S)")
_FIELD = {"date": "date", "author": "authors", "source": "source", "editor": "editor"}


@rule("MET106")
def markup_property(lines: Lines, context: Context) -> Found:
    """What an editorial system left of a story's properties: `<date>2023-04-25</date>`, or values around a file's name.

    They become the fields `date`, `source`, `authors`, `editor`. The line itself is torn markup, which the stage navigation
    takes; this rule only reads it. A sentence about a tag gives no field, as nothing is enclosed by it.

    Before: `<!-- <date>2023-04-25</date> -->`, after: the same, with `date` = `2023-04-25`.
    """
    fields: list[Field] = []
    for row in np.flatnonzero(_TORN.of(lines) != 0).tolist():
        text, folded = lines.string(row), lines.strings(np.array([row]))[0]
        page = int(lines.page[row])
        base = int(lines.head[row]) - int(lines.page_start[page])
        for found in _VALUE.finditer(text):
            name = _FIELD[found["tag"].lower()]
            start, end = found.span("value")
            values = [found["value"].strip()]
            if name == "date":
                values = [d.value for d in dates(folded[start:end])]
            elif name == "authors":
                values = names(found["value"])
            fields += [Field(page, name, v, base + start, base + end, "MET106") for v in values]
        if "content_" in folded:
            fields += [Field(page, "date", d.value, base + d.start, base + d.end, "MET106") for d in dates(folded)[:1]]
            paper = _PAPER.search(text)
            if paper:
                fields.append(Field(page, "source", paper[0], base + paper.start(), base + paper.end(), "MET106"))
    return Found(fields=fields)
