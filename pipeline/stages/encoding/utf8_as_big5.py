"""ENC104: UTF-8 that was read as Big5."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.misread import edits_of

CODE = "ENC104"


@rule(CODE)
def utf8_as_big5(lines: Lines, context: Context) -> Found:
    """UTF-8 that was read as Big5.

    `銝剜��` is what becomes of 中文. Big5 has no sign for most pairs of these bytes, so that little can be brought back: the
    rule works as `utf8_as_gbk` does, and leaves a line alone of which more than two in five characters are lost.

    Leaves alone: rare names; lines with too many losses.

    Before: `摰園鈭箏極雿`. After: `家園人工作`.
    """
    return edits_of(lines, context.options, "utf8_as_big5", CODE)
