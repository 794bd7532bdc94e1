"""NRM302: dashes in other forms."""

import re

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.normalisation.prose import FULL, HAN, edits_of, matches, rows_with

CODE = "NRM302"

_WRITTEN = "——"
_BESIDE = f"{HAN}{FULL}"
_DASH = re.compile(rf"(?<=[{_BESIDE}])(?:-{{2,4}}|－{{2,4}}|─{{2,4}}|━{{2,4}}|―{{1,4}}|—{{3,4}})(?=[{_BESIDE}])")


@rule(CODE, optional=True)
def dash(lines: Lines, context: Context) -> Found:
    """Dashes between Han characters that are not written as ——: hyphens, box drawing, horizontal bars, two to four.

    Leaves alone: —— itself; a single — or －, which joins places and years (北京—上海); hyphens in words, numbers, options
    (`--help`) and code; lines of signs.

    Before: `他来了--走了`. After: `他来了——走了`.
    """
    found = matches(lines, rows_with(lines, "-－─━―—"), _DASH)
    return Found(edits=edits_of(((b + m.start(), b + m.end(), _WRITTEN) for b, m in found), CODE))
