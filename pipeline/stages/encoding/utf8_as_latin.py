"""ENC201: UTF-8 that was read as a single-byte encoding."""

import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from ftfy import TextFixerConfig, fix_encoding
from ftfy.badness import is_bad
from ftfy.fixes import fix_c1_controls

from pipeline.edit import Edit, Edits, Ints
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.marks import MOJIBAKE, positions, rows_of
from pipeline.stages.encoding.misread import edits_of, misread
from pipeline.stages.encoding.options import EncodingOptions
from pipeline.stages.encoding.settled import settled, trimmed
from pipeline.stages.encoding.ways import is_in_pairs

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
_MIN_PIECE, _MAX_PIECE = 4_000, 8_000
_CUT = re.compile("[ \t]|(?=[\u00c2-\u00f4])")


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
    own = edits_of(lines, context.options, "utf8_as_latin", CODE)
    taken = lines.derived(misread(context.options))
    at = at[~np.isin(rows_of(lines, at), list(taken))]
    edits = [edit for row in _bad_rows(lines, at) for edit in _by_ftfy(lines, row, context.options)]
    return Found(edits=Edits.join([own.edits or Edits.empty(), Edits.of(edits)]))


def _bad_rows(lines: Lines, at: Ints) -> list[int]:
    """The rows that ftfy holds to be broken, in order."""
    rows = rows_of(lines, at)
    low = np.maximum(at - _WINDOW, lines.start[rows]).tolist()
    high = np.minimum(at + _WINDOW, lines.end[rows]).tolist()
    bad: set[int] = set()
    for row, a, b in zip(rows.tolist(), low, high, strict=True):
        if row not in bad and is_bad(lines.text[a:b]):
            bad.add(row)
    return sorted(bad)


def _by_ftfy(lines: Lines, row: int, options: EncodingOptions) -> Iterator[Edit]:
    """The edits of a line, one for each piece of it that ftfy changes."""
    base = int(lines.start[row])
    line = lines.text[base : int(lines.end[row])]
    if is_in_pairs(line):  # two bytes a character, though not certain enough for a rule: ftfy would make it worse
        return
    for low, high in pieces(line):
        piece = line[low:high]
        mended = _memo(piece) if len(piece) <= _MEMO_CHARS else repaired(piece)
        if mended != piece:
            a, b, new = trimmed(piece, settled(mended, options.max_marks))
            yield Edit(base + low + a, base + low + b, new, CODE)


def pieces(line: str) -> Iterator[tuple[int, int]]:
    """Spans of a line that ftfy is called on: whole, or of a few thousand characters and cut where no character is.

    ftfy takes more than linear time on lines of millions of characters. A line is cut behind white space, or before
    what would be the first byte of a character.
    """
    start = 0
    while len(line) - start > _MAX_PIECE:
        cut = _CUT.search(line, start + _MIN_PIECE, start + _MAX_PIECE)
        end = cut.end() if cut else start + _MAX_PIECE
        yield start, end
        start = end
    yield start, len(line)
