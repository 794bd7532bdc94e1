"""What every repaired line must still go through: entities, stray characters, spaces and normal form.

The rules of a stage see the same text, so that a line which one of them rewrites is not seen again by those that
follow. The repaired text is therefore settled on the spot, by the same tables as theirs.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from html.entities import html5

from pipeline.stages.encoding.marks import CONTROLS, INVISIBLES, LINE_ENDS, SPACES, normal_codes

# Joiners and marks of direction are left to the rule that knows their surroundings.
_IN_CONTEXT = {
    0x200C,
    0x200D,
    0x200E,
    0x200F,
    0x061C,
    0x180E,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    *range(0xE0000, 0xE0080),
}

_PLAIN: dict[int, str | None] = {
    **dict.fromkeys(CONTROLS),
    **{c: None for c in INVISIBLES if c not in _IN_CONTEXT},
    **dict.fromkeys(SPACES, " "),
    **dict.fromkeys(LINE_ENDS, "\n"),
    0x0D: None,
}

# `&nbsp` is often cut off before its semicolon; conversion to full width leaves `；` in its place.
ENTITY = re.compile(
    r"&(?:amp;)*"
    r"(?:#(?P<decimal>[0-9]{1,7})|#[xX](?P<hex>[0-9a-fA-F]{1,6})|(?P<name>[A-Za-z][A-Za-z0-9]{1,31}))[;\uff1b]"
    r"|&(?:amp;)*nbsp(?![A-Za-z0-9=])"
)
# A line that shows HTML as such: there an entity is an example or part of the source.
SOURCE = re.compile(r"<[A-Za-z!/]")

# Double escaping is common and threefold seen; what goes deeper was built to be slow.
_MAX_DEPTH = 8


def entity_text(match: re.Match[str]) -> str | None:
    """What an entity stands for, as plain characters; None where there is no such entity.

    >>> [entity_text(ENTITY.match(entity)) for entity in ("&amp;nbsp;", "&ldquo;", "&foo;")]
    [' ', '“', None]
    """
    name = match["name"]
    if match["decimal"] or match["hex"]:
        digits = match["decimal"] or "x" + match["hex"]
        char = html.unescape(f"&#{digits};")
    elif name is None or name.lower() == "nbsp":
        char = " "
    else:
        found = html5.get(name + ";")
        if found is None:
            return None
        char = found
    return char.translate(_PLAIN)


def _entity(match: re.Match[str]) -> str:
    text = entity_text(match)
    return match[0] if text is None else text


def without_entities(line: str) -> str:
    """The line with its entities decoded, also those that decoding brings out."""
    if SOURCE.search(line):
        return line
    decoded = line
    for _ in range(_MAX_DEPTH):
        before, decoded = decoded, ENTITY.sub(_entity, decoded)
        if decoded == before:
            return decoded
    return line


@cache
def _marks_run() -> re.Pattern[str]:
    marks = "".join(chr(code) for code in normal_codes() if unicodedata.combining(chr(code)))
    return re.compile(f"[{marks}]+")


def composed(text: str, max_marks: int) -> str:
    """The text in NFC, and no run of combining marks longer than `max_marks`."""
    text = _marks_run().sub(lambda m: m[0][:max_marks], text)
    return unicodedata.normalize("NFC", text)


def settled(line: str, max_marks: int = 30) -> str:
    """A repaired line as the rules that follow would leave it.

    >>> settled("cafe\\u0301\\u00a0&amp;\\u200b bar")
    'café & bar'
    """
    line = without_entities(line).translate(_PLAIN)
    return line if line.isascii() else composed(line, max_marks)


def trimmed(old: str, new: str) -> tuple[int, int, str]:
    """The smallest single edit that turns old into new: start, end, replacement.

    >>> trimmed("abcXef", "abcdef")
    (3, 4, 'd')
    """
    head = _common(old, new, str.startswith)
    tail = _common(old[head:], new[head:], str.endswith)
    return head, len(old) - tail, new[head : len(new) - tail]


def _common(old: str, new: str, shares: Callable[[str, str], bool]) -> int:
    """How many characters the texts have in common at one end, by halving: lines may be long."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if shares(old, new[:middle] if shares is str.startswith else new[-middle:]):
            low = middle
        else:
            high = middle - 1
    return low
