"""ENC601: what is left where text was lost."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.marks import DEBRIS, positions

CODE = "ENC601"

# 锟斤拷 is U+FFFD twice, read as GBK; 烫烫 and 屯屯 are memory that was never written to (CC and CD), of which Chinese
# has no word of three.
_DEBRIS = re.compile(r"\ufffd+|(?:锟斤拷)+|烫{3,}|屯{3,}")


@rule(CODE)
def replacement_debris(lines: Lines, context: Context) -> Found:
    """U+FFFD, 锟斤拷, 烫烫烫, 屯屯屯: what stands where text was lost before it came to us.

    Nothing can bring it back, and taking it out would join what does not belong together. The rule changes nothing: it
    counts, in a field `debris` of the page, how many characters are of this kind, so that a later stage can judge the
    page.

    Leaves alone: everything; 烫 and 屯 as words are not counted.

    Before: `成立\ufffd\ufffd大会`. After: the same, with the field `debris = 2`.
    """
    at = positions(lines, DEBRIS)
    if not len(at):
        return Found()
    found: dict[int, list[tuple[int, int]]] = {}
    done = -1
    for start in at.tolist():
        match = _DEBRIS.match(lines.text, start) if start >= done else None
        if match:
            done = match.end()
            page = int(np.searchsorted(lines.page_start, start, side="right")) - 1
            found.setdefault(page, []).append(match.span())
    fields = []
    for page, spans in found.items():
        base = int(lines.page_start[page])
        count = sum(b - a for a, b in spans)
        fields.append(Field(page, "debris", str(count), spans[0][0] - base, spans[0][1] - base, CODE))
    return Found(fields=fields)
