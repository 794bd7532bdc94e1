"""Forms: what a line says that it is by how it begins or ends, read in the few lines whose first and last characters let
it.

Sets of signals are looked up in tables over all characters of a batch, which pays where many sets ask. These are asked
for after edits, when nothing is known of the text yet; of 591,000 lines of 20,000 pages columns let through 6,000.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask, among, codes_of, fold_table, looked_up, text_of
from pipeline.required import checked


def folded(lines: Lines, at: Ints) -> npt.NDArray[np.uint32]:
    """The folded code points at some places."""
    return looked_up(fold_table(), lines.codes[at])


def folded_strings(lines: Lines, rows: Ints, prefix: int | None = None) -> list[str]:
    """What `Lines.strings` gives, where few lines are asked for: only these are folded."""
    if not len(rows):
        return []
    texts = lines.strings(rows, folded=False, prefix=prefix)
    return text_of(looked_up(fold_table(), codes_of("\n".join(texts)))).split("\n")


def begins(lines: Lines, alone: str, first: str = "", second: str = "") -> Mask:
    """Lines whose first character, folded, is one of `alone`, or one of `first` and the next one of `second`.

    U+FFFF stands for all characters beyond the basic plane.
    """
    one = folded(lines, lines.head)
    out = among(one, alone)
    rows = np.flatnonzero(among(one, first))
    out[rows] |= among(folded(lines, np.minimum(lines.head[rows] + 1, len(lines.codes) - 1)), second)
    return out


class Forms:
    """Patterns by name, at most eight, over folded lines of at most `max_chars` characters.

    `where` is a mask over the columns that lets through all lines that can match, and few others; with `prefix`,
    patterns see only so many characters.

    >>> forms = Forms({"figure": r"^图\\d"}, where=lambda lines: among(lines.first, "图"))
    >>> forms.has(Lines.of(["图1 渡口\\n渡口图1"]), "figure").tolist()
    [True, False]
    """

    def __init__(
        self,
        patterns: Mapping[str, str],
        where: Callable[[Lines], Mask],
        max_chars: int = 1 << 40,
        prefix: int | None = None,
    ) -> None:
        self.max_chars = max_chars
        self._where = where
        self._prefix = prefix
        self.bit = {name: 1 << i for i, name in enumerate(patterns)}
        self._patterns = [(1 << i, checked(p)) for i, p in enumerate(patterns.values())]

    def bits_of(self, line: str) -> int:
        """The bits of a folded line."""
        return sum(bit for bit, pattern in self._patterns if pattern.search(line))

    def of(self, lines: Lines) -> npt.NDArray[np.uint8]:
        """The bits of every line, computed once for a batch."""
        return lines.derived(self._column)

    def has(self, lines: Lines, *names: str) -> Mask:
        """Lines that have any of the forms."""
        found: Mask = (self.of(lines) & sum(self.bit[name] for name in names)) != 0
        return found

    def _column(self, lines: Lines) -> npt.NDArray[np.uint8]:
        rows = np.flatnonzero(~lines.blank & (lines.length <= self.max_chars) & self._where(lines))
        out = np.zeros(len(lines), dtype=np.uint8)
        out[rows] = list(map(self.bits_of, folded_strings(lines, rows, self._prefix)))
        return out
