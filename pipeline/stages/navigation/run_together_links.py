"""NAV103."""

import numpy as np

from pipeline.lines import Lines, among
from pipeline.rule import Context, Found, rule
from pipeline.stages.body import body
from pipeline.stages.lexicon import ABOUT
from pipeline.stages.navigation.options import NavigationOptions
from pipeline.stages.shape import shape
from pipeline.stages.tail import before_tail


@rule("NAV103")
def run_together_links(lines: Lines, context: Context) -> Found:
    """Names of links that lost the spaces between them, or stand in one line with nothing but spaces and bars.

    A line of thirty Han characters or more with no punctuation of sentences is no prose. It goes where it stands
    outside the body of the page, or where it is twice as long. Lines that end a sentence, lines with a date or
    the name of a work, headings of Markdown and tables of figures are left alone.

    Before: `财政部教育部科学技术部工业和信息化部民政部司法部自然资源部生态环境部住房和城乡建设部交通运输部`, after: nothing.
    """
    options: NavigationOptions = context.options
    found = body(lines)
    index = np.arange(len(lines))
    outside = (index < found.start[lines.page]) | (index >= found.end[lines.page])
    least = np.where(outside, options.min_run_chars, 2 * options.min_run_chars)
    bare = (
        (lines.stops == 0)
        & ~lines.ended
        & ~among(lines.last, ":：.")
        & (lines.han >= least)
        & (lines.digit * 5 < lines.han)
    )
    bare &= (lines.space < 3) | (lines.han > 5 * (lines.space + 1))  # a list of names has two to four characters each
    bare &= ~ABOUT.has(lines, "date")  # the history of a law, a line of an almanac
    bare &= lines.first != ord("#")
    # On a page of broken lines a line may lack a stop; names of links run on past its width.
    bare &= (shape(lines).width > 1.3 * shape(lines).wrapped_width[lines.page]) | ~np.isfinite(
        shape(lines).wrapped_width[lines.page]
    )
    bare &= before_tail(lines) & (found.weight[lines.page] >= options.min_body)
    rows = np.flatnonzero(bare)
    # Who cites a title writes, and so does a heading.
    bare[rows] = ["《" not in text for text in lines.strings(rows, folded=False)]
    return Found(rows=bare)
