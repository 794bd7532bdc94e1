"""NRM201: full-width letters and digits."""

import re

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule, span_edits

CODE = "NRM201"

_LETTER = "０-９Ａ-Ｚａ-ｚ"
# A sign between two of them belongs to what they write: an address, a time, a fraction. A comma, a bracket or a full
# stop does not.
_RUN = re.compile(f"[{_LETTER}]+(?:[．－／：＠＿＆＋％＃][{_LETTER}]+)*％?")
_SHIFT = 0xFEE0
_TO_ASCII = {code: code - _SHIFT for code in range(0xFF01, 0xFF5F)}


@rule(CODE)
def full_width_letter(lines: Lines, context: Context) -> Found:
    """Letters and digits in the width of a Han character.

    They come from input methods and old typesetting: `２０１０年` is `2010年`, and nobody who looks for the one finds the
    other. Signs between them go with them: the full stop of `３．５％`, the colon of `１２：３０`.

    Leaves alone: full-width punctuation of prose, beside a number too: `１，` and `（１）` keep their comma and brackets;
    circled and Roman numbers.

    Before: `２０１０年ＧＤＰ增长３．５％。`. After: `2010年GDP增长3.5％。`.
    """
    codes = lines.codes
    wide = (codes >= 0xFF10) & (codes <= 0xFF5A)
    at = np.flatnonzero(wide)
    at = at[(codes[at] <= 0xFF19) | ((codes[at] >= 0xFF21) & (codes[at] <= 0xFF3A)) | (codes[at] >= 0xFF41)]
    if not len(at):
        return Found()
    spans, done = [], -1
    for start in at.tolist():
        if start >= done:
            match = _RUN.match(lines.text, start)
            assert match is not None  # every position is of a letter or digit
            done = match.end()
            spans.append((start, done))
    new = [lines.text[a:b].translate(_TO_ASCII) for a, b in spans]
    starts, ends = np.array(spans, dtype=np.int64).T
    return Found(edits=span_edits(starts, ends, CODE, new))
