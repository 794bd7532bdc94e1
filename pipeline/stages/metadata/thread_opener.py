"""MET301."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.lexicon import FURNITURE
from pipeline.stages.metadata.credits import views
from pipeline.stages.metadata.dates import dates
from pipeline.stages.prose import prose
from pipeline.stages.thread import thread_pages
from pipeline.stages.title import title_rows, told_lines

_VIEWS = re.compile(r"(?:查看|浏览|点击|阅读|人气)(?:次数|量|数)?\s*[::(]?\s*(?P<count>\d[\d,.]*\s*[万w]?)")
# The dates of a member stand in the same panel as that of the post.
_OF_A_MEMBER = re.compile(r"注册|登录|生日|最后|在线|加入")
# The panel of a post has no more lines.
_PANEL = 26
_MAX_NAME = 12


@rule("MET301")
def thread_opener(lines: Lines, context: Context) -> Found:
    """Who opened a thread, when, and how often it was viewed.

    On a page that is a thread: the first name below the title becomes `authors`, the time of the first post `date`, and
    the count above it `views`. Read only: panels and buttons go with the stage navigation. Dates of registration and
    last visit are those of a member, not of the post; on a page that is no thread nothing is read.

    Before: title, `迁徙的瓦罐`, `2021-11-28 09:31`, `楼主`, post; after: the same, with `authors` and `date`.
    """
    fields: list[Field] = []
    titles = title_rows(lines)
    for page in np.flatnonzero(thread_pages(lines)).tolist():
        title = int(titles[page])
        if title < 0:
            continue
        rows = np.flatnonzero(~lines.blank[title + 1 : lines.end_row[page]])[:_PANEL] + title + 1
        own = np.flatnonzero(prose(lines)[rows])
        rows = rows[: int(own[0])] if len(own) else rows
        # The row of the title may hold counts too, and those above it do.
        near = np.flatnonzero(~lines.blank[lines.first_row[page] : title])[-6:] + int(lines.first_row[page])
        fields += _viewed(lines, page, [*near.tolist(), *rows.tolist()])
        fields += _named(lines, page, rows.tolist())
        fields += _dated(lines, page, rows.tolist())
    return Found(fields=fields)


def _viewed(lines: Lines, page: int, rows: list[int]) -> list[Field]:
    low = int(lines.page_start[page])
    for row in rows:
        found = _VIEWS.search(lines.strings(np.array([row]))[0]) if lines.length[row] <= 40 else None
        value = views(found["count"]) if found else None
        if found and value:
            start = int(lines.head[row]) - low + found.start("count")
            return [Field(page, "views", value, start, start + len(found["count"].rstrip()), "MET301")]
    return []


def _named(lines: Lines, page: int, rows: list[int]) -> list[Field]:
    """The first line that could be a name, before any other sign of the post than buttons."""
    low = int(lines.page_start[page])
    for row in rows[:6]:
        text = lines.string(row)
        plain = lines.length[row] <= _MAX_NAME and lines.stops[row] == 0 and not lines.bullet[row]
        if plain and FURNITURE.of(lines)[row] == 0 and not told_lines(lines)[row] and re.search(r"[^\W\d]{2}", text):
            at = int(lines.head[row]) - low
            return [Field(page, "authors", text, at, at + len(text), "MET301")]
    return []


def _dated(lines: Lines, page: int, rows: list[int]) -> list[Field]:
    low = int(lines.page_start[page])
    label = ""
    for row in rows:
        folded = lines.strings(np.array([row]))[0]
        found = dates(folded)
        if found and not _OF_A_MEMBER.search(label) and not _OF_A_MEMBER.search(folded[: found[0].start]):
            at = int(lines.head[row]) - low
            return [Field(page, "date", found[0].value, at + found[0].start, at + found[0].end, "MET301")]
        label = folded
    return []
