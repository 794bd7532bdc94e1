"""ENC201: UTF-8 that was read as a single-byte encoding."""

import re
from functools import lru_cache

import numpy as np
from ftfy import TextFixerConfig, fix_encoding
from ftfy.badness import is_bad
from ftfy.fixes import fix_c1_controls

from pipeline.edit import Edit, Edits
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.marks import MOJIBAKE, positions, rows_of
from pipeline.stages.encoding.settled import settled, trimmed

CODE = "ENC201"

# ftfy's defaults rewrite “ ” ， ： to ASCII. Of its fixers only those of the encoding are called; entities, control
# characters, line ends and normal form have rules of their own with exact spans.
CONFIG = TextFixerConfig(
    unescape_html=False,
    uncurl_quotes=False,
    fix_character_width=False,
    fix_latin_ligatures=False,
    fix_line_breaks=False,
    normalization=None,
    explain=False,
)
# The longest sequence that ftfy's test for badness looks at is six characters.
_WINDOW = 6
# ftfy takes the × of a formula and what follows it for a Hebrew letter; Hebrew and Arabic come in words.
_HEBREW_OR_ARABIC = re.compile("[\u0590-\u06ff]")
_MAX_STRAY = 2
# Lines repeat; longer ones do not.
_MEMO_CHARS = 200


def repaired(line: str) -> str:
    """The line with the encoding mended as ftfy does it; the line itself where nothing is wrong.

    >>> repaired("ä¸\\u00adæ–‡ç½‘ç«™"), repaired("中文，“引号”：×²")
    ('中文网站', '中文，“引号”：×²')
    """
    old = line
    while is_bad(line):
        mended = fix_c1_controls(fix_encoding(line, CONFIG))
        if mended == line:
            break
        line = mended
    return old if 0 < len(_HEBREW_OR_ARABIC.findall(line)) <= _MAX_STRAY else line


_memo = lru_cache(maxsize=20_000)(repaired)


@rule(CODE)
def utf8_as_latin(lines: Lines, context: Context) -> Found:
    r"""UTF-8 that was read as Latin-1, cp1252 or another single-byte encoding.

    `ä¸\xadæ–‡` is what becomes of 中文 when its bytes are read one by one. The repair is ftfy's, with everything that
    it does beyond the encoding switched off: its defaults turn Chinese punctuation into ASCII. ftfy sees one line at a
    time, and only lines with a character that mojibake cannot do without. What is repaired is settled at once:
    entities, spaces, normal form.

    Leaves alone: accents, pinyin, degree and multiplication signs, currency, curly quotes, box drawing; lines that
    ftfy does not hold to be certainly broken; GBK read as Latin-1, which ftfy makes worse and `gbk_as_latin` repairs
    first.

    Before: `ä¸\xadæ–‡ç½‘ç«™`. After: `中文网站`.
    """
    at = positions(lines, MOJIBAKE)
    if not len(at):
        return Found()
    text = lines.text
    rows = rows_of(lines, at)
    start, end = lines.start[rows], lines.end[rows]
    low = np.maximum(at - _WINDOW, start).tolist()
    high = np.minimum(at + _WINDOW, end).tolist()
    bad: set[int] = set()
    for row, a, b in zip(rows.tolist(), low, high, strict=True):
        if row not in bad and is_bad(text[a:b]):
            bad.add(row)
    edits = []
    for row in sorted(bad):
        base = int(lines.start[row])
        line = text[base : int(lines.end[row])]
        mended = _memo(line) if len(line) <= _MEMO_CHARS else repaired(line)
        if mended != line:
            a, b, new = trimmed(line, settled(mended, context.options.max_marks))
            edits.append(Edit(base + a, base + b, new, CODE))
    return Found(edits=Edits.of(edits)) if edits else Found()
