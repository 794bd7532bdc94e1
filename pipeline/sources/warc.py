"""WARC and WET: archives of crawls, read by FastWARC.

A page is a response or a resource of HTML or text, or the text that a crawl made of one (`conversion`, as in WET).
Other records are no pages: what was asked, what is known of the crawl, what another record holds. A response that is no
text or no success is a page with a reason. The id of a page is that of its record, its address the target's.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO, cast

import xxhash
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from pipeline.config import SourceConfig
from pipeline.document import Page, site_of
from pipeline.errors import InputError
from pipeline.sources import jsonl
from pipeline.sources.compressed import Fault, codec_of, unpacked
from pipeline.sources.files import MAX_PAGE_BYTES, Fields, File, Part, Slice, parts_of, safe_name, site_folder
from pipeline.sources.http import body
from pipeline.sources.page import kept, page_of
from pipeline.sources.record import is_again
from pipeline.sources.storage import Root

SUFFIXES = (".warc", ".wet")
_PAGES = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
_HTML = ("text/html", "application/xhtml+xml")
_TEXT = ("text/plain",)
_GZIP = b"\x1f\x8b\x08"
# In which the next member of an archive is looked for; a member is a record, and few are as large.
_WINDOW = 1 << 20
# How a record begins, and how much of one must be unpacked to see it.
_BEGIN = re.compile(rb"WARC/[01]\.\d+\r?\n")
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{2,30})""", re.IGNORECASE)


def cut(root: Root, files: Sequence[File], source: SourceConfig, part_bytes: int) -> list[Part]:
    """Parts of some files: ranges of members of a .gz, whole files of other compressions."""
    slices = []
    for file in files:
        if file.fault:
            raise InputError(f"{safe_name(root.place(file.name))}: {file.fault}.")
        slices += [(piece, piece.end - piece.start) for piece in _ranges(root, file, part_bytes)]
    if not slices:
        raise InputError(f"{safe_name(root.path)}: {len(files)} WARC files and not one record in them.")
    return parts_of("warc", root, Fields.of(source), slices, part_bytes)


def _ranges(root: Root, file: File, part_bytes: int) -> Iterator[Slice]:
    """Ranges that begin where a member does. Only the neighbourhood of a cut is read, not the archive."""
    codec = codec_of(file.name)
    if codec not in {None, "gzip"} or file.size <= part_bytes:
        if file.size:
            yield Slice(file.name, 0, file.size)
        return
    start = 0
    begins = _member_begins if codec else _record_begins
    try:
        with root.open(file.name) as stream:
            while start < file.size:
                end = begins(stream, start, start + part_bytes, file.size)
                yield Slice(file.name, start, end)
                start = end
    except OSError as error:
        raise InputError(f"{safe_name(root.place(file.name))}: cannot be read: {error.strerror or error}.") from None


def _member_begins(stream: BinaryIO, start: int, at: int, size: int) -> int:
    """The first member of gzip at or after a place that unpacks to a record; the size of the file where none does."""
    while at < size:
        stream.seek(at)
        window = stream.read(_WINDOW + len(_GZIP) - 1)
        found = window.find(_GZIP)
        while 0 <= found < _WINDOW:
            if _is_member(window[found : found + 4096]):
                return at + found
            found = window.find(_GZIP, found + 1)
        at += _WINDOW
    return size


def _is_member(data: bytes) -> bool:
    try:
        return _BEGIN.match(zlib.decompressobj(31).decompress(data, 16)) is not None
    except zlib.error:
        return False


def _record_begins(stream: BinaryIO, start: int, at: int, size: int) -> int:
    """The first record at or after a place, by the lengths of the records before it: a page may quote an archive."""
    here = start
    while here < at:
        stream.seek(here)
        head = stream.read(1 << 16)
        begin = _BEGIN.search(head)
        stop = _HEAD_END.search(head, begin.end()) if begin else None
        length = _LENGTH.search(head, begin.end(), stop.start()) if begin and stop else None
        if not begin or not stop or not length:
            return size  # not as it should be: the reader will say what it is
        here += stop.end() + int(length[1])
        stream.seek(here)
        gap = stream.read(4)  # two line ends stand between records
        here += len(gap) - len(gap.lstrip(b"\r\n"))
    return min(here, size)


_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"\r?\n[Cc]ontent-[Ll]ength:[ \t]*(\d{1,18})")


