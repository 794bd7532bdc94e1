"""ENC102: UTF-8 that was read as GBK."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.misread import edits_of

CODE = "ENC102"


@rule(CODE)
def utf8_as_gbk(lines: Lines, context: Context) -> Found:
    """UTF-8 that was read as GBK.

    `鏂伴椈` is what becomes of 新闻: three bytes a character are read two by two, and rare characters come out. Lines in
    which rare characters stand together are turned back into bytes and read as UTF-8: whole, or in the parts between
    ASCII or full-width signs. What comes out must be far more likely than what stands there, its form and the frequency
    of its characters considered. Bytes that GBK could not show are lost; their characters come back as U+FFFD, and with
    more than two in five lost the line stays as it is. 锟斤拷 comes back as what it was, U+FFFD.

    Leaves alone: rare names and classical words, whose bytes are no UTF-8; right text beside a misread part.

    Before: `鏂伴椈 2012-03-04`. After: `新闻 2012-03-04`.
    """
    return edits_of(lines, context.options, "utf8_as_gbk", CODE)
