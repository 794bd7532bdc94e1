"""NRM303: half-width punctuation between Han characters."""

import re
from collections.abc import Iterator

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.normalisation.prose import FULL, HAN, edits_of, matches, rows_with

CODE = "NRM303"

_WIDE = str.maketrans(",.;:?!()", "，。；：？！（）")
_BEFORE = f"[{HAN}”’）》」』】]"
_AFTER = f"[{HAN}“‘（《「『【]"
_SIGN = re.compile(
    rf"(?:(?<={_BEFORE})|(?<=[{HAN}]\)))(?:(?P<sign>[,;:?!])(?: (?={_AFTER})|(?=\s*$|{_AFTER}))|(?P<stop>\.)(?=\s*$))"
    # A pair of brackets is changed as one, or one of them would be left.
    rf"|(?<=[{HAN}{FULL}])\((?P<inside>[{HAN}](?:[^()\n]{{0,60}}[{HAN}{FULL}])?)\)"
)


@rule(CODE, optional=True)
def half_width_sign(lines: Lines, context: Context) -> Found:
    """Half-width commas, stops, colons, question and exclamation marks and brackets between Han characters.

    `你好,世界.` is typed with the keyboard of another language; full-width signs are the standard, and sentences are
    told by them. A sign counts with Han or a closing quote before it, and behind it Han, an opening quote or the end of
    the line, a full stop only at the end of the line; the space behind it goes. Brackets go in pairs, and what they
    hold must begin and end with Han.

    Leaves alone: signs beside a Latin letter or digit (3.5, 12:30, `a,b`, Mr.); the dot in a name (约翰.史密斯);
    addresses, also those with Han in them; what stands between back quotes; lines with more Latin letters than Han.

    Before: `你好,世界(旧的).`. After: `你好，世界（旧的）。`.
    """
    return Found(edits=edits_of(_changes(lines), CODE))


def _changes(lines: Lines) -> Iterator[tuple[int, int, str]]:
    for base, match in matches(lines, rows_with(lines, ",.;:?!("), _SIGN):
        a, b = base + match.start(), base + match.end()
        sign = match["sign"] or match["stop"]
        if sign:
            yield a, b, sign.translate(_WIDE)
        else:
            yield a, a + 1, "（"
            yield b - 1, b, "）"
