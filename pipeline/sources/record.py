"""A record of JSONL, CSV, Parquet or Arrow as a page: its text or HTML, id, address, and what else is known of it."""

import datetime
import decimal
import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from pipeline.document import LISTS, Page, site_of
from pipeline.sources.decode import MAX_UNDECODABLE
from pipeline.sources.files import Fields, Part, safe_name
from pipeline.sources.page import kept, page_of, rendered

# What a configuration may name beside the text, by the name that a release has for it.
_GIVEN = ("title", "date", "source", "authors")


_MAX_SEEN = 1_000_000


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
    seen: set[int] = set()
    for record in records:
        page = _page(record, part)
        if is_again(page.id, seen):
            page = replace(page, id=f"{page.id} ({record.place})")
        yield page


def is_again(page_id: str, seen: set[int]) -> bool:
    """Whether an id is among those seen, which it then is.

    A part that is one packed file may have pages without end: of them a million ids are remembered, in 80 MB. A build
    compares all ids in any case, and refuses those that two pages have.
    """
    key = hash(page_id)
    again = key in seen
    if len(seen) < _MAX_SEEN:
        seen.add(key)
    return again


def _page(record: Record, part: Part) -> Page:
    values, fields = record.values, part.fields
    url = plain(values.get(fields.url)) or None
    page_id = plain(values.get(fields.id)) or record.place
    page = _content(record, part)
    meta = {**_meta(values, fields), **page.meta}
    return Page(
        page_id, page.text, url, site_of(url) or record.folder, meta, page.encoding, page.reader, page.digest,
        page.reason, page.raw, page.hints, page.text_bytes,
    )  # fmt: skip


def _meta(values: Mapping[str, Any], fields: Fields) -> dict[str, str]:
    """Plain values by name; what the configuration names has the name that a release has for it."""
    meta: dict[str, str] = {}
    used = {fields.text, fields.html, fields.id, fields.url}
    for name in _GIVEN:
        field = getattr(fields, name)
        value = values.get(field) if field else None
        shown = None if value is None else _named(name, value)
        if shown:
            meta[name] = shown
            used.add(field)
    for name, value in values.items():
        if name not in used and name not in meta:
            shown = _several(value) if name in LISTS else plain(value)
            if shown is not None:
                meta[name] = shown
    return meta


def _named(name: str, value: Any) -> str | None:
    if name == "authors":
        return _several(value)
    shown = plain(value)
    return iso_date(shown) if shown and name == "date" else shown


def _several(value: Any) -> str | None:
    """One value or several as lines."""
    if not isinstance(value, list | tuple):
        return plain(value)
    shown = [one.replace("\n", " ") for one in map(plain, value) if one]
    return "\n".join(shown) or None


_DATE = re.compile(
    r"\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T]*(\d{1,2}):(\d{2})(?::\d{2})?(?:\.\d+)?\s*(?:Z|[+-]\d\d:?\d\d)?)?\s*"
)


def iso_date(value: str) -> str:
    """A date as a release has it, to the day or the minute, the page's own clock; what is no date stays as it is.

    >>> iso_date("2024/5/1 8:30:15"), iso_date("2024年5月1日"), iso_date("last week")
    ('2024-05-01 08:30', '2024-05-01', 'last week')
    """
    found = _DATE.fullmatch(value)
    if not found:
        return value
    year, month, day, hour, minute = (int(x or 0) for x in found.groups())
    try:
        moment = datetime.datetime(year, month, day, hour, minute)
    except ValueError:
        return value
    return moment.strftime("%Y-%m-%d %H:%M" if found[4] else "%Y-%m-%d")


def _content(record: Record, part: Part) -> Page:
    """The text, its encoding and digest, or the reason why there is none; id and address are not set yet."""
    if record.reason:
        return _unread(record, part, record.reason, record.raw)
    name, html = _field(record.values, part.fields)
    value = record.values.get(name)
    if isinstance(value, bytes):
        return page_of("", value, html=html, reader=part.format, extractor=part.extractor)
    if not isinstance(value, str):
        return _unread(record, part, f"{record.place}: {_lack(record.values, name)}", record.raw)
    if not value:
        return _unread(record, part, f'{record.place}: the field "{name}" is empty', b"")
    try:
        data, broken = value.encode("utf-8"), 0
    except UnicodeEncodeError:  # halves of surrogate pairs, which JSON can spell and no file can hold
        data = value.encode("utf-8", "surrogatepass")
        broken = sum("\ud800" <= c <= "\udfff" for c in value)
        if broken >= MAX_UNDECODABLE * len(value):
            reason = f"{record.place}: {broken} of {len(value)} characters are lone surrogates"
            return _unread(record, part, reason, data)
        value = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
    meta = {"undecodable": str(broken)} if broken else {}
    digest = hashlib.sha256(data).hexdigest()
    if not html:
        text_bytes = 0 if broken else len(data)
        return Page("", value, None, "", meta, record.encoding, part.format, digest, text_bytes=text_bytes)
    text, hints, fault = rendered(value, part.extractor)
    if fault:
        return _unread(record, part, f"{record.place}: {fault}", data)
    return Page("", text, None, "", meta, record.encoding, part.format, digest, hints=hints)


def _field(values: Mapping[str, Any], fields: Fields) -> tuple[str, bool]:
    """The field that holds the page, and whether it is HTML: the text, or HTML where there is no text."""
    if fields.text and (values.get(fields.text) or not values.get(fields.html)):
        return fields.text, False
    return fields.html, True


def _unread(record: Record, part: Part, reason: str, data: bytes) -> Page:
    return Page("", "", None, "", {}, None, part.format, hashlib.sha256(data).hexdigest(), reason, kept(data))


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
