"""Compressed files as streams of bounded memory: .gz, .zst, .xz, .bz2, of one member or many.

A file that ends too early, goes wrong midway or swells beyond measure raises Fault when a reader comes to that place;
what stands before it has been handed out.
"""

import bz2
import io
import lzma
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Protocol, cast

import pyarrow as pa

SUFFIXES = {".gz": "gzip", ".zst": "zstd", ".xz": "xz", ".bz2": "bzip2"}
# Real pages shrink to a half or a tenth, honest repetition to a 400th for a stretch; bombs to a 1,000th and less,
# without end. So much in a row at such a ratio is no text.
BOMB_BYTES, BOMB_RATIO = 64 << 20, 200
# What the decoder of a stream may take; `zstd --ultra` and `xz -9` stay below, a zstd window of 2 GiB does not.
MAX_DECODER_BYTES = 128 << 20
# Little at a time, since what is read ahead counts as read when the ratio is taken.
_CHUNK = 1 << 16
_BUFFER = 1 << 20
# What is unpacked at a time: of a torn zstd file so much is lost at its end, as Arrow hands out no half step.
_STEP = 1 << 14


class Fault(Exception):
    """Bytes that cannot be read on; the message is the reason of the page that stands for the rest."""


def codec_of(name: str) -> str | None:
    """The compression that the last suffix of a name tells.

    >>> codec_of("a.jsonl.GZ"), codec_of("a.txt")
    ('gzip', None)
    """
    dot = name.rfind(".")
    return SUFFIXES.get(name[dot:].lower()) if dot >= 0 else None


def bare(name: str) -> str:
    """The name without the suffix of its compression."""
    return name[: name.rfind(".")] if codec_of(name) else name


def unpacked(raw: BinaryIO, name: str) -> BinaryIO:
    """The stream of what a file holds: itself, or unpacked as its name tells.

    Reading may raise Fault; what was read before in the same call is lost then, so `read1` is for whoever wants it.
    """
    codec = codec_of(name)
    if codec is None:
        return raw
    return cast(BinaryIO, io.BufferedReader(cast(Any, _Unpacked(raw, codec)), _BUFFER))


@contextmanager
def seekable(raw: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """What a file holds, to be read at any place: a packed one is unpacked to a temporary file. May raise Fault."""
    if codec_of(name) is None:
        yield raw
        return
    with tempfile.TemporaryFile() as whole:
        shutil.copyfileobj(unpacked(raw, name), whole, _BUFFER)
        whole.seek(0)
        yield cast(BinaryIO, whole)


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Counted(io.RawIOBase):
    """The packed bytes, counted as they are read."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(_CHUNK if size < 0 else min(size, _CHUNK))
        self.count += len(data)
        return data

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Unpacked(io.RawIOBase):
    """The unpacked bytes; watches over their ratio to the packed ones."""

    def __init__(self, raw: BinaryIO, codec: str) -> None:
        self._packed = _Counted(raw)
        self._codec = codec
        self._stream: _Source
        if codec == "zstd":
            self._stream = pa.CompressedInputStream(pa.PythonFile(self._packed, "r"), "zstd")
        else:
            self._stream = _Members(self._packed, _BEGIN[codec], codec)
        self._out = self._mark_out = self._mark_in = 0
        self._fault = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._fault:
            raise Fault(self._fault)
        try:
            data = self._stream.read(min(len(buffer), _STEP))
        except (zlib.error, lzma.LZMAError, pa.ArrowException, OSError, EOFError) as error:
            self._fault = self._said(error)
            raise Fault(self._fault) from None
        self._out += len(data)
        if self._out - self._mark_out >= BOMB_BYTES:
            if self._out - self._mark_out > BOMB_RATIO * (self._packed.count - self._mark_in):
                self._fault = (
                    f"{self._codec} bomb: {BOMB_BYTES >> 20} MiB and more come of less than a {BOMB_RATIO}th of that"
                )
                raise Fault(self._fault)
            self._mark_out, self._mark_in = self._out, self._packed.count
        buffer[: len(data)] = data
        return len(data)

    def _said(self, error: Exception) -> str:
        what = str(error).split("\n", 1)[0].removeprefix("ZSTD decompress failed: ")
        if isinstance(error, EOFError) or "Truncated" in what:
            return f"truncated {self._codec}: the file ends before its data do"
        if "memory" in what.lower():
            return (
                f"{self._codec} needs more than {MAX_DECODER_BYTES >> 20} MiB to unpack; pack it with a smaller window"
            )
        return f"broken {self._codec}: {what}"

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
        super().close()


class _Inflate:
    """zlib's decompressor in the manner of those of bz2 and lzma."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)
        self._left = b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._inner.decompress(self._left + data, max_length)
        self._left = self._inner.unconsumed_tail
        return out

    @property
    def needs_input(self) -> bool:
        return not self._left and not self._inner.eof

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


_BEGIN: dict[str, Callable[[], Any]] = {
    "gzip": _Inflate,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=MAX_DECODER_BYTES),
}


class _Members:
    """Members one after the other, as gzip, bzip2 and xz files are; zeros after the last are padding."""

    def __init__(self, raw: _Counted, begin: Callable[[], Any], codec: str) -> None:
        self._raw = raw
        self._begin = begin
        self._codec = codec
        self._unit: Any = None
        self._held = b""
        self._first, self._some = True, False

    def read(self, size: int) -> bytes:
        while True:
            if self._unit is None and not self._next():
                return b""
            data, self._held = self._held, b""
            if not data and self._unit.needs_input:
                data = self._raw.read(_CHUNK)
                at_end = not data
            else:
                at_end = False
            try:
                out: bytes = self._unit.decompress(data, size)
            except (zlib.error, lzma.LZMAError, OSError, ValueError) as error:
                if self._first or self._some:
                    raise
                raise OSError(f"bytes after its end that are no {self._codec} ({error})") from None
            self._some = self._some or bool(out)
            if self._unit.eof:
                self._held = self._unit.unused_data
                self._unit, self._first = None, False
            elif at_end and not out:
                raise EOFError
            if out:
                return out

    def _next(self) -> bool:
        """Begin the next member; False where none is left."""
        while True:
            if not self._first:
                self._held = self._held.lstrip(b"\0")
            if self._held:
                break
            self._held = self._raw.read(_CHUNK)
            if not self._held:
                return False
        self._unit = self._begin()
        self._some = False
        return True
