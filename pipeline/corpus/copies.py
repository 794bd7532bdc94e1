"""Copies: what the stage duplicates and the release need to know of each page, from the table that `keepers` makes."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.corpus.options import DuplicatesOptions
from pipeline.corpus.passages import Hashes, line_passages
from pipeline.corpus.splits import split_of
from pipeline.lines import Lines, Mask


class Copy(NamedTuple):
    """What a page copies: kind "exact", "near" or "contained", the page that is kept, how similar the two are.

    `release` names the earlier release that the kept page is in; `estimated` says that its text was not at hand.
    """

    kind: str
    kept: str
    similarity: float
    release: str | None = None
    estimated: bool = False


class Copies(NamedTuple):
    """By page_id: of what a page is a copy, its cluster, and the hashes of its paragraphs that other pages have too.

    `repeated` are all such paragraphs, `later` those that stand on another page first.
    """

    of: Mapping[str, Copy] = MappingProxyType({})
    cluster: Mapping[str, str] = MappingProxyType({})
    repeated: Mapping[str, Hashes] = MappingProxyType({})
    later: Mapping[str, Hashes] = MappingProxyType({})
    options: DuplicatesOptions = DuplicatesOptions()

    @classmethod
    def of_table(cls, table: pa.Table, options: DuplicatesOptions) -> Self:
        """From some rows of the table."""
        names = ("page_id", "kind", "kept_page_id", "similarity", "kept_release", "estimated")
        copied = table.filter(pc.is_valid(table["kind"]))
        copies = zip(*(copied[name].to_pylist() for name in names), strict=True)
        clusters = zip(table["page_id"].to_pylist(), table["cluster"].to_pylist(), strict=True)
        return cls(
            {page: Copy(*copy) for page, *copy in copies},
            {page: name for page, name in clusters if name is not None},
            _lists(table, "repeated"),
            _lists(table, "later"),
            options,
        )

    def split(self, page_id: str) -> str:
        """The split of a page: that of its cluster."""
        return split_of(self.cluster.get(page_id, page_id), self.options)

    def lines_of(self, lines: Lines, page_ids: Sequence[str], hashes: Mapping[str, Hashes]) -> Mask:
        """The lines of a batch that are paragraphs of their page's `hashes`: those of `repeated` or of `later`."""
        out = np.zeros(len(lines), dtype=bool)
        pages = [p for p, page_id in enumerate(page_ids) if page_id in hashes]
        if not pages:
            return out
        found = line_passages(lines, pages)
        owner = np.repeat(pages, [len(hashes[page_ids[p]]) for p in pages])
        values, wanted = np.unique(np.concatenate([hashes[page_ids[p]] for p in pages]), return_inverse=True)
        at = np.minimum(np.searchsorted(values, found.hash), len(values) - 1)
        met = np.flatnonzero(values[at] == found.hash)
        row, at = found.row[met], at[met]
        out[row[np.isin(lines.page[row] * len(values) + at, owner * len(values) + wanted)]] = True
        return out


def _lists(table: pa.Table, name: str) -> dict[str, Hashes]:
    """The hashes of a column of lists, by page_id; pages without any are left out."""
    some = table.filter(pc.greater(pc.list_value_length(table[name]), 0))
    every = some[name].combine_chunks().flatten().to_numpy().view(np.uint64)
    ends = np.cumsum(pc.list_value_length(some[name]).to_numpy())
    return dict(zip(some["page_id"].to_pylist(), np.split(every, ends[:-1]), strict=True)) if len(some) else {}
