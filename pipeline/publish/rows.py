"""A digest of rows: of the values of columns, whatever the file that holds them and the library that wrote it."""

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa


class RowsDigest:
    """SHA-256 over the values of a table that comes in pieces; how it is cut does not matter.

    >>> one, two = (RowsDigest(pa.schema([("a", pa.string())])) for _ in "12")
    >>> one.add(pa.table({"a": ["甲", None, "乙"]}))
    >>> two.add(pa.table({"a": ["甲"]})); two.add(pa.table({"a": [None, "乙"]}))
    >>> one.hexdigest() == two.hexdigest()
    True
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._columns = [(f.name, _Column(f.type)) for f in schema]
        self.rows = 0

    def add(self, table: pa.Table) -> None:
        """Further rows."""
        self.rows += len(table)
        for (_, digest), column in zip(self._columns, table.columns, strict=True):
            for chunk in column.chunks:
                digest.add(chunk)

    def hexdigest(self) -> str:
        """The digest of all rows so far."""
        whole = hashlib.sha256(f"{self.rows}".encode())
        for name, digest in self._columns:
            whole.update(f"\n{name} {digest.hexdigest()}".encode())
        return whole.hexdigest()


def combined(digests: Iterable[str]) -> str:
    """The digest of a table in several files, from theirs in order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


class _Column:
    """Sizes and values are hashed apart, so that pieces may be cut anywhere; null has the size -1."""

    def __init__(self, kind: pa.DataType) -> None:
        self._name = _type_name(kind)
        self._sizes, self._values = hashlib.sha256(), hashlib.sha256()
        self._nested: list[_Column] = []
        if pa.types.is_list(kind):
            self._nested = [_Column(kind.value_type)]
        elif pa.types.is_struct(kind):
            self._nested = [_Column(kind.field(i).type) for i in range(kind.num_fields)]

    def add(self, array: pa.Array) -> None:
        kind = array.type
        if not len(array):
            return
        if pa.types.is_list(kind):
            self._sizes.update(_sizes(array.value_lengths(), array))
            self._nested[0].add(array.flatten())
        elif pa.types.is_struct(kind):
            self._sizes.update(_sizes(pa.array(np.zeros(len(array), dtype=np.int64)), array))
            for nested, child in zip(self._nested, array.flatten(), strict=True):
                nested.add(child)
        elif pa.types.is_string(kind) or pa.types.is_binary(kind):
            offsets, data = _bytes(array)
            self._sizes.update(_sizes(pa.array(np.diff(offsets)), array))
            self._values.update(data)
        else:
            self._sizes.update(_sizes(pa.array(np.zeros(len(array), dtype=np.int64)), array))
            self._values.update(_numbers(array).tobytes())

    def hexdigest(self) -> str:
        parts = [self._name, self._sizes.hexdigest(), self._values.hexdigest(), *(n.hexdigest() for n in self._nested)]
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def _type_name(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return "list"
    return "struct" if pa.types.is_struct(kind) else str(kind)


def _sizes(sizes: pa.Array, array: pa.Array) -> bytes:
    values = sizes.fill_null(0).to_numpy(zero_copy_only=False).astype("<i8")
    if array.null_count:
        values = np.where(array.is_valid().to_numpy(zero_copy_only=False), values, -1).astype("<i8")
    return bytes(values.tobytes())


def _bytes(array: pa.Array) -> tuple[npt.NDArray[np.int32], memoryview]:
    """Offsets and bytes of a column of text; nothing stands under its nulls."""
    if array.null_count:
        array = array.fill_null("" if pa.types.is_string(array.type) else b"")
    _, offset_buffer, data = array.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    return offsets, memoryview(data)[offsets[0] : offsets[-1]] if data is not None else memoryview(b"")


def _numbers(array: pa.Array) -> npt.NDArray[np.generic]:
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.int64())
    if array.null_count:
        array = array.fill_null(False if pa.types.is_boolean(array.type) else 0)
    values: npt.NDArray[np.generic] = array.to_numpy(zero_copy_only=False)
    return values.astype(values.dtype.newbyteorder("<"), copy=False)
