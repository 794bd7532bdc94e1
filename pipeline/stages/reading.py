"""How well two pieces of text read as one: by the grams of the corpus where a build has counted them, else by those
that come with jingwen.
"""

import numpy as np

from pipeline.corpus.grams import Floats, Reading, default
from pipeline.edit import Ints
from pipeline.lines import Lines
from pipeline.rule import Context

# Two characters of each side are looked at, spaces left out: as many as this hold them, but for odd lines.
_CHARS = 8


def reading(context: Context) -> Reading:
    """The reading that a stage was given, or the one that is shipped."""
    return context.summary if isinstance(context.summary, Reading) else default()


def goes_on(reading: Reading, lines: Lines, upper: Ints, lower: Ints) -> Floats:
    """How much likelier each lower line goes on from its upper than begins a sentence of its own, in nats."""
    if not len(upper):
        return np.zeros(0)
    tail, head = lines.tail[upper], lines.head[lower]
    above = np.maximum(lines.head[upper], tail - _CHARS)
    return reading.read(lines.codes, above, tail, head, np.minimum(lines.tail[lower], head + _CHARS))
