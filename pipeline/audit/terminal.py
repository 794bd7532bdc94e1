"""Diffs for a terminal: what left in red, struck through; what came in green; moves marked at both ends.

Without colour the same is said with brackets. No character of a page reaches the terminal that could act on it: control
and invisible characters are spelled out.
"""

import os
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from pipeline.audit.hunks import Gap, Kind, Line, Piece, Row

GUTTER = 16  # number, sign, rule
_CODES = {
    "gone": "31;9", "put": "32", "moved away": "35;9", "moved here": "36", "dim": "2", "bold": "1", "mark": "33",
    "red": "31", "green": "32", "magenta": "35", "cyan": "36",
}  # fmt: skip
_SIGN = {Kind.GONE: "−", Kind.PUT: "+", Kind.MOVED_AWAY: "↷", Kind.MOVED_HERE: "↳", Kind.KEPT: " "}
_TINT = {Kind.GONE: "red", Kind.PUT: "green", Kind.MOVED_AWAY: "magenta", Kind.MOVED_HERE: "cyan", Kind.KEPT: "dim"}
_BRACKETS = {
    Kind.GONE: ("[-", "-]"),
    Kind.PUT: ("{+", "+}"),
    Kind.MOVED_AWAY: ("[>", ">]"),
    Kind.MOVED_HERE: ("{<", "<}"),
}
# Characters that cannot be seen, or that a terminal acts on: controls, format characters (zero width, direction), lone
# surrogates, line and paragraph separators, variation selectors, fillers; not the line feed, which ends a line.
_UNSEEN = re.compile(
    "([\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f"
    "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ud800-\\udfff\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb"
    "\\U000e0000-\\U000e0fff])\\1*"
)
_SPACE = re.compile("([\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000])\\1*")
# So much of a long kept run is shown on either side of a change.
_BESIDE = 18


@dataclass(frozen=True, slots=True)
class Style:
    """How to show: with colour or brackets, wrapped at `width` columns or not at all (0)."""

    colour: bool = False
    width: int = 0

    @classmethod
    def of(cls, stream: TextIO) -> "Style":
        """The style for a stream: colour and width only at a terminal, no colour under NO_COLOR."""
        if not stream.isatty():
            return cls()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(not plain, shutil.get_terminal_size((100, 40)).columns)

    def paint(self, text: str, name: str) -> str:
        """The text in one of our colours."""
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self.colour and text else text


def visible(text: str, spaces: bool = False) -> str:
    """The text with what cannot be seen spelled out; with `spaces` also the spaces that are not U+0020.

    >>> visible("a\\x1b[2J\\u200b\\u3000b"), visible("\\u3000", spaces=True)
    ('a‹U+001B›[2J‹U+200B›\\u3000b', '‹U+3000›')
    """
    text = _UNSEEN.sub(_spelled, text)
    return _SPACE.sub(_spelled, text) if spaces else text


def _spelled(found: re.Match[str]) -> str:
    times = f" ×{len(found[0])}" if len(found[0]) > 1 else ""
    return f"‹U+{ord(found[0][0]):04X}{times}›"


