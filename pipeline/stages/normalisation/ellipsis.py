"""NRM301: ellipses in other forms."""

import re

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.normalisation.prose import FULL, HAN, edits_of, matches, rows_with

CODE = "NRM301"

_WRITTEN = "……"
_FORMS = r"\.{3,}|。{3,}|．{3,}|·{3,}|・{3,}|⋯+|…+(?:\.{2,})?"
_BESIDE = f"{HAN}{FULL}"
_ELLIPSIS = re.compile(rf"(?<=[{_BESIDE}])(?:{_FORMS})|(?<![^\s])(?:{_FORMS})(?=[{_BESIDE}])")


@rule(CODE, optional=True)
def ellipsis(lines: Lines, context: Context) -> Found:
    """Ellipses that are not written as ……: three full stops or more, one sign instead of two, dots in the middle.

    The standard of punctuation (GB/T 15834) gives an ellipsis the width of two characters and six dots. Only signs
    beside Han or full-width punctuation count.

    Leaves alone: …… itself; dots in paths (`../a`), code, numbers and sentences in Latin letters; two full stops.

    Before: `他说...算了。。。`. After: `他说……算了……`.
    """
    found = matches(lines, rows_with(lines, ".。．·・⋯…"), _ELLIPSIS)
    return Found(edits=edits_of(((b + m.start(), b + m.end(), _WRITTEN) for b, m in found if m[0] != _WRITTEN), CODE))
