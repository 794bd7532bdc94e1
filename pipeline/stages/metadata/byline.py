"""MET202."""

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.signal import Signals
from pipeline.stages.closing import SURNAMES
from pipeline.stages.metadata.people import people
from pipeline.stages.metadata.zone import edges

_BYLINE = Signals(
    {
        "byline": r"^[(\[【■□●◆▲]*\s*(?:(?:文|图|片)[/\\|·、 ]*)*(?:(?:本报|本网|本刊|本台|.{2,8}(?:报|网|社|台))?(?:驻.{2,6})?(?:首席|特约|见习|实习|全媒体)?(?:记者|通讯员|评论员|作者|撰文|实习生))[\s:/]*"
        f"[{SURNAMES}]"
        r"[\u4e00-\u9fff·\s、,a-z]{1,60}[)\]】]?\s*(?:文|摄|文/图|图文|报道)?\s*$",
    },
    where=lambda lines: edges(lines) & (lines.stops <= 2),
)


@rule("MET202")
def byline(lines: Lines, context: Context) -> Found:
    """The line that names reporters and correspondents: `本报通讯员 甲乙 丙丁`.

    Each person becomes an entry of `authors`, beside it of `reporters` or `correspondents`. Only a line that is nothing but roles and names, above or below the
    prose; a sentence about a reporter has stops and stays.

    Before: `本报记者 王小川 通讯员 李一帆`, after: nothing, with two `authors`.
    """
    rows = np.zeros(len(lines), dtype=bool)
    fields = []
    for row in np.flatnonzero(_BYLINE.has(lines, "byline")).tolist():
        text = lines.string(row)
        said = list(people(text))
        page = int(lines.page[row])
        low = int(lines.page_start[page])
        at = int(lines.head[row]) - low
        if said and all(len(p.name) <= 6 and p.name[0] in SURNAMES for p in said):
            fields += [Field(page, p.field, p.name, at + p.start, at + p.end, "MET202") for p in said]
            rows[row] = True
    return Found(rows=rows, fields=fields)
