"""Laws: how the versions of one law, and near-equal laws of different places, come out as copies, by Jaccard index.

python -m benchmarks.tasks.laws LAWS.jsonl SIMILARITY

A row has id, cluster (versions of one law) and text. Every pair with an index of at least 0.4 that the search meets is
proved; hard negatives are the most alike pairs of different clusters, one for each cluster.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from benchmarks.told import Work, tell
from pipeline.corpus import fingerprints
from pipeline.corpus.buckets import candidates
from pipeline.corpus.gathered import gather
from pipeline.corpus.keepers import keepers
from pipeline.corpus.options import DuplicatesOptions
from pipeline.corpus.shingles import gram_sets, jaccard

LEAST, HARD = 0.4, 30
BANDS = ((0.9, 1.01), (0.8, 0.9), (0.7, 0.8), (0.5, 0.7))


class Pair(NamedTuple):
    """Two laws, whether they are versions of one, and their exact index."""

    one: int
    other: int
    same: bool
    jaccard: float


def main() -> None:
    """Tell how many pairs of each band are merged where copies are asked for from an index on."""
    with open(sys.argv[1], encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts, clusters = [r["text"] for r in rows], [r["cluster"] for r in rows]
    prints = fingerprints.of(texts, [f"{i:06d}" for i in range(len(texts))])
    with Work() as work:
        goal = merged(prints, texts, float(sys.argv[2]))
    tell(counts(pairs(prints, texts, clusters), clusters, goal), work)


def pairs(prints: pa.Table, texts: Sequence[str], clusters: Sequence[Any]) -> list[Pair]:
    """All pairs of at least LEAST that the search meets, the most alike first."""
    with TemporaryDirectory() as folder:
        corpus = gather([], [prints], Path(folder), LEAST)
        every = np.ones(len(texts), dtype=bool)
        found = candidates(corpus.bands, corpus.signature, np.arange(len(texts)), every, LEAST)
    sets = gram_sets(texts)
    ends = zip(found.low.tolist(), found.high.tolist(), strict=True)
    proved = [Pair(a, b, clusters[a] == clusters[b], jaccard(sets[a], sets[b])) for a, b in ends]
    return sorted((p for p in proved if p.jaccard >= LEAST), key=lambda p: (-p.jaccard, p.one, p.other))


def hard_negatives(found: Sequence[Pair], clusters: Sequence[Any]) -> list[Pair]:
    """The most alike pairs of different clusters, each cluster once."""
    seen: set[Any] = set()
    out = []
    for pair in found:
        own = {clusters[pair.one], clusters[pair.other]}
        if not pair.same and not own & seen:
            seen |= own
            out.append(pair)
    return out[:HARD]


def merged(prints: pa.Table, texts: Sequence[str], similarity: float) -> dict[int, int]:
    """The laws that are dropped, and for which other one."""
    options = DuplicatesOptions(similarity=similarity)
    table = keepers([prints], lambda wanted: [texts[int(i)] for i in wanted], options)
    return {int(r["page_id"]): int(r["kept_page_id"]) for r in table.to_pylist() if r["kept_page_id"]}


def counts(found: Sequence[Pair], clusters: Sequence[Any], goal: dict[int, int]) -> dict[str, object]:
    """How many pairs of one law and of two are merged, by band, of how many that there are."""

    def one(pair: Pair) -> bool:
        return goal.get(pair.one, pair.one) == goal.get(pair.other, pair.other)

    hard = hard_negatives(found, clusters)
    out: dict[str, object] = {
        "dropped": len(goal),
        "for a version of the same law": sum(clusters[a] == clusters[b] for a, b in goal.items()),
        "hard negatives merged": f"{sum(map(one, hard))} of {len(hard)}",
    }
    for low, high in BANDS:
        for kind, same in (("one law", True), ("two laws", False)):
            here = [p for p in found if low <= p.jaccard < high and p.same == same]
            out[f"{low:g}-{min(high, 1):g} {kind}"] = f"{sum(map(one, here))} of {len(here)}"
    return out


if __name__ == "__main__":
    main()
