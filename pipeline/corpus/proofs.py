"""Proofs: how alike two texts are, by their hashes, so that no two texts are ever compared twice.

What a measure says of two texts is decided by the folded texts alone, and those by their exact hashes: a proof of an
earlier build holds in any other, whatever pages came or went.
"""

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Hashes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

# The hashes of both texts, in the order in which they go into the measure.
_ENDS = ("first_low", "first_high", "second_low", "second_high")
SCHEMA = pa.schema([("measure", pa.string()), *((name, pa.uint64()) for name in _ENDS), ("value", pa.float64())])
_MIX = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93], dtype=np.uint64)


class _Known(NamedTuple):
    """The proofs of one measure, in order of a number made of both hashes."""

    number: Hashes
    ends: Hashes
    value: Floats

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """From rows of one measure."""
        ends = np.stack([table[name].to_numpy() for name in _ENDS], axis=1)
        number = _number(ends)
        order = np.argsort(number, kind="stable")
        return cls(number[order], ends[order], table["value"].to_numpy()[order])


class Proofs:
    """The proofs of earlier builds, and those that were asked for in this one."""

    def __init__(self, known: pa.Table | None = None) -> None:
        table = known if known is not None else SCHEMA.empty_table()
        self._known = {
            name: _Known.of(table.filter(pc.equal(table["measure"], name)))
            for name in table["measure"].unique().to_pylist()
        }
        self._asked: list[tuple[str, Hashes, Floats]] = []

    def of(self, measure: str, ends: Hashes) -> Floats:
        """The value of each pair, given as the four numbers of its hashes; NaN where there is no proof of it."""
        out = np.full(len(ends), np.nan)
        known = self._known.get(measure)
        if known is None:
            return out
        at = np.minimum(np.searchsorted(known.number, _number(ends)), len(known.number) - 1)
        same = (known.ends[at] == ends).all(axis=1)
        out[same] = known.value[at[same]]
        return out

    def add(self, measure: str, ends: Hashes, value: Floats) -> None:
        """Say what pairs were asked for, and what came out, whether it was known or not."""
        self._asked.append((measure, ends, value))

    def table(self) -> pa.Table:
        """What was asked for, each pair once, in an order that does not tell what was known."""
        tables = [SCHEMA.empty_table()]
        for name in sorted({measure for measure, _, _ in self._asked}):
            own = [(ends, value) for measure, ends, value in self._asked if measure == name]
            ends, value = (np.concatenate(column) for column in zip(*own, strict=True))
            order = np.lexsort(ends.T)
            new = np.concatenate(([True], (ends[order][1:] != ends[order][:-1]).any(axis=1)))[: len(order)]
            order = order[new]
            columns = [pa.array(np.ascontiguousarray(column)) for column in (*ends[order].T, value[order])]
            tables.append(pa.table([pa.repeat(name, len(order)), *columns], schema=SCHEMA))
        return pa.concat_tables(tables).combine_chunks()


def _number(ends: Hashes) -> Hashes:
    number: Hashes = (ends * _MIX).sum(axis=1, dtype=np.uint64)
    return number
