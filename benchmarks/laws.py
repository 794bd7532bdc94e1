"""Laws: how the versions of one law, and near-equal laws of different places, come out as copies, by Jaccard index.

    python -m benchmarks.laws LAWS.parquet [--record FILE]

LAWS.parquet has the columns id, cluster (versions of one law) and text. Every pair with an index of at least 0.4 that
the search meets is proved; hard negatives are the most alike pairs of different clusters, one for each cluster.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq

from pipeline.corpus import fingerprints
from pipeline.corpus.buckets import candidates
from pipeline.corpus.gathered import gather
from pipeline.corpus.keepers import keepers
from pipeline.corpus.options import DuplicatesOptions
from pipeline.corpus.shingles import gram_sets, jaccard

LEAST, HARD = 0.4, 30
BANDS = ((0.9, 1.01), (0.8, 0.9), (0.7, 0.8), (0.6, 0.7), (0.5, 0.6), (0.4, 0.5))
SIMILARITIES = (0.45, 0.7, 0.8, 0.9)


class Pair(NamedTuple):
    """Two laws, whether they are versions of one, and their exact index."""

    one: int
    other: int
    same: bool
    jaccard: float


def pairs(texts: Sequence[str], clusters: Sequence[Any]) -> list[Pair]:
    """All pairs of at least LEAST that the search meets, the most alike first."""
    prints = fingerprints.of(texts, [f"{i:06d}" for i in range(len(texts))])
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


def report(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """By similarity asked for: how many pairs of one law and of two are merged, by band, and of the hard negatives."""
    texts, clusters = [r["text"] for r in rows], [r["cluster"] for r in rows]
    found = pairs(texts, clusters)
    hard = hard_negatives(found, clusters)
    by_similarity = {}
    for similarity in SIMILARITIES:
        ids = [f"{i:06d}" for i in range(len(rows))]
        options = DuplicatesOptions(similarity=similarity)
        table = keepers([fingerprints.of(texts, ids)], lambda wanted: [texts[int(i)] for i in wanted], options)
        goal = {int(r["page_id"]): int(r["kept_page_id"]) for r in table.to_pylist() if r["kept_page_id"]}
        bands = {}
        for low, high in BANDS:
            for kind, same in (("one law", True), ("two laws", False)):
                here = [p for p in found if low <= p.jaccard < high and p.same == same]
                merged = sum(_merged(p, goal) for p in here)
                bands[f"{low:g}-{min(high, 1):g} {kind}"] = {"pairs": len(here), "merged": merged}
        by_similarity[f"{similarity:g}"] = {
            "dropped": len(goal),
            "for a version of the same law": sum(clusters[a] == clusters[b] for a, b in goal.items()),
            "pairs": bands,
            "hard negatives merged": sum(_merged(p, goal) for p in hard),
        }
    least, most = (hard[-1].jaccard, hard[0].jaccard) if hard else (0.0, 0.0)
    span = {"pairs": len(hard), "least": round(least, 3), "most": round(most, 3)}
    return {"laws": len(rows), "hard negatives": span, "by similarity": by_similarity}


def _merged(pair: Pair, goal: dict[int, int]) -> bool:
    """Whether one of the two was dropped for the other, or both for a third."""
    return goal.get(pair.one, pair.one) == goal.get(pair.other, pair.other)


def table(made: dict[str, Any]) -> str:
    """The report as tables in Markdown."""
    hard, asked = made["hard negatives"], made["by similarity"]
    lines = [
        f"{made['laws']:,} laws; {hard['pairs']} hard negatives with an index of {hard['least']} to {hard['most']}.",
        "Pairs that are merged, of all that there are:",
        "",
        "| similarity asked for | " + " | ".join(asked) + " |",
        "| --- |" + " ---: |" * len(asked),
    ]
    for key in ("dropped", "for a version of the same law", "hard negatives merged"):
        lines.append(f"| {key} | " + " | ".join(str(a[key]) for a in asked.values()) + " |")
    for band in next(iter(asked.values()))["pairs"]:
        cells = [f"{a['pairs'][band]['merged']} of {a['pairs'][band]['pairs']}" for a in asked.values()]
        lines.append(f"| {band} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.laws", description="Versions of laws as copies.")
    parser.add_argument("laws", type=Path)
    parser.add_argument("--record", type=Path, metavar="FILE", help="write the report as JSON")
    args = parser.parse_args(argv)
    made = report(pq.read_table(args.laws, columns=["id", "cluster", "text"]).to_pylist())
    if args.record:
        args.record.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(table(made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
