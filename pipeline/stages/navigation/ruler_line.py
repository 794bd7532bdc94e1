"""NAV105."""

from pipeline.lines import Lines, among
from pipeline.rule import Context, Found, rule

# Three signs may be an ellipsis or the break between two scenes of a story (`***`).
_MIN_CHARS = 5


@rule("NAV105")
def ruler_line(lines: Lines, context: Context) -> Found:
    """A line drawn with signs: hyphens, equals signs, lines of boxes, and nothing else.

    Five or more signs. Shorter rows part the scenes of stories and stay; so do dots, which speak, and stars, which rate.

    Before: `--------------------`, after: nothing.
    """
    signs = (lines.punct + lines.space == lines.end - lines.start) & (lines.stops == 0)
    dots = among(lines.first, ".．·•")
    return Found(rows=signs & ~dots & (lines.length >= _MIN_CHARS) & ~lines.blank)
