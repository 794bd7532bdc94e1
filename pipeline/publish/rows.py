"""A digest of rows: of the values of columns, whatever the files that hold them and the library that wrote them.

Rows are hashed one by one and the hashes summed, so that neither the cut into files nor their order shows: a build in
larger parts has the same digest. The hash is xxh3, whose values are fixed by its definition; against those who mean
harm stand the SHA-256 of the files.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

Hashes = npt.NDArray[np.uint64]

_M1, _M2, _M3 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_NULL = np.uint64(0xA0761D6478BD642F)
_WORD = 1 << 64
_LOOKED_AT = 256
_TEXTS = (pa.string(), pa.binary())


class RowsDigest:
    """A digest of the rows of a table that comes in pieces; how it is cut, and in which order, does not matter.

    >>> one, two = (RowsDigest() for _ in "12")
    >>> one.add(pa.table({"a": ["甲", None, "乙"]}))
    >>> two.add(pa.table({"a": [None, "乙"]})); two.add(pa.table({"a": ["甲"]}))
    >>> one.hexdigest() == two.hexdigest()
    True
    """

    def __init__(self) -> None:
        self._sums = [0, 0]
        self.rows = 0

    def add(self, table: pa.Table) -> None:
        """Further rows."""
        self.add_hashed(row_hashes(mixed_columns(table.schema, columns_hashed(table))))

    def add_hashed(self, rows: Hashes) -> None:
        """Further rows, by their hashes as `row_hashes` gives them."""
        self.rows += len(rows)
        sums = _mixed(np.stack((rows, rows ^ _M1))).sum(axis=1, dtype=np.uint64).tolist()
        self._sums = [(total + more) % _WORD for total, more in zip(self._sums, sums, strict=True)]

    def hexdigest(self) -> str:
        """The digest of all rows so far."""
        return "".join(f"{total:016x}" for total in self._sums)


def columns_hashed(table: pa.Table | pa.RecordBatch) -> dict[str, Hashes]:
    """A hash of each value of each column, by name."""
    return {name: hashes(column) for name, column in zip(table.schema.names, table.columns, strict=True)}


def mixed_columns(schema: pa.Schema, columns: Mapping[str, Hashes]) -> Hashes:
    """What each column of a schema, one a row, gives to the hashes of the rows, from the hashes of its values."""
    mixed = np.stack([columns[name] for name in schema.names])
    mixed += _seeds(schema)
    return _mixed(mixed)


def row_hashes(mixed: Hashes) -> Hashes:
    """A hash of each row over the columns that `mixed_columns` gave, or some of them."""
    rows: Hashes = mixed.sum(axis=0, dtype=np.uint64)
    return rows


@lru_cache(maxsize=64)
def _seeds(schema: pa.Schema) -> Hashes:
    named = [f"{f.name} {_type_name(f.type)}".encode() for f in schema]
    return np.array([[xxhash.xxh3_64_intdigest(name)] for name in named], dtype=np.uint64)


def combined(digests: Iterable[str]) -> str:
    """The digest of a table in several files, from theirs.

    >>> combined(["00000000000000010000000000000002", "00000000000000030000000000000004"])
    '00000000000000040000000000000006'
    """
    sums = [0, 0]
    for digest in digests:
        for i in range(2):
            sums[i] = (sums[i] + int(digest[16 * i : 16 * i + 16], 16)) % _WORD
    return "".join(f"{total:016x}" for total in sums)


def hashes(column: pa.Array | pa.ChunkedArray) -> Hashes:
    """A hash of each value of a column."""
    chunks: Sequence[pa.Array] = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    found = [_hashes(chunk) for chunk in chunks if len(chunk)]
    return found[0] if len(found) == 1 else np.concatenate([np.zeros(0, dtype=np.uint64), *found])


def _hashes(array: pa.Array) -> Hashes:
    kind = array.type
    if array.null_count == len(array):
        return np.full(len(array), _NULL)
    if kind in _TEXTS:
        return _strings(array)
    if pa.types.is_dictionary(kind):
        return _coded(array)
    if pa.types.is_list(kind):
        found = _lists(array)
    elif pa.types.is_struct(kind):
        found = np.zeros(len(array), dtype=np.uint64)
        for i, child in enumerate(array.flatten()):
            found += _mixed(_hashes(child) + np.uint64((i + 1) * int(_M1) % _WORD))
    else:
        found = _mixed(_numbers(array))
    if array.null_count:
        found = np.where(array.is_valid().to_numpy(zero_copy_only=False), found, _NULL)
    return found


def _lists(array: pa.Array) -> Hashes:
    sizes = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    values = array.flatten()
    found = _mixed(sizes.astype(np.uint64))
    if len(values):
        end = np.cumsum(sizes)
        place = np.arange(len(values)) - np.repeat(end - sizes, sizes)
        parts = _mixed(_hashes(values) + place.astype(np.uint64) * _M1)
        total = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(parts, dtype=np.uint64)))
        found += total[end] - total[end - sizes]
    return found


def _strings(array: pa.Array) -> Hashes:
    """Each distinct text is hashed once, where texts repeat: in most columns they do."""
    return _coded(array.dictionary_encode()) if _repeats(array) else _each(array)


def _coded(coded: pa.DictionaryArray) -> Hashes:
    """Texts of a dictionary, each hashed once."""
    distinct = _each(coded.dictionary)
    if not coded.indices.null_count:
        return np.asarray(distinct[coded.indices.to_numpy(zero_copy_only=False)])
    index = coded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
    return np.asarray(np.append(distinct, _NULL)[index])


def _repeats(array: pa.Array) -> bool:
    """Whether texts repeat, by the first few: finding the distinct ones costs as much as hashing a few words each, and
    of few texts no less than hashing all.
    """
    return len(array) > _LOOKED_AT and 2 * len(array.slice(0, _LOOKED_AT).unique()) <= _LOOKED_AT


def _each(array: pa.Array) -> Hashes:
    known = array.drop_null() if array.null_count else array
    values = (known.cast(pa.binary()) if known.type == pa.string() else known).to_pylist()
    found = np.fromiter(map(xxhash.xxh3_64_intdigest, values), np.uint64, len(values))
    if not array.null_count:
        return found
    out = np.full(len(array), _NULL)
    out[array.is_valid().to_numpy(zero_copy_only=False)] = found
    return out


def _numbers(array: pa.Array) -> Hashes:
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.int64())
    if array.null_count:
        array = array.fill_null(False if pa.types.is_boolean(array.type) else 0)
    values = array.to_numpy(zero_copy_only=False)
    if values.dtype.kind == "f":
        return np.ascontiguousarray(values, dtype=np.float64).view(np.uint64)
    return np.asarray(values.astype(np.int64).view(np.uint64))


def _mixed(values: Hashes) -> Hashes:
    out = values ^ (values >> np.uint64(30))
    out *= _M2
    out ^= out >> np.uint64(27)
    out *= _M3
    out ^= out >> np.uint64(31)
    return out


def _type_name(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return "list"
    return "struct" if pa.types.is_struct(kind) else str(kind)
