"""What the caption rules share: a caption leaves the text as a whole line and becomes an entry of `captions`."""

from collections.abc import Iterable

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines, Mask, among
from pipeline.rule import Found
from pipeline.stages.closing import NAME
from pipeline.stages.forms import Forms, begins, folded

# A caption that cuts a paragraph is a line or two of print.
MAX_CHARS = 90


def _credited(lines: Lines) -> Mask:
    """Lines that begin or end as the credit of a photograph does."""
    return begins(lines, "图供摄资([") | among(folded(lines, lines.tail - 1), "摄图影道)]")


# How captions begin that say what they are. Folded.
FORM = Forms(
    {
        "sign": r"^[▲△▼▽◀▶◢◣]\s?\S",
        "picture": r"^(?:[上下左右中本主题]图|组图|图片?|照片|资料图片?|效果图|示意图)(?:[:：]|为|片?说明|\s|\d{1,2}[\s:：.、])",
        "number": r"^图\s?[\d一二三四五六七八九十]{1,3}(?:[-.]\d{1,2})?[\s:：.、]\s?\S",
    },
    where=lambda lines: begins(lines, "▲△▼▽◀▶◢◣图", "上下左右中本主题组照资效示", "图片料果意"),
    max_chars=MAX_CHARS,
)
# The credit of a photograph alone in its line. Folded.
CREDIT = Forms(
    {
        "credit": r"^[(\[]?(?:(?:本报|本网|新华社|中新社|视觉中国|资料)?(?:记者|通讯员)?[\s:/]*)?"
        + NAME
        + r"(?:[\s、]"
        + NAME
        + r"){0,3}\s*(?:/?摄|供图|摄影|摄影报道|\s图)[)\]]?$|^(?:图片来源|图源|供图|图片|摄影|资料图|资料图片|图为|图)\s*[::/|].{2,30}$|^[(\[]?(?:资料图片?|配图|示意图|图片来自网络.{0,6})[)\]]?$",
    },
    where=lambda lines: (lines.stops <= 1) & _credited(lines),
    max_chars=60,
)


def lifted(lines: Lines, rows: Iterable[int], code: str, name: str = "captions") -> Found:
    """The rows taken out, each as a field."""
    mask = np.zeros(len(lines), dtype=bool)
    fields = []
    for row in rows:
        page = int(lines.page[row])
        low = int(lines.page_start[page])
        mask[row] = True
        fields.append(
            Field(page, name, lines.string(row), int(lines.head[row]) - low, int(lines.tail[row]) - low, code)
        )
    return Found(rows=mask, fields=fields)


def says_caption(lines: Lines) -> Mask:
    """Lines that by their form are a caption or the credit of a photograph."""
    signed = among(lines.last, "摄") | (
        among(lines.last, ")）") & (lines.codes[np.maximum(lines.tail - 2, 0)] == ord("摄"))
    )
    found: Mask = (FORM.of(lines) != 0) | CREDIT.has(lines, "credit") | (signed & (lines.length <= MAX_CHARS))
    return found
