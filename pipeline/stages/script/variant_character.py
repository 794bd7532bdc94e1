"""SCR202: variant characters that OpenCC leaves."""

from functools import cache

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.script.conversion import Codes, character_table
from pipeline.stages.script.converted import change_edits, traditional_pieces
from pipeline.stages.script.mends import VARIANTS

CODE = "SCR202"


@cache
def _table() -> Codes:
    return character_table(dict(VARIANTS))


@rule(CODE)
def variant_character(lines: Lines, context: Context) -> Found:
    """Variant forms that simplified script has given up and OpenCC does not know: 擡 for 抬, 牠 for 它, 妳 for 你.

    China's list of variants of 1955 names the form to be used; only characters that OpenCC leaves unchanged are looked
    at, and only on lines that are read as traditional.

    Leaves alone: forms that the list of 2013 allows again for names (甯, 昇, 堃); words that OpenCC or our mends keep.

    Before: `牠擡起頭`. After: `它抬起頭`.
    """
    if context.options.direction != "t2s":
        return Found()
    changes = []
    for piece in lines.derived(traditional_pieces):
        new = np.where(piece.codes == piece.converted, _table()[piece.codes], piece.codes)
        changes.append((piece.start, piece.codes, new))
    return Found(edits=change_edits(changes, CODE))
