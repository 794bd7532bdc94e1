"""MET202."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.signal import Signals
from pipeline.stages.closing import SURNAMES
from pipeline.stages.metadata.credits import names
from pipeline.stages.metadata.zone import edges

_BYLINE = Signals(
    {
        "byline": r"^[(\[【■□●◆▲]*\s*(?:(?:文|图|片)[/\\|·、 ]*)*(?:(?:本报|本网|本刊|本台|.{2,8}(?:报|网|社|台))?(?:驻.{2,6})?(?:首席|特约|见习|实习|全媒体)?(?:记者|通讯员|评论员|作者|撰文|实习生))[\s:/]*"
        f"[{SURNAMES}]"
        r"[\u4e00-\u9fff·\s、,a-z]{1,60}[)\]】]?\s*(?:文|摄|文/图|图文|报道)?\s*$",
    },
    where=edges,
)
_ROLE = re.compile(r"(?:首席|特约|见习|实习|全媒体)?(记者|通讯员|评论员|作者|撰文|实习生|摄影)[\s:：/]*")

_CLOSING = re.compile(r"\s*(?:报道|摄影报道|图文|文/图|摄|文)?[)）\]】]?\s*$")


@rule("MET202")
def byline(lines: Lines, context: Context) -> Found:
    """The line that names reporters and correspondents: `本报通讯员 甲乙 丙丁`.

    Each person becomes an entry of `authors`. Only a line that is nothing but roles and names, above or below the
    prose; a sentence about a reporter has stops and stays.

    Before: `本报记者 王小川 通讯员 李一帆`, after: nothing, with two `authors`.
    """
    rows = np.zeros(len(lines), dtype=bool)
    fields = []
    for row in np.flatnonzero(_BYLINE.has(lines, "byline") & edges(lines) & (lines.stops <= 2)).tolist():
        text = lines.string(row)
        people = [n for part in _ROLE.split(_CLOSING.sub("", text))[2::2] for n in names(part)]
        page = int(lines.page[row])
        low = int(lines.page_start[page])
        at, to = int(lines.head[row]) - low, int(lines.tail[row]) - low
        if people and all(len(p) <= 6 and p[0] in SURNAMES for p in people):
            fields += [Field(page, "authors", p, at, to, "MET202") for p in people]
            rows[row] = True
    return Found(rows=rows, fields=fields)
