"""Laws: how the versions of one law, and near-equal laws of different places, come out as copies, by Jaccard index.

python -m benchmarks.tasks.laws LAWS.jsonl SIMILARITY

A row has id, cluster (versions of one law, by name) and text. Every pair with an index of at least 0.4 that the search
meets is proved; hard negatives are the most alike pairs of two laws, one for each law.
"""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

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
BANDS = ((0.9, 1.01), (0.8, 0.9), (0.7, 0.8), (0.5, 0.7), (0.4, 0.5))
KINDS = ONE, NAMED_TWICE, TWO = ("one law", "one law, two names", "two laws")
# What names of one law are written with or without: signs, spaces, 的.
_BARE = re.compile(r"[^\u3400-\u9fff\d]|的")
# The end of another name says something only where it is a name itself: 电力法.
_LEAST_NAME = 3


class Pair(NamedTuple):
    """Two texts, of which KINDS they are, and their exact index."""

    one: int
    other: int
    kind: str
    jaccard: float


def main() -> None:
    """Tell how many pairs of each band are merged where copies are asked for from an index on."""
    with open(sys.argv[1], encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts, names = [r["text"] for r in rows], [r["cluster"] for r in rows]
    prints = fingerprints.of(texts, [f"{i:06d}" for i in range(len(texts))])
    with Work() as work:
        goal = merged(prints, texts, float(sys.argv[2]))
    tell(counts(pairs(prints, texts, names), names, goal), work)


def kind_of(one: str, other: str) -> str:
    """Of which KINDS two texts of these names are.

    Two names of one law differ in signs, or in the office before it, or in one character more or less. One character
    for another names another law: （一） and （二）, two cities.

    >>> kind_of("青石市实施《水法》的若干规定", "青石市实施《水法》若干规定")
    'one law, two names'
    >>> kind_of("青石市渡口管理条例", "白石市渡口管理条例")
    'two laws'
    """
    if one == other:
        return ONE
    short, long = sorted((_BARE.sub("", name) for name in (one, other)), key=len)
    if len(short) < _LEAST_NAME:
        return TWO
    one_more = len(long) == len(short) + 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
    return NAMED_TWICE if one_more or long.endswith(short) else TWO


def pairs(prints: pa.Table, texts: Sequence[str], names: Sequence[str]) -> list[Pair]:
    """All pairs of at least LEAST that the search meets, the most alike first."""
    with TemporaryDirectory() as folder:
        corpus = gather([], [prints], Path(folder), LEAST)
        every = np.ones(len(texts), dtype=bool)
        found = candidates(corpus.bands, corpus.signature, np.arange(len(texts)), every, LEAST)
    sets = gram_sets(texts)
    ends = zip(found.low.tolist(), found.high.tolist(), strict=True)
    proved = [Pair(a, b, kind_of(names[a], names[b]), jaccard(sets[a], sets[b])) for a, b in ends]
    return sorted((p for p in proved if p.jaccard >= LEAST), key=lambda p: (-p.jaccard, p.one, p.other))


def hard_negatives(found: Sequence[Pair], names: Sequence[str]) -> list[Pair]:
    """The most alike pairs of two laws, each law once."""
    seen: set[str] = set()
    out = []
    for pair in found:
        own = {names[pair.one], names[pair.other]}
        if pair.kind == TWO and not own & seen:
            seen |= own
            out.append(pair)
    return out[:HARD]


def merged(prints: pa.Table, texts: Sequence[str], similarity: float) -> dict[int, int]:
    """The laws that are dropped, and for which other one."""
    options = DuplicatesOptions(similarity=similarity)
    table = keepers([prints], lambda wanted: [texts[int(i)] for i in wanted], options)
    return {int(r["page_id"]): int(r["kept_page_id"]) for r in table.to_pylist() if r["kept_page_id"]}


def counts(found: Sequence[Pair], names: Sequence[str], goal: dict[int, int]) -> dict[str, object]:
    """How many pairs of each kind are merged, by band, of how many that there are."""

    def one(pair: Pair) -> bool:
        """Whether one of the two was dropped for the other, or both for a third."""
        return goal.get(pair.one, pair.one) == goal.get(pair.other, pair.other)

    hard = hard_negatives(found, names)
    out: dict[str, object] = {
        "dropped": len(goal),
        "for a version of the same law": sum(kind_of(names[a], names[b]) != TWO for a, b in goal.items()),
        "hard negatives merged": f"{sum(map(one, hard))} of {len(hard)}",
        "hard negatives: index": f"{hard[-1].jaccard:.3f} to {hard[0].jaccard:.3f}" if hard else "",
    }
    for low, high in BANDS:
        for kind in KINDS:
            here = [p for p in found if low <= p.jaccard < high and p.kind == kind]
            if here:
                out[f"{low:g}-{min(high, 1):g} {kind}"] = f"{sum(map(one, here))} of {len(here)}"
    return out


if __name__ == "__main__":
    main()
