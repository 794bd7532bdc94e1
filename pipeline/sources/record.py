"""A record of JSONL or Parquet as a page: its text, id, address, and what other plain values it has."""

import datetime
import decimal
import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from pipeline.document import Page, site_of
from pipeline.sources.decode import MAX_UNDECODABLE, decode
from pipeline.sources.files import Part, safe_name


class Record(NamedTuple):
    """One record: where it stands (`name.jsonl:17`), its values by field name, or why it has none."""

    place: str
    values: Mapping[str, Any]
    folder: str = ""
    reason: str | None = None
    encoding: str = "utf-8"
    raw: bytes = b""


def pages(records: Iterable[Record], part: Part) -> Iterator[Page]:
    """A page for every record; an id that came before in the part gets its place added, so that no page is lost."""
    seen = set()
    for record in records:
        page = _page(record, part)
        if page.id in seen:
            page = replace(page, id=f"{page.id} ({record.place})")
        seen.add(page.id)
        yield page


def _page(record: Record, part: Part) -> Page:
    values = record.values
    url = plain(values.get(part.url)) or None
    page_id = plain(values.get(part.id)) or record.place
    meta = {}
    for name, value in values.items():
        if name not in (part.text, part.id, part.url):
            shown = plain(value)
            if shown is not None:
                meta[name] = shown
    text, encoding, reason, broken, data = _text(record, part)
    if broken:
        meta["undecodable"] = str(broken)
    return Page(
        page_id,
        text,
        url,
        site_of(url) or record.folder,
        meta,
        encoding,
        part.format,
        hashlib.sha256(data).hexdigest(),
        reason,
    )


def _text(record: Record, part: Part) -> tuple[str, str | None, str | None, int, bytes]:
    """Text, encoding, reason, how many characters are broken, and the bytes to digest."""
    if record.reason:
        return "", None, record.reason, 0, record.raw
    value = record.values.get(part.text)
    if isinstance(value, bytes):
        found = decode(value)
        return found.text, found.encoding, found.reason, found.undecodable, value
    if not isinstance(value, str):
        return "", None, f"{record.place}: {_lack(record.values, part.text)}", 0, record.raw
    if not value:
        return "", record.encoding, f'{record.place}: the field "{part.text}" is empty', 0, b""
    try:
        return value, record.encoding, None, 0, value.encode("utf-8")
    except UnicodeEncodeError:
        return _with_surrogates(value, record)


def _with_surrogates(value: str, record: Record) -> tuple[str, str | None, str | None, int, bytes]:
    """Halves of surrogate pairs, which JSON can spell and no file can hold, count as undecodable bytes do."""
    data = value.encode("utf-8", "surrogatepass")
    broken = sum("\ud800" <= c <= "\udfff" for c in value)
    if broken >= MAX_UNDECODABLE * len(value):
        return "", None, f"{record.place}: {broken} of {len(value)} characters are lone surrogates", 0, data
    mended = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
    return mended, record.encoding, None, broken, data


def _lack(values: Mapping[str, Any], name: str) -> str:
    if name in values:
        kind = {
            type(None): "null",
            bool: "a truth value",
            int: "a number",
            float: "a number",
            list: "a list",
            dict: "an object",
        }
        value = values[name]
        return f'the field "{name}" holds {kind.get(type(value), type(value).__name__)}, not text'
    names = [safe_name(str(n)) for n in list(values)[:8]]
    return f'no field "{name}"; its fields: {", ".join(names) or "none"}'


def plain(value: Any) -> str | None:
    """A scalar as a string; nothing for null, not-a-number, lists, objects and bytes."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    if isinstance(value, int | decimal.Decimal):
        return str(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return None
