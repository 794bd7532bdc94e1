"""Which lines read as sentences: the first thing to know of a line."""

from pipeline.lines import Lines, Mask


def prose(lines: Lines) -> Mask:
    """Lines that read as sentences: stops among enough Han characters, and no item of a list unless it ends as a
    sentence.
    """
    return lines.derived(_prose)


def _prose(lines: Lines) -> Mask:
    dense = (
        lines.han * 5 >= lines.length * 2
    )  # two fifths Han: prose with figures and Latin names passes, code does not
    long = (lines.han >= 12) & (lines.stops >= 2)
    sentence = (lines.han >= 8) & (lines.stops >= 1) & lines.ended
    wide = (lines.han >= 40) & (lines.stops >= 1)
    listed = lines.bullet & ~(lines.ended & (lines.han >= 20))
    return dense & (long | sentence | wide) & ~listed
