"""NAV104."""

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.body import body
from pipeline.stages.lexicon import ABOUT, FURNITURE
from pipeline.stages.navigation.options import NavigationOptions
from pipeline.stages.prose import prose
from pipeline.stages.tail import before_tail

_SURE = (
    "share",
    "print font",
    "qr prompt",
    "login",
    "search box",
    "post header",
    "thread control",
    "member rank",
    "pager",
)


@rule("NAV104")
def control_bar(lines: Lines, context: Context) -> Found:
    """Buttons and prompts: share, print, font size, scan a code, log in, page numbers, the panels of forum posts.

    Short lines that are nothing but such words. Within the body of a page a lone word goes only beside another
    control or at the edge of the body, as it may be a heading of a manual (`下载`, `搜索`). Lines with dates or sources
    stay for metadata.

    Before: `分享到: 微信 微博`, after: nothing.
    """
    options: NavigationOptions = context.options
    found = body(lines)
    sure = FURNITURE.has(lines, *_SURE)
    any_control = sure | FURNITURE.has(lines, "widget", "menu item")
    above, below = lines.neighbour(-1), lines.neighbour(1)
    beside = ((above >= 0) & any_control[above]) | ((below >= 0) & any_control[below])
    index = np.arange(len(lines))
    outside = (index < found.start[lines.page]) | (index >= found.end[lines.page])
    about = ABOUT.has(lines, "date", "source", "author", "editor", "tags") | prose(lines)
    about &= ~FURNITURE.has(lines, "post header")
    heading = ~sure & ~beside & (below >= 0) & prose(lines)[below]  # `下载` right above prose is a heading
    rows = any_control & ~heading & (beside | outside | (sure & (lines.length > 4))) & ~about
    return Found(rows=rows & before_tail(lines) & (found.weight[lines.page] >= options.min_body))
