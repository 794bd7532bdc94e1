"""Lines that close an article: the name of its author in brackets, the editor in charge."""

import re

import numpy as np

from pipeline.lines import Lines, Mask, among
from pipeline.stages.closing import NAME
from pipeline.stages.prose import prose

# （王小川）, (记者 王小川 通讯员 李一帆), 责任编辑：李一帆, alone on a line.
_CLOSING = re.compile(
    rf"^[\s\u3000]*[(（\[【]\s*(?:(?:本报|本网)?(?:首席|特约|见习|实习)?(?:记者|通讯员|作者|文|摄影|供稿|撰稿)[\s\u3000:：]*)?{NAME}"
    rf"(?:[\s\u3000、，]+(?:(?:记者|通讯员|摄影)[\s\u3000:：]*)?{NAME}){{0,5}}\s*(?:文|摄|报道)?\s*[)）\]】]$"
    rf"|^[\s\u3000(（\[【]*(?:责任编辑|责编|编辑)\s*[:：]\s*[\u4e00-\u9fff·]{{2,4}}(?:[\s\u3000、]+[\u4e00-\u9fff·]{{2,4}})?[)）\]】]*$"
)
# A bare bracket at the end of a paragraph: a name where other articles of the page close so too.
_BARE = re.compile(r"(?<=[。！？!?”」…])[\s\u3000]*[(（][\u4e00-\u9fff]{2,3}[)）]$")
_REMARKS = frozenset(
    {
        "完",
        "待续",
        "未完",
        "全文完",
        "续",
        "上",
        "下",
        "见下图",
        "见上图",
        "如图",
        "右图",
        "左图",
        "下图",
        "上图",
        "资料图",
        "略",
    }
)
_MAX_CHARS = 40
# What such a line begins with; four characters are spaces to patterns and none to columns.
_FIRST = "(（[【责编\x1c\x1d\x1e\x1f"


def closing_lines(lines: Lines) -> Mask:
    """Lines that are nothing but the credit that closes an article."""
    return lines.derived(_closing_lines)


def _closing_lines(lines: Lines) -> Mask:
    out = np.zeros(len(lines), dtype=bool)
    short = among(lines.first, _FIRST) & (lines.length <= _MAX_CHARS) & (lines.stops <= 1) & (lines.punct >= 1)
    short &= ~prose(lines)
    for row in np.flatnonzero(short & (lines.neighbour(-1) >= 0)).tolist():
        out[row] = bool(_CLOSING.match(lines.string(row)))
    return out


def bare_credits(lines: Lines) -> Mask:
    """Paragraphs that end in a bracket of two or three characters, on a page with two and more of them."""
    return lines.derived(_bare_credits)


def _bare_credits(lines: Lines) -> Mask:
    out = np.zeros(len(lines), dtype=bool)
    ends = prose(lines) & among(lines.last, ")）")
    for row in np.flatnonzero(ends).tolist():
        found = _BARE.search(lines.text, max(int(lines.head[row]), int(lines.tail[row]) - 8), int(lines.tail[row]))
        out[row] = bool(found) and found is not None and found[0].strip(" \u3000()（）") not in _REMARKS
    count = np.bincount(lines.page[out], minlength=lines.pages)
    kept: Mask = out & (count >= 2)[lines.page]
    return kept


def closes(lines: Lines, row: int) -> bool:
    """Whether a line closes an article."""
    return bool(closing_lines(lines)[row] or bare_credits(lines)[row])
