"""Keepers: of every cluster of copies, which pages are kept, and of which kept page each other page is a copy.

Exact copies meet by hash; near copies are proved by the exact Jaccard index of their grams. A page is only ever
dropped for a page that is kept and that it is similar to itself: similarity is never passed on along a chain.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.corpus.buckets import candidates
from pipeline.corpus.fingerprints import GRAM, SLOTS
from pipeline.corpus.pairs import Pairs, components
from pipeline.edit import Ints

TextOf: TypeAlias = Callable[[Sequence[str]], Sequence[str]]

SCHEMA = pa.schema(
    [
        ("page_id", pa.string()),
        ("cluster", pa.string()),
        ("kept_page_id", pa.string()),
        ("kind", pa.string()),
        ("similarity", pa.float64()),
    ]
)
# Large buckets are looked at again with the pages that are still kept; each round decides most of them.
MAX_ROUNDS = 12
# Lengths are compared in steps of a tenth: a footer left behind makes a page longer, but no better.
LENGTH_STEP = 1.1
_NOTHING = hashlib.blake2b(b"", digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class DuplicatesOptions:
    """What counts as a near copy."""

    # Jaccard index of the character 5-grams. Among 60,000 pages made for the purpose, copies with a quarter of their
    # clauses rewritten lay above 0.5, and pages that share 20 to 50 % of their paragraphs below 0.42. Laws know no such
    # gap: versions of one law lie anywhere between 0.1 and 1, and laws of two cities reach 0.67. For them, raise it.
    similarity: float = 0.5
    # Of a text of 60 characters one changed word takes a fifth of the grams: below, only exact copies are looked for.
    min_chars: int = 60

    def __post_init__(self) -> None:
        if not 0.4 <= self.similarity <= 1:
            raise ValueError(
                f"similarity is {self.similarity}; expected 0.4 to 1: pages that only share some paragraphs reach 0.4."
            )


class Copy(NamedTuple):
    """What a page copies: kind "exact" or "near", the page that is kept, and how similar the two are."""

    kind: str
    kept: str
    similarity: float


def copies(table: pa.Table) -> dict[str, Copy]:
    """The summary of the stage duplicates: by page_id, what each dropped page copies; from what `keepers` gave."""
    dropped = table.filter(pc.is_valid(table["kept_page_id"]))
    columns = (dropped[n].to_pylist() for n in ("page_id", "kind", "kept_page_id", "similarity"))
    return {page: Copy(kind, kept, similarity) for page, kind, kept, similarity in zip(*columns, strict=True)}


def keepers(prints: pa.Table, text_of: TextOf, options: DuplicatesOptions = DuplicatesOptions()) -> pa.Table:
    """Which pages are copies of which: a row for every page that has a copy, in order of page_id.

    `prints` are fingerprints, in any order; `text_of` gives the texts of pages whose similarity must be proved, a few
    thousand at a time. `kept_page_id`, `kind` ("exact" or "near") and `similarity` are null for a page that is kept;
    `cluster` is the smallest page_id of all pages that similarity links (by estimate where nothing hangs on it). Pages
    without text are copies of nothing.

    Kept is the page that most others of its cluster are similar to (kept by length alone, an edited copy that is a
    little longer stands for the original, and the other copies, less like it, stay); among equals the text that most
    pages have word for word, then the longest by steps of a tenth, the earliest (undated pages last), the smallest
    page_id.
    """
    order = _preference(prints)
    place = order.to_numpy().astype(np.int64)
    page_id = prints["page_id"].take(order)
    chars = prints["n_chars"].to_numpy()[place]
    first = _first_alike(_matrix(prints["exact"], "<u8", 2)[place])
    compared = prints["n_grams"].to_numpy()[place] + GRAM - 1
    nodes = np.flatnonzero((first == np.arange(len(place))) & (compared >= max(options.min_chars, GRAM)))
    alike = np.bincount(first, minlength=len(place))
    pairs = Pairs(chars, alike, lambda rows: text_of(page_id.take(pa.array(rows)).to_pylist()), options.similarity)
    signature = _matrix(prints["signature"], "<u4", SLOTS)
    kept = np.arange(len(place))
    for _ in range(MAX_ROUNDS):
        found = candidates(signature, place, nodes[kept[nodes] == nodes], options.similarity)
        if not pairs.grow(found):
            break
        kept = pairs.survivors()
        if not found.capped:
            break
    return _table(page_id, first, kept, pairs)


def _preference(prints: pa.Table) -> pa.Array:
    """Row numbers, the page that we would rather keep first."""
    size = np.floor(np.log1p(prints["n_chars"].to_numpy()) / np.log(LENGTH_STEP)).astype(np.int64)
    keys = pa.table({"size": pa.array(size), "date": prints["date"], "page_id": prints["page_id"]})
    return pc.sort_indices(keys, [("size", "descending"), ("date", "ascending"), ("page_id", "ascending")])


def _matrix(column: pa.ChunkedArray, kind: str, width: int) -> npt.NDArray[Any]:
    """A column of fixed-size binary as a matrix, not copied where it is in one piece."""
    whole = column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays([pa.array([], column.type), *column.chunks])
    values = np.frombuffer(whole.buffers()[1] or b"", dtype=kind).reshape(-1, width)
    return values[whole.offset : whole.offset + len(whole)]


def _first_alike(exact: npt.NDArray[np.uint64]) -> Ints:
    """For each row the first with the same hash, itself where there is none; rows without text are like nothing."""
    order = np.lexsort((exact[:, 1], exact[:, 0]))  # stable: equal rows keep their order
    ordered = exact[order]
    nothing = (ordered == np.frombuffer(_NOTHING, dtype="<u8")).all(axis=1)
    begins = np.concatenate(([True], (ordered[1:] != ordered[:-1]).any(axis=1)))[: len(order)] | nothing
    out = np.empty(len(order), dtype=np.int64)
    out[order] = order[np.flatnonzero(begins)][np.cumsum(begins) - 1]
    return out


def _table(page_id: pa.ChunkedArray, first: Ints, kept: Ints, pairs: Pairs) -> pa.Table:
    count = len(first)
    linked = pairs.alike()
    low, high = np.concatenate((pairs.low[linked], np.arange(count))), np.concatenate((pairs.high[linked], first))
    label = components(low, high, count)
    members = np.bincount(label, minlength=1)[label] > 1 if count else np.zeros(0, dtype=bool)
    by_id = pc.sort_indices(page_id).to_numpy().astype(np.int64)
    rows = by_id[members[by_id]]
    _, begin, back = np.unique(label[rows], return_index=True, return_inverse=True)
    goal = kept[first[rows]]
    copy = goal != rows
    kind = np.where(goal == first[rows], "exact", "near")
    similarity = pairs.similarity_of(first[rows], goal)
    return pa.table(
        [
            page_id.take(pa.array(rows)),
            page_id.take(pa.array(rows[begin][back])),
            pc.if_else(pa.array(copy), page_id.take(pa.array(goal)), pa.scalar(None, pa.string())),
            pc.if_else(pa.array(copy), pa.array(kind, pa.string()), pa.scalar(None, pa.string())),
            pc.if_else(pa.array(copy), pa.array(similarity), pa.scalar(None, pa.float64())),
        ],
        schema=SCHEMA,
    )