def width_of(text: str) -> int:
    """How many columns a text takes in a terminal.

    >>> width_of("净文 ab")
    7
    """
    return sum(_columns(c) for c in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def heading(name: str, raw_chars: int, chars: int, edits: Counter[str], style: Style) -> Iterator[str]:
    """What a diff begins with: the page, how its length changed, and the rules with the number of their edits."""
    change = f"{raw_chars:,} → {chars:,} characters"
    rules = "  ".join(f"{rule} {count}" for rule, count in sorted(edits.items()))
    yield f"{style.paint(visible(name), 'bold')}  {style.paint(change, 'dim')}"
    if rules:
        yield style.paint(rules, "dim")


def diff(rows: Iterable[Row], style: Style) -> Iterator[str]:
    """The lines of a diff, without line feeds at their ends."""
    before = ""
    for row in rows:
        if isinstance(row, Gap):
            yield style.paint(f"{'⋮':>5}   {row.lines} line{'s' * (row.lines > 1)} unchanged", "dim")
            before = ""
            continue
        yield from _line(row, style, before)
        before = row.rules[0] if len(row.rules) == 1 else ""


def _line(line: Line, style: Style, before: str) -> Iterator[str]:
    """One line: number, sign and rule in the gutter; with several rules each piece carries its own."""
    rules = line.rules
    whole = line.only
    number = "" if line.number is None else str(line.number)
    sign = _SIGN[whole] if whole else "~"
    tint = _TINT[whole] if whole else "bold"
    rule = rules[0] if len(rules) == 1 else ""
    named = style.paint(f"{rule:<7}", "dim" if rule == before or not whole else tint)
    gutter = f"{style.paint(f'{number:>5}', 'dim')} {style.paint(sign, tint)} {named} "
    body = "".join(_shown(piece, line, style) for piece in line.pieces) if len(rules) < 2 else _tagged(line, style)
    notes = list(dict.fromkeys(_noted(p) for p in line.pieces if p.kind is not Kind.KEPT and _noted(p)))
    if notes and not (whole and rule == before):
        body += style.paint(f"  ◂ {visible('; '.join(notes))}", "dim")
    rest = " " * GUTTER
    parts = wrapped(body, style.width - GUTTER) if style.width > 2 * GUTTER else [body]
    for i, part in enumerate(parts):
        yield (gutter if i == 0 else rest) + part


def _noted(piece: Piece) -> str:
    where = ""
    if piece.other:
        where = f"{'to' if piece.kind is Kind.MOVED_AWAY else 'from'} line {piece.other}"
    return ", ".join(filter(None, (where, piece.note)))


def _tagged(line: Line, style: Style) -> str:
    """A line that several rules changed: each run of one rule is followed by its code."""
    out = []
    for piece, following in zip(line.pieces, (*line.pieces[1:], None), strict=True):
        out.append(_shown(piece, line, style))
        if piece.rule and (following is None or following.rule != piece.rule):
            out.append(style.paint(f"⟨{piece.rule}⟩", "dim"))
    return "".join(out)


def _shown(piece: Piece, line: Line, style: Style) -> str:
    if piece.kind is Kind.KEPT:
        return _marked(_shortened(piece.text, line), style)
    text = piece.text
    end = text.endswith("\n")
    text = visible(text[: len(text) - end], spaces=True)
    if text.strip(" ") == "":
        text = text.replace(" ", "␣")
    # Where all of a line left, its line feed did too: there is no need to say so.
    feed = "↵" if end and (line.only is None or not text) else ""
    if not style.colour and line.only is None:
        return f"{_BRACKETS[piece.kind][0]}{text}{feed}{_BRACKETS[piece.kind][1]}"
    return style.paint(text, piece.kind.value) + style.paint(feed, _TINT[piece.kind])


def _marked(text: str, style: Style) -> str:
    """Text that was kept; what was spelled out in it has a colour of its own."""
    if not style.colour:
        return visible(text)
    parts = re.split("(‹U\\+[^›]{4,12}›)", visible(text))
    return "".join(style.paint(part, "mark") if i % 2 else part for i, part in enumerate(parts))


def _shortened(text: str, line: Line) -> str:
    """A kept run, its middle left out where it is long: what matters is what stands beside a change."""
    if len(text) <= 2 * _BESIDE + 8:
        return text
    solid = [p.text for p in line.pieces if p.text != "\n"]
    first, last = solid[0] is text, solid[-1] is text
    if last:
        return f"{text[: 2 * _BESIDE]} …"
    # The beginning of a line says which one it is.
    return f"{text[:8] if first else text[:_BESIDE]} … {text[-_BESIDE:]}"


_TOKEN = re.compile("\x1b\\[[0-9;]*m|‹U\\+[^›]{4,12}›|⟨\\w{6}⟩|.", re.DOTALL)


def wrapped(text: str, width: int) -> list[str]:
    """A painted text in rows of at most that many columns; colours go on over the break."""
    rows, row, used, paint = [], "", 0, ""
    for token in _TOKEN.findall(text):
        if token.startswith("\x1b"):
            paint = "" if token == "\x1b[0m" else token
            row += token
            continue
        columns = width_of(token)
        if used + columns > width:
            rows.append(row + ("\x1b[0m" if paint else ""))
            row, used = paint, 0
        row += token
        used += columns
    return [*rows, row]


def side_by_side(rows: Iterable[Row], style: Style) -> Iterator[str]:
    """The raw page on the left and the result on the right, line by line of the raw page."""
    each = ((style.width or 120) - 2 * 6 - 3) // 2
    yield style.paint(f"{'':>5} {_padded('raw', each)} │ {'published'}", "dim")
    for row in rows:
        if isinstance(row, Gap):
            yield style.paint(f"{'⋮':>5} {row.lines} line{'s' * (row.lines > 1)} unchanged", "dim")
            continue
        sides: list[list[str]] = []
        for hidden in ("comes", "leaves"):
            shown = [p for p in row.pieces if not getattr(p.kind, hidden)]
            text = "".join(_shown(p, row, style) for p in shown)
            sides.append(wrapped(text, each) if text else [""])
        left, right = sides
        for i in range(max(len(left), len(right))):
            number = str(row.number) if i == 0 and row.number is not None else ""
            cells = [side[i] if i < len(side) else "" for side in (left, right)]
            tint = _TINT[row.only] if row.only else "bold"
            bar = style.paint("│" if not row.changed else "┃", tint)
            code = style.paint(f"  {' '.join(row.rules)}", "dim") if i == 0 and row.changed and not cells[1] else ""
            yield f"{style.paint(f'{number:>5}', 'dim')} {_padded(cells[0], each)} {bar} {cells[1]}{code}".rstrip()


def _padded(text: str, width: int) -> str:
    return text + " " * (width - width_of(re.sub("\x1b\\[[0-9;]*m", "", text)))
