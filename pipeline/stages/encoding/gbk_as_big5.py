"""ENC104: GBK that was read as Big5."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.misread import edits_of

CODE = "ENC104"


@rule(CODE)
def gbk_as_big5(lines: Lines, context: Context) -> Found:
    """GBK that was read as Big5.

    `笢恅` is what becomes of 中文 on a reader's machine in Taiwan. Pairs of bytes stay pairs; only the frequency of the
    characters tells: what the line says must read well, and what stands there badly.

    Leaves alone: lists of rare characters, which read no better in GBK; names.

    Before: `斕疑岍賜`. After: `你好世界`.
    """
    return edits_of(lines, context.options, "gbk_as_big5", CODE)
