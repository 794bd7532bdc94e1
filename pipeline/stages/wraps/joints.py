"""Joints: pairs of lines, and the edits that join them."""

import re
from collections.abc import Sequence

import numpy as np

from pipeline.edit import Edits, Ints
from pipeline.lines import DIGIT, HAN, LATIN, Lines, Mask, among
from pipeline.rule import span_edits
from pipeline.stages.shape import shape
from pipeline.stages.wraps.blocks import quote_of

# Words are compared by so many of their characters; longer ones are addresses, which do not come back.
_WORD_CHARS = 24
# A hyphen that a break put into a word stands between letters of lower case, three of them before it.
_HYPHENED = re.compile(r"[A-Za-z]*[a-z]{2}-$")
_REST = re.compile(r"[a-z]{2,}")
_LAST_WORD, _FIRST_WORD = re.compile(r"[A-Za-z0-9_.+-]{2,}$"), re.compile(r"[A-Za-z0-9_.+-]{2,}")


def join_edits(lines: Lines, upper: Ints, code: str, notes: Sequence[str], by_words: bool = False) -> Edits:
    """Edits that join each of those rows with the next line that is not blank; `by_words` says that lines break
    between words, so that two words of Latin letters never were one.

    Han meets Han without a space; Latin meets Latin with one, after a hyphen without; Han meets Latin as the page does
    elsewhere: the same word if it has it, or most words. A space that stands at the break is kept where the page kept
    those at its breaks. A hyphen goes where the page has the whole word elsewhere.
    """
    lower = lines.neighbour(1)[upper]
    start, end = lines.tail[upper], lines.head[lower].copy()
    for i in np.flatnonzero((lines.first[lower] == ord(">")) & (lines.first[upper] == ord(">"))).tolist():
        end[i] += len(quote_of(lines, int(lower[i])))  # the sign is repeated in every line of a quotation
    last, first = lines.kind[start - 1] & 7, lines.kind[end] & 7
    letter_last, letter_first = (last == LATIN) | (last == DIGIT), (first == LATIN) | (first == DIGIT)
    # A path or an option is a word too.
    second = lines.kind[np.minimum(end + 1, len(lines.kind) - 1)] & 7
    letter_first |= among(lines.codes[end], "/~$-_") & (second == LATIN)
    # So is one that ends in a sign: relay(8), open(), 50%.
    inner = lines.codes[np.maximum(start - 2, 0)]
    signed = among(lines.codes[start - 1], ")]_%") & (inner > 0x20) & (inner < 0x80)
    hyphen = (lines.codes[start - 1] == ord("-")) & letter_first
    # A full stop or comma of half width before a Latin word ended a clause of Latin text.
    stop = among(lines.codes[start - 1], ".,;:!?)") & (first == LATIN)
    mixed = ((last == HAN) & letter_first) | ((letter_last | signed) & (first == HAN))
    space = (letter_last | stop) & letter_first & ~hyphen
    space[mixed] |= shape(lines).spaced(lines.page[upper[mixed]])
    # Two runs of digits that meet at a break are one number as often as two: with one digit on a side they are one.
    space &= ~((last == DIGIT) & (first == DIGIT))
    for i in np.flatnonzero(mixed).tolist():
        space[i] = _as_elsewhere(lines, int(start[i]), int(end[i]), bool(letter_first[i]), bool(space[i]))
    for i in np.flatnonzero((last == LATIN) & (first == LATIN) & (not by_words)).tolist():
        space[i] &= not _one_word(lines, int(start[i]), int(end[i]))
    stood, keeps = spaces_at(lines, upper, lower)
    page = lines.page[upper]
    faithful = np.bincount(page[stood], minlength=lines.pages) > 0
    counts = faithful[page] & keeps & (stood | (last != HAN) | (first != HAN)) & (mixed if by_words else True)
    space = np.where(counts, stood, space)
    start = start.copy()
    for i in np.flatnonzero(hyphen).tolist():
        start[i] -= _hyphen_of_break(lines, int(start[i]), int(end[i]))
    return span_edits(start, end, code, [" " if s else "" for s in space.tolist()], notes)


