"""ENC103: Big5 that was read as Latin-1."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.misread import edits_of

CODE = "ENC103"


@rule(CODE)
def big5_as_latin(lines: Lines, context: Context) -> Found:
    """Big5 that was read as Latin-1 or cp1252.

    `¤¤¤å·s»D` is what becomes of 中文新聞 when a Big5 page is read byte by byte; the second byte of half of its
    characters is ASCII and looks like a letter astray: `¥L­Ì`. The rule works as `gbk_as_latin` does.

    Leaves alone: signs of currency and fractions; Western words; bytes that read better as GBK or UTF-8.

    Before: `·s»D¤¤¤ß`. After: `新聞中心`.
    """
    return edits_of(lines, context.options, "big5_as_latin", CODE)
