"""NRM401: Han characters set apart one by one."""

import re

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.normalisation.prose import HAN, edits_of, matches, rows_with

CODE = "NRM401"

_SPACE = "[ \u3000]"
# From four characters on: 张 三 and 甲 乙 丙 are names and items.
_SPACED = re.compile(rf"(?<![{HAN}])[{HAN}](?:{_SPACE}[{HAN}](?![{HAN}])){{3,}}")
_GAP = re.compile(_SPACE)


@rule(CODE, optional=True)
def spaced_han(lines: Lines, context: Context) -> Found:
    """Words whose characters are set apart by a space each, as headings on paper are: `通 知 公 告`.

    Leaves alone: fewer than four characters in a row; words or names with a space between them (张三 李四); wider
    gaps, which are columns.

    Before: `新 闻 中 心`. After: `新闻中心`.
    """
    found = matches(lines, rows_with(lines, " \u3000"), _SPACED)
    gaps = ((b + m.start() + g.start(), b + m.start() + g.end(), "") for b, m in found for g in _GAP.finditer(m[0]))
    return Found(edits=edits_of(gaps, CODE))
