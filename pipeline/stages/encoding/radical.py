"""ENC502: radicals that stand for characters."""

import unicodedata
from functools import cache

import numpy as np

from pipeline.lines import HAN, Lines, kinds
from pipeline.rule import Context, Found, rule, span_edits
from pipeline.stages.encoding.marks import RADICAL, positions, runs

CODE = "ENC502"

# Of the supplement (U+2E80 on) only those that look like the character itself; PDF readers give them for it.
_SUPPLEMENT = (
    "⺟母 ⺠民 ⻁虎 ⻄西 ⻅见 ⻆角 ⻉贝 ⻋车 ⻑長 ⻒镸 ⻓长 ⻔门 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻝食 ⻢马 ⻣骨 "
    "⻤鬼 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄 ⻬齐 ⻮齿 ⻰龙 ⻳龟"
)


@cache
def _characters() -> dict[str, str]:
    kangxi = {chr(c): unicodedata.normalize("NFKC", chr(c)) for c in range(0x2F00, 0x2FD6)}
    return kangxi | {pair[0]: pair[1] for pair in _SUPPLEMENT.split()}


def _is_han(char: str) -> bool:
    """Whether a character is Han, and itself no radical."""
    return char >= "\u3005" and int(kinds()[ord(char)]) & 7 == HAN


@rule(CODE)
def radical(lines: Lines, context: Context) -> Found:
    """Kangxi radicals and their like in place of the characters that they look like.

    Many PDF files give ⽤ (U+2F64) for 用 and ⻓ (U+2ED3) for 长: fonts hold one glyph for both. Searching and
    counting then miss the word. A radical next to a Han character, or to another such radical, stands for the
    character.

    Leaves alone: radicals by themselves, as in a dictionary's index; those of the supplement that look like no
    character.

    Before: `使⽤⽅法`. After: `使用方法`.
    """
    at = positions(lines, RADICAL)
    if not len(at):
        return Found()
    table = _characters()
    text = lines.text
    kept = []
    for start, end in zip(*(column.tolist() for column in runs(at)), strict=True):
        beside = text[max(start - 1, 0) : start] + text[end : end + 1]
        if any(map(_is_han, beside)):
            kept += [p for p in range(start, end) if text[p] in table]
    place = np.array(kept, dtype=np.int64)
    return Found(edits=span_edits(place, place + 1, CODE, [table[text[p]] for p in kept]))
