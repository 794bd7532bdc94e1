"""NAV201."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.lexicon import ABOUT
from pipeline.stages.main_element import main_element
from pipeline.stages.title import title_rows


@rule("NAV201")
def outside_main_element(lines: Lines, context: Context) -> Found:
    """Lines that the tags of an HTML page put outside of the element which holds its text.

    The main element is the innermost one that still holds the most of the page's prose; prose in links, in elements
    named as menus, footers or other stories, and teasers below a linked headline hardly count. What stands outside
    goes. The title stays, and lines of date and source between it and the text: they are left to the stage metadata.
    A page of plain text has no tags and is left alone, and so is one with less than forty characters of prose.

    Before: `<nav>首页 论坛</nav><article>` text `</article><aside>` other stories `</aside>`; after: text.
    """
    found = main_element(lines)
    if not found.known.any():
        return Found()
    rows = found.known & ~found.inside & ~lines.blank
    about = ABOUT.has(lines, "date", "source", "author", "page number", "original title") & ~lines.bullet
    for page, row in enumerate(title_rows(lines).tolist()):
        if row >= 0:
            first = row + int(found.inside[row : lines.end_row[page]].argmax())
            rows[row:first] &= ~about[row:first]
            rows[row] = False
    return Found(rows=rows)
