"""MET401."""

import re

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.metadata.dates import dates
from pipeline.stages.told_title import bare_title

_ADDRESS = re.compile(r"^https?://|^//|@")
_MAX_CHARS = 100


@rule("MET401")
def page_head_data(lines: Lines, context: Context) -> Found:
    """What an HTML page says of itself outside its text: `<title>`, `<meta>`, JSON-LD, `<time>`.

    Title, date, source and authors, each only where nothing was read for it on the page itself, since what a reader
    sees goes before what only a program does. The fields have no span: nothing in the text holds them. Values that are
    addresses, or too long to be what they are said to be, are passed over; a page of plain text has no head.

    Before: `<meta property="article:published_time" content="2024-05-01T08:30:00+08:00">` and a text without a date;
    after: the same text, with `date` = `2024-05-01 08:30`.
    """
    if not any(lines.hints.heads):
        return Found()
    names = ("title", "date", "source", "authors")
    known = {(page, name) for name in names for page, _ in context.fields.named(name)}
    fields = []
    for page, head in enumerate(lines.hints.heads):
        told = {
            "title": [bare_title(v) for name in ("title", "page_title") for v in head.get(name, ())][:1],
            "date": [found.value for value in head.get("date", ()) for found in dates(value.lower())][:1],
            "source": list(head.get("source", head.get("site_name", ())))[:1],
            "authors": list(head.get("authors", ())),
        }
        for name, values in told.items():
            if (page, name) not in known:
                fields += [Field(page, name, v, -1, -1, "MET401") for v in values if _fits(v)]
    return Found(fields=fields)


def _fits(value: str) -> bool:
    return 0 < len(value) <= _MAX_CHARS and not _ADDRESS.search(value)
