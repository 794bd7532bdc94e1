"""WARC archives and packed files made for tests, as crawlers and people write them."""

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterable
from functools import partial

import pyarrow as pa


def zstd(data: bytes) -> bytes:
    """One frame."""
    packed: bytes = pa.compress(data, codec="zstd", asbytes=True)
    return packed


PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": partial(gzip.compress, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstd,
}


def response(
    number: int, body: bytes, *, kind: str = "text/html", status: str = "200 OK", headers: str = "", url: str = ""
) -> bytes:
    """A record of an HTTP response."""
    http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{headers}\r\n".encode() + body
    return _record("response", number, http, "application/http; msgtype=response", url)


def conversion(number: int, text: str, url: str = "") -> bytes:
    """A record of a WET archive."""
    return _record("conversion", number, text.encode(), "text/plain", url)


def other(number: int) -> bytes:
    """A record that is no page."""
    return _record("request", number, b"GET / HTTP/1.1\r\n\r\n", "application/http; msgtype=request")


def _record(type_: str, number: int, block: bytes, kind: str, url: str = "") -> bytes:
    lines = [
        "WARC/1.0", f"WARC-Type: {type_}", f"WARC-Record-ID: <urn:uuid:{number}>", "WARC-Date: 2024-05-20T00:00:00Z",
        f"WARC-Target-URI: {url or f'https://a.example/{number}.html'}", f"Content-Type: {kind}",
        f"Content-Length: {len(block)}",
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n"


def members(records: Iterable[bytes]) -> bytes:
    """An archive as crawls publish it: each record a member of gzip."""
    return b"".join(PACK[".gz"](record) for record in records)