class _Range:
    """A range of a file as a stream."""

    def __init__(self, raw: BinaryIO, start: int, end: int) -> None:
        self._raw = raw
        self._left = end - start
        if start:
            raw.seek(start)

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes."""
        data = self._raw.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


class _Feed:
    """A stream for FastWARC, which asks for its place and takes errors of reading badly: they end it, and are kept."""

    def __init__(self, stream: Any) -> None:
        # At most one read below, so that what came before a fault is not lost with it.
        self._read = getattr(stream, "read1", stream.read)
        self._at = 0
        self.fault: str | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            data: bytes = self._read(size)
        except (Fault, OSError) as error:
            self.fault = str(error)
            return b""
        self._at += len(data)
        return data

    def tell(self) -> int:
        return self._at

    def seek(self, *_: int) -> int:
        """The place, which does not change: nothing but that is asked for."""
        return self._at

    def close(self) -> None:
        """Nothing: who opened the file closes it."""


def update(digest: xxhash.xxh3_128, part: Part, piece: Slice) -> None:
    """Add the place of a range and its bytes to a digest: a record without an id is named by its place."""
    digest.update(b"%d " % piece.start)
    jsonl.update(digest, part, piece)


def read(part: Part) -> Iterator[Page]:
    """The pages of a part, in the order of its records; ids are unique in it."""
    seen: set[int] = set()
    for piece in part.files:
        for number, page in enumerate(_pages(part, piece), 1):
            if is_again(page.id, seen):  # a crawler's mistake; the place tells them apart
                page = replace(page, id=f"{page.id} ({safe_name(piece.name)}@{piece.start}+{number})")
            yield page


def _pages(part: Part, piece: Slice) -> Iterator[Page]:
    name, folder = safe_name(piece.name), site_folder(piece.name)
    place = f"{name}@{piece.start}"
    count = 0
    with _opened(part, piece) as feed:
        try:
            archive = ArchiveIterator(cast(BinaryIO, feed), _PAGES, parse_http=False, stream_detect=False)
            for record in archive:
                count += 1
                page, whole = _page(record, f"{place}+{count}", folder, part.extractor)
                if feed.fault and not whole:
                    break
                yield page
        except OSError as error:
            feed.fault = feed.fault or f"broken WARC: {str(error).partition(chr(10))[0] or repr(error)}"
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # how a fault inside FastWARC comes to us
                raise
            feed.fault = feed.fault or f"broken WARC: {str(error)[:200]}"
        if feed.fault:
            yield _rest(place, count, folder, feed.fault)


@contextmanager
def _opened(part: Part, piece: Slice) -> Iterator[_Feed]:
    try:
        with part.place.open(piece.name) as raw:
            yield _Feed(unpacked(cast(BinaryIO, _Range(raw, piece.start, piece.end)), piece.name))
    except OSError as error:
        path = part.place.place(piece.name)
        raise InputError(f"{safe_name(path)}: cannot be read: {error.strerror or error}.") from None


def _rest(place: str, count: int, folder: str, reason: str) -> Page:
    where = f"{place}+{count + 1}"
    return Page(f"{where}…", "", site=folder, reader="warc", reason=f"{where} and what follows: {reason}")


def _page(record: WarcRecord, place: str, folder: str, extractor: str) -> tuple[Page, bool]:
    """The page of a record, and whether the record was there whole."""
    url = (record.headers.get("WARC-Target-URI") or "").strip("<>") or None
    page_id = (record.headers.get("WARC-Record-ID") or "").strip("<>") or place
    kind = record.headers.get("Content-Type") or ""
    date = record.headers.get("WARC-Date")
    meta = {"fetched_at": date} if date else {}
    status, data, reason, whole, coding = None, b"", None, True, ["", ""]
    try:
        if record.is_http and record.record_type == WarcRecordType.response:
            record.parse_http(auto_decode="none")
            headers = record.http_headers
            kind = (headers and headers.get("Content-Type")) or ""
            status = headers.status_code if headers else None
            coding = [(headers and headers.get(f"{name}-Encoding")) or "" for name in ("Transfer", "Content")]
        data, missing = _payload(record)
        if missing:
            reason, whole = f"truncated record: {missing} bytes are missing", False
        else:
            data = body(data, *coding)
    except Fault as fault:
        reason = str(fault)
    except OSError as error:
        reason, whole = f"broken record: {str(error).partition(chr(10))[0] or repr(error)}", False
    media = kind.partition(";")[0].strip().lower()
    is_html = media in _HTML or (not media and data.lstrip()[:1] == b"<")
    reason = reason or _refused(data, status, media, is_html)
    if reason:
        page = Page(page_id, "", url, site_of(url) or folder, meta, reader="warc", reason=reason)
        if data:
            page = replace(page, digest=hashlib.sha256(data).hexdigest(), raw=None if whole else kept(data))
        return page, whole
    named = _CHARSET.search(kind)
    how: dict[str, Any] = {
        "html": is_html, "reader": "warc", "declared": named[1] if named else None, "extractor": extractor,
    }  # fmt: skip
    return page_of(page_id, data, url=url, site=folder, meta=meta, **how), whole


def _payload(record: WarcRecord) -> tuple[bytes, int]:
    """The bytes of a record, and how many of them are missing at the end of the file."""
    pieces, size = [], 0
    wanted = record.content_length
    while size <= MAX_PAGE_BYTES and (piece := record.reader.read(min(1 << 20, MAX_PAGE_BYTES + 1 - size))):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces), 0 if size > MAX_PAGE_BYTES else max(0, wanted - size)


def _refused(data: bytes, status: int | None, media: str, is_html: bool) -> str | None:
    if status is not None and status != 200:
        return f"HTTP status {status}"
    if media and not is_html and media not in _TEXT:
        return f"no page but {media}"
    if len(data) > MAX_PAGE_BYTES:
        return f"more than {MAX_PAGE_BYTES // 1_000_000} MB in one page"
    return None
