"""ENC101: GBK that was read as Latin-1."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.misread import edits_of

CODE = "ENC101"


@rule(CODE)
def gbk_as_latin(lines: Lines, context: Context) -> Found:
    """GBK that was read as Latin-1 or cp1252.

    `ÖÐ¹úÐÂÎÅ` is what becomes of 中国新闻 when a GBK page is read byte by byte. ftfy does not know it and makes it
    worse, so this rule comes first. The letters with accents and signs of a line, taken in pairs, must say Chinese that
    reads well: by the frequency of its characters it must be 3,000 times as likely as what stands there, and better
    than what the same bytes say in Big5 and UTF-8. On a page of which most lines come back, single characters follow.

    Leaves alone: Western words, whose accents stand one at a time; tables of accented letters, which decode to rare
    characters; single characters such as `ÖÐ` by themselves, which prove nothing.

    Before: `À´Ô´£ºÐÂ»ªÍø 2010-05-01`. After: `来源：新华网 2010-05-01`.
    """
    return edits_of(lines, context.options, "gbk_as_latin", CODE)