def spaces_at(lines: Lines, upper: Ints, lower: Ints) -> tuple[Mask, Mask]:
    """Whether one space stands at a break, behind the upper line or before the lower; and whether spaces there say
    anything: not where lines are indented or padded.
    """
    behind, before = lines.end[upper] - lines.tail[upper], lines.indent[lower]
    plain = (lines.codes[lines.tail[upper]] == 0x20) | (lines.codes[lines.start[lower]] == 0x20)
    stood = (behind + before == 1) & plain
    return stood, (behind + before <= 1) & ((behind == 0) | plain)


def _as_elsewhere(lines: Lines, tail: int, head: int, latin_below: bool, otherwise: bool) -> bool:
    """Whether a word of Latin letters or digits stands apart from Han beside it, as the page has the same word."""
    low, high = _around(lines, head)
    if latin_below:
        found = _FIRST_WORD.match(lines.text, head, head + _WORD_CHARS)
    else:
        found = _LAST_WORD.search(lines.text, max(low, tail - _WORD_CHARS), tail)
    if not found:
        return otherwise
    word, apart, close = found[0], 0, 0
    at = lines.text.find(word, low, high)
    for _ in range(_MOST_LOOKED_AT):
        if at < 0:
            break
        beside, beyond = (at - 1, at - 2) if latin_below else (at + len(word), at + len(word) + 1)
        if low <= beyond < high and at != found.start():
            apart += int(lines.codes[beside] == 0x20 and lines.kind[beyond] & 7 == HAN)
            close += int(lines.kind[beside] & 7 == HAN)
        at = lines.text.find(word, at + len(word), high)
    return otherwise if apart == close else apart > close


# A word is looked for so many times, and so far from the break: a habit shows by then, and long pages stay linear.
_MOST_LOOKED_AT, _REACH = 8, 20_000


def _hyphen_of_break(lines: Lines, tail: int, head: int) -> int:
    """1 where the hyphen before a break belongs to the break: the page has the whole word elsewhere, else 0."""
    above = _HYPHENED.search(lines.text, max(0, tail - _WORD_CHARS), tail)
    below = _REST.match(lines.text, head, head + _WORD_CHARS)
    if not above or not below:
        return 0
    return int(lines.text.find(above[0][:-1] + below[0], *_around(lines, head)) >= 0)


def _one_word(lines: Lines, tail: int, head: int) -> bool:
    """Whether the letters on both sides of a break are one word that stands elsewhere on the page."""
    above = _LAST_WORD.search(lines.text, max(0, tail - _WORD_CHARS), tail)
    below = _FIRST_WORD.match(lines.text, head, head + _WORD_CHARS)
    whole = (above[0] if above else lines.text[tail - 1]) + (below[0] if below else lines.text[head])
    return lines.text.find(whole, *_around(lines, head)) >= 0


def _around(lines: Lines, place: int) -> tuple[int, int]:
    """The part of the page in which words are looked up."""
    page = int(np.searchsorted(lines.page_start, place, side="right")) - 1
    low, high = int(lines.page_start[page]), int(lines.page_start[page + 1])
    return max(low, place - _REACH), min(high, place + _REACH)


def cut_edits(lines: Lines, upper: Ints, code: str, notes: Sequence[str]) -> Edits:
    """Edits that undo a cut made by a program after a number of characters: spaces at the cut stay as they are."""
    lower = lines.neighbour(1)[upper]
    start, end = lines.tail[upper], lines.head[lower]
    put = [""] * len(upper)
    for i in np.flatnonzero((lines.end[upper] > start) | (end > lines.start[lower])).tolist():
        put[i] = lines.text[start[i] : lines.end[upper[i]]] + lines.text[lines.start[lower[i]] : end[i]]
    return span_edits(start, end, code, put, notes)
