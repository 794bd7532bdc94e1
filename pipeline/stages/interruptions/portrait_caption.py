"""CAP103."""

import re

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.interruptions.captions import lifted
from pipeline.stages.prose import prose

_PORTRAIT = re.compile(
    r"^(?=.{8,50}$)[^，,。；;！？!?：:]*(?:书记|主任|局长|校长|院长|主席|市长|县长|区长|镇长|乡长|经理|董事长|总裁|会长|所长|厂长|站长|部长|处长|科长|教授|代表|委员|理事长|秘书长|负责人|队长|馆长|社长|村长|支书|创始人|总监)[\s\u3000\u00a0]+[\u4e00-\u9fff·]{2,4}$"
)


@rule("CAP103")
def portrait_caption(lines: Lines, context: Context) -> Found:
    """The caption of a portrait: an office and a name, in a line of its own.

    `某某街道党工委书记 朱家福`, with two blank lines or more on one side, as pictures leave them. It becomes an entry of
    `captions`. A list of persons without such gaps stays.

    Before: title, (blank lines), `某某县教育局局长 李一帆`, (blank lines), text; after: title, text.
    """
    above, below = lines.neighbour(-1), lines.neighbour(1)
    short = np.flatnonzero(
        ~lines.blank & (lines.length <= 50) & (lines.length >= 8) & (lines.stops <= 3) & ~prose(lines)
    )
    up, down = above[short], below[short]
    apart = ((up >= 0) & (short - up >= 3)) | ((down >= 0) & (down - short >= 3)) | ((up < 0) & (lines.row[short] >= 2))
    return lifted(lines, [row for row in short[apart].tolist() if _PORTRAIT.match(lines.string(row))], "CAP103")
