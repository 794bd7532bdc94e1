"""Hints: what the tags of an HTML page say of its lines, as columns beside the text.

A page of plain text has none, and no rule needs them. `at` ties each row to the place in the text where its line
begins, so that hints follow the text through edits as any position does.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self, TypeAlias

import numpy as np

from pipeline.edit import Edits, Ints, forward

# What an element is, by its tag, its role, or the words of its class and id.
NAV, HEADER, FOOTER, ASIDE, ARTICLE, LIST, TABLE, CAPTION, QUOTE, CODE, FURNITURE, RELATED, COMMENTS, CONTENT = (
    1 << i for i in range(14)
)

# What a page says of itself outside its text: `title`, `date`, `authors` and so on, the surest value of each first.
Head: TypeAlias = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Hints:
    """The hints of some lines: those of one page, or of a batch.

    Rows are lines: `at` where the line begins (code points of the text), `linked` how many of its characters stand in
    links, `block` the innermost element of its own lines that it stands in, `taken` whether the extractor, if one is
    asked, takes it for text (1) or not (0), or says nothing of the page (-1). Elements: `parent` the one around it (-1:
    none; always before it), `kind` flags as above, `level` 1 to 6 for headings, else 0, `make` a number that elements
    of one tag and class have in common. `heads`: what each page says of itself outside its text.
    """

    at: Ints
    linked: Ints
    block: Ints
    taken: Ints
    parent: Ints
    kind: Ints
    level: Ints
    make: Ints
    heads: tuple[Head, ...] = ()

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def empty(cls, heads: tuple[Head, ...] = ()) -> Self:
        """The hints of plain text: none."""
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none, none, none, none, none, none, none, heads)

    @classmethod
    def of_pages(cls, pages: Sequence["Hints | None"], page_start: Ints) -> Self:
        """The hints of a batch whose pages begin at `page_start`."""
        some = [(p, int(start)) for p, start in zip(pages, page_start.tolist(), strict=False) if p is not None]
        if not some:
            return cls.empty()
        base = np.cumsum([0, *(len(p.parent) for p, _ in some)])[:-1].tolist()
        return cls(
            np.concatenate([p.at + start for p, start in some]),
            np.concatenate([p.linked for p, _ in some]),
            np.concatenate([p.block + b for (p, _), b in zip(some, base, strict=True)]),
            np.concatenate([p.taken for p, _ in some]),
            np.concatenate([np.where(p.parent >= 0, p.parent + b, -1) for (p, _), b in zip(some, base, strict=True)]),
            np.concatenate([p.kind for p, _ in some]),
            np.concatenate([p.level for p, _ in some]),
            np.concatenate([p.make for p, _ in some]),
            tuple(p.heads[0] if p is not None else {} for p in pages),
        )

    def after(self, edits: Edits) -> Self:
        """The same hints in positions of the changed text."""
        return replace(self, at=forward(edits, self.at)) if len(self) and len(edits) else self

    def of_page(self, page: int, page_start: Ints) -> Self:
        """One page's share of the hints of a batch, in positions of the page."""
        low, high = int(page_start[page]), int(page_start[page + 1]) - 1
        first, last = np.searchsorted(self.at, [low, high + 1])
        heads = self.heads[page : page + 1]
        block = self.block[first:last]
        if not len(block):
            return self.empty(heads)
        # The elements of a page stand together, its first element before all others.
        end = int(block.max()) + 1
        base = int(np.flatnonzero(self.parent[: int(block.min()) + 1] < 0)[-1])
        parent = self.parent[base:end]
        return type(self)(
            self.at[first:last] - low, self.linked[first:last], block - base, self.taken[first:last],
            np.where(parent >= 0, parent - base, -1), self.kind[base:end], self.level[base:end],
            self.make[base:end], heads,
        )  # fmt: skip

    def to_bytes(self) -> bytes:
        """One page's hints as bytes, for a file between two passes."""
        columns = (self.at, self.linked, self.block, self.taken, self.parent, self.kind, self.level, self.make)
        head = json.dumps({name: list(values) for name, values in self.heads[0].items()}, sort_keys=True).encode()
        sizes = np.array([len(self.at), len(self.parent)], dtype="<i4").tobytes()
        return sizes + b"".join(c.astype("<i4").tobytes() for c in columns) + head

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` made."""
        rows, elements = np.frombuffer(data[:8], dtype="<i4").tolist()
        ends = np.cumsum([8, *([4 * rows] * 4), *([4 * elements] * 4)]).tolist()
        at, linked, block, taken, parent, kind, level, make = (
            np.frombuffer(data[a:b], dtype="<i4").astype(np.int64) for a, b in pairwise(ends)
        )
        return cls(at, linked, block, taken, parent, kind, level, make, (json.loads(data[ends[-1] :]),))
