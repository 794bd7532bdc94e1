"""WRP102."""

import numpy as np

from pipeline.lines import Lines, Mask
from pipeline.rule import Context, Found, rule
from pipeline.stages.prose import prose
from pipeline.stages.shape import shape
from pipeline.stages.wraps.joints import join_edits

# A paragraph, not a heading: headings of that length are rare, and then they have no comma.
_MIN_CHARS = 30


# The rest of a sentence may be short, or full of Latin words; then it ends as a sentence does.
_MIN_HAN_OF_REST = 2

_READS_ON = "open end, and the next line reads on"


@rule("WRP102")
def broken_paragraph(lines: Lines, context: Context) -> Found:
    """A paragraph that was cut in mid-sentence, on a page that is not wrapped: by a page break, a column or a picture.

    A long line of prose stops at a Han character, a comma or a digit, and the next line is prose that begins no
    paragraph by its form: no number, no bullet, no quotation mark, no heading, no deeper indent; only where the
    page sets its paragraphs apart by blank lines, as pages do that were put together from blocks. Or the next line
    begins with what cannot begin one: a comma, a full stop, a closing bracket. Lines that end in a colon or
    semicolon are left alone: lists and laws end so.

    Before: `重点培育一百名技术带头人、优`, blank line, `秀专家和拔尖人才。`; after: one paragraph.
    """
    joints, own = shape(lines), prose(lines)
    below = lines.neighbour(1)
    apart = _apart(lines)
    running = own | ((lines.han * 4 >= lines.length) & ~lines.bullet)
    rest = own | ((lines.ended | np.isin(lines.last, [ord(c) for c in ":："])) & (lines.han >= _MIN_HAN_OF_REST))
    rows = np.flatnonzero(joints.open_end & running & (lines.length >= _MIN_CHARS) & (lines.stops >= 1) & (below >= 0))
    upper, notes = [], []
    for row in rows.tolist():
        lower = int(below[row])
        if joints.open_start[lower]:
            reason = "open end, and the next line cannot begin a paragraph"
        elif (
            apart[lines.page[row]]
            and rest[lower]
            and not joints.closed_start[lower]
            and lines.string(lower)[0] not in "“‘「『《【#"
            and not _deeper(lines, row, lower)
        ):
            reason = _READS_ON
        else:
            continue
        upper.append(row)
        notes.append(reason)
    upper, notes = _without_habits(lines, upper, notes)
    if not upper:
        return Found()
    return Found(edits=join_edits(lines, np.array(upper, dtype=np.int64), "WRP102", notes))


def _without_habits(lines: Lines, upper: list[int], notes: list[str]) -> tuple[list[int], list[str]]:
    """The joints, without those behind a comma on pages where half of them or more are behind one.

    Of all places in prose one in 12 to 18 is behind a comma, and so is a cut that falls anywhere. Where it is every
    second, the commas are how paragraphs of the page end.
    """
    rows = np.array(upper, dtype=np.int64)
    comma = np.isin(lines.last[rows], [ord(c) for c in "，、,"]) & np.array([n == _READS_ON for n in notes], dtype=bool)
    commas = np.bincount(lines.page[rows[comma]], minlength=lines.pages)
    every = np.bincount(lines.page[rows], minlength=lines.pages)
    kept = ~(comma & (2 * commas >= every)[lines.page[rows]])
    return rows[kept].tolist(), [n for n, keep in zip(notes, kept.tolist(), strict=True) if keep]


def _deeper(lines: Lines, row: int, lower: int) -> bool:
    """Whether the lower line is indented as a first line and the upper one is not."""
    return bool(lines.indent[lower] >= lines.indent[row] + 2)


def _apart(lines: Lines) -> Mask:
    """Pages that set most of their lines apart by blank lines."""
    solid = np.flatnonzero(~lines.blank)
    below = np.minimum(solid + 1, len(lines) - 1)
    gap = lines.blank[below] & (lines.page[below] == lines.page[solid])
    gaps = np.bincount(lines.page[solid[gap]], minlength=lines.pages)
    count = np.bincount(lines.page[solid], minlength=lines.pages)
    apart: Mask = gaps * 2 >= count
    return apart
