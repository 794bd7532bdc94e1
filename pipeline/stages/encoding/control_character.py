"""ENC401: control characters."""

import re

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule, span_edits
from pipeline.stages.encoding.marks import CONTROL, positions, runs

CODE = "ENC401"

# An order to a terminal, as in \x1b[31m: without its first character the rest would stay as junk.
_TERMINAL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ESCAPE = 0x1B


@rule(CODE)
def control_character(lines: Lines, context: Context) -> Found:
    """Control characters: U+0000 to U+0008, U+000E to U+001F, U+007F, and terminal escapes whole.

    They show nothing, break readers of JSON and XML, and keep equal lines from being equal.

    Leaves alone: the tab; line ends, form feed and vertical tab, which are `line_ending`'s; U+0080 to U+009F that
    stand for a character of cp1252, which `utf8_as_latin` reads as such (the other five go).

    Before: `第一\\u0007章`. After: `第一章`.
    """
    at = positions(lines, CONTROL)
    if not len(at):
        return Found()
    covered = [at]
    for start in at[lines.codes[at] == _ESCAPE].tolist():
        match = _TERMINAL.match(lines.text, start)
        if match:
            covered.append(np.arange(start, match.end()))
    return Found(edits=span_edits(*runs(np.unique(np.concatenate(covered))), CODE))
