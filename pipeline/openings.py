"""How the matches of a pattern begin: for patterns of whole lines, the first word of the line.

Most patterns of furniture are anchored: `^[\\W_]*(?:首页|论坛)…`. Signs may stand before, but the first letter of the
line is then the first letter of one of these words, which one look at each line tells. Of patterns without such a
beginning, or of those of their alternatives that have none, `required` tells what must stand anywhere in the line.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from pipeline.required import ANY_DIGIT, Items, crossed, op, parsed, required_of, sets_of, strings_of

# How many sets of grams a line needs besides the first, at the most: nearly all that a pattern tells.
ALSO = 2


class Needs(NamedTuple):
    """The grams that a line needs for a pattern to match: one that is `opening`, where its first word begins, or
    `inside`, anywhere; and besides one of each set of `also`, anywhere.
    """

    opening: frozenset[str]
    inside: frozenset[str]
    also: tuple[frozenset[str], ...] = ()

    def beside(self, sets: Iterable[frozenset[str]]) -> "Needs":
        """The same with further sets; where they are too few the last one stands for more."""
        some = [*sets][:ALSO] or [self.opening | self.inside]
        return self._replace(also=(*some, *some[-1:] * (ALSO - len(some))))


def needs(pattern: str) -> Needs | None:
    """What lines need that a pattern matches, a gram of the one kind or the other; None where nothing is known.

    >>> found = needs(r"^\\W*(?:首页|顶部?)$|版权所有")
    >>> sorted(found.opening), sorted(found.inside)
    (['顶', '顶部', '首页'], ['权所'])
    """
    items = parsed(pattern)
    return None if items is None else _of(items, False)


def is_word(char: str) -> bool:
    """Whether a character belongs to a word: what `\\w` matches but for the underscore."""
    return char.isalnum()


def _of(items: Items, anchored: bool) -> Needs | None:
    """The needs of a sequence; `anchored` where only signs can stand before it."""
    for i, (kind, value) in enumerate(items):
        if kind is op.AT:
            anchored = anchored or value in (op.AT_BEGINNING, op.AT_BEGINNING_STRING)
        elif kind is op.BRANCH and not _silent(kind, value):
            return _joined(_of([*branch, *items[i + 1 :]], anchored) for branch in value[1])
        elif not anchored:
            break
        elif not _silent(kind, value):
            found = _opening(items[i:])
            if found is not None:
                return found if found.also else found.beside(sets_of(items))
            break
    return _inside(items)


def _inside(items: Items) -> Needs | None:
    grams = required_of(items)
    return None if grams is None else Needs(frozenset(), grams).beside(s for s in sets_of(items) if s != grams)


def _joined(parts: Iterable[Needs | None]) -> Needs | None:
    known = []
    for part in parts:
        if part is None:
            return None
        known.append(part if part.also else part.beside(()))
    opening, inside, also = zip(*known, strict=True)
    sets = [frozenset().union(*of_parts) for of_parts in (opening, inside, *zip(*also, strict=True))]
    return Needs(sets[0], sets[1], tuple(sets[2:]))


def _opening(items: Items) -> Needs | None:
    """The needs of a sequence that begins in a word, or may."""
    strings = frozenset({""})
    for item in items:
        first, whole = strings_of(*item)
        longer = crossed(strings, first)
        if longer is None:
            break
        strings = longer
        if not whole:
            break
    if "" not in strings:
        return _of_strings(strings)
    (kind, value), rest = items[0], items[1:]
    if kind is op.SUBPATTERN:
        return _of([*value[-1], *rest], True)
    if kind is op.ATOMIC_GROUP:
        return _of([*value, *rest], True)
    if kind is op.IN:
        return _of_class(value)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, inner = value
        some = _of([*inner, *(rest if most == 1 else ())], True)
        return some if least or some is None else _joined((some, _of(rest, True)))
    return None


def _of_strings(strings: Iterable[str]) -> Needs:
    """The needs of sequences that begin with one of some strings."""
    opening: set[str] = set()
    inside: set[str] = set()
    for string in strings:
        word = next((string[i:] for i, char in enumerate(string) if is_word(char)), "")
        if word:
            opening.add(word[:2])
        else:
            inside.add(string[:2])
    return Needs(frozenset(opening), frozenset(inside))


def _of_class(items: Items) -> Needs | None:
    grams = required_of([(op.IN, items)])
    if grams is None:
        return None
    words = frozenset(gram for gram in grams if gram == ANY_DIGIT or is_word(gram))
    return Needs(words, grams - words)


def _silent(kind: Any, value: Any) -> bool:
    """Whether an item matches nothing but signs, space and underscores."""
    if kind in (op.AT, op.ASSERT, op.ASSERT_NOT):
        return True
    if kind is op.LITERAL:
        return not is_word(chr(value))
    if kind is op.IN:
        return _silent_class(value)
    if kind is op.BRANCH:
        return all(_silent(*item) for branch in value[1] for item in branch)
    if kind is op.SUBPATTERN:
        return all(_silent(*item) for item in value[-1])
    if kind is op.ATOMIC_GROUP:
        return all(_silent(*item) for item in value)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return all(_silent(*item) for item in value[2])
    return False


def _silent_class(items: Items) -> bool:
    if items[0][0] is op.NEGATE:
        return (op.CATEGORY, op.CATEGORY_WORD) in items
    return all(
        (kind is op.CATEGORY and value in (op.CATEGORY_NOT_WORD, op.CATEGORY_SPACE))
        or (kind is op.LITERAL and not is_word(chr(value)))
        or (kind is op.RANGE and not any(is_word(chr(code)) for code in range(value[0], value[1] + 1)))
        for kind, value in items
    )
