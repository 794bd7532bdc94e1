"""Overlaps: which stretches of pages stand word for word in evaluation sets, by hashes of the letters of every window.

Only letters and figures count, with width, case and script folded: what a model would recognise whatever the
punctuation. A window is `min_chars` of them in a row, over line ends, never over two documents.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.document import Page
from pipeline.edit import Ints
from pipeline.lines import DIGIT, HAN, LATIN, Lines, fold_table, kinds

Hashes = npt.NDArray[np.uint64]

SCHEMA = pa.schema([("key", pa.uint64()), ("item", pa.string())])
_M1, _M2, _M3 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """What counts as text of an evaluation set, and what becomes of it."""

    # Files of items, JSONL, text or Parquet; every text of an item counts. Without any the stage finds nothing.
    sets: tuple[str, ...] = field(default=(), metadata={"file": True})
    # Of 4,000 articles and 1,500 statutes none shares 16 letters with sentences of other sources, 0.1 % share 13, up
    # to 0.5 % share 10; among articles of one magazine 24 % share 13, 6 % share 16, 1.4 % share 20, 0.3 % share 25.
    min_chars: int = 20
    # What is dropped is told with the item and the place; marked, it stays, and whoever trains may leave it out.
    action: Literal["drop", "mark"] = "drop"

    def __post_init__(self) -> None:
        if self.min_chars < 8:
            raise ValueError(
                f"min_chars is {self.min_chars}; it takes 8 or more: half of all pages share fewer by chance."
            )


class Overlap(NamedTuple):
    """A stretch that stands in an evaluation set: its document, and its first and past its last place in the batch."""

    document: int
    start: int
    end: int
    letters: int
    item: str


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationSets:
    """The windows of evaluation sets by hash, in order, each with the first item that has it."""

    keys: Hashes = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    item: Sequence[str] = ()

    @classmethod
    def of_table(cls, table: pa.Table) -> "EvaluationSets":
        """From the table that `windows_of` gave."""
        return cls(table["key"].to_numpy(), table["item"].to_pylist())

    def overlaps(self, lines: Lines, min_chars: int, begins: Ints) -> list[Overlap]:
        """The stretches of a batch that stand in the sets, in order; windows that touch are one stretch.

        `begins` are the positions at which documents begin.
        """
        solid = _solid(lines)
        hashes = _windows(_weights()[lines.codes[solid]], min_chars)
        if not len(hashes) or not len(self.keys):
            return []
        at = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        own = np.searchsorted(begins, solid, side="right") - 1
        hits = np.flatnonzero((self.keys[at] == hashes) & (own[: len(hashes)] == own[min_chars - 1 :]))
        if not len(hits):
            return []
        first = np.concatenate(([True], (np.diff(hits) > min_chars) | (np.diff(own[hits]) != 0)))
        begin = hits[first]
        end = hits[np.concatenate((first[1:], [True]))] + min_chars - 1
        return [
            Overlap(int(own[a]), int(solid[a]), int(solid[b]) + 1, int(b - a) + 1, self.item[int(at[a])])
            for a, b in zip(begin.tolist(), end.tolist(), strict=True)
        ]


def windows_of(pages: Iterable[Page], min_chars: int, name: str) -> pa.Table:
    """The windows of the items of a set, each hash once; `name:id` is the name of an item."""
    keys: list[Hashes] = [np.zeros(0, dtype=np.uint64)]
    items: list[str] = []
    counts: list[int] = []
    for page in pages:
        for text in (page.text, *page.meta.values()):
            lines = Lines.of([text])
            keys.append(_windows(_weights()[lines.codes[_solid(lines)]], min_chars))
            items.append(f"{name}:{page.id}")
            counts.append(len(keys[-1]))
    every, first = np.unique(np.concatenate(keys), return_index=True)
    owner = np.repeat(np.arange(len(items)), counts)[first]
    return pa.table([pa.array(every), pa.array(items, pa.string()).take(pa.array(owner))], schema=SCHEMA)


def merge(tables: Sequence[pa.Table]) -> pa.Table:
    """The windows of several sets; a window that several have is that of the first."""
    whole = pa.concat_tables(tables)
    _, first = np.unique(whole["key"].to_numpy(), return_index=True)
    return whole.take(pa.array(first)).combine_chunks()


def _solid(lines: Lines) -> Ints:
    kind = lines.kind & 7
    found: Ints = np.flatnonzero((kind == HAN) | (kind == LATIN) | (kind == DIGIT))
    return found


def _windows(weights: Hashes, size: int) -> Hashes:
    """The hash of every window of so many weights in a row: a polynomial, by Horner's rule over all windows at once."""
    count = len(weights) - size + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    out = np.zeros(count, dtype=np.uint64)
    for i in range(size):
        out = out * _M1 + weights[i : i + count]
    return _mixed(out)


@cache
def _weights() -> Hashes:
    """A random number for each folded code point."""
    weights = _mixed((fold_table().astype(np.uint64) + np.uint64(1)) * _M1)
    assert len(weights) == len(kinds())
    return weights


def _mixed(values: Hashes) -> Hashes:
    out = (values ^ (values >> np.uint64(30))) * _M2
    out = (out ^ (out >> np.uint64(27))) * _M3
    return out ^ (out >> np.uint64(31))
