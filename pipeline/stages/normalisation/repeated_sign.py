"""NRM304: punctuation that is repeated."""

import re

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.normalisation.prose import FULL, HAN, edits_of, matches, rows_with

CODE = "NRM304"

# Three full stops or more are an ellipsis.
_REPEATED = re.compile(
    rf"(?P<same>[，、；：！？])(?P=same)+|(?<!。)。。(?!。)|(?<=[{HAN}{FULL}])(?P<half>[,;!?])(?P=half)+(?=\s*$|[{HAN}{FULL}])"
)


@rule(CODE, optional=True)
def repeated_sign(lines: Lines, context: Context) -> Found:
    """The same sign of punctuation two times or more, which becomes one.

    `太好了！！！！` is loud and not another sentence; `，，` is a slip.

    Leaves alone: ellipses and dashes; ？！ and other pairs of different signs; signs in code and in lines with more
    Latin letters than Han (`a || !!b`); quotes and brackets, of which two may close together.

    Before: `太好了！！！真的，，吗？？`. After: `太好了！真的，吗？`.
    """
    found = matches(lines, rows_with(lines, "，、；：！？。,;!?"), _REPEATED)
    return Found(edits=edits_of(((b + m.start() + 1, b + m.end(), "") for b, m in found), CODE))
