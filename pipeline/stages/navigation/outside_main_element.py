"""NAV201."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.main_element import main_element
from pipeline.stages.navigation.outside import outside


@rule("NAV201")
def outside_main_element(lines: Lines, context: Context) -> Found:
    """Lines that the tags of an HTML page put outside of the element which holds its text.

    The main element is the innermost one that still holds the most of the page's prose; prose in links, in elements
    named as menus, footers or other stories, and teasers below a linked headline hardly count. What stands outside
    goes. The title stays, and lines of date and source between it and the text: they are left to the stage metadata.
    A page of plain text has no tags and is left alone, and so is one with less than forty characters of prose, or of
    which an extractor was asked (NAV203).

    Before: `<nav>首页 论坛</nav><article>` text `</article><aside>` other stories `</aside>`; after: text.
    """
    found = main_element(lines)
    if not found.known.any():
        return Found()
    return Found(rows=outside(lines) & ~found.extracted)
