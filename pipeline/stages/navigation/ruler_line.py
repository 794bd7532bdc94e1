"""NAV105."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule

# Three signs may be an ellipsis or the break between two scenes of a story (`***`).
_MIN_CHARS = 5


@rule("NAV105")
def ruler_line(lines: Lines, context: Context) -> Found:
    """A line drawn with characters: hyphens, equals signs, stars, and nothing else.

    Five or more characters of which none is a letter, a Han character or a digit. Shorter ones part the scenes of
    stories and stay; so do rows of an ellipsis, which speak.

    Before: `--------------------`, after: nothing.
    """
    bare = (lines.han + lines.latin + lines.digit == 0) & (lines.length >= _MIN_CHARS) & ~lines.blank
    return Found(rows=bare & (lines.stops == 0))
