"""MET101."""

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.metadata.zone import prose_span
from pipeline.stages.title import title_rows, title_span


@rule("MET101")
def title(lines: Lines, context: Context) -> Found:
    """The title of the page.

    The line above the text that behaves like one: of title length, no item of a list, near the line of source and
    date, named in the breadcrumb, or repeated. It becomes the field `title`; repetitions above the text go with it. A
    page without prose keeps all its lines.

    Before: `敢为人先`, date line, text; after: date line, text, with `title` = `敢为人先`.
    """
    rows = np.zeros(len(lines), dtype=bool)
    fields = []
    size, begins = np.zeros(lines.pages, dtype=np.int64), np.zeros(lines.pages, dtype=np.uint32)
    texts: dict[int, str] = {}
    for page, row in enumerate(title_rows(lines).tolist()):
        if row < 0:
            continue
        start, end = title_span(lines, row)
        texts[page] = lines.text[start:end]
        size[page], begins[page] = end - start, lines.codes[start]
        low = int(lines.page_start[page])
        fields.append(Field(page, "title", texts[page], start - low, end - low, "MET101"))
        rows[row] = True
    first, _ = prose_span(lines)
    alike = (lines.length == size[lines.page]) & (lines.first == begins[lines.page]) & ~lines.blank
    for row in np.flatnonzero(alike & (np.arange(len(lines)) < first[lines.page])).tolist():
        rows[row] |= lines.string(row) == texts[int(lines.page[row])]
    return Found(rows=rows, fields=fields)
