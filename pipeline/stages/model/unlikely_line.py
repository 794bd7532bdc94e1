"""MOD101."""

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, line_edits, rule
from pipeline.stages.body import body
from pipeline.stages.lexicon import CONTROLS, FURNITURE, HARD_TAIL, MENUS
from pipeline.stages.line_model import reasons, unlikely
from pipeline.stages.model.options import ModelOptions


@rule("MOD101")
def unlikely_line(lines: Lines, context: Context) -> Found:
    """A line that is most likely no text of the page's own, though no other rule names it.

    A sum of small decision trees, learned from labelled pages, weighs what stands in the line and around it: stops,
    prose and furniture within a few lines, how far the last heading of other stories is. Lines of little probability
    go; the edit's note names the two things that spoke most against each run of them. A page without signs of
    furniture is text already and is left alone, and so is one without a body, such as a list or a poem by itself.

    Before: text, then `编辑精选好物` and six names of goods; after: text.
    """
    options: ModelOptions = context.options
    signs = FURNITURE.has(lines, *MENUS, *CONTROLS, *HARD_TAIL) & ~lines.blank
    judged = (np.bincount(lines.page[signs], minlength=lines.pages) >= options.least_furniture) & (
        body(lines).weight > 0
    )
    rows = np.flatnonzero(judged[lines.page] & unlikely(lines, options.least_share) & ~context.touched(lines))
    edits = line_edits(lines, rows, "MOD101")
    first = np.searchsorted(lines.start, edits.start)
    edits.note[:] = reasons(lines, first)
    return Found(edits=edits)
