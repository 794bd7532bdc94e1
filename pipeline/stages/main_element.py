"""Where tags put a page's own text: the element that holds most of its prose, and the furniture in and around it.

Only pages that came as HTML have hints; of all others nothing is known here. Prose is added up from the innermost element
outwards, that of menus, footers and other stories at a tenth; then the text is followed from the outermost element inwards,
as long as one child holds the most of it. Names of elements (`sidebar`, `related`) are believed unless an element by that
name holds half of the page: sites name wrappers after what stands in them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.hints import ASIDE, COMMENTS, FOOTER, FURNITURE, HEADER, LIST, NAV, RELATED, TABLE, Hints
from pipeline.lines import Lines, Mask
from pipeline.stages.lexicon import FURNITURE as FURNITURE_WORDS

Reals = npt.NDArray[np.float64]

NAMED = NAV | HEADER | FOOTER | ASIDE | RELATED | FURNITURE
# An element that holds half of the page's text is no menu whatever its name.
_WRAPPER = 0.5
# Text in furniture by name speaks little for the element around it, and so does a teaser below its headline.
_NAMED_SHARE = 0.1
# The text goes on into a child that holds so much of it; below, what is beside the child is text as well. From 0.7 to
# 0.8 the labelled pages come out alike.
_MOST = 0.75
# Less text than this, in Han characters, points nowhere.
_LEAST = 40.0
# A line of so many Han characters with a stop is prose; headlines of other stories have no stop, or stand in links.
_SENTENCE = 8
# What is no sentence, as verse and short answers, counts this much of its characters.
_BARE_SHARE = 0.25
# Lines of verse and dialogue have so many; labels of buttons fewer.
_BARE_HAN = 4
# A Latin letter against a Han character: words have five letters, and a word says about as much as a Han character.
_LATIN_SHARE = 0.2
# A line of which so much is a link is nothing else; what follows such a headline is a teaser.
_LINKED = 0.8
# A list or row of which so much is links is a list of links.
_LINK_LIST = 0.4
# So are sources under an article: three items and more, of which most have a link, full of dates, figures and addresses.
_LINK_ITEM, _MIN_ITEMS, _MOST_ITEMS, _FIGURES = 0.2, 3, 0.8, 0.15
# A page whose main element is comments for a third is a thread of posts, which many sites name so.
_THREAD = 0.35


@dataclass(frozen=True, slots=True)
class MainElement:
    """What tags say of each line: whether its page has a main element at all (`known`), whether it stands in it
    (`inside`, true where none is known), whether it stands in furniture there (`furniture`), and the share of its
    characters that is linked. `extracted`: not the tags said so, but an extractor that was asked.
    """

    known: Mask
    inside: Mask
    furniture: Mask
    linked: Reals
    extracted: Mask


def main_element(lines: Lines) -> MainElement:
    """What tags say of where each page's text stands."""
    return lines.derived(_main_element)


def _main_element(lines: Lines) -> MainElement:
    count = len(lines)
    known, inside, furniture = np.zeros(count, dtype=bool), np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
    linked, extracted = np.zeros(count), np.zeros(count, dtype=bool)
    if not len(lines.hints):
        return MainElement(known, inside, furniture, linked, extracted)
    hints = lines.hints
    rows = np.flatnonzero(lines.hint >= 0)
    linked[rows] = np.minimum(1.0, hints.linked[lines.hint[rows]] / np.maximum(1, lines.length[rows]))
    tree = _Tree(lines, rows, linked)
    kind = tree.kinds()
    named = (tree.inherited(kind) & (NAMED | COMMENTS)) != 0
    total = tree.summed(tree.own * np.where(named, _NAMED_SHARE, 1.0))
    listed = tree.link_lists()
    for first, last in tree.pages():
        if total[first] < _LEAST:
            continue
        main = tree.descended(first, last, total)
        under = tree.under(main, first, last)
        own = (tree.element >= first) & (tree.element < last)
        here, element = rows[own], tree.element[own]
        known[here] = True
        inside[here] = under[element - first]
        # Where the main element is itself a list of links, as a table of contents, its items are its text.
        lists = listed[element] if tree.links[main] < _LINK_LIST else np.zeros(len(element), dtype=bool)
        furniture[here] = inside[here] & (named[element] | lists)
    taken = hints.taken[lines.hint[rows]]
    asked = rows[taken >= 0]
    extracted[asked] = known[asked] = True
    inside[asked], furniture[asked] = taken[taken >= 0] == 1, False
    return MainElement(known, inside, furniture, linked, extracted)


def by_tags(lines: Lines, weights: Reals, against: float) -> Reals:
    """The weights of lines where tags tell more: `against` outside of the main element, and in it nothing against a line
    that is only short or bare.
    """
    if not len(lines.hints):
        return weights
    told = main_element(lines)
    plain = told.known & told.inside & ~told.furniture & (FURNITURE_WORDS.of(lines) == 0) & (told.linked < 0.5)
    plain &= (lines.han >= _BARE_HAN) & ~lines.bullet
    weights = np.where(plain, np.maximum(weights, 0.0), weights)
    out: Reals = np.where(told.known & (~told.inside | told.furniture), np.minimum(weights, against), weights)
    return out


