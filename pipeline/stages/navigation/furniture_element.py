"""NAV202."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.main_element import main_element


@rule("NAV202")
def furniture_element(lines: Lines, context: Context) -> Found:
    """Furniture that stands inside the main element of an HTML page.

    Elements that their tag, role, class or id names as navigation, header, footer, sidebar, other stories, share bars,
    advertisements, or comments; and lists and rows of tables that are links for the most part, such as the sources
    under an article. An element that holds half of the page's prose is believed to be text whatever its name; comments
    stay where they are the text, as on the page of a thread; a page that is a list of links keeps it. A page of plain
    text has no tags and is left alone.

    Before: `<article>` text `<div class="share">微博 微信</div></article>`; after: text.
    """
    found = main_element(lines)
    return Found(rows=found.furniture & ~lines.blank)
