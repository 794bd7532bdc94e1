"""JSONL: one object a line, read a line at a time; a line that is no page is a page with a reason."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import orjson
import xxhash

from pipeline.config import SourceConfig
from pipeline.document import Page
from pipeline.edit import Ints
from pipeline.errors import InputError
from pipeline.sources import record
from pipeline.sources.compressed import Fault, codec_of, unpacked
from pipeline.sources.decode import decode
from pipeline.sources.files import MAX_PAGE_BYTES, Fields, File, Part, Slice, parts_of, safe_name, site_folder
from pipeline.sources.record import Record
from pipeline.sources.storage import Root

SUFFIXES = (".jsonl", ".ndjson")
_MARK = b"\xef\xbb\xbf"
_BLOCK_BYTES = 1 << 22
_M1, _M2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
# What cannot be cut at line feeds; the remedy is one command each.
_FOREIGN = {
    b"\xff\xfe": "UTF-16; convert it with: iconv -f UTF-16 -t UTF-8",
    b"\xfe\xff": "UTF-16; convert it with: iconv -f UTF-16 -t UTF-8",
    b"\x1f\x8b": "gzip; give it the suffix .jsonl.gz",
    b"\x28\xb5\x2f\xfd": "zstd; give it the suffix .jsonl.zst",
    b"PAR1": 'Parquet; set format = "parquet"',
}


def cut(root: Root, files: Sequence[File], source: SourceConfig, part_bytes: int) -> list[Part]:
    """Parts of some files: byte ranges that end at line ends; a packed or remote file is one range."""
    slices = [(piece, piece.end - piece.start) for f in files for piece in _ranges(root, f, part_bytes)]
    if not slices:
        raise InputError(f"{safe_name(root.path)}: {len(files)} JSONL files and not one line in them.")
    return parts_of("jsonl", root, Fields.of(source), slices, part_bytes)


def _ranges(root: Root, file: File, part_bytes: int) -> Iterator[Slice]:
    """Ranges of a file, half to twice the size of a part; reads all of it.

    They end at lines that the lengths of the line and the one before choose: a line put in or taken out moves the ends
    beside it and no others, so that the ranges that follow hold what they held.
    """
    if file.fault:
        raise InputError(f"{safe_name(root.place(file.name))}: {file.fault}.")
    if codec_of(file.name) or root.is_remote:
        if file.size:
            yield Slice(file.name, 0, file.size)
        return
    ends, draws = np.zeros(0, dtype=np.int64), np.zeros(0)
    start, line, passed, before, lengths = 0, 1, 0, 0, np.zeros(1, dtype=np.int64)
    try:
        with root.open(file.name) as stream:
            while block := stream.read(_BLOCK_BYTES):
                if not passed:
                    _refuse_foreign(root.place(file.name), block)
                found = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n")) + (passed + 1)
                passed += len(block)
                if not len(found):
                    continue
                lengths = np.concatenate((lengths[-1:], np.diff(found, prepend=before)))
                before = int(found[-1])
                ends, draws = np.concatenate((ends, found)), np.concatenate((draws, _draws(lengths, part_bytes)))
                while (last := _last_line(ends - start, draws, part_bytes)) is not None:
                    yield Slice(file.name, start, int(ends[last]), line)
                    start, line = int(ends[last]), line + last + 1
                    ends, draws = ends[last + 1 :], draws[last + 1 :]
    except OSError as error:
        raise _unreadable(root.place(file.name), error) from None
    if passed > start:
        yield Slice(file.name, start, passed, line)


def _draws(lengths: Ints, part_bytes: int) -> npt.NDArray[np.float64]:
    """For each line but the first a number, below 1 as often as makes ranges of the size of a part in the mean."""
    mixed = lengths[1:].astype(np.uint64) * _M1 + lengths[:-1].astype(np.uint64) * _M2
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _M1
    share: npt.NDArray[np.float64] = (mixed >> np.uint64(11)).astype(np.float64) / 2**53
    return share * (part_bytes / (2 * np.maximum(lengths[1:], 1)))


def _last_line(size: Ints, draws: npt.NDArray[np.float64], part_bytes: int) -> int | None:
    """The line at which a range ends, by its size up to the end of each line; None where more must be read first."""
    enough = int(np.searchsorted(size, part_bytes // 2))
    above = int(np.searchsorted(size, 2 * part_bytes, side="right"))
    chosen = np.flatnonzero(draws[enough:above] < 1)
    if len(chosen):
        return enough + int(chosen[0])
    return max(above - 1, 0) if above < len(size) else None


def _unreadable(path: str, error: OSError) -> InputError:
    return InputError(
        f"{safe_name(path)}: cannot be read: {error.strerror or error}. A JSONL file that is listed must be there "
        "throughout."
    )


def _refuse_foreign(path: str, head: bytes) -> None:
    for start, what in _FOREIGN.items():
        if head.startswith(start):
            raise InputError(f"{safe_name(path)}: expected lines of JSON in UTF-8, found {what}.")


def read(part: Part) -> Iterator[Page]:
    """The pages of a part, in the order of its lines; blank lines are no pages."""
    return record.pages((row for piece in part.files for row in _records(part, piece)), part)


def _records(part: Part, piece: Slice) -> Iterator[Record]:
    name, folder = safe_name(piece.name), site_folder(piece.name)
    number = piece.line - 1
    try:
        for number, line in _lines(part, piece):
            place = f"{name}:{number}"
            if line is None:
                yield Record(place, {}, folder, f"{place}: more than {MAX_PAGE_BYTES // 1_000_000} MB in one line")
            elif line and not line.isspace():
                yield _record(line, place, folder)
    except Fault as fault:
        place = f"{name}:{number + 1}"
        yield Record(f"{place}…", {}, folder, f"{place} and what follows: {fault}")


def _lines(part: Part, piece: Slice) -> Iterator[tuple[int, bytes | None]]:
    """The lines of a range with their numbers; nothing in place of a line that is too long."""
    try:
        with part.place.open(piece.name) as raw, unpacked(raw, piece.name) as stream:
            if codec_of(piece.name):
                yield from _numbered(stream, piece.line, None)
                return
            if piece.start:
                stream.seek(piece.start)
            elif part.place.is_remote:
                _refuse_foreign(part.place.place(piece.name), stream.peek(8)[:8])  # type: ignore[attr-defined]  # remote files come buffered
            yield from _numbered(stream, piece.line, piece.end - piece.start)
    except OSError as error:
        raise _unreadable(part.place.place(piece.name), error) from None


def _numbered(stream: BinaryIO, number: int, size: int | None) -> Iterator[tuple[int, bytes | None]]:
    left = 1 << 62 if size is None else size
    while left > 0 and (line := stream.readline(min(left, MAX_PAGE_BYTES + 1))):
        left -= len(line)
        if len(line) > MAX_PAGE_BYTES:
            while left > 0 and not line.endswith(b"\n") and (line := stream.readline(min(left, _BLOCK_BYTES))):
                left -= len(line)
            yield number, None
        elif line.startswith(_MARK):  # at the start of a file, or of one that was appended to it
            yield number, line[len(_MARK) :]
        else:
            yield number, line
        number += 1


def _record(line: bytes, place: str, folder: str) -> Record:
    encoding: str | None = "utf-8"
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        value, encoding, fault = _patiently(line)
        if fault:
            return Record(place, {}, folder, f"{place}: {fault}", raw=line)
    if not isinstance(value, dict):
        return Record(place, {}, folder, f"{place}: expected an object, found {_kind(value)}", raw=line)
    return Record(place, value, folder, encoding=encoding or "utf-8", raw=line)


def _patiently(line: bytes) -> tuple[Any, str | None, str | None]:
    """What orjson refuses and may yet be meant: another encoding, NaN, lone surrogates; else the fault."""
    found = decode(line.rstrip(b"\r\n"))
    if found.reason:
        return None, None, found.reason
    try:
        return json.loads(found.text), found.encoding, None
    except json.JSONDecodeError as error:
        return None, None, f"not JSON: {error.msg} at character {error.pos + 1}"
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits; brackets a thousand deep
        return None, None, f"not JSON that can be read: {error}"


def _kind(value: Any) -> str:
    return {list: "a list", str: "a string", type(None): "null", bool: "a truth value"}.get(type(value), "a number")


def update(digest: xxhash.xxh3_128, part: Part, piece: Slice) -> None:
    """Add the bytes of a range, as they stand in the file, to a digest."""
    mark = part.place.mark(piece.name)
    if mark is not None:
        digest.update(b"marked from %d:" % piece.start + mark)
        return
    try:
        with part.place.open(piece.name) as stream:
            stream.seek(piece.start)
            left = piece.end - piece.start
            while left > 0 and (block := stream.read(min(left, _BLOCK_BYTES))):
                digest.update(block)
                left -= len(block)
    except OSError as error:
        raise _unreadable(part.place.place(piece.name), error) from None
