"""Excerpts: which pages could stand within a longer one, found by the sentences that they share.

Jaccard says nothing here: an excerpt of a tenth of a page has an index of 0.1 with it. Sentences are looked up by hash;
a page most of whose sentences one longer page has is a candidate, to be proved on the texts.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.corpus.buckets import Candidates, met
from pipeline.corpus.order import inverse
from pipeline.corpus.shuffle import Entries, Shuffle, Spilled, gathered, meeting, spread_entries, spread_out
from pipeline.corpus.spread import Shared, Spread
from pipeline.edit import Ints
from pipeline.lines import Mask

# A sentence that many pages have leads each of them to the longest few only; an excerpt has other sentences too.
LONGEST = 4
# Share of its sentences by which a page becomes a candidate: a sentence cut at the edge of the excerpt, or one that a
# figure was changed in, takes more of the sentences than of the grams.
CANDIDATE_SHARE = 0.5
_HALF = 32
# Longer, shorter, share of sentences.
_Likely: TypeAlias = tuple[Ints, Ints, npt.NDArray[np.float64]]


def excerpts(sentences: Shuffle | Spilled, counts: Ints, place: Ints, open_: Mask, folder: Path) -> Candidates:
    """Pairs of rows of which the shorter page may stand within the longer one.

    `counts` and `place` give for each row its number of sentences and its place, the longest first; only rows that
    `open_` says are looked at. The estimate is the share of its sentences that the longer page has too. Pairs that
    share a sentence are shuffled by the shorter page into a file of `folder`: they may be many times the pages.
    """
    row_of = inverse(place)
    pairs = Shuffle(folder / "pairs.entries")
    for number in sentences.buckets:
        found, at = meeting(sentences.bucket(number), open_, place)
        longer, shorter, _ = met(found, at, LONGEST * len(at), LONGEST)
        pairs.add(spread_entries(shorter, longer))
    pairs.close()
    return _candidates([_likely(pairs.bucket(number), counts[row_of]) for number in pairs.buckets], row_of)


def excerpts_spread(spread: Spread, sentences: Spilled, counts: Ints, place: Ints, open_: Mask) -> Candidates:
    """What `excerpts` finds, by a task for each bucket of sentences, and then for each bucket of pairs."""
    row_of = inverse(place)
    columns = (("place", place), ("among", open_), ("counts", counts[row_of]))
    at, among, counted = [spread.shared(f"excerpts-{name}", values) for name, values in columns]
    paths = [spread.folder / f"excerpts-{number}.entries" for number in sentences.buckets]
    tasks = [_Bucket(sentences, number, at, among, paths[number]) for number in sentences.buckets]
    found = spread.run(_met_in, tasks)
    pairs = Spilled.joined(found, [0] * len(found))
    return _candidates(spread.run(_likely_in, [(pairs, number, counted) for number in pairs.buckets]), row_of)


class _Bucket(NamedTuple):
    """What a task needs to find the pages that share a sentence of one bucket."""

    sentences: Spilled
    number: int
    place: Shared
    open: Shared
    path: Path

    @property
    def name(self) -> str:
        """What to call the task in a message."""
        return f"excerpts of bucket {self.number}"


def _met_in(task: _Bucket) -> Spilled:
    found, at = meeting(task.sentences.bucket(task.number), task.open.array(), task.place.array())
    longer, shorter, _ = met(found, at, LONGEST * len(at), LONGEST)
    return spread_out(task.path, shorter, longer, task.sentences.bits)


def _likely_in(task: tuple[Spilled, int, Shared]) -> _Likely:
    pairs, number, counts = task
    return _likely(pairs.bucket(number), counts.array())


def _candidates(likely: Sequence[_Likely], row_of: Ints) -> Candidates:
    longer, shorter, share = (np.concatenate(column) for column in zip(*likely, strict=True))
    return Candidates.of(row_of[longer], row_of[shorter], share.astype(np.float64))


def _likely(entries: Entries, counts: npt.NDArray[Any]) -> _Likely:
    """Of some meetings the pairs of pages that met often enough: longer, shorter, share of sentences."""
    pages, others = gathered(entries)
    keys = np.sort(pages << _HALF | others)  # rows are numbers of 32 bits
    begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)])
    shorter = keys[begins] >> _HALF
    share = np.diff(np.append(begins, len(keys))) / np.maximum(counts, 1)[shorter]
    likely = np.flatnonzero(share >= CANDIDATE_SHARE)
    return keys[begins[likely]] & ((1 << _HALF) - 1), shorter[likely], share[likely]
