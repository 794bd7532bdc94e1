"""NAV109."""

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.lexicon import FURNITURE
from pipeline.stages.prose import prose


@rule("NAV109")
def menu_page(lines: Lines, context: Context) -> Found:
    """A page of menus alone: a site map, an error page, a page whose text did not load.

    No line of prose, and at least half of its lines are words of menus, controls, footers or items of lists. It is
    set aside whole. Verse and tables have no such words; a page with a single sentence stays.

    Before: `首页`, `新闻`, `联系我们`, `Copyright © 2020`; after: set aside.
    """
    own = np.bincount(lines.page[prose(lines)], minlength=lines.pages)
    furniture = (FURNITURE.of(lines) != 0) | (lines.bullet & (lines.length <= 30))
    solid = np.bincount(lines.page[~lines.blank], minlength=lines.pages)
    words = np.bincount(lines.page[furniture & ~lines.blank], minlength=lines.pages)
    sure = np.bincount(lines.page[FURNITURE.of(lines) != 0], minlength=lines.pages)
    alone = np.flatnonzero((own == 0) & (words * 2 >= solid) & (sure >= 4))
    return Found(aside={p: f"nothing but menus: {int(words[p])} of {int(solid[p])} lines" for p in alone.tolist()})
