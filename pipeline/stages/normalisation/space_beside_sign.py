"""NRM402: spaces beside full-width punctuation."""

import re

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.normalisation.prose import edits_of, matches, rows_with

CODE = "NRM402"

_STOPS = "，。、；：？！"
_BESIDE = re.compile(rf"(?<=[^\s])[ \t]+(?=[{_STOPS}”’）》】」』])|(?<=[{_STOPS}“‘（《【「『])[ \t]+(?=[^\s])")


@rule(CODE, optional=True)
def space_beside_sign(lines: Lines, context: Context) -> Found:
    """Spaces before or behind full-width punctuation, which has its own room.

    Leaves alone: spaces at the edges of a line; U+3000; spaces beside half-width signs and between words.

    Before: `你好 ， 世界 。`. After: `你好，世界。`.
    """
    found = matches(lines, rows_with(lines, " \t"), _BESIDE)
    return Found(edits=edits_of(((b + m.start(), b + m.end(), "") for b, m in found), CODE))
