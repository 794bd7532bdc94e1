"""ENC601: what is left where text was lost."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.edit import Edit, Edits, Ints
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.marks import DEBRIS, positions

CODE = "ENC601"

_LOST = 0xFFFD
# 锟斤拷 is U+FFFD twice, read as GBK, and 閿熸枻鎷 the same once more; 烫烫 and 屯屯 are memory that was never written to
# (CC and CD), of which Chinese has no word of three.
_DEBRIS = re.compile(r"(?:锟斤拷)+锟?|(?:閿熸枻鎷)+|烫{3,}|屯{3,}")


@rule(CODE)
def replacement_debris(lines: Lines, context: Context) -> Found:
    """锟斤拷, 烫烫烫, 屯屯屯: characters that stand where text was lost before it came to us; they go.

    They say nothing of what was there: 锟斤拷 is what GBK shows for the replacement character U+FFFD, 烫 and 屯 for
    memory that was never written to. A field `debris` of the page says how many characters were of this kind, U+FFFD
    among them, so that a later stage can judge the page.

    Leaves alone: U+FFFD, which is counted and stays as the sign of a loss; 烫 and 屯 as words, of which two stand
    together at most.

    Before: `锟斤拷锟斤拷的标题烫烫烫烫`. After: `的标题`, with the field `debris = 10`.
    """
    at = positions(lines, DEBRIS)
    if not len(at):
        return Found()
    lost = at[lines.codes[at] == _LOST]
    spans = []
    done = -1
    for start in at[lines.codes[at] != _LOST].tolist():
        match = _DEBRIS.match(lines.text, start) if start >= done else None
        if match:
            done = match.end()
            spans.append(match.span())
    start = np.concatenate((lost, [a for a, _ in spans])).astype(np.int64)
    size = np.concatenate((np.ones(len(lost)), [b - a for a, b in spans])).astype(np.int64)
    fields = _fields(lines, start, size)
    return Found(edits=Edits.of(Edit(a, b, "", CODE) for a, b in spans) if spans else None, fields=fields)


def _fields(lines: Lines, start: Ints, size: Ints) -> list[Field]:
    """For each page with debris how much it has, at the first place of it."""
    order = np.argsort(start)
    start, size = start[order], size[order]
    page = np.searchsorted(lines.page_start, start, side="right") - 1
    pages, first = np.unique(page, return_index=True)
    total = np.add.reduceat(size, first) if len(first) else size
    return [
        Field(p, "debris", str(count), low - base, low - base + length, CODE)
        for p, count, low, length, base in zip(
            pages.tolist(),
            total.tolist(),
            start[first].tolist(),
            size[first].tolist(),
            lines.page_start[pages].tolist(),
            strict=True,
        )
    ]
