"""Where signs may be changed: in lines of Chinese, and not in the addresses, numbers, paths and code in them."""

import re
from collections.abc import Iterator

import numpy as np

from pipeline.edit import Edit, Edits
from pipeline.lines import Lines, Mask

HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
FULL = "，。、；：？！“”‘’（）《》〈〉「」『』【】〔〕…—"

# Addresses may hold Han and its signs: …/wiki/分类:人物. What is between back quotes is code.
_APART = re.compile(
    r"(?:(?<![a-zA-Z0-9+.-])[a-zA-Z][a-zA-Z0-9+.-]{0,20}://|www\.)[^\s，。；！？、（）《》“”]+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]+|`[^`\n]*`",
    re.ASCII,
)


def chinese(lines: Lines) -> Mask:
    """Lines of which Chinese is the language: more Han than Latin letters; use as `lines.derived(chinese)`."""
    found: Mask = (lines.han > 0) & (lines.han >= lines.latin)
    return found


def _may_hold_apart(line: str) -> bool:
    return "://" in line or "www." in line or "@" in line or "`" in line


def matches(lines: Lines, rows: Mask, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """The matches of a pattern in some lines, with the position at which the line begins; not in what stands apart."""
    for row in np.flatnonzero(rows).tolist():
        base = int(lines.start[row])
        line = lines.text[base : int(lines.end[row])]
        found = list(pattern.finditer(line))
        if not found:
            continue
        apart = [m.span() for m in _APART.finditer(line)] if _may_hold_apart(line) else []
        at = 0
        for match in found:
            while at < len(apart) and apart[at][1] <= match.start():
                at += 1
            if at == len(apart) or apart[at][0] >= match.end():
                yield base, match


def rows_with(lines: Lines, chars: str) -> Mask:
    """Lines of Chinese that have one of these characters."""
    wanted = np.zeros(0x110000, dtype=bool)
    wanted[[ord(c) for c in chars]] = True
    out = np.zeros(len(lines), dtype=bool)
    out[np.searchsorted(lines.end, np.flatnonzero(wanted[lines.codes]))] = True
    return out & lines.derived(chinese)


def edits_of(found: Iterator[tuple[int, int, str]], code: str) -> Edits:
    """Edits from spans and what stands there now."""
    return Edits.of(Edit(start, end, new, code) for start, end, new in found)
