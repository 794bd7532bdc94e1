"""MET103."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.lexicon import ABOUT

_VALUE = re.compile(r"原标题\s*[:：]\s*(?P<text>\S.*?)[)）\]】]?$")


@rule("MET103")
def original_title(lines: Lines, context: Context) -> Found:
    """The title a story had where it was first published, as `原标题:…`.

    It becomes the field `original_title`. Taken wherever the line stands, as no sentence begins so.

    Before: `原标题:山城之春`, after: nothing, with `original_title` = `山城之春`.
    """
    rows = np.zeros(len(lines), dtype=bool)
    fields = []
    for row in np.flatnonzero(ABOUT.has(lines, "original title")).tolist():
        text, folded = lines.string(row), lines.strings(np.array([row]))[0]
        found = _VALUE.search(folded)
        if found:
            page = int(lines.page[row])
            at = int(lines.head[row]) - int(lines.page_start[page]) + found.start("text")
            fields.append(
                Field(
                    page,
                    "original_title",
                    text[found.start("text") : found.end("text")],
                    at,
                    at + len(found["text"]),
                    "MET103",
                )
            )
            rows[row] = True
    return Found(rows=rows, fields=fields)
