"""How well two pieces of text read as one: by the grams of the corpus where a build has counted them, else by those
that come with jingwen.
"""

from pipeline.corpus.grams import Reading, default
from pipeline.lines import Lines
from pipeline.rule import Context

# Two characters of each side are looked at, spaces left out: as many as this hold them, but for odd lines.
_CHARS = 8


def reading(context: Context) -> Reading:
    """The reading that a stage was given, or the one that is shipped."""
    return context.summary if isinstance(context.summary, Reading) else default()


def goes_on(reading: Reading, lines: Lines, upper: int, lower: int) -> float:
    """How much likelier the lower line goes on from the upper than begins a sentence of its own, in nats."""
    tail, head = int(lines.tail[upper]), int(lines.head[lower])
    above = lines.text[max(int(lines.head[upper]), tail - _CHARS) : tail]
    return reading.goes_on(above, lines.text[head : min(int(lines.tail[lower]), head + _CHARS)])
