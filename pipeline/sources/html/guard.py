"""What is too much for any parser of HTML: nesting on which it would work for minutes, or fill the memory.

Browsers' parsing is quadratic in the depth of elements (measured: 100,000 `<div>` 11 s, 10,000 0.1 s), and formatting
elements left open are opened again in every paragraph that follows: a thousand of them before a thousand paragraphs
make a million elements. Pages of people have a depth of some hundred.
"""

import re
from collections import Counter

MAX_DEPTH = 5000
# Measured: 1.9 million elements take 1.2 GB and 5 s; the largest of the pages that we know has 8,000.
MAX_TAGS = 500_000
MAX_REOPENED = 2_000_000
_FEW_OPEN = 100
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})([^<>]{0,100})")
# Of formatting elements that are alike a parser opens no more than three again.
_ALIKE = 3
# A tag may be long, where a picture stands in it; attributes are compared with each other (100,000 of them: 18 s).
_LONG = 20_000
_LONG_TAG = re.compile(rf"<[a-zA-Z][^<>]{{{_LONG},}}")
_MAX_ATTRIBUTES = 5000
# Elements without an end, or that end where the next begins: many of them nest no deeper.
_FLAT = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "rt", "rp", "html",
    "head", "body", "script", "style",
    "a", "button", "form", "nobr", "select",
})  # fmt: skip
_FORMATTING = frozenset({
    "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u",
})  # fmt: skip
_FORMATS = re.compile(rf"<(?:{'|'.join(sorted(_FORMATTING))})(?![a-z0-9])", re.IGNORECASE)


class Unrendered(ValueError):
    """A page that is not parsed; the message is its reason."""


def check(html: str) -> None:
    """Raise Unrendered where parsing the page would take time or memory out of proportion; linear in its length."""
    pieces = html.split("<")
    if max(map(len, pieces)) > _LONG:
        for long in _LONG_TAG.finditer(html):
            if len(long[0].split()) > _MAX_ATTRIBUTES:
                raise Unrendered(f"HTML with more than {_MAX_ATTRIBUTES} attributes in a tag")
    tags = len(pieces) - 1
    # Whatever their order, so few nest no deeper and open no more again: at most half of their square, or their number
    # times that of the formatting ones. Nearly all pages need no closer look.
    if tags * tags <= 2 * MAX_REOPENED:
        return
    if tags <= MAX_DEPTH and tags * len(_FORMATS.findall(html)) <= MAX_REOPENED:
        return
    if tags > MAX_TAGS:
        raise Unrendered(f"HTML of more than {MAX_TAGS:,} tags")
    open_: Counter[str] = Counter()
    formatting: dict[str, list[str]] = {}
    alike: Counter[str] = Counter()
    depth = left = reopened = 0
    for closes, name, attributes in _TAG.findall(html):
        tag = name.lower()
        if closes:
            if open_[tag] > 0:
                open_[tag] -= 1
                depth -= 1
                if tag in _FORMATTING:
                    like = formatting[tag].pop()
                    alike[like] -= 1
                    left -= alike[like] < _ALIKE
            continue
        if tag not in _FLAT:
            open_[tag] += 1
            depth += 1
            if depth > MAX_DEPTH:
                raise Unrendered(f"HTML nested more than {MAX_DEPTH} deep")
            if tag in _FORMATTING:
                like = tag + attributes
                formatting.setdefault(tag, []).append(like)
                left += alike[like] < _ALIKE
                alike[like] += 1
        reopened += left if left > _FEW_OPEN else 0
        if reopened > MAX_REOPENED:
            raise Unrendered("HTML whose unclosed formatting would be repeated in millions of elements")
