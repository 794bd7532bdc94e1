"""Lines that have some character: what lets most lines pass by a pattern that cannot match them."""

import numpy as np

from pipeline.lines import Lines, Mask


def having(lines: Lines, chars: str) -> Mask:
    """Lines with any of a few characters, as they stand in the folded text.

    >>> having(Lines.of(["责编：甲\\n正文\\n責編:乙"]), "编").tolist()
    [True, False, True]
    """
    out = np.zeros(len(lines), dtype=bool)
    codes = lines.folded_codes
    for char in chars:
        out[np.searchsorted(lines.end, np.flatnonzero(codes == ord(char)))] = True
    return out