class _Tree:
    """The elements of a batch with what they hold: `element` is that of each row, `own` the text of each without its
    children, `links` the share of its characters, children included, that is linked.
    """

    def __init__(self, lines: Lines, rows: Ints, linked: Reals) -> None:
        self.hints: Hints = lines.hints
        self.element: Ints = self.hints.block[lines.hint[rows]]
        self.parent: list[int] = self.hints.parent.tolist()
        self.root: Ints = np.maximum.accumulate(np.where(self.hints.parent < 0, np.arange(len(self.parent)), 0))
        self.own = self._of(_text(lines, linked)[rows])
        self._chars = np.maximum(1.0, self.summed(self._of(lines.length[rows])))
        self.links = self.summed(self._of((linked * lines.length)[rows])) / self._chars
        self._figures = self.summed(self._of((lines.digit + lines.latin)[rows])) / self._chars
        self._children: dict[int, list[int]] = {}

    def _of(self, values: npt.NDArray[np.generic]) -> Reals:
        """What stands in each element, of the values of the rows."""
        return np.bincount(self.element, weights=values, minlength=len(self.parent)).astype(np.float64)

    def summed(self, own: Reals) -> Reals:
        """What each element holds with all that stand in it."""
        out: list[float] = own.tolist()
        for i in range(len(out) - 1, -1, -1):
            if self.parent[i] >= 0:
                out[self.parent[i]] += out[i]
        return np.array(out)

    def inherited(self, kind: Ints) -> Ints:
        """The flags of each element and of all around it."""
        out: list[int] = kind.tolist()
        for i, parent in enumerate(self.parent):
            if parent >= 0:
                out[i] |= out[parent]
        return np.array(out, dtype=np.int64)

    def pages(self) -> list[tuple[int, int]]:
        """The first and the last element of each page, the last exclusive."""
        firsts = np.flatnonzero(self.hints.parent < 0).tolist()
        return list(zip(firsts, [*firsts[1:], len(self.parent)], strict=True))

    def kinds(self) -> Ints:
        """The flags that are believed."""
        raw = self.summed(self.own)
        kind = np.where(raw < _WRAPPER * np.maximum(raw[self.root], 1.0), self.hints.kind, 0)
        within = self.inherited(kind)
        text = self.own * np.where((within & NAMED) != 0, _NAMED_SHARE, 1.0)
        total, talk = self.summed(text), self.summed(text * ((within & COMMENTS) != 0))
        for first, last in self.pages():
            main = self.descended(first, last, total)
            if talk[main] >= _THREAD * total[main]:
                kind[first:last] &= ~COMMENTS
        return kind

    def descended(self, first: int, last: int, total: Reals) -> int:
        """From the first element of a page to the one whose children share its text."""
        if first not in self._children:
            for i in range(first + 1, last):
                self._children.setdefault(self.parent[i], []).append(i)
            self._children.setdefault(first, [])
        here, make = first, self.hints.make
        while True:
            below = [c for c in self._children.get(here, ()) if total[c] > 0]
            best = max(below, key=lambda c: float(total[c]), default=-1)
            if best < 0 or total[best] < _MOST * total[here]:
                return here
            # Elements of one make side by side are posts, sections or paragraphs of one text.
            if any(c != best and make[c] == make[best] for c in below):
                return here
            here = best

    def under(self, main: int, first: int, last: int) -> Mask:
        """Which elements of a page stand in one of them."""
        out = [False] * (last - first)
        out[main - first] = True
        for i in range(main + 1, last):
            out[i - first] = out[self.parent[i] - first]
        return np.array(out)

    def link_lists(self) -> Mask:
        """Elements in lists and tables whose items are links, or links with dates and names beside."""
        hints, size = self.hints, len(self.parent)
        item = ((hints.kind & (LIST | TABLE)) != 0) & (hints.parent >= 0)
        around = hints.parent[item]
        count = np.bincount(around, minlength=size)
        linked = np.bincount(around, weights=self.links[item] >= _LINK_ITEM, minlength=size)
        sources = (count >= _MIN_ITEMS) & (linked >= _MOST_ITEMS * count) & (self._figures >= _FIGURES)
        of_links = (self.links >= _LINK_LIST) | sources
        out = [False] * size
        for i, parent in enumerate(self.parent):
            if parent >= 0:
                out[i] = bool(of_links[parent]) if item[i] else out[parent]
        return np.array(out)


def _text(lines: Lines, linked: Reals) -> Reals:
    """How much each line speaks for the element it stands in, in Han characters of prose."""
    prose = (lines.han >= _SENTENCE) & (lines.stops > 0)
    out = np.where(prose, 1.0, _BARE_SHARE) * (lines.han + _LATIN_SHARE * lines.latin) * (1.0 - linked)
    above = lines.neighbour(-1)
    headline = (linked >= _LINKED) & (lines.han >= _SENTENCE)
    teaser: Reals = np.where((above >= 0) & headline[above], _NAMED_SHARE * out, out)
    return teaser
