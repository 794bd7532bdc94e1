"""The things that travel: a raw page and the fields found in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.hints import Hints


@dataclass(frozen=True, slots=True)
class Page:
    """One raw record: text as decoded, with where it came from.

    `id` is unique in its corpus; `site` groups pages that share templates; `digest` is the SHA-256 of the bytes that
    were read; `reason` says why a page could not be read at all: its text is empty then, and `raw` holds its bytes
    where they are few enough to keep. `hints` are what the tags of HTML said of its lines. `text_bytes` is how many
    bytes the text has in UTF-8 where `digest` is that of these bytes; else 0.
    """

    id: str
    text: str
    url: str | None = None
    site: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    reader: str = "text"
    digest: str = ""
    reason: str | None = None
    raw: bytes | None = None
    hints: Hints | None = field(default=None, compare=False)
    text_bytes: int = field(default=0, compare=False)


class Field(NamedTuple):
    """A value that a reader can see on the page, with the span it was taken from.

    `page` is the index in the batch; `start` and `end` are code points of the page in the text that `stage` saw, -1 for
    a value that stands nowhere in it: one from the head of an HTML page.
    """

    page: int
    name: str
    value: str
    start: int
    end: int
    rule: str
    stage: str = ""


# Fields that hold a list; all others hold one value, the first that was found.
LISTS = frozenset(
    {"authors", "reporters", "correspondents", "photographers", "translators", "interns", "checker", "tags", "captions"}
    | {"doubts", "overlaps", "pull_quotes"}
)

# Fields that a page says once of all its documents; the others belong to the document in which they stand.
WHOLE_PAGE = frozenset({"source", "date", "section", "page_number", "views", "url", "tags", "script", "region"})
# Where one article ends and the next begins at the same place, these belong to the one that ends.
CLOSING = frozenset({"editor", "checker", "interns", "captions", "photographers", "doubts", "pull_quotes"})

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//(?:[^/@]*@)?([^/:?#]+)", re.IGNORECASE)


def site_of(url: str | None) -> str:
    """The host of an address, in lower case; empty when there is none.

    >>> site_of("https://News.Example.com:8080/a?b"), site_of(None)
    ('news.example.com', '')
    """
    found = _HOST.match(url) if url else None
    return found[1].lower() if found else ""
