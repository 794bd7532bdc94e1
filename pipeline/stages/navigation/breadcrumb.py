"""NAV102."""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.lexicon import FURNITURE
from pipeline.stages.title import title_rows

_ARROW = re.compile(r"\s*(?:>+|›|»|→|＞|/|\\)\s*")
_PROMPT = re.compile(r"^[^:：]{0,8}[:：]")
_MAX_SECTION = 12
# A prompt and two sections without a stop; what follows may be a title that reads as a sentence.
_PROMPTED = re.compile(
    r"[\W_]*\w{2,6}(?:位置|所在地)(?:是|为)?\s*[:：](?:[^。，！？；：,!?;:>›»→＞]{1,20}[>›»→＞]+){2}"
)
_NOT_SECTIONS = frozenset(
    {
        "正文",
        "详情",
        "详细",
        "内容",
        "详细内容",
        "文章正文",
        "新闻正文",
        "浏览文章",
        "查看",
        "首页",
        "浏览正文",
        "正文内容",
    }
)


@rule("NAV102")
def breadcrumb(lines: Lines, context: Context) -> Found:
    """The path from the home page to this one.

    Lines such as `当前位置:首页 > 新闻 > 正文`. They name the section, not the text. Taken wherever they stand, as the wording
    occurs in no sentence; a line longer than 120 characters, with four stops or more, or that ends a sentence is left alone,
    unless it begins with a prompt and two sections: then the title at its end is what ends as a sentence.

    The last section that the path names, before the title, becomes the field `section`.

    Before: `您的位置:首页 > 资讯中心 > 通知公告 > 正文`, after: nothing, with `section` = `通知公告`.
    """
    path = FURNITURE.has(lines, "breadcrumb")
    rows = path & (lines.stops <= 3) & ~lines.ended
    for row in np.flatnonzero(path & ~rows).tolist():
        rows[row] = _PROMPTED.match(lines.string(row)) is not None
    fields = []
    found = np.flatnonzero(rows)
    pages = lines.page[found]
    titles = title_rows(lines)[pages]
    columns = (lines.head[found] - lines.page_start[pages], pages, titles)
    for text, (at, page, title) in zip(
        lines.strings(found, folded=False), zip(*(c.tolist() for c in columns), strict=True), strict=True
    ):
        section = _section(text, lines.string(title) if title >= 0 else "")
        if section:
            start = at + text.rindex(section)
            fields.append(Field(page, "section", section, start, start + len(section), "NAV102"))
    return Found(rows=rows, fields=fields)


def _section(path: str, title: str) -> str | None:
    """The last part of a path that is a section: not the home page, nor the text's own title."""
    for part in reversed(_sections(path)):
        if not (title and (part in title or title in part)):
            return part
    return None


@lru_cache(maxsize=4096)
def _sections(path: str) -> Sequence[str]:
    """The parts of a path that name a section, or a title."""
    parts = [p.strip(" \u3000\u00a0") for p in _ARROW.split(_PROMPT.sub("", path))]
    return [p for p in parts[1:] if p and p not in _NOT_SECTIONS and len(p) <= _MAX_SECTION]
