"""Decision trees as tables: every question is asked once for all rows, and the answers to the questions of a few trees
make the place at which a table holds the sum of what those trees give.

The plain way, to walk each tree node by node, asks the same questions and gives the same values; tests hold the two
equal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import looked_up

Column: TypeAlias = npt.NDArray[np.float32]
Floats: TypeAlias = npt.NDArray[np.float64]

# Values of leaves have five decimals; whole numbers of them add up to the same sum in any order.
_UNITS = 100_000
# Answers of at most so many nodes make a place in a table of 256.
_BITS = 8


@dataclass(frozen=True, slots=True)
class Tree:
    """A decision tree: inner node i asks whether feature[i] <= threshold[i] and goes on to left[i] or right[i]; a
    negative number ~k is leaf k. `value` is what each leaf adds, `mean` what each inner node would.
    """

    feature: list[int]
    threshold: list[float]
    left: list[int]
    right: list[int]
    value: list[float]
    mean: list[float]

    def path(self, answers: Sequence[bool]) -> Iterator[tuple[int, int]]:
        """The nodes from the root to a leaf, each with the one below it; `answers` are those of all its nodes."""
        node = 0
        while node >= 0:
            below = self.left[node] if answers[node] else self.right[node]
            yield node, below
            node = below


class _Table(NamedTuple):
    """Some trees together: their questions, and the sum of their values, in units, for every set of answers."""

    questions: list[int]
    value: npt.NDArray[np.int32]


class _Moves(NamedTuple):
    """What the questions of each tree add to its expectation: for every set of answers and each step down the feature
    that is asked, and by how much the answer moves it; nothing below a leaf.
    """

    questions: Ints
    feature: Ints
    moved: npt.NDArray[np.float32]


class Forest:
    """Trees whose values are added up; raises ValueError for a tree of more than eight questions."""

    def __init__(self, trees: Sequence[Tree]) -> None:
        if any(len(tree.feature) > _BITS for tree in trees):
            raise ValueError(f"a tree of the line model asks more than {_BITS} questions; train with fewer leaves")
        asked = sorted({pair for tree in trees for pair in zip(tree.feature, tree.threshold, strict=True)})
        self._number = {pair: i for i, pair in enumerate(asked)}
        self._tables = [self._table(group) for group in _groups(trees)]
        self._moves = self._moved(trees)

    def _asks(self, tree: Tree) -> list[int]:
        return [self._number[pair] for pair in zip(tree.feature, tree.threshold, strict=True)]

    def _table(self, trees: Sequence[Tree]) -> _Table:
        total = np.zeros(1, dtype=np.int32)
        for tree in trees:
            units = [round(_value(tree, answers) * _UNITS) for answers in _answers(len(tree.feature))]
            total = (total[:, None] + np.array(units, dtype=np.int32)).ravel()
        return _Table([q for tree in trees for q in self._asks(tree)], total)

    def _moved(self, trees: Sequence[Tree]) -> _Moves:
        size = max((len(tree.feature) for tree in trees), default=0)
        questions = np.full((len(trees), size), len(self._number), dtype=np.int64)
        feature = np.zeros((len(trees), 1 << size, size), dtype=np.int64)
        moved = np.zeros(feature.shape, dtype=np.float32)
        for i, tree in enumerate(trees):
            count = len(tree.feature)
            questions[i, size - count :] = self._asks(tree)
            for place, answers in enumerate(_answers(count)):
                for step, (node, below) in enumerate(tree.path(answers)):
                    after = tree.mean[below] if below >= 0 else tree.value[~below]
                    feature[i, place, step], moved[i, place, step] = tree.feature[node], after - tree.mean[node]
        return _Moves(questions, feature, moved)

    def _answered(self, columns: Sequence[Column]) -> npt.NDArray[np.uint8]:
        """For each question and each row whether the answer is yes."""
        out = np.empty((len(self._number), len(columns[0])), dtype=bool)
        for (feature, threshold), i in self._number.items():
            np.less_equal(columns[feature], np.float32(threshold), out=out[i])
        return out.view(np.uint8)

    def sums(self, columns: Sequence[Column]) -> Floats:
        """What all trees give each row, together."""
        answers = self._answered(columns)
        total = np.zeros(len(columns[0]), dtype=np.int32)  # up to log odds of 20,000
        for table in self._tables:
            total += looked_up(table.value, _places(answers, table.questions))
        found: Floats = total / np.float64(_UNITS)
        return found

    def shares(self, columns: Sequence[Column]) -> npt.NDArray[np.float32]:
        """What each feature adds to the sum of each row: how a tree's expectation moves at each question."""
        out = np.zeros((len(columns), len(columns[0])), dtype=np.float32)
        answers = self._answered(columns)
        row = np.arange(len(columns[0]))
        size = self._moves.questions.shape[1]
        # Of trees with fewer questions the first are asked in vain: their answers are no.
        asked = np.append(answers, np.zeros((1, len(row)), dtype=np.uint8), axis=0)[self._moves.questions]
        place = np.tensordot(asked.astype(np.intp), 1 << np.arange(size)[::-1], axes=(1, 0))
        tree = np.arange(len(place))[:, None]
        feature = self._moves.feature[tree, place].transpose(0, 2, 1)
        moved = self._moves.moved[tree, place].transpose(0, 2, 1)
        np.add.at(out.reshape(-1), (feature * len(row) + row).ravel(), moved.ravel())  # tree by tree, step by step
        return out


def _places(answers: npt.NDArray[np.uint8], questions: Sequence[int]) -> npt.NDArray[np.uint8]:
    """For each row the place that its answers to some questions make, the first answer in the highest bit."""
    place: npt.NDArray[np.uint8] = answers[questions[0]]
    for question in questions[1:]:
        place = place + place
        place |= answers[question]
    return place


def _groups(trees: Sequence[Tree]) -> Iterator[list[Tree]]:
    """The trees in order, as many together as a table holds."""
    group: list[Tree] = []
    for tree in trees:
        if group and sum(len(t.feature) for t in [*group, tree]) > _BITS:
            yield group
            group = []
        group.append(tree)
    if group:
        yield group


def _answers(count: int) -> list[list[bool]]:
    """All answers to some questions, in the order of the places that they make."""
    return [[bool(place >> (count - 1 - i) & 1) for i in range(count)] for place in range(1 << count)]


def _value(tree: Tree, answers: Sequence[bool]) -> float:
    *_, (_, leaf) = tree.path(answers)
    return tree.value[~leaf]
