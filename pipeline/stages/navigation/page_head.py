"""NAV107."""

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.body import body
from pipeline.stages.lexicon import ABOUT, FURNITURE
from pipeline.stages.navigation.options import NavigationOptions
from pipeline.stages.prose import prose
from pipeline.stages.title import title_rows


@rule("NAV107")
def page_head(lines: Lines, context: Context) -> Found:
    """Everything above the title.

    Site names, slogans, menus and teasers stand above the title of a page. Where a title was found they go in one
    edit; where none was found, only down to the last line that is surely furniture. Lines that say something of the
    page itself (date, source, page number of a newspaper) stay for the stage metadata, and so does prose. A page
    without a body is left alone.

    Before: site name, menu, title, text; after: title, text.
    """
    options: NavigationOptions = context.options
    found, titles = body(lines), title_rows(lines)
    furniture = FURNITURE.of(lines) != 0
    end = np.where(found.weight >= options.min_body, titles, lines.first_row)
    for page in np.flatnonzero(end < 0).tolist():
        low, start = int(lines.first_row[page]), int(found.start[page])
        sure = np.flatnonzero(furniture[low:start])
        end[page] = low + int(sure[-1]) + 1 if len(sure) else low
    rows = np.arange(len(lines)) < end[lines.page]
    about = ABOUT.has(lines, "date", "source", "author", "page number", "original title") & ~lines.bullet
    return Found(rows=rows & ~prose(lines) & ~about)
