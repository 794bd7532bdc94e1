"""Files of text or HTML, one page a file: the id is the path relative to the root, the site its first folder."""

from collections.abc import Iterator, Sequence

import xxhash

from pipeline.config import SourceConfig
from pipeline.document import Page
from pipeline.errors import InputError
from pipeline.sources.compressed import Fault, unpacked
from pipeline.sources.files import (
    DEFAULTS,
    MAX_PAGE_BYTES,
    File,
    Part,
    Slice,
    parts_of,
    safe_name,
    site_folder,
    suffix,
)
from pipeline.sources.page import page_of
from pipeline.sources.storage import Root

SUFFIXES = (".txt",)
HTML_SUFFIXES = (".html", ".htm", ".xhtml", ".shtml")


def cut(root: Root, files: Sequence[File], source: SourceConfig, part_bytes: int) -> list[Part]:
    """Parts of some files, which are sorted by name."""
    if all(f.fault for f in files):
        raise InputError(
            f"{safe_name(root.path)}: none of its files can be read; {safe_name(files[0].name)} {files[0].fault}."
        )
    kind = source.format or ("html" if all(_is_html(f.name) for f in files) else "text")
    mixed = not source.format and kind == "text" and any(_is_html(f.name) for f in files)
    slices = ((Slice(f.name, 0, f.size), f.size) for f in files)
    return parts_of("mixed" if mixed else kind, root, DEFAULTS, slices, part_bytes)


def _is_html(name: str) -> bool:
    return suffix(name) in HTML_SUFFIXES


def read(part: Part) -> Iterator[Page]:
    """The pages of a part; a file that cannot be read is a page with a reason."""
    for piece in part.files:
        html = part.format == "html" or (part.format == "mixed" and _is_html(piece.name))
        data = contents(part.place, piece.name)
        page_id, site = safe_name(piece.name), site_folder(piece.name)
        if isinstance(data, str):
            yield Page(page_id, "", site=site, reader="html" if html else "text", reason=data)
        else:
            yield page_of(page_id, data, site=site, html=html, extractor=part.extractor)


def contents(root: Root, name: str) -> bytes | str:
    """The bytes of a file, unpacked, or the reason why they cannot be had."""
    try:
        with root.open(name) as raw, unpacked(raw, name) as file:
            data = file.read(MAX_PAGE_BYTES + 1)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    except Fault as fault:
        return str(fault)
    if len(data) > MAX_PAGE_BYTES:
        return f"more than {MAX_PAGE_BYTES // 1_000_000} MB in one page"
    return data


def update(digest: xxhash.xxh3_128, part: Part, piece: Slice) -> None:
    """Add the bytes of a file to a digest."""
    mark = part.place.mark(piece.name)
    if mark is not None:
        digest.update(b"marked:" + mark)
        return
    data = contents(part.place, piece.name)
    digest.update(b"no bytes: " + data.encode() if isinstance(data, str) else b"bytes:" + xxhash.xxh3_128_digest(data))
