"""Pieces of texts that are arrays of code points: spans taken out or replaced, and what was taken out.

Spans are [start, end), sorted, and do not overlap. What lies between them are pieces that stand one behind the other,
so that Arrow gathers them as it gathers the values of a column: no piece is ever a Python string.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self, overload

import numpy as np
import pyarrow as pa

from pipeline.edit import Edits, Ints
from pipeline.lines import Codes, codes_of, text_of

_ZERO = np.zeros(1, dtype=np.int64)
_BYTES = 4


def spans_of(codes: Codes, start: Ints, end: Ints) -> Codes:
    """Spans of a text, one behind the other.

    >>> text_of(spans_of(codes_of("甲乙丙丁"), np.array([0, 2]), np.array([1, 4])))
    '甲丙丁'
    """
    return _gathered(codes, _ends(len(codes), start, end), np.arange(1, 2 * len(start), 2))


def applied(codes: Codes, edits: Edits) -> Codes:
    """The text with the edits made, which must be a layer of it: what `edit.apply` does with strings.

    >>> from pipeline.edit import Edit
    >>> text_of(applied(codes_of("甲乙丙丁"), Edits.of([Edit(0, 1), Edit(2, 2, "、")])))
    '乙、丙丁'
    """
    ends = _ends(len(codes), edits.start, edits.end)
    kept = np.arange(0, len(ends), 2)
    if not edits.new_chars.any():
        return _gathered(codes, ends, kept)
    # The replacements stand behind the text, as further pieces.
    index = np.empty(2 * len(kept) - 1, dtype=np.int64)
    index[::2], index[1::2] = kept, np.arange(len(edits)) + len(ends)
    both = np.concatenate((codes, codes_of("".join(edits.replacement))))
    return _gathered(both, np.concatenate((ends, np.cumsum(edits.new_chars) + len(codes))), index)


def _ends(size: int, start: Ints, end: Ints) -> Ints:
    """Where pieces of a text end: what stands before the first span, that span, what stands before the next."""
    ends = np.empty(2 * len(start) + 1, dtype=np.int64)
    ends[:-1:2], ends[1::2], ends[-1] = start, end, size
    return ends


def _gathered(codes: Codes, ends: Ints, index: Ints) -> Codes:
    """Some pieces of the code points, one behind the other."""
    places = pa.py_buffer(np.concatenate((_ZERO, ends)) * _BYTES)
    buffers = [None, places, pa.py_buffer(np.ascontiguousarray(codes))]
    pieces = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(ends), buffers).take(pa.array(index))
    count = pieces.total_values_length // _BYTES
    return np.frombuffer(pieces.buffers()[2], dtype=np.uint32, count=count) if count else codes[:0]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces(Sequence[str]):
    """Texts as one array of code points, and where each of them ends in it; a string is made where one is asked for.

    >>> list(Pieces.of(["甲乙", "", "丙"])[1:])
    ['', '丙']
    """

    codes: Codes
    ends: Ints

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """The pieces that some texts are."""
        sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        return cls(codes_of("".join(texts)), np.cumsum(sizes))

    @classmethod
    def join(cls, parts: Sequence["Pieces"]) -> Self:
        """The pieces of several, in order."""
        base = np.cumsum([0, *(len(p.codes) for p in parts)])
        none = np.zeros(0, dtype=np.int64)
        ends = np.concatenate([none, *(p.ends + b for p, b in zip(parts, base[:-1], strict=True))])
        return cls(np.concatenate([np.zeros(0, dtype=np.uint32), *(p.codes for p in parts)]), ends)

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        last = range(len(self))[index]
        return text_of(self.codes[self.ends[last - 1] if last else 0 : self.ends[last]])

    def __iter__(self) -> Iterator[str]:
        text, at = text_of(self.codes), 0
        for end in self.ends.tolist():
            yield text[at:end]
            at = end
