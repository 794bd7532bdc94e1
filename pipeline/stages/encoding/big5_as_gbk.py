"""ENC105: Big5 that was read as GBK."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.misread import edits_of

CODE = "ENC105"


@rule(CODE)
def big5_as_gbk(lines: Lines, context: Context) -> Found:
    """Big5 that was read as GBK.

    `いゅ` is what becomes of 中文: kana, Greek and rare characters amid common ones. The rule works as `gbk_as_big5` does.

    Leaves alone: Japanese, whose bytes say nothing in Big5; names in rare characters.

    Before: `и璶堵`. After: `我要聽`.
    """
    return edits_of(lines, context.options, "big5_as_gbk", CODE)
