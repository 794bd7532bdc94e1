"""ENC501: text that is not in Unicode's composed form."""

import numpy as np

from pipeline.edit import Edit, Edits
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.marks import NORMAL, positions, runs
from pipeline.stages.encoding.settled import composed, trimmed

CODE = "ENC501"

_LINE_FEED = 0x0A


@rule(CODE)
def normal_form(lines: Lines, context: Context) -> Found:
    """Text that is not in Unicode's normal form NFC.

    `e` with a combining accent becomes `é`, and compatibility ideographs (U+F900 to U+FAFF, left by Big5 and Korean
    sets) become the ideographs that they double. Only the characters concerned change, with the one before them. Runs
    of combining marks longer than 30, as decoration piles them up, are cut there.

    Leaves alone: full-width letters and punctuation, circled numbers, ligatures, ™ and ²: those are NFKC's.

    Before: `cafe\\u0301`. After: `café`.
    """
    at = positions(lines, NORMAL)
    if not len(at):
        return Found()
    start, end = runs(at)
    # A character without the mark is a starter that NFC leaves alone: the text may be cut before it, but what follows
    # can still compose with it.
    start = np.where((start > 0) & (lines.codes[np.maximum(start - 1, 0)] != _LINE_FEED), start - 1, start)
    edits = []
    for a, b in zip(start.tolist(), end.tolist(), strict=True):
        old = lines.text[a:b]
        new = composed(old, context.options.max_marks)
        if new != old:
            low, high, put = trimmed(old, new)
            edits.append(Edit(a + low, a + high, put, CODE))
    return Found(edits=Edits.of(edits)) if edits else Found()
