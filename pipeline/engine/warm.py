"""Imported by the server that the workers of a command are forked from, and nowhere else: what each of them would make
at its first page is made once, and lies in memory that they share.

Tables and patterns are made when a rule first asks for them; so one page is cleaned. It takes 60 ms, in which the
process that builds still has its own imports before it, and spares each worker as much.
"""

import gc

from pipeline.clean import Trail, advance
from pipeline.document import Page
from pipeline.engine.toolkit import published
from pipeline.lean import run_lean
from pipeline.stages.segments import SegmentOptions

# A line of each kind that most pages have.
_PAGE = """首页 > 新闻

这里是标题
2020年1月2日 来源:某某报 作者:某某

　　正文的第一段,说的是一件小事,它有逗号,也有句号。
　　第二段在这里。

相关链接
版权所有 ICP备1号
"""


def warmed() -> None:
    """Clean a page, and keep what that made out of the search for cycles: it would write to the shared memory."""
    run_lean()
    tools = published()
    trail = advance(Trail.of([Page("", _PAGE)]), tools.stages, {})
    tools.count_lines(trail.lines, trail.pages)
    tools.fingerprints(trail.lines, [""], [None])
    tools.segments(trail.lines, SegmentOptions())
    gc.collect()
    gc.freeze()


warmed()
