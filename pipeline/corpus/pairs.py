"""Pairs: which candidates are proved near copies, and which pages are kept for the others.

Proving reads texts, so it is done only where something hangs on it: a page is compared with the page that would be
kept in its place, and with hardly any other of its cluster.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.corpus.buckets import Candidates, among, distinct
from pipeline.corpus.proofs import Hashes, Proofs
from pipeline.corpus.shingles import GramSet, gram_sets
from pipeline.corpus.spread import Place, Run
from pipeline.edit import Ints
from pipeline.lines import Mask

Floats: TypeAlias = npt.NDArray[np.float64]
# The texts of nodes, and how alike the gram sets of two of them are.
TextOf: TypeAlias = Callable[[Ints], Sequence[str]]
Measure: TypeAlias = Callable[[GramSet, GramSet], float]  # a function, known by its name

# Characters of text read at a time while pairs are proved, and how many may stand behind remembered gram sets.
PROVE_CHARS = 1_000_000
REMEMBERED_CHARS = 4_000_000
# Rounds in which the best pages left are kept; two or three decide nearly all, but a chain needs one for each page.
MAX_ROUNDS = 12
# Proofs that are sent out at a time, as tasks of PROVE_CHARS each.
MAX_PROOFS = 4096


def components(low: Ints, high: Ints, count: int) -> Ints:
    """For each node the number of its component, where pairs link nodes; components by their least node, from 0.

    In each round every root that has a lesser neighbour hangs itself below it, so that few rounds are enough, whatever
    the pairs.

    >>> components(np.array([3, 1]), np.array([1, 4]), 5).tolist()
    [0, 1, 2, 1, 1]
    """
    root: Ints = np.arange(count)
    one, other = root[low], root[high]
    while len(one):
        np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
        while True:
            above = root[root]
            if (above == root).all():
                break
            root = above
        one, other = root[one], root[other]
        apart = one != other
        one, other = one[apart], other[apart]
    number: Ints = np.cumsum(root == np.arange(count)) - 1
    return number[root]


class Elsewhere(NamedTuple):
    """How proofs run as tasks: where the texts of nodes lie, and what reads them there."""

    run: Run
    places: Callable[[Ints], list[Place]]
    read: Callable[[Sequence[Place]], Sequence[str]]


class _Proof(NamedTuple):
    """Pairs to be proved by a task: places of texts, and for each pair the two that go into the measure, in order."""

    read: Callable[[Sequence[Place]], Sequence[str]]
    places: list[Place]
    first: Ints
    second: Ints
    measure: Measure

    @property
    def name(self) -> str:
        """What to call the task in a message."""
        return f"proofs of {len(self.first)} pairs"


def _proved(proof: _Proof) -> list[float]:
    sets = gram_sets(proof.read(proof.places))
    ends = zip(proof.first.tolist(), proof.second.tolist(), strict=True)
    return [proof.measure(sets[a], sets[b]) for a, b in ends]


class Pairs:
    """Candidate pairs of nodes, proved as far as needed, and what follows for who is kept.

    `chars` gives the length of each node; `provable` says whose text there is: pairs with another keep their estimate.
    A pair's `similarity` is NaN until it is proved; the node of the lower `place` goes into the measure first. Proofs
    run here, or where they are many and there is an `elsewhere`, as tasks; of texts that `proofs` knows by their
    `exact` hashes, none.
    """

    def __init__(
        self,
        chars: Ints,
        exact: Hashes,
        provable: Mask,
        place: Ints,
        text_of: TextOf,
        measure: Measure,
        least: float,
        proofs: Proofs,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._exact, self._proofs = exact, proofs
        self._elsewhere = elsewhere
        self._chars, self._provable, self._place, self._text_of = chars, provable, place, text_of
        self._measure, self._least = measure, least
        self._remembered: dict[int, GramSet] = {}
        self.low = self.high = np.zeros(0, dtype=np.int64)
        self.estimate: Floats = np.zeros(0)
        self.similarity: Floats = np.zeros(0)

    def grow(self, found: Candidates) -> bool:
        """Take candidates in; whether any were new."""
        width = len(self._chars)
        new = ~among(found.low * width + found.high, np.sort(self.low * width + self.high))
        self.low = np.concatenate((self.low, found.low[new]))
        self.high = np.concatenate((self.high, found.high[new]))
        self.estimate = np.concatenate((self.estimate, found.estimate[new]))
        self.similarity = np.concatenate((self.similarity, np.full(int(new.sum()), np.nan)))
        return bool(new.any())

    def proved(self, one: Ints, other: Ints) -> Floats:
        """The similarity of some pairs, each proved now; 0 where a text is not at hand."""
        low, high = np.minimum(one, other), np.maximum(one, other)
        self.grow(Candidates.of(low, high, np.zeros(len(low))))
        width = len(self._chars)
        order = np.argsort(self.low * width + self.high)
        at = order[np.searchsorted((self.low * width + self.high)[order], low * width + high)]
        self._prove(at)
        found: Floats = self.similarity[at]
        return found

    def alike(self) -> Mask:
        """Pairs that are similar enough, by proof or, where none was needed, by estimate."""
        value = np.where(np.isnan(self.similarity), self.estimate, self.similarity)
        enough: Mask = value >= self._least
        return enough

    def survivors(self, turn: Ints, worth: float) -> Ints:
        """For each node the node kept in its place: itself, or a kept node that it was proved to be similar to.

        `turn` says in which turn a node comes; pairs of an estimate below `worth` are not proved. The first node of a
        neighbourhood is kept, its neighbours are compared with it, and those that are similar go; then the same with
        what is left. So nearly every page is compared with one other, whatever the cluster's size.
        """
        kept = np.arange(len(self._chars))
        swap = turn[self.low] > turn[self.high]
        better, worse = np.where(swap, self.high, self.low), np.where(swap, self.low, self.high)
        open_pairs = np.flatnonzero((self.estimate >= worth) & ~(self.similarity < self._least))
        for _ in range(MAX_ROUNDS):
            if not len(open_pairs):
                return kept
            waiting = np.zeros(len(kept), dtype=bool)
            waiting[worse[open_pairs]] = True
            judged = ~waiting[better[open_pairs]]
            proved = self._prove(open_pairs[judged])
            proved = proved[np.lexsort((turn[better[proved]], -self.similarity[proved], worse[proved]))][::-1]
            kept[worse[proved]] = better[proved]  # of several the last, the most similar, stays
            left = open_pairs[~judged]
            open_pairs = left[(kept[better[left]] == better[left]) & (kept[worse[left]] == worse[left])]
        # A long chain: each page waits for the one before it. The rest is proved at once and decided page by page.
        open_pairs = self._prove(open_pairs)
        for pair in open_pairs[np.lexsort((turn[worse[open_pairs]], turn[better[open_pairs]]))].tolist():
            a, b = int(better[pair]), int(worse[pair])
            if kept[a] == a and kept[b] == b:
                kept[b] = a
        return kept

    def links(self, worth: float) -> tuple[Ints, Ints]:
        """Pairs that are alike, so that their components hold every pair known to be.

        Within a component nothing hangs on a further pair; a pair between two is proved where the estimate is short of
        the similarity asked for, but not by so much that it is not worth it.
        """
        alike = self.alike()
        label = components(self.low[alike], self.high[alike], len(self._chars))
        unsure = np.isnan(self.similarity) & ~alike & (self.estimate >= worth)
        self._prove(np.flatnonzero(unsure & (label[self.low] != label[self.high])))
        alike = self.alike()
        return self.low[alike], self.high[alike]

    def similarity_of(self, nodes: Ints, kept: Ints) -> Floats:
        """The similarity of each node to the node kept in its place; 1 where they are the same."""
        out = np.ones(len(nodes))
        width = len(self._chars)
        keys = self.low * width + self.high
        order = np.argsort(keys)
        other = np.flatnonzero(nodes != kept)
        wanted = np.minimum(nodes[other], kept[other]) * width + np.maximum(nodes[other], kept[other])
        out[other] = self.similarity[order][np.searchsorted(keys[order], wanted)]
        return out

    def _prove(self, pairs: Ints) -> Ints:
        """Compare the texts of pairs not yet proved; of all these pairs those that are similar enough."""
        unknown = pairs[np.isnan(self.similarity[pairs])]
        there = self._provable[self.low[unknown]] & self._provable[self.high[unknown]]
        self.similarity[unknown[~there]] = self.estimate[unknown[~there]]
        asked = unknown[there]
        hashes = np.concatenate([self._exact[nodes] for nodes in self._ends(asked)], axis=1)
        self.similarity[asked] = self._proofs.of(self._measure.__name__, hashes)
        groups = self._groups(asked[np.isnan(self.similarity[asked])])
        if self._elsewhere is not None:
            groups = self._proved_elsewhere(groups, self._elsewhere)
        for some in groups:
            sets = self._sets(distinct(np.concatenate((self.low[some], self.high[some]))))
            first, second = self._ends(some)
            ends = zip(first.tolist(), second.tolist(), strict=True)
            self.similarity[some] = [self._measure(sets[a], sets[b]) for a, b in ends]
        self._proofs.add(self._measure.__name__, hashes, self.similarity[asked])
        return pairs[self.similarity[pairs] >= self._least]

    def _ends(self, pairs: Ints) -> tuple[Ints, Ints]:
        """The nodes of pairs, in the order in which they go into the measure."""
        low, high = self.low[pairs], self.high[pairs]
        turned = self._place[low] > self._place[high]
        return np.where(turned, high, low), np.where(turned, low, high)

    def _proved_elsewhere(self, groups: Iterator[Ints], elsewhere: Elsewhere) -> Iterator[Ints]:
        """Prove groups by tasks, so many at a time; what is left, where there are too few to be worth it."""
        while batch := list(islice(groups, MAX_PROOFS)):
            if len(batch) == 1:
                yield from batch
                continue
            proofs = []
            for some in batch:
                first, second = self._ends(some)
                nodes = distinct(np.concatenate((first, second)))
                ends = (np.searchsorted(nodes, first), np.searchsorted(nodes, second))
                proofs.append(_Proof(elsewhere.read, elsewhere.places(nodes), *ends, self._measure))
            for some, found in zip(batch, elsewhere.run(_proved, proofs), strict=True):
                self.similarity[some] = found

    def _sets(self, nodes: Ints) -> dict[int, GramSet]:
        """The gram sets of at least these nodes; those of earlier groups are remembered as long as there is room."""
        new = np.array([n for n in nodes.tolist() if n not in self._remembered], dtype=np.int64)
        if self._remembered and self._chars[new].sum() + self._chars[list(self._remembered)].sum() > REMEMBERED_CHARS:
            self._remembered, new = {}, nodes
        if len(new):
            self._remembered |= zip(new.tolist(), gram_sets(self._text_of(new)), strict=True)
        return self._remembered

    def _groups(self, pairs: Ints) -> Iterator[Ints]:
        """Pairs in groups of little text; pages that belong together are read together."""
        low, high = self.low[pairs], self.high[pairs]
        _, where = np.unique(np.concatenate((low, high)), return_inverse=True)
        component = components(where[: len(low)], where[len(low) :], len(where))[where[: len(low)]]
        group: list[int] = []
        seen: set[int] = set()
        size = 0
        for i in np.lexsort((high, low, component)).tolist():
            for row in (int(low[i]), int(high[i])):
                if row not in seen:
                    seen.add(row)
                    size += int(self._chars[row])
            group.append(i)
            if size >= PROVE_CHARS:
                yield pairs[group]
                group, seen, size = [], set(), 0
        if group:
            yield pairs[group]
