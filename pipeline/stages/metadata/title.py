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
    first, _ = prose_span(lines)
    for page, row in enumerate(title_rows(lines).tolist()):
        if row < 0:
            continue
        start, end = title_span(lines, row)
        text = lines.text[start:end]
        low = int(lines.page_start[page])
        fields.append(Field(page, "title", text, start - low, end - low, "MET101"))
        rows[row] = True
        above = slice(int(lines.first_row[page]), int(first[page]))
        as_long = np.flatnonzero(lines.length[above] == len(text)) + above.start
        same = [r for r in as_long.tolist() if lines.string(r) == text]
        rows[same] = True
    return Found(rows=rows, fields=fields)
