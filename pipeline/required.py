"""What a pattern needs: characters of which every match has at least one, read from the parsed pattern.

A line without any of them cannot match, which a table over code points tells for a whole batch at once.
"""

import re
from collections.abc import Iterable
from typing import Any

# The parse tree of `re` has no public name; where it has moved, nothing is known of any pattern, and all are tried.
try:
    from re import _constants as _op  # type: ignore[attr-defined]
    from re import _parser  # type: ignore[attr-defined]
except ImportError:  # pragma: no cover
    _parser = None

# A class of more characters rules out hardly any line.
_LARGEST = 64
# Han characters part lines; digits, Latin letters and signs stand in most lines that a pattern of furniture sees.
_COMMON = 40


def required(pattern: str) -> frozenset[str] | None:
    """Characters of which every match of a pattern has at least one; None where there are none or too many.

    >>> sorted(required("^(?:首页|主页)>?$")), required("[a-z]*"), sorted(required("(?:第.{1,3}版){2}"))
    (['主', '首'], None, ['第'])
    """
    return None if _parser is None else _of_sequence(_parser.parse(pattern))


def _of_sequence(items: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    """The part of a sequence that is rarest."""
    found = [chars for op, value in items if (chars := _of_item(op, value)) is not None]
    return min(found, key=_rate, default=None)


def _of_item(op: Any, value: Any) -> frozenset[str] | None:
    if op is _op.LITERAL:
        return frozenset(chr(value))
    if op is _op.IN:
        return _of_class(value)
    if op is _op.BRANCH:
        return _union(_of_sequence(branch) for branch in value[1])
    if op is _op.SUBPATTERN:
        return _of_sequence(value[-1])
    if op is _op.ATOMIC_GROUP:
        return _of_sequence(value)
    if op in (_op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT):
        return _of_sequence(value[2]) if value[0] > 0 else None
    if op is _op.ASSERT:
        return _of_sequence(value[1])
    return None


def _of_class(items: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    chars: set[str] = set()
    for op, value in items:
        if op is _op.LITERAL:
            chars.add(chr(value))
        elif op is _op.RANGE and value[1] - value[0] < _LARGEST:
            chars.update(map(chr, range(value[0], value[1] + 1)))
        else:
            return None  # negated, or a class such as \\w
    return frozenset(chars) if len(chars) <= _LARGEST else None


def _union(parts: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    chars: set[str] = set()
    for part in parts:
        if part is None:
            return None
        chars |= part
    return frozenset(chars)


def _rate(chars: frozenset[str]) -> int:
    """How often some of these characters may stand in a line, in no unit."""
    return sum(1 if char >= "\u3400" else _COMMON for char in chars)


def checked(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; only flags that leave characters as they are may be set in it."""
    compiled = re.compile(pattern)
    if compiled.flags & re.IGNORECASE:
        raise ValueError(f"{pattern!r}: lines are folded, so a pattern needs no (?i).")
    return compiled
