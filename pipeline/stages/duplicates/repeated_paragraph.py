"""DUP401: paragraphs that stand on an earlier page too."""

import numpy as np

from pipeline.corpus.copies import Copies
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule

NOTHING_LEFT = "every paragraph stands on earlier pages"


@rule("DUP401")
def repeated_paragraph(lines: Lines, context: Context) -> Found:
    """Paragraphs that another page of the corpus has too, where `paragraphs = "drop"`; the first page keeps them.

    **What it finds.** Lines of at least 40 characters, spaces not counted, that stand on two or more of the pages that
    are kept, once width, case and script are folded. First is the page of an earlier release, then that of the earliest
    date (undated pages last), then that of the smallest id.

    **Why.** The same notice under a hundred articles, the same paragraph of background in every report of an affair:
    each page is its own, but the paragraph is read a hundred times.

    **What it leaves alone.** Everything, unless asked: by default repeated paragraphs are only counted, in the column
    `repeated_chars`, for a law that is quoted belongs to the text that quotes it. A paragraph that one page says
    twice. Shorter lines. A page of which nothing would be left is set aside.

    **Before**, on the second of two pages

        本次活动由市图书馆主办，自即日起至月底每天上午九点至下午五点开放，读者凭有效证件入场，不收取任何费用，欢迎参加。

        展出的年画多为清末作品。

    **After**, with `paragraphs = "drop"`

        展出的年画多为清末作品。
    """
    summary: Copies = context.summary
    if context.options.paragraphs != "drop" or not summary.later:
        return Found()
    rows = summary.lines_of(lines, [page.id for page in context.pages], summary.later)
    touched = np.unique(lines.page[rows])
    left = np.bincount(lines.page[~rows & ~lines.blank], minlength=lines.pages)
    return Found(rows=rows, aside=dict.fromkeys(touched[left[touched] == 0].tolist(), NOTHING_LEFT))
