"""DUP301: pages that stand within a longer page."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.duplicates.copies import copies


@rule("DUP301")
def contained_copy(lines: Lines, context: Context) -> Found:
    """Pages whose text stands within a longer page that is kept.

    **What it finds.** Excerpts: pages of which at least `containment` of the character 5-grams are those of one longer
    page, wherever they stand there. Candidates are found by the sentences that the two share; the similarity that is
    told is the share of the excerpt's grams, exact.

    **Why.** A site prints the beginning of an article and another the whole; a forum quotes a law. The Jaccard index
    does not see it: that of an excerpt of a tenth is 0.1. What the excerpt says is all in the longer page.

    **What it leaves alone.** Pages that quote another and say something of their own. Texts of fewer than `min_chars`
    characters. A page for which others were set aside as near copies, unless they stand in the longer page as well.
    Texts without a sentence of twelve characters.

    **Before**, on two pages, of which the other goes on: ……灯塔由此改名。守塔人姓陈，今年七十一岁。……

        灯塔建于一九〇三年，塔高十七米，灯火可见于二十海里之外。……灯塔由此改名。

    **After**, on the longer one; the excerpt is set aside.
    """
    return copies(context, "contained", "DUP301", "contained copy")
