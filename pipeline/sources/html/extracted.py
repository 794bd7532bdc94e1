"""What an extractor takes for a page's text, told line by line of the page as it is rendered.

The extractor chooses, and cuts nothing: its choice is a column of the hints, and NAV203 cuts by it. So what it leaves
out is an edit like any other, which the audit shows and which restores the page.
"""

import logging
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.sources.html.render import Rendered

# The largest of the pages that we know has 8,000 tags; 100,000 take trafilatura 4 s.
MAX_TAGS = 100_000
# A shorter line may stand anywhere by chance: it counts only near what was found before it.
_SURE_CHARS = 8
_NEAR_CHARS = 40
# Places where a line is looked for, the first ones; a heading that stands in a menu too has two or three.
_MOST_PLACES = 8
_SIGNS = re.compile(r"[\W_]+")


def extracted(html: str, page: Rendered) -> Rendered:
    """The page with what trafilatura takes of it, in favour of precision; as it is where trafilatura says nothing."""
    import trafilatura

    if html.count("<") > MAX_TAGS:
        return page
    # It tells its log of pages without text, which is no news here.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    text = trafilatura.extract(html, favor_precision=True)
    if not text:
        return page
    taken = taken_lines(page.text.split("\n"), text)
    return page._replace(hints=replace(page.hints, taken=np.array(taken, dtype=np.int64)))


def taken_lines(lines: Sequence[str], text: str) -> list[bool]:
    """Which lines stand in a text, in its order; blank lines do not.

    Letters and figures are compared, wherever the text has its lines and signs. Long lines are found first: the chain
    of them, in order of both, that holds most characters. What stands between two of them is looked for in between. A
    line of which the text has more than half, clause by clause, stands in it.

    >>> taken_lines(["首页 论坛", "渡口的清晨", "", "1. 船工早起，点灯。"], "渡口的清晨\\n- 船工早起，点灯。")
    [False, True, False, True]
    """
    whole = _SIGNS.sub("", text)
    keys = [_SIGNS.sub("", line) for line in lines]
    chain = _chain(keys, whole)
    found = [False] * len(lines)
    stops = [*chain, (len(lines), len(whole), len(whole))]
    row, at = 0, 0
    for anchor, start, end in stops:
        for i in range(row, anchor):
            if keys[i]:
                found[i], at = _near(lines[i], keys[i], whole, at, start)
        if anchor < len(lines):
            found[anchor] = True
        row, at = anchor + 1, end
    return found


def _chain(keys: Sequence[str], whole: str) -> list[tuple[int, int, int]]:
    """Long lines and where they stand in the text (row, start, end): in order of both, with most characters in all."""
    places: dict[str, list[int]] = {}
    for i in range(len(whole) - _SURE_CHARS + 1):
        known = places.setdefault(whole[i : i + _SURE_CHARS], [])
        if len(known) < _MOST_PLACES:
            known.append(i)
    # The best chains so far by where they end; of two the longer one is worth more, so that both lists ascend.
    ends, worth, links = [0], [0], [-1]
    nodes: list[tuple[int, int, int, int]] = []  # row, start, end, the node before
    for row, key in enumerate(keys):
        new = []
        for start in places.get(key[:_SURE_CHARS], ()):
            if whole.startswith(key, start):
                k = bisect_right(ends, start) - 1
                new.append((start + len(key), worth[k] + len(key), len(nodes)))
                nodes.append((row, start, start + len(key), links[k]))
        for end, value, node in new:
            k = bisect_right(ends, end)
            if worth[k - 1] >= value:
                continue
            last = bisect_right(worth, value, lo=k)
            ends[k:last], worth[k:last], links[k:last] = [end], [value], [node]
    out = []
    node = links[-1]
    while node >= 0:
        row, start, end, node = nodes[node]
        out.append((row, start, end))
    return out[::-1]


def _near(line: str, key: str, whole: str, at: int, stop: int) -> tuple[bool, int]:
    """Whether a line stands in the text soon after a place, and the place after it."""
    for form in (key, key.lstrip("0123456789")):  # the number of an item is the list's, not the line's
        start = whole.find(form, at, min(stop, at + len(form) + _NEAR_CHARS)) if form else -1
        if start >= 0:
            return True, start + len(form)
    held, here = 0, at
    for clause in _SIGNS.split(line):
        start = whole.find(clause, here, min(stop, here + len(key) + _NEAR_CHARS)) if clause else -1
        if start >= 0:
            held, here = held + len(clause), start + len(clause)
    return (True, here) if 2 * held > len(key) and held >= _SURE_CHARS else (False, at)
