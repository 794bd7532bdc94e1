"""TPL101: lines without sentences that a site repeats at the edges of its pages."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.templates.repeated import repeated


@rule("TPL101")
def template_line(lines: Lines, context: Context) -> Found:
    """Lines that a site repeats from page to page, at the top or the bottom of the page.

    **What it finds.** Names of the site and its columns, slogans, addresses, lists of departments: short lines in no
    pattern's vocabulary, known by nothing but that many pages of the site have them. A line counts once for all
    copies of one article. It is taken where only such lines stand between it and an edge of the page.

    **Why.** Patterns know the furniture that all sites share; the rest is each site's own, and only the corpus knows
    it.

    **What it leaves alone.** Lines with the signs of a sentence; numbered headings, salutations, closing formulas,
    signatures and dates, which official letters all share; repeated lines with text on both sides, which are headings
    as often as not (ingredients, method); everything on pages without a site, and on sites of fewer than four pages.

    **Before**, where four pages of the site and more begin with the first line and end with the last two:

        清河观察 深度频道
        水库开闸
        周三上午，清河水库开闸放水。
        清河传媒集团主办
        热线 0550-1234567

    **After**

        水库开闸
        周三上午，清河水库开闸放水。
    """
    found = repeated(lines, context)
    return Found(rows=found.plain & found.at_edge, note="repeated on the site")
