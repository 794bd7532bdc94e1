"""HTML to text: one line for each block of the page, and beside it what the tags say of each line.

The parser is lexbor's (through selectolax), which reads what browsers read. The text is laid out as browsers and
text-mode crawlers do: blocks begin a line, paragraphs and headings have a blank line around them, items of lists a
sign, cells of a row a tab between them, preformatted text its own lines. Scripts, styles, fields of forms and elements
that the page itself hides have no text.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from pipeline.hints import CAPTION, CODE, LIST, QUOTE, TABLE, Hints
from pipeline.sources.html.guard import check
from pipeline.sources.html.head import head_of
from pipeline.sources.html.names import kind_of

_SKIPPED = frozenset({
    "script", "style", "noscript", "template", "head", "iframe", "frame", "frameset", "object", "embed", "svg",
    "canvas", "audio", "video", "map", "select", "option", "datalist", "textarea", "input", "button", "rp",
    "-comment", "-doctype",
})  # fmt: skip
# Elements with lines of their own; those of the second group stand apart from what is around them.
_BLOCKS = frozenset({
    "address", "article", "aside", "body", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt",
    "fieldset", "figcaption", "footer", "form", "header", "hgroup", "html", "legend", "li", "main", "menu", "nav",
    "optgroup", "search", "section", "summary", "tbody", "tfoot", "thead", "tr", "caption", "td", "th",
})  # fmt: skip
_APART = frozenset({
    "blockquote", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre", "table", "ul", "listing",
    "xmp", "plaintext",
})  # fmt: skip
_OWN = _BLOCKS | _APART
_LEVEL = {f"h{i}": i for i in range(1, 7)}
_KIND = {
    "li": LIST, "td": TABLE, "th": TABLE, "caption": CAPTION, "figcaption": CAPTION, "blockquote": QUOTE, "pre": CODE,
    "listing": CODE, "xmp": CODE, "plaintext": CODE,
}  # fmt: skip
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
# Lists are indented by their depth up to this one.
_MOST_LISTS = 8
_SPACES = re.compile(r"[ \t\n\r\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


class Rendered(NamedTuple):
    """The text of an HTML page and its hints."""

    text: str
    hints: Hints


def render(html: str) -> Rendered:
    """The text of a page; raises Unrendered for one that cannot be parsed in bounded time.

    What the page hides is left out, unless that leaves nothing.

    >>> render("<h1>题</h1><p>甲<b>乙</b></p><ul><li>丙</ul>").text
    '题\\n\\n甲乙\\n\\n• 丙'
    """
    check(html)
    tree = LexborHTMLParser(html)
    head = head_of(tree)
    writer = _Writer(hidden=False)
    writer.walk(tree.body)
    if not writer.lines:
        writer = _Writer(hidden=True)
        writer.walk(tree.body)
    return writer.rendered(head)


class _Writer:
    """Lays out the text of a tree; lines and elements are collected as columns."""

    def __init__(self, hidden: bool) -> None:
        self._hidden = hidden
        self.lines: list[str] = []
        self._rows: list[tuple[int, int]] = []  # characters in links, element
        self._parent: list[int] = []
        self._kind: list[int] = []
        self._level: list[int] = []
        self._make: list[int] = []
        self._parts: list[str] = []  # of the line that is being written
        self._linked = 0
        self._element = 0
        self._space = False  # white space waits for what follows
        self._gap = 0  # line feeds that wait for what follows
        self._bullet = ""
        self._cell = self._row = False

    def walk(self, body: Any) -> None:
        """Write what stands under an element; with a stack of its own, since pages nest deeper than Python does."""
        if body is None:
            return
        self._open("body", -1, {})  # its class tells how the page looks, not what it is
        open_: list[tuple[Any, str, tuple[int, int, int, list[int]]]] = []
        block, links, code, lists = 0, 0, 0, [0, 0]  # lists: number of the next item, depth
        node = body.first_child
        while True:
            if node is None:
                if not open_:
                    break
                node, tag, (block, links, code, lists) = open_.pop()
                self._close(tag)
                node = node.next
                continue
            tag = node.tag
            if tag == "-text":
                self._text(node.text_content or "", block, links, code)
            elif tag == "br":
                self._break()
            elif tag not in _SKIPPED:
                attributes = node.attributes
                if self._hidden or not _is_hidden(attributes):
                    first = node.first_child
                    own, inner = block, lists
                    if tag in _LISTS:
                        inner = [int(tag == "ol"), min(lists[1] + 1, _MOST_LISTS)]
                        tag = "menu" if lists[1] else tag  # a list in a list does not stand apart
                    if tag in _OWN:
                        own = self._open(tag, block, attributes)
                    if tag == "li":
                        self._begin_item(lists)
                    elif tag == "tr":
                        self._row = True
                    elif tag in {"td", "th"}:
                        # Behind another cell of the row that holds no blocks.
                        self._cell, self._row = not (self._row or self._gap) and bool(self._parts), False
                    if first is not None:
                        open_.append((node, tag, (block, links, code, lists)))
                        links += tag == "a"
                        code += tag in {"pre", "listing", "xmp", "plaintext"}
                        block, lists, node = own, inner, first
                        continue
                    self._close(tag)
            node = node.next
        self._end_line()

    def _open(self, tag: str, parent: int, attributes: dict[str, str | None]) -> int:
        self._parent.append(parent)
        self._kind.append(kind_of(tag, attributes) | _KIND.get(tag, 0))
        self._make.append(_make(tag, attributes.get("class") or ""))
        self._level.append(_LEVEL.get(tag, 0))
        if tag not in {"td", "th"}:
            self._gap = max(self._gap, 2 if tag in _APART else 1)
        return len(self._parent) - 1

    def _close(self, tag: str) -> None:
        if tag in {"td", "th"}:
            return
        if tag in _OWN:
            self._gap = max(self._gap, 2 if tag in _APART else 1)
            if tag == "li":
                self._bullet = ""

    def _begin_item(self, lists: list[int]) -> None:
        indent = "  " * (lists[1] - 1)
        self._bullet = f"{indent}{lists[0]}. " if lists[0] else f"{indent}• "
        lists[0] += lists[0] > 0

    def _break(self) -> None:
        if self._gap == 0 and self._parts:
            self._gap = 1
        else:
            self._gap = 2

    def _text(self, text: str, block: int, links: int, code: int) -> None:
        if code:
            for i, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
                if i:
                    self._end_line(keep=True)
                if line:
                    self._put(line, block, links)
            return
        text = _SPACES.sub(" ", text)
        if text == " " or not text:
            self._space = self._space or bool(text)
            return
        if text[0] == " ":
            self._space, text = True, text[1:]
        trailing = text[-1] == " "
        self._put(text[:-1] if trailing else text, block, links)
        self._space = trailing

    def _put(self, text: str, block: int, links: int) -> None:
        if self._gap:
            self._end_line()
            if self._gap == 2 and self.lines:
                self._blank()
            self._gap = 0
        if not self._parts:
            self._element, self._linked = block, 0
            if self._bullet:
                self._parts.append(self._bullet)
                self._bullet = ""
        elif self._cell:
            self._parts.append("\t")
        elif self._space:
            self._parts.append(" ")
        self._cell = self._space = False
        self._parts.append(text)
        if links:
            self._linked += len(text)

    def _blank(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")
            self._rows.append((0, self._rows[-1][1]))

    def _end_line(self, keep: bool = False) -> None:
        if self._parts:
            self.lines.append("".join(self._parts))
            self._rows.append((self._linked, self._element))
            self._parts = []
        elif keep:
            self._blank()
        self._space = self._cell = False

    def rendered(self, head: dict[str, list[str]]) -> Rendered:
        """The text and its hints as columns."""
        sizes = np.fromiter(map(len, self.lines), dtype=np.int64, count=len(self.lines))
        rows = np.array(self._rows, dtype=np.int64).reshape(-1, 2)
        parent, kind, level, make = (
            np.array(c, dtype=np.int64) for c in (self._parent, self._kind, self._level, self._make)
        )
        at = np.concatenate(([0], np.cumsum(sizes + 1)))[: len(sizes)]
        unasked = np.full(len(sizes), -1, dtype=np.int64)
        hints = Hints(at, rows[:, 0], rows[:, 1], unasked, parent, kind, level, make, (head,))
        return Rendered("\n".join(self.lines), hints)


@lru_cache(maxsize=20_000)
def _make(tag: str, classes: str) -> int:
    return crc32(f"{tag} {classes[:200]}".encode("utf-8", "replace")) & 0x7FFFFFFF


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    if not attributes:
        return False
    if "hidden" in attributes:
        return True
    return _HIDDEN.search(attributes.get("style") or "") is not None
