"""Conversion: from one script to the other, one character for one, as OpenCC does it but on columns.

Characters go through a table over code points. Phrases are found by their first two characters, which few places in a
text share; where several overlap the longest wins, and of equal ones the first, wherever it stands: this is how the
package decides, too.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import codes_of

Codes = npt.NDArray[np.uint32]
_SIZE = 0x110000


def character_table(characters: Mapping[str, str]) -> Codes:
    """Code point to code point."""
    table = np.arange(_SIZE, dtype=np.uint32)
    table[[ord(c) for c in characters]] = [ord(c) for c in characters.values()]
    return table


class Phrases:
    """A set of phrases, found in an array of code points."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        by_pair: dict[int, list[str]] = defaultdict(list)
        for phrase in phrases:
            by_pair[ord(phrase[0]) << 32 | ord(phrase[1])].append(phrase)
        self._by_pair = by_pair
        self._pairs = np.array(sorted(by_pair), dtype=np.uint64)
        self._first = np.zeros(_SIZE, dtype=bool)
        self._first[[pair >> 32 for pair in by_pair]] = True

    def occurrences(self, text: str, codes: Codes) -> list[tuple[int, str]]:
        """Every place at which a phrase stands, overlapping ones too: start and phrase."""
        at: Ints = np.flatnonzero(self._first[codes[:-1]])
        pair = codes[at].astype(np.uint64) << np.uint64(32) | codes[at + 1]
        slot = np.searchsorted(self._pairs, pair)
        held = self._pairs[np.minimum(slot, len(self._pairs) - 1)] == pair
        return [
            (start, phrase)
            for start, key in zip(at[held].tolist(), pair[held].tolist(), strict=True)
            for phrase in self._by_pair[key]
            if text.startswith(phrase, start)
        ]


class Conversion:
    """A table of characters and sets of phrases; an earlier set goes before a later one."""

    def __init__(self, characters: Mapping[str, str], *phrases: Mapping[str, str]) -> None:
        self._table = character_table(characters)
        self._sets: Sequence[tuple[Mapping[str, str], Phrases]] = [(p, Phrases(p)) for p in phrases if p]

    def codes(self, text: str, codes: Codes) -> Codes:
        """The converted code points of a text, as many as went in."""
        out = self._table[codes]
        if len(codes) < 2:
            return out
        taken = bytearray(len(codes))
        for values, phrases in self._sets:
            found = phrases.occurrences(text, codes)
            found.sort(key=lambda place: (-len(place[1]), place[0]))
            for start, phrase in found:
                end = start + len(phrase)
                if taken.find(1, start, end) < 0:
                    taken[start:end] = b"\x01" * len(phrase)
                    out[start:end] = codes_of(values[phrase])
        return out

    def text(self, text: str) -> str:
        """A converted text."""
        return self.codes(text, codes_of(text)).tobytes().decode("utf-32-le", "surrogatepass")
