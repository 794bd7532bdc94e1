"""What a set of patterns finds in a line, the plain way: every pattern that may match such a line is tried."""

from pipeline.signal import Signals


def bits_of(signals: Signals, line: str) -> int:
    """The bits of a folded line."""
    able = signals._all
    if line.endswith("。"):
        able = signals._in_sentences
    elif len(line) >= 20 and "," in line:
        able = signals._in_clauses
    return sum(bit for bit, search in signals._patterns if bit & able and search(line))
