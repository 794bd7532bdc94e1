"""MET203."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.metadata.people import people
from pipeline.stages.metadata.zone import prose_span
from pipeline.stages.prose import prose

# 青屿在线讯（记者 佟晓岚）, 新华社北京7月1日电（记者王小川、李一帆）
_DATELINE = re.compile(
    r"^(?P<agency>[\u4e00-\u9fff]{2,10}?(?:社|报|网|台|在线|融媒|客户端))?(?P<rest>[\u4e00-\u9fff、]{0,10}?(?:\d{1,2}月)?(?:\d{1,2}日)?(?P<wire>讯|电|消息))?"
    r"\s*[(（]\s*(?P<people>(?:[\u4e00-\u9fff]{0,8}(?:记者|通讯员))[^()（）。，,]{2,60})[)）]"
)
_WIRE = re.compile(
    r"^(?P<agency>新华社|中新社|中新网|央视网|人民网|新华网|[\u4e00-\u9fff]{2,8}(?:日报|晚报|时报|网))[\u4e00-\u9fff、]{0,8}?\d{1,2}月\d{1,2}日[电讯]"
)
_OWN = ("本报", "本网", "本刊", "本台", "本社")
_REACH = 120
# A name is no longer, but for those of other languages.
_MAX_NAME = 10


@rule("MET203")
def dateline(lines: Lines, context: Context) -> Found:
    """Reporters and source in the dateline of a story: `新华社北京7月1日电（记者 王小川）`.

    They become `authors` with `reporters` and `correspondents`, and `source` where the page has named none. Read only: the
    dateline is part of the first sentence, which stays. Only at the very beginning of the text; a bracket with a reporter
    later on belongs to its sentence.

    Before: `本报讯（记者 王小川）昨天清晨，……`, after: the same, with `authors` = `王小川`.
    """
    fields: list[Field] = []
    first, last = prose_span(lines)
    rows = first[(first < last) & (first < lines.end_row)]
    sourced = {page for page, _ in context.fields.named("source")}
    for row in rows[prose(lines)[rows]].tolist():
        head = int(lines.head[row])
        text = lines.text[head : min(int(lines.tail[row]), head + _REACH)]
        page = int(lines.page[row])
        base = head - int(lines.page_start[page])
        said = _DATELINE.match(text) if ("(" in text or "（" in text) and ("记者" in text or "通讯员" in text) else None
        if said:
            at = base + said.start("people")
            for p in people(said["people"]):
                if len(p.name) <= _MAX_NAME:
                    fields.append(Field(page, p.field, p.name, at + p.start, at + p.end, "MET203"))
        wire = said if said and said["wire"] and said["agency"] else _WIRE.match(text) if "月" in text else None
        if wire and wire["agency"] and page not in sourced and wire["agency"] not in _OWN:
            start, end = wire.span("agency")
            fields.append(Field(page, "source", wire["agency"], base + start, base + end, "MET203"))
    return Found(fields=sorted(fields, key=lambda f: (f.page, np.int64(f.start))))
