"""MET205."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines, among
from pipeline.rule import Context, Found, rule
from pipeline.stages.closing import SURNAMES

_NAME = rf"[{SURNAMES}][\u4e00-\u9fff·]{{1,3}}?"
_CREDIT = re.compile(
    rf"(?:^|[\s\u3000(（。、/])(?:(?:本报|本网|新华社|中新社)?(?:记者|通讯员)[\s\u3000]*)?(?P<name>{_NAME}(?:[\s、]{_NAME}){{0,2}})[\s\u3000/]*(?:摄影报道|摄影|摄|供图)[)）]?[。.]?$"
)
_SIGNS, _CLOSE = "摄影图道", "。.)）"
_MAX_CHARS = 120
# Three names and their role fit.
_CREDIT_CHARS = 40


@rule("MET205")
def photographer(lines: Lines, context: Context) -> Found:
    """The photographer at the end of a caption or alone on a line: `王小川 摄`.

    The name becomes an entry of `photographers`. Read only: captions are lifted out by the stage interruptions. The name
    needs a family name and a sign before it, so that a sentence which ends in 拍摄 or 电影 gives none.

    Before: `渡口的最后一夜。 王小川 摄`, after: the same, with `photographers` = `王小川`.
    """
    before = lines.codes[np.maximum(lines.tail - 2, 0)]
    signed = among(lines.last, _SIGNS) | (among(lines.last, _CLOSE) & among(before, _SIGNS))
    fields = []
    for row in np.flatnonzero(signed & (lines.length >= 3) & (lines.length <= _MAX_CHARS)).tolist():
        begin = max(int(lines.head[row]), int(lines.tail[row]) - _CREDIT_CHARS)
        found = _CREDIT.search(lines.text[begin : int(lines.tail[row])])
        if not found or (begin > lines.head[row] and found.start() == 0):
            continue
        page = int(lines.page[row])
        low = int(lines.page_start[page]) - begin
        for person in re.finditer(r"[^\s、]+", found["name"]):
            start = found.start("name") + person.start() - low
            fields.append(Field(page, "photographers", person[0], start, start + len(person[0]), "MET205"))
    return Found(fields=fields)
