"""Bodies of HTTP responses as crawls store them: chunked or not, packed or not, whatever their headers say.

Many archives hold bodies unpacked under the headers of packed ones: a body is unpacked only where it looks packed.
"""

import io
import re
import zlib

from pipeline.sources.compressed import Fault, unpacked
from pipeline.sources.files import MAX_PAGE_BYTES

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,200})?\r?\n")


def body(data: bytes, transfer: str, content: str) -> bytes:
    """The bytes of a page; `transfer` and `content` are the encodings that the headers name. May raise Fault.

    >>> body(b"4\\r\\nabcd\\r\\n0\\r\\n\\r\\n", "chunked", ""), body(b"<html>", "", "gzip")
    (b'abcd', b'<html>')
    """
    if "chunked" in transfer.lower():
        data = _joined(data)
    for coding in reversed(re.findall(r"[\w-]+", content.lower())):
        data = _unpacked(data, coding)
    return data


def _joined(data: bytes) -> bytes:
    """Chunks joined; the data as they are where they do not begin as a chunk."""
    out = []
    at = 0
    while size := _CHUNK.match(data, at):
        length = int(size[1], 16)
        out.append(data[size.end() : size.end() + length])
        at = size.end() + length
        at += 2 if data[at : at + 2] == b"\r\n" else 0
        if not length:
            break
    return b"".join(out) if out else data


def _unpacked(data: bytes, coding: str) -> bytes:
    if coding in {"gzip", "x-gzip"} and data[:2] == b"\x1f\x8b":
        return unpacked(io.BytesIO(data), "body.gz").read(MAX_PAGE_BYTES + 1)
    if coding == "zstd" and data[:4] == b"\x28\xb5\x2f\xfd":
        return unpacked(io.BytesIO(data), "body.zst").read(MAX_PAGE_BYTES + 1)
    if coding == "deflate":
        for bits in (15, -15):  # with zlib's head, as the standard says, or bare, as many servers do
            try:
                return zlib.decompressobj(bits).decompress(data, MAX_PAGE_BYTES + 1)
            except zlib.error:
                continue
    if coding == "br" and data.lstrip()[:1] != b"<":
        return _of_brotli(data)
    return data


def _of_brotli(data: bytes) -> bytes:
    import brotli

    unit, out, size = brotli.Decompressor(), [], 0
    try:
        piece = unit.process(data, output_buffer_limit=1 << 20)
        while piece and size <= MAX_PAGE_BYTES:
            out.append(piece)
            size += len(piece)
            piece = b"" if unit.is_finished() else unit.process(b"", output_buffer_limit=1 << 20)
    except brotli.error as error:
        raise Fault(f"broken brotli: {error}") from None
    return b"".join(out)
