"""NRM403: runs of spaces within a line."""

import re

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.normalisation.prose import edits_of, matches, rows_with

CODE = "NRM403"

_RUN = re.compile(r"(?<=[^\s])(?:[ \t\u3000]{2,}|[\t\u3000])(?=[^\s])")


@rule(CODE, optional=True)
def space_run(lines: Lines, context: Context) -> Found:
    """Several spaces, a tab or U+3000 between two words of a line, which become one space.

    Leaves alone: indents; single spaces; lines with more Latin letters than Han, which may be code. Tables that are set
    with spaces lose their columns.

    Before: `来源：\\u3000新华社   2010年`. After: `来源： 新华社 2010年`.
    """
    found = matches(lines, rows_with(lines, " \t\u3000"), _RUN)
    return Found(edits=edits_of(((b + m.start(), b + m.end(), " ") for b, m in found), CODE))
