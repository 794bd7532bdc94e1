"""What an HTML page says of itself outside its text: `<title>`, `<meta>`, JSON-LD, `<time>`, its canonical address."""

import json
import re
from collections.abc import Iterator
from typing import Any

# Names of `<meta name>` and `<meta property>` by what they hold, the surer first.
_META = {
    "title": ("og:title", "twitter:title", "articletitle", "headline"),
    "date": (
        "article:published_time", "og:published_time", "publishdate", "pubdate", "datepublished", "date", "dc.date",
        "weibo:article:create_at", "og:release_date",
    ),
    "authors": ("article:author", "author", "og:article:author", "weibo:article:author"),
    "source": ("source", "contentsource", "mediaid", "article:source"),
    "site_name": ("og:site_name", "application-name"),
    "description": ("og:description", "description"),
    "keywords": ("keywords", "article:tag"),
}  # fmt: skip
_BY_NAME = {name: (field, rank) for field, names in _META.items() for rank, name in enumerate(names)}
_ARTICLES = re.compile(r"Article|Posting|Report|WebPage|Question")
# JSON-LD of pages is a few kilobytes; larger is data of the site.
_MAX_LD_CHARS = 200_000
_MAX_CHARS = 2000
_SPACES = re.compile(r"\s+")


def head_of(tree: Any) -> dict[str, list[str]]:
    """Values by name, the surest first, each once; white space collapsed."""
    found: dict[str, list[tuple[int, str]]] = {}
    for rank, name, value in (*_linked_data(tree), *_metas(tree), *_rest(tree)):
        clean = _SPACES.sub(" ", value).strip()[:_MAX_CHARS]
        if clean:
            found.setdefault(name, []).append((rank, clean))
    return {
        name: list(dict.fromkeys(v for _, v in sorted(rows, key=lambda row: row[0])))
        for name, rows in sorted(found.items())
    }


def _metas(tree: Any) -> Iterator[tuple[int, str, str]]:
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        name = (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").lower()
        if name in _BY_NAME:
            field, rank = _BY_NAME[name]
            yield 10 + rank, field, attributes.get("content") or ""


def _rest(tree: Any) -> Iterator[tuple[int, str, str]]:
    node = tree.css_first("title")
    if node is not None:
        yield 0, "page_title", node.text(deep=True)
    node = tree.css_first("link[rel=canonical]")
    if node is not None:
        yield 0, "canonical", node.attributes.get("href") or ""
    for node in tree.css("time[datetime]")[:1]:
        yield 30, "date", node.attributes.get("datetime") or ""


def _linked_data(tree: Any) -> Iterator[tuple[int, str, str]]:
    for node in tree.css('script[type="application/ld+json"]'):
        text = node.text(deep=True)
        if len(text) > _MAX_LD_CHARS:
            continue
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue  # many sites write it by hand; what it says is a hint among others
        items = data if isinstance(data, list) else [data]
        for item in items[:20]:
            if isinstance(item, dict):
                graph = item.get("@graph")
                for one in graph[:20] if isinstance(graph, list) else [item]:
                    if isinstance(one, dict):
                        yield from _item(one)


def _item(item: dict[str, Any]) -> Iterator[tuple[int, str, str]]:
    kind = item.get("@type")
    kinds = " ".join(map(str, kind)) if isinstance(kind, list) else str(kind)
    if not _ARTICLES.search(kinds) and "pubDate" not in item:
        return
    for key, name in (("headline", "title"), ("datePublished", "date"), ("pubDate", "date")):
        if isinstance(item.get(key), str):
            yield 0, name, item[key]
    for author in _several(item.get("author")):
        yield 0, "authors", author
    for publisher in _several(item.get("publisher"))[:1]:
        yield 5, "source", publisher


def _several(value: Any) -> list[str]:
    out = []
    for one in value if isinstance(value, list) else [value]:
        name = one.get("name") if isinstance(one, dict) else one
        if isinstance(name, str):
            out.append(name)
    return out[:20]
