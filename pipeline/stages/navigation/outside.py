"""What the rules share that cut lines outside of a page's text where something surer than words says where it stands."""

from pipeline.lines import Lines, Mask
from pipeline.stages.lexicon import ABOUT
from pipeline.stages.main_element import main_element
from pipeline.stages.title import title_rows


def outside(lines: Lines) -> Mask:
    """Lines outside of what tags or an extractor take for the page's text.

    The title is none of them, and neither are lines of date and source between it and the text: they are left to the
    stage metadata.
    """
    return lines.derived(_outside)


def _outside(lines: Lines) -> Mask:
    found = main_element(lines)
    rows = found.known & ~found.inside & ~lines.blank
    about = ABOUT.has(lines, "date", "source", "author", "page number", "original title") & ~lines.bullet
    for page, row in enumerate(title_rows(lines).tolist()):
        if row >= 0:
            first = row + int(found.inside[row : lines.end_row[page]].argmax())
            rows[row:first] &= ~about[row:first]
            rows[row] = False
    return rows
