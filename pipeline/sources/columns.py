"""Record batches of Arrow as records: plain values, a row at a time, each distinct string once."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from pipeline.sources.files import safe_name, site_folder
from pipeline.sources.record import Record

# What Arrow raises over bytes that are not what their file says; a damaged name or length comes as an error of Python.
BROKEN = (OSError, pa.ArrowException, ValueError, OverflowError, SystemError)


def is_plain(kind: pa.DataType) -> bool:
    """Whether values of a type can stand as text beside a page; lists of them can."""
    if pa.types.is_dictionary(kind):
        return is_plain(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return bool(pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))
    return not (pa.types.is_nested(kind) or is_binary(kind) or pa.types.is_null(kind) or pa.types.is_duration(kind))


def is_binary(kind: pa.DataType) -> bool:
    """Whether values of a type are bytes."""
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(test(kind) for test in tests)


def batch_records(batch: pa.RecordBatch, file: str, number: int) -> Iterator[Record]:
    """A record for each row of a batch of a file; `number` is that of the first."""
    name, folder = safe_name(file), site_folder(file)
    for row in zip(*map(_values, batch.columns), strict=True):
        yield Record(f"{name}:{number}", dict(zip(batch.schema.names, row, strict=True)), folder)
        number += 1


def _values(column: pa.Array) -> list[Any]:
    """A column as Python values; strings that are not UTF-8 as bytes, for the decoder to judge."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        # Rows share the strings of the dictionary: a file of 2 KB can name one of a megabyte a million times.
        known = [*_values(column.dictionary), None]
        return [known[-1 if i is None else i] for i in column.indices.to_pylist()]
    if pa.types.is_timestamp(kind) and kind.unit == "ns":  # Python's clock has microseconds
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            return [None] * len(column)
        return [_utf8_or_bytes(value) for value in column.cast(pa.large_binary()).to_pylist()]


def _utf8_or_bytes(value: bytes | None) -> str | bytes | None:
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value
