"""CSV and TSV: a header, then a record a row; quoted fields may hold line feeds, so a file is read from its start."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

from pipeline.config import SourceConfig
from pipeline.document import Page
from pipeline.errors import InputError
from pipeline.sources import jsonl, record
from pipeline.sources.compressed import Fault, unpacked
from pipeline.sources.decode import decode
from pipeline.sources.files import MAX_PAGE_BYTES, Fields, File, Part, Slice, parts_of, safe_name, site_folder, suffix
from pipeline.sources.record import Record
from pipeline.sources.storage import Root

SUFFIXES = (".csv", ".tsv")
# The encoding of a file is told by its beginning: tables come out of one program, in one encoding.
_SAMPLE_BYTES = 1 << 18
_CODECS = {"euc-tw": None, "hz-gb-2312": "hz", "shift_jis": "cp932", "euc-kr": "cp949", "big5": "cp950"}

update = jsonl.update  # the bytes of the file


def cut(root: Root, files: Sequence[File], source: SourceConfig, part_bytes: int) -> list[Part]:
    """Parts of some files, each of them whole; a large one is streamed."""
    for file in files:
        if file.fault:
            raise InputError(f"{safe_name(root.place(file.name))}: {file.fault}.")
    slices = [(Slice(f.name, 0, f.size), f.size) for f in files if f.size]
    if not slices:
        raise InputError(f"{safe_name(root.path)}: {len(files)} CSV files and not one row in them.")
    return parts_of("csv", root, Fields.of(source), slices, part_bytes)


def read(part: Part) -> Iterator[Page]:
    """The pages of a part, in the order of its rows."""
    return record.pages((row for piece in part.files for row in _records(part, piece)), part)


def _records(part: Part, piece: Slice) -> Iterator[Record]:
    name, folder = safe_name(piece.name), site_folder(piece.name)
    line = 1
    try:
        with part.place.open(piece.name) as raw, unpacked(raw, piece.name) as stream:
            encoding, text = _decoded(stream, part.place.place(piece.name))
            rows = csv.reader(text, delimiter=_delimiter(text, piece.name), strict=False)
            header = _header(rows, part, piece)
            line = rows.line_num + 1
            for row in rows:
                place, line = f"{name}:{line}", rows.line_num + 1
                if row:
                    yield _record(row, header, place, folder, encoding, text.codec)
    except (Fault, csv.Error) as fault:
        yield Record(f"{name}:{line}…", {}, folder, f"{name}:{line} and what follows: {fault}")
    except OSError as error:
        raise InputError(
            f"{safe_name(part.place.place(piece.name))}: cannot be read: {error.strerror or error}."
        ) from None


def _decoded(stream: BinaryIO, path: str) -> tuple[str, "_Text"]:
    """The text of a stream, in the encoding that its beginning tells; bytes that fit nowhere as lone surrogates."""
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, stream))
    sample = _sample(buffered)
    # Cut where no encoding has half a character: behind a line feed, or at a multiple of four behind a mark of UTF-16.
    wide = sample.startswith((b"\xff\xfe", b"\xfe\xff"))
    cut = len(sample) // 4 * 4 if wide else sample.rfind(b"\n") + 1
    found = decode(sample[:cut] if cut and len(sample) >= _SAMPLE_BYTES else sample)
    if found.reason:
        raise InputError(f"{safe_name(path)}: expected rows of text, found: {found.reason}.")
    encoding = found.encoding or "utf-8"
    first = encoding.partition("+")[0]  # where lines differ the others are decoded by themselves
    codec = _CODECS.get(first, first)
    if codec is None:
        raise InputError(f"{safe_name(path)}: tables in {encoding} are not read; convert it with iconv to UTF-8.")
    return encoding, _Text(sample, buffered, codec)


def _sample(stream: io.BufferedReader) -> bytes:
    """The beginning of a stream; where reading fails later, what came before."""
    pieces, size = [], 0
    try:
        while size < _SAMPLE_BYTES and (piece := stream.read1(_SAMPLE_BYTES - size)):
            pieces.append(piece)
            size += len(piece)
    except Fault:
        if not pieces:
            raise
    return b"".join(pieces)


class _Text:
    """The lines of a text whose first bytes have been read, with their ends."""

    def __init__(self, head: bytes, rest: io.BufferedReader, codec: str) -> None:
        joined = io.BufferedReader(cast(io.RawIOBase, _Joined(head, rest)), 1 << 16)
        self.codec = codec
        self._text = io.TextIOWrapper(joined, codec, errors="surrogateescape", newline="")
        self._first: list[str] = []

    def peek(self) -> str:
        """The first line; it will come again."""
        if not self._first:
            self._first = [self._text.readline(MAX_PAGE_BYTES)]
        return self._first[0]

    def __iter__(self) -> Iterator[str]:
        while line := self._first.pop() if self._first else self._text.readline(MAX_PAGE_BYTES):
            yield line


class _Joined(io.RawIOBase):
    """Bytes read before, then what follows them."""

    def __init__(self, head: bytes, rest: io.BufferedReader) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a buffer of bytes
        if self._head:
            some, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            some = memoryview(self._rest.read1(len(buffer)))
        buffer[: len(some)] = some
        return len(some)


def _delimiter(text: _Text, name: str) -> str:
    """A tab for .tsv; else the sign that the header has most of."""
    if suffix(name) == ".tsv":
        return "\t"
    header = text.peek()
    return max(",;\t|", key=header.count)


def _header(rows: "csv.Reader", part: Part, piece: Slice) -> list[str]:  # type: ignore[name-defined]  # the type of csv.reader has no public name in 3.11
    path = part.place.place(piece.name)
    header: list[str] = next(rows, [])
    fields = part.fields
    if not {fields.text, fields.html} & set(header):
        wanted = " or ".join(f'"{name}"' for name in (fields.text, fields.html) if name)
        raise InputError(
            f"{safe_name(path)}: no column {wanted} to take the page from. Columns: "
            f"{', '.join(map(safe_name, header[:20])) or 'none'}. Name the right one in [source] text or html."
        )
    return header


def _record(row: list[str], header: list[str], place: str, folder: str, encoding: str, codec: str) -> Record:
    if len(row) != len(header):
        reason = f"{place}: {len(row)} fields in a row; the header has {len(header)}"
        raw = ",".join(row).encode("utf-8", "surrogatepass")
        return Record(place, {}, folder, reason, encoding, raw)
    values = (_valued(value, codec) for value in row)
    return Record(place, dict(zip(header, values, strict=True)), folder, None, encoding)


def _valued(value: str, codec: str) -> str | bytes:
    """A value; its bytes, for the decoder to judge, where some of them do not fit the encoding of the file."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        try:
            return value.encode(codec, "surrogateescape")
        except UnicodeEncodeError:
            return value
    return value


csv.field_size_limit(MAX_PAGE_BYTES)
