"""MET101."""

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.metadata.zone import prose_span
from pipeline.stages.title import titles


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
    found = titles(lines)
    texts: dict[int, str] = {}
    for page, (start, end, low) in enumerate(
        zip(found.start.tolist(), found.end.tolist(), lines.page_start.tolist(), strict=False)
    ):
        if start >= 0:
            texts[page] = lines.text[start:end]
            fields.append(Field(page, "title", texts[page], start - low, end - low, "MET101"))
    rows[found.row[found.row >= 0]] = True
    # A repetition is as long and begins with the same character.
    size, begins = found.end - found.start, lines.codes[found.start]
    alike = (lines.length == size[lines.page]) & (lines.first == begins[lines.page]) & ~lines.blank
    first, _ = prose_span(lines)
    again = np.flatnonzero(alike & (np.arange(len(lines)) < first[lines.page]))
    pages = lines.page[again].tolist()
    same = [text == texts.get(page) for text, page in zip(lines.strings(again, folded=False), pages, strict=True)]
    rows[again] |= np.array(same, dtype=bool)
    return Found(rows=rows, fields=fields)
