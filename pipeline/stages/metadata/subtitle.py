"""MET102."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines, Mask
from pipeline.rule import Context, Found, rule
from pipeline.stages.lexicon import ABOUT
from pipeline.stages.metadata.zone import edges
from pipeline.stages.title import title_rows

_DASH = re.compile(r"^[\s]*[—\-－―]{1,3}\s*(?P<text>[^\s—\-－―].{3,58})$")


@rule("MET102")
def subtitle(lines: Lines, context: Context) -> Found:
    """A subtitle: the line of a dash and a phrase right under the title, or the second line of a title of two.

    `——某某街道高质量发展纪实` under a title is its second half in newspapers. It becomes the field `subtitle`, with its dash. So
    does a line of title length that stands alone between the title and the text, with blank lines on both sides,
    where nothing else stands between. Other lines under a title stay.

    Before: title, `——写在开园之际`, text; after: text, with `subtitle` = `——写在开园之际`.
    """
    rows = np.zeros(len(lines), dtype=bool)
    fields = []
    outside = edges(lines)
    below, about = lines.neighbour(1), ABOUT.of(lines) != 0
    for page, row in enumerate(title_rows(lines).tolist()):
        under = int(below[row]) if row >= 0 else -1
        if under < 0 or not outside[under] or about[under]:
            continue
        dashed = bool(_DASH.match(lines.string(under)))
        if dashed or _lone_second(lines, row, under, outside):
            low = int(lines.page_start[page])
            at, to = int(lines.head[under]) - low, int(lines.tail[under]) - low
            fields.append(Field(page, "subtitle", lines.string(under), at, to, "MET102"))
            rows[under] = True
    return Found(rows=rows, fields=fields)


def _lone_second(lines: Lines, row: int, under: int, outside: Mask) -> bool:
    """The second half of a headline: alone between title and prose, of its size, apart from both."""
    after = int(lines.neighbour(1)[under])
    alone = after >= 0 and not outside[after] and after - under > 1 and under - row > 1
    return bool(alone and lines.han[under] >= 8 and lines.length[under] <= 30 and lines.stops[under] == 0)
