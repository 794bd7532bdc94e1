"""DUP201: pages most of whose text another page has."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.duplicates.copies import copies


@rule("DUP201")
def near_copy(lines: Lines, context: Context) -> Found:
    """Pages most of whose text stands on another page that is kept.

    **What it finds.** Texts whose sets of character 5-grams overlap by at least `similarity` (Jaccard index): shared
    grams over all grams of the two. The index is exact, not estimated, and it is that of the page and the very page
    that is kept.

    **Why.** Sites rewrite a headline, cut a paragraph, correct a name, and publish the article again.

    **What it leaves alone.** The page that most others of its cluster are similar to; among equals the text that most
    pages have word for word, then the longest (by steps of a quarter), the earliest by the date that came with it, the
    smallest id; before all of them a page of an earlier release (`against`). Pages that resemble only a page which
    is itself dropped. Texts of fewer than `min_chars` characters, of which one word more or less is a large part. It
    cannot tell an edited copy from the second version of a law or a form letter with other figures: raise
    `similarity` for such corpora.

    **Before**, on two pages, of which the other has 十八 for 十七

        灯塔建于一九〇三年，塔高十七米，灯火可见于二十海里之外。……

    **After**, on one of them; the other is set aside.
    """
    return copies(context, "near", "DUP201", "near copy")
