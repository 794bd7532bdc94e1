"""COL102."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipeline.corpus.grams import Reading
from pipeline.document import Field
from pipeline.edit import Edit, Edits, Ints
from pipeline.lines import Lines, Mask, among
from pipeline.rule import Context, Found, rule
from pipeline.stages.closing import closing_credit_of
from pipeline.stages.interruptions.captions import says_caption
from pipeline.stages.prose import prose
from pipeline.stages.reading import goes_on, reading
from pipeline.stages.shape import shape

# A fragment breaks off in a paragraph, not in a title; its rest begins with a piece of a sentence.
_MIN_CHARS, _MIN_REST, _MIN_TITLE, _TITLE_CHARS = 30, 8, 4, 40
# What the grams may say for a title being part of the sentence that it stands in, at most.
_APART = 0.5
# So many fragments are no newspaper's page; their rests stand within so many lines of text.
_MOST_FRAGMENTS, _REACH = 40, 60
# Of fragments hardly two have one number of characters; of lines that a program cut nearly all have.
_SAME_LENGTH = 3
# What speaks for a rest besides the grams, in nats: that it stands right below; that it stands right below another
# fragment, where a column begins.
_NEXT, _AT_TOP = 1.0, 2.5
# A line that begins with a comma or a closing bracket is surely the rest of some line.
_MIDST = 5.0
# Where prose stands below a fragment, another rest must read better by this, in nats.
_BETTER = 0.1
# A pair of Han characters that two blocks share and no third: they are of one article.
_SHARED, _WORD_ROWS = 0.3, 3
# By how much the order found must outweigh the one that stands there, for each line that goes elsewhere; and every
# other order that takes a line elsewhere still.
_AHEAD, _CLEAR = 1.5, 0.3


class Pair(NamedTuple):
    """A row that breaks off and the row of its rest."""

    upper: int
    lower: int


@rule("COL102")
def column_fragment(lines: Lines, context: Context) -> Found:
    """Articles whose blocks were read in turn, as where a newspaper's columns stand side by side: a sentence breaks off
    above the title of another article, and its rest stands further down the page.

    Fragments and their rests come in one order, for columns are read in turn. Of all ways to give each fragment a
    rest in that order the likeliest is taken: how the two read on by the grams of the corpus, whether their blocks
    share words that no other has, whether the rest stands where a column begins. It must outweigh the order that
    stands there. The blocks are then put in order, each move a deletion and an insertion that name each other, and the
    stage wraps joins the halves. Where a fragment has two rests that are about as likely, it is left where it is,
    and the doubt is recorded in the field `doubts`. A page on which no fragment stands above a title is left alone.

    Before: title A, `…船工把缆绳系到石`, title B, `…孩子们早就`, `柱上，…`, `等在路口了，…`; after: article A, article B.
    """
    edits: list[Edit] = []
    fields: list[Field] = []
    model = reading(context)
    ends = shape(lines).open_end & prose(lines) & (lines.length >= _MIN_CHARS) & (lines.stops >= 1)
    below = lines.neighbour(1)
    title, torn = _titles(lines)
    cut = ends & (below >= 0) & (title & ~says_caption(lines))[below] & ~torn[lines.page]
    cut[cut] = _read_apart(lines, model, np.flatnonzero(cut))
    for page in np.unique(lines.page[cut & ~np.isfinite(shape(lines).wrapped_width)[lines.page]]).tolist():
        low, high = int(lines.first_row[page]), int(lines.end_row[page])
        uppers = [row for row in (np.flatnonzero(ends[low:high]) + low).tolist() if not closing_credit_of(lines, row)]
        own = int((prose(lines)[low:high] & (lines.length[low:high] >= _MIN_CHARS)).sum())
        if len(uppers) > _MOST_FRAGMENTS or 2 * len(uppers) > own or _of_one_length(lines, uppers):
            continue
        pairs, doubts = _pairs(lines, _Weights(lines, model, uppers, low, high))
        edits += _moves(lines, page, pairs, len(edits))
        fields += [_doubt(lines, page, upper, rests) for upper, rests in doubts]
    return Found(edits=Edits.of(edits) if edits else None, fields=fields)


def _of_one_length(lines: Lines, rows: list[int]) -> bool:
    """Whether lines break off because a program cut them after so many characters."""
    times = np.unique(lines.end[rows] - lines.start[rows], return_counts=True)[1].max(initial=0)
    return bool(times >= _SAME_LENGTH and 2 * times >= len(rows))


def _titles(lines: Lines) -> tuple[Mask, Mask]:
    """Short lines without punctuation above a paragraph that can begin one; and pages on which such lines stand in the
    midst of sentences, as links do that were put in lines of their own.
    """
    below, joints = lines.neighbour(1), shape(lines)
    short = ~lines.blank & ~prose(lines) & (lines.stops == 0) & (lines.length <= _TITLE_CHARS)
    torn = short & (below >= 0) & joints.open_start[below]
    long = prose(lines) & (lines.length >= _MIN_CHARS) & ~joints.open_start
    title: Mask = short & (lines.han >= _MIN_TITLE) & (below >= 0) & long[below] & ~lines.bullet & ~joints.closed_start
    pages: Mask = np.bincount(lines.page[torn], minlength=lines.pages) > 0
    return title, pages


def _read_apart(lines: Lines, model: Reading, rows: Ints) -> Mask:
    """Whether the title below each row neither goes on from it nor is gone on from by the line below."""
    title = lines.neighbour(1)[rows]
    below = lines.neighbour(1)[title]
    apart: Mask = goes_on(model, lines, rows, title) < _APART
    return apart & (goes_on(model, lines, title, below) < _APART)


class _Weights:
    """For each fragment of a page the weight of every line below it as its rest."""

    def __init__(self, lines: Lines, model: Reading, uppers: list[int], low: int, high: int) -> None:
        joints, below = shape(lines), lines.neighbour(1)
        able = (lines.han >= _MIN_REST) & (lines.stops >= 1) & ~joints.closed_start & ~lines.bullet
        able &= ~among(lines.first, "“‘「『《【#")
        self.uppers = uppers
        self.rests: list[int] = (np.flatnonzero(able[low:high]) + low).tolist()
        self.below = {u: int(below[u]) for u in uppers}
        # What stands between may be a caption: then the rest is the next line of text.
        self.beyond = {u: self._next(int(below[u])) for u in uppers}
        words = _Words(lines, low, high)
        self.weight: dict[Pair, float] = {}
        own, rests = np.array(uppers, dtype=np.int64), np.array(self.rests, dtype=np.int64)
        least = goes_on(model, lines, own, below[own]) + _BETTER
        first = np.searchsorted(rests, own, side="right")
        count = np.minimum(len(rests) - first, _REACH)
        fragment = np.repeat(np.arange(len(own)), count)
        rest = rests[np.arange(len(fragment)) - np.repeat(np.cumsum(count) - count - first, count)]
        reads = goes_on(model, lines, own[fragment], rest)
        beside = (rest == below[own[fragment]]) | (rest == np.array([self.beyond[u] for u in uppers])[fragment])
        able = beside | (reads >= least[fragment]) | ~np.isin(below[own], rests)[fragment]
        weight = reads + np.where(beside, _NEXT, _AT_TOP * np.isin(rest, below[own])) + _MIDST * joints.open_start[rest]
        for i in np.flatnonzero(able).tolist():
            pair = Pair(uppers[fragment[i]], int(rest[i]))
            self.weight[pair] = float(weight[i]) + _SHARED * words.shared(*pair)

    def _next(self, row: int) -> int:
        at = bisect_left(self.rests, row)
        return self.rests[at] if at < len(self.rests) else -1

    def best(self, without: frozenset[Pair] = frozenset()) -> tuple[float, list[Pair]]:
        """The likeliest way to give fragments rests in the order of the page, and its weight; a fragment may have
        none.
        """
        # total[j]: the best so far whose last rest is one of the first j; chosen: its pairs, as a linked list.
        count = len(self.rests)
        total = [0.0] * (count + 1)
        chosen: list[tuple[Pair, object] | None] = [None] * (count + 1)
        for upper in self.uppers:
            new_total, new_chosen = total.copy(), chosen.copy()
            for j, rest in enumerate(self.rests):
                pair = Pair(upper, rest)
                gain = self.weight.get(pair)
                if gain is not None and pair not in without and total[j] + gain > new_total[j + 1]:
                    new_total[j + 1], new_chosen[j + 1] = total[j] + gain, (pair, chosen[j])
                if new_total[j] > new_total[j + 1]:
                    new_total[j + 1], new_chosen[j + 1] = new_total[j], new_chosen[j]
            total, chosen = new_total, new_chosen
        pairs: list[Pair] = []
        node: object = chosen[count]
        while isinstance(node, tuple):
            pairs.append(node[0])
            node = node[1]
        return total[count], pairs[::-1]

    def far(self, pairs: list[Pair]) -> list[Pair]:
        """Those whose rest is not the next line."""
        return [p for p in pairs if p.lower not in (self.below[p.upper], self.beyond[p.upper])]


def _pairs(lines: Lines, weights: _Weights) -> tuple[list[Pair], list[tuple[int, list[int]]]]:
    """The pairs of one page that are sure, and the fragments that have two rests of one weight."""
    value, pairs = weights.best()
    far = weights.far(pairs)
    # One rest at least stands where a column begins, or can begin nothing: without that they are lines that read alike.
    tops, midst = set(weights.below.values()), shape(lines).open_start
    if not any(pair.lower in tops or midst[pair.lower] for pair in far):
        return [], []
    standing, _ = weights.best(frozenset(weights.far(list(weights.weight))))
    if value - standing < _AHEAD * len(far) ** 0.5:
        return [], []
    doubts: list[tuple[int, list[int]]] = []
    for pair in far:
        other, instead = weights.best(frozenset({pair}))
        rest = next((p.lower for p in weights.far(instead) if p.upper == pair.upper), -1)
        if rest >= 0 and value - other < _CLEAR:
            doubts.append((pair.upper, sorted((pair.lower, rest))))
    unsure = {upper for upper, _ in doubts}
    return [pair for pair in pairs if pair.upper not in unsure], doubts


class _Words:
    """The pairs of Han characters of each row with its neighbours; what many rows have says little of two of them."""

    def __init__(self, lines: Lines, low: int, high: int) -> None:
        self._rows = [row for row in range(low, high) if lines.han[row] >= _MIN_REST]
        self._of = {row: frozenset(_han_pairs(lines.string(row))) for row in self._rows}
        self._count = Counter(word for words in self._of.values() for word in words)

    def shared(self, upper: int, lower: int) -> float:
        """What the rows that end at one and those that begin at the other share, each word divided by how many rows
        have it.
        """
        at, to = bisect_right(self._rows, upper), bisect_left(self._rows, lower)
        above = frozenset[str]().union(*(self._of[r] for r in self._rows[max(0, at - _WORD_ROWS) : at]))
        below = frozenset[str]().union(*(self._of[r] for r in self._rows[to : to + _WORD_ROWS]))
        return sum(1 / self._count[word] for word in above & below)


def _han_pairs(text: str) -> Iterator[str]:
    text = text[:_WORDS_FROM]
    return (text[i : i + 2] for i in range(len(text) - 1) if _is_han(text[i]) and _is_han(text[i + 1]))


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


# Words are taken from so many characters of a line; a paragraph has a few hundred.
_WORDS_FROM = 1000


def _moves(lines: Lines, page: int, pairs: list[Pair], first: int) -> list[Edit]:
    """The edits that put the blocks of a page in order; `first` is the place of the first of them among all edits."""
    if not pairs:
        return []
    begin = sorted({int(lines.first_row[page]), *(p.lower for p in pairs), *(p.upper + 1 for p in pairs)})
    begin = [row for row in begin if row < lines.end_row[page]]
    block = {row: i for i, row in enumerate(begin)}
    follows = {bisect_right(begin, p.upper) - 1: block[p.lower] for p in pairs}
    order: list[int] = []
    for i in range(len(begin)):
        at: int | None = i if i not in follows.values() else None
        while at is not None:
            order.append(at)
            at = follows.get(at)
    stay = _increasing(order)
    ends = [*(int(lines.start[row]) for row in begin[1:]), int(lines.page_start[page + 1]) - 1]
    edits: list[Edit] = []
    for place, i in enumerate(order):
        if i in stay:
            continue
        low, high = int(lines.start[begin[i]]), ends[i]
        after = [ends[j] for j in order[:place] if j in stay]
        at = after[-1] if after else int(lines.page_start[page])
        text = lines.text[low:high].rstrip("\n")
        # Behind the last line of the page stands no line feed to begin a line with.
        text = "\n" + text if at == ends[-1] else text + "\n"
        n = first + len(edits)
        edits.append(Edit(at, at, text, "COL102", "the rest of the line above", n + 1))
        edits.append(Edit(low, high, "", "COL102", "stood in another article", n))
    return edits


def _increasing(order: list[int]) -> set[int]:
    """A longest increasing part of some numbers: the blocks that can stay where they are."""
    best: list[tuple[int, int]] = []  # length of the part that ends here, and where it came from
    for i, value in enumerate(order):
        length, back = max(((best[j][0], j) for j in range(i) if order[j] < value), default=(0, -1))
        best.append((length + 1, back))
    at = max(range(len(best)), key=lambda i: best[i][0])
    kept = set()
    while at >= 0:
        kept.add(order[at])
        at = best[at][1]
    return kept


def _doubt(lines: Lines, page: int, upper: int, rests: list[int]) -> Field:
    low = int(lines.page_start[page])
    heads = " | ".join(lines.string(row)[:12] for row in rests)
    value = f"…{lines.string(upper)[-12:]} → {heads}"
    return Field(page, "doubts", value, int(lines.head[upper]) - low, int(lines.tail[upper]) - low, "COL102")
