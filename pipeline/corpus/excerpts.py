"""Excerpts: which pages could stand within a longer one, found by the sentences that they share.

Jaccard says nothing here: an excerpt of a tenth of a page has an index of 0.1 with it. Sentences are looked up by hash;
a page most of whose sentences one longer page has is a candidate, to be proved on the texts.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.corpus.buckets import Candidates, met
from pipeline.corpus.order import inverse
from pipeline.corpus.shuffle import Entries, Shuffle, meeting
from pipeline.edit import Ints
from pipeline.lines import Mask

# A sentence that many pages have leads each of them to the longest few only; an excerpt has other sentences too.
LONGEST = 4
# Share of its sentences by which a page becomes a candidate: a sentence cut at the edge of the excerpt, or one that a
# figure was changed in, takes more of the sentences than of the grams.
CANDIDATE_SHARE = 0.5
# An odd number and its inverse mod 2^64: pages are spread over the buckets, and told again from their entries.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_GATHER = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))


def excerpts(sentences: Shuffle, counts: Ints, place: Ints, open_: Mask, folder: Path) -> Candidates:
    """Pairs of rows of which the shorter page may stand within the longer one.

    `counts` and `place` give for each row its number of sentences and its place, the longest first; only rows that
    `open_` says are looked at. The estimate is the share of its sentences that the longer page has too. Pairs that
    share a sentence are shuffled by the shorter page into a file of `folder`: they may be many times the pages.
    """
    row_of = inverse(place)
    pairs = Shuffle(folder / "pairs.parquet")
    for number in sentences.buckets:
        found, at = meeting(sentences.bucket(number), open_, place)
        longer, shorter, _ = met(found, at, LONGEST * len(at), LONGEST)
        pairs.add(Entries(shorter.astype(np.uint64) * _SPREAD, longer))
    pairs.close()
    likely = [_likely(pairs.bucket(number), counts[row_of]) for number in pairs.buckets]
    columns = [np.concatenate(column) for column in zip(*likely, strict=True)] if likely else [place[:0]] * 3
    return Candidates.of(row_of[columns[0]], row_of[columns[1]], columns[2].astype(np.float64))


def _likely(entries: Entries, counts: Ints) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
    """Of some meetings the pairs of pages that met often enough: longer, shorter, share of sentences."""
    keys = (entries.hash * _GATHER).astype(np.int64) * len(counts) + entries.row
    keys = np.sort(keys)
    begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)])
    shorter, longer = np.divmod(keys[begins], max(len(counts), 1))
    share = np.diff(np.append(begins, len(keys))) / np.maximum(counts[shorter], 1)
    likely = share >= CANDIDATE_SHARE
    return longer[likely], shorter[likely], share[likely]
