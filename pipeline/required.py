"""What a pattern needs: grams of which every match has at least one, read from the parsed pattern.

A gram is a character or two that stand beside each other. A line without any of them cannot match, which tables over
code points tell for a whole batch at once: two characters rule out nearly all lines that one lets through.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Any, NamedTuple, TypeAlias

# The parse tree of `re` has no public name; where it has moved, nothing is known of any pattern, and all are tried.
op: Any
try:
    from re import _constants, _parser  # type: ignore[attr-defined]

    op = _constants
except ImportError:  # pragma: no cover
    op = _parser = None

# A class of more characters, or more strings than a list of menu words has, rule out hardly any line.
_LARGEST, _MOST_STRINGS = 64, 600
# Stand for every character that `\d` and `\s` match, as if each were one.
ANY_DIGIT, ANY_SPACE = "a digit", "a space"
# How often a gram may stand in a line, against two Han characters: Han characters part lines; digits, Latin letters and
# signs stand in most lines that a pattern of furniture sees.
_HAN_PAIR, _OTHER_PAIR, _HAN, _OTHER, _CLASS = 1, 8, 20, 400, 2000
# Letters by how often English has them, the commonest first.
_LETTERS = "etaoinsrhldcumfpgwybvkxjqz"
# Beside another set one that tells less than a space or a few signs is not worth looking for.
_LOOSE = 5000

# All strings that a part of a pattern can match, where these are few; None where they are not known.
Exact: TypeAlias = frozenset[str] | None
Items: TypeAlias = Sequence[tuple[Any, Any]]
_NOTHING = frozenset({""})
_CLASSES = {} if op is None else {op.CATEGORY_DIGIT: ANY_DIGIT, op.CATEGORY_SPACE: ANY_SPACE}


def required(pattern: str) -> frozenset[str] | None:
    """Grams of which every match of a pattern has at least one; None where there are none or too many.

    >>> sorted(required("^(?:首页|主页)>?$")), required("[a-z]*"), sorted(required("(?:第.{1,3}版){2}"))
    (['主页', '首页'], None, ['第'])
    """
    items = parsed(pattern)
    return None if items is None else required_of(items)


def parsed(pattern: str) -> Items | None:
    """The items of a pattern, each its kind and value; None where patterns cannot be looked into."""
    _told.clear()
    return None if _parser is None else list(_parser.parse(pattern))


def required_of(items: Items) -> frozenset[str] | None:
    """The same of a sequence of items."""
    return next((grams for grams in sets_of(items) if ANY_SPACE not in grams), None)


def sets_of(items: Items) -> list[frozenset[str]]:
    """All sets of grams that a sequence needs: every match has at least one of each; the rarest set first.

    One that a space is enough for tells little by itself.
    """
    return _ranked(*_of_sequence(items))


def strings_of(kind: Any, value: Any) -> tuple[Exact, bool]:
    """The strings that the matches of an item begin with, and whether they are all that it matches."""
    item = _of_item(kind, value)
    return item.first, item.whole


class _Item(NamedTuple):
    """What an item of a sequence begins and ends with, whether that is all that it matches, and what else it needs."""

    first: Exact
    last: Exact
    whole: bool
    needs: list[frozenset[str]]


def _of_sequence(items: Items) -> tuple[Exact, list[frozenset[str]]]:
    """All strings that a sequence matches, where they are known, and else the sets of grams that it needs."""
    whole = True
    run = _NOTHING  # what the items since the last one of unknown strings match, side by side
    found: list[frozenset[str]] = []
    for kind, value in items:
        item = _of_item(kind, value)
        found += item.needs
        joined = crossed(run, item.first)
        if item.whole and joined is not None:
            run = joined
            continue
        whole = False
        found += _grams(run if joined is None else joined)
        run = _NOTHING if item.last is None else item.last
    return (run, found) if whole else (None, found + _grams(run))


# What was found of items of the pattern under way: those behind a choice are asked for once for each of its branches.
# By the identity of their values, which are kept beside it.
_told: dict[tuple[Any, int], tuple[Any, _Item]] = {}


def _of_item(kind: Any, value: Any) -> _Item:
    if kind is op.LITERAL:
        return _literal(value)
    told = _told.get((kind, id(value)))
    if told is None:
        told = _told[kind, id(value)] = (value, _found(kind, value))
    return told[1]


@cache
def _literal(code: int) -> _Item:
    exact = frozenset(chr(code))
    return _Item(exact, exact, True, [])


def _found(kind: Any, value: Any) -> _Item:
    exact: Exact = None
    needs: list[frozenset[str]] = []
    if kind is op.IN:
        exact, needs = _of_class(value)
    elif kind in (op.AT, op.ASSERT_NOT):
        exact = _NOTHING
    elif kind is op.ASSERT:
        ahead, needs = _of_sequence(value[1])
        exact, needs = _NOTHING, needs + _grams(ahead)
    elif kind is op.BRANCH:
        exact, needs = _of_branches([_of_sequence(branch) for branch in value[1]])
    elif kind is op.SUBPATTERN:
        exact, needs = _of_sequence(value[-1])
    elif kind is op.ATOMIC_GROUP:
        exact, needs = _of_sequence(value)
    elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return _of_repeat(*value)
    return _Item(exact, exact, exact is not None, needs)


def _of_repeat(least: int, most: int, items: Any) -> _Item:
    exact, needs = _of_sequence(items)
    if not least:
        exact = exact | _NOTHING if exact is not None and most == 1 else None
        return _Item(exact, exact, exact is not None, [])
    if most == 1:
        return _Item(exact, exact, exact is not None, needs)
    if least > 1:  # two of them stand side by side
        needs = needs + _grams(crossed(exact, exact))
    return _Item(exact, exact, False, needs)


def _of_branches(parts: list[tuple[Exact, list[frozenset[str]]]]) -> tuple[Exact, list[frozenset[str]]]:
    if all(exact is not None for exact, _ in parts):
        strings = frozenset().union(*(exact for exact, _ in parts if exact is not None))
        if len(strings) <= _MOST_STRINGS:
            return strings, []
    chosen: list[list[frozenset[str]]] = []
    for exact, found in parts:
        best = _ranked(exact, found)
        if not best:
            return None, []
        chosen.append([best[0], best[min(1, len(best) - 1)]])
    return None, [frozenset().union(*sets) for sets in zip(*chosen, strict=True)]


def _ranked(exact: Exact, found: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """The sets of grams that a sequence needs, the rarest first."""
    ranked = sorted(dict.fromkeys([*found, *_grams(exact)]), key=_rate)
    return [grams for i, grams in enumerate(ranked) if not i or _rate(grams) <= _LOOSE]


def _of_class(items: Items) -> tuple[Exact, list[frozenset[str]]]:
    chars: set[str] = set()
    classes: set[str] = set()
    for kind, value in items:
        if kind is op.LITERAL:
            chars.add(chr(value))
        elif kind is op.CATEGORY and value in _CLASSES:
            classes.add(_CLASSES[value])
        elif kind is op.RANGE and value[1] - value[0] < _LARGEST:
            chars.update(map(chr, range(value[0], value[1] + 1)))
        else:
            return None, []  # negated, or a class such as \\w
    if len(chars) > _LARGEST:
        return None, []
    return (None, [frozenset(chars | classes)]) if classes else (frozenset(chars), [])


def crossed(before: Exact, after: Exact) -> Exact:
    """Every string of the one with every string of the other behind it; None where they are too many."""
    if before is None or after is None or len(before) * len(after) > _MOST_STRINGS:
        return None
    return frozenset(a + b for a, b in product(before, after))


@cache
def _grams(strings: Exact) -> list[frozenset[str]]:
    """Two sets, with the rarest gram of every string and with the next one; none where a string is empty."""
    if not strings or "" in strings:
        return []
    ranked = [sorted(_pairs(s) if len(s) > 1 else [s], key=_commonness) for s in strings]
    return [frozenset(grams[min(i, len(grams) - 1)] for grams in ranked) for i in range(2)]


def _pairs(text: str) -> list[str]:
    """The pairs of neighbours; of Han characters the middle first: in `使用条款` 用条 belongs to no other word; of
    others those of the rarest letters: yr says more of `copyright` than co.
    """
    pairs = [text[i : i + 2] for i in range(len(text) - 1)]
    return sorted(pairs, key=lambda pair: abs(2 * pairs.index(pair) - len(pairs)) if pair >= "\u3400" else _plain(pair))


def _plain(pair: str) -> int:
    """How common the letters of a pair are in English, in no unit; signs and figures are as common as any."""
    return -sum(map(_LETTERS.find, pair))


@cache
def _commonness(gram: str) -> int:
    if gram in _CLASSES.values():
        return _CLASS
    han = all(char >= "\u3400" for char in gram)
    if len(gram) == 2:
        return _HAN_PAIR if han else _OTHER_PAIR
    return _HAN if han else _OTHER


def _rate(grams: frozenset[str]) -> int:
    """How often some of these grams may stand in a line, in no unit."""
    return sum(map(_commonness, grams))


@cache
def digits() -> str:
    """All characters that `\\d` matches; the planes beyond these have none."""
    return "".join(re.findall(r"\d", "".join(map(chr, range(0x20000)))))


def checked(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; only flags that leave characters as they are may be set in it."""
    compiled = re.compile(pattern)
    if compiled.flags & re.IGNORECASE:
        raise ValueError(f"{pattern!r}: lines are folded, so a pattern needs no (?i).")
    return compiled
