"""A page of the bytes that some source holds: decoded, rendered where it is HTML, kept as bytes where it is no text."""

import hashlib
import re
from collections.abc import Mapping

from pipeline.document import Page, site_of
from pipeline.hints import Hints
from pipeline.sources.decode import decode
from pipeline.sources.html import Unrendered, extracted, render

# Bytes that are no text are kept with the page up to this size: nearly all pages are smaller.
MAX_KEPT_BYTES = 1 << 20
# A page declares its encoding in its first kilobyte, as HTML demands; some do so later.
_HEAD_BYTES = 4096
_CHARSET = re.compile(rb"""<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,30})""", re.IGNORECASE)


def page_of(
    page_id: str,
    data: bytes,
    *,
    url: str | None = None,
    site: str = "",
    meta: Mapping[str, str] | None = None,
    html: bool = False,
    reader: str = "",
    declared: str | None = None,
    extractor: str = "",
) -> Page:
    """The page that some bytes are; `declared` is the encoding that a header named."""
    found = decode(data, declared or (charset(data) if html else None))
    text, reason, hints = found.text, found.reason, None
    if html and reason is None:
        text, hints, reason = rendered(text, extractor)
    told = dict(meta or {})
    if found.undecodable:
        told["undecodable"] = str(found.undecodable)
    return Page(
        page_id, text, url, site_of(url) or site, told, found.encoding, reader or ("html" if html else "text"),
        hashlib.sha256(data).hexdigest(), reason, kept(data) if reason else None, hints,
    )  # fmt: skip


def rendered(html: str, extractor: str = "") -> tuple[str, Hints | None, str | None]:
    """Text and hints of HTML, or the reason why there are none.

    The text is all of the page whatever extractor is asked for: its choice is one of the hints.
    """
    try:
        page = render(html)
    except Unrendered as error:
        return "", None, str(error)
    if not page.text:
        return "", None, "HTML without text"
    if extractor:
        page = extracted(html, page)
    return page.text, page.hints, None


def charset(data: bytes) -> str | None:
    """The encoding that the head of an HTML page names.

    >>> charset(b'<meta http-equiv="Content-Type" content="text/html; charset=gb2312">')
    'gb2312'
    """
    named = _CHARSET.search(data[:_HEAD_BYTES])
    return named[1].decode("ascii", "replace") if named else None


def kept(data: bytes) -> bytes | None:
    """Bytes that are no page, where they are few enough to keep beside the reason."""
    return data if 0 < len(data) <= MAX_KEPT_BYTES else None
