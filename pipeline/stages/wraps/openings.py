"""How sentences open, where a full line ends one: the next may begin a paragraph or stand within it.

Two kinds of openings tell: those that point back (`他`, `但`, `因此`), which paragraphs seldom have, and those that name a
speaker (`某某表示，`), with which paragraphs of reports begin. What a page does with them is counted on the page.
"""

import re

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import CLOSE, Lines, Mask, among
from pipeline.stages.shape import shape
from pipeline.stages.wraps.rows import Floats, Rows

BACK, SPEAKER, OTHER = range(3)
_OPENING = re.compile(
    r"(?P<back>[他她它其该此]|这|但|而(?![今且])|也|并|还|却|因此|所以|于是|同时|此外|另外|然而|不过|例如|比如|其中|否则|接着)"
    r"|(?P<speaker>[\u4e00-\u9fff·]{2,14}?(?:表示|指出|强调|认为|介绍|透露|说)[，：,:])"
)
_CHARS = 24
# What the first kind begins with, what the word for saying ends with, and where behind the beginning that and its sign
# can stand: most openings are neither.
_BACK, _SAID, _SAID_AT = "他她它其该此这但而也并还却因所于同另然不例比否接", "示出调为绍露说", (2, 17)
# How often paragraphs and sentences within them open so, in openings seen before the page is looked at. Of paragraphs
# of technical articles 13 in 100 point back, of the sentences within them 27; of reports and statutes 5 and 11. A
# speaker opens 1 in 100 of either in articles, 14 and 3 in reports.
_FIRST, _WITHIN = np.array([1.8, 1.2, 17.0]), np.array([3.8, 0.3, 15.9])


class Openings:
    """The openings of the sentences of some pages: of the lower lines of pairs whose upper ends a sentence, and of
    those within lines.
    """

    def __init__(self, lines: Lines, rows: Rows, ended: Mask) -> None:
        self.rows, self.pairs = rows, np.flatnonzero(ended)
        self.kind = _kinds(lines, lines.head[rows.row[rows.upper[self.pairs] + 1]])
        at, page = _within(lines, rows)
        inside = np.bincount(page * 3 + _kinds(lines, at), minlength=3 * rows.pages)
        self._within = _WITHIN + inside.reshape(rows.pages, 3)

    def odds(self, sure_last: Mask) -> Floats:
        """What the opening of each lower line says; `sure_last` marks the pairs whose upper ends its paragraph."""
        rows, page = self.rows, self.rows.pair_page[self.pairs]
        sure = sure_last[self.pairs]
        first = np.bincount(page[sure] * 3 + self.kind[sure], minlength=3 * rows.pages).reshape(rows.pages, 3) + _FIRST
        odds = np.log(self._within / self._within.sum(1, keepdims=True)) - np.log(first / first.sum(1, keepdims=True))
        out = np.zeros(len(rows.upper))
        out[self.pairs] = odds[page, self.kind]
        return out


def _kinds(lines: Lines, places: Ints) -> Ints:
    """The kinds of the sentences that begin at those places."""
    text, match, codes = lines.text, _OPENING.match, lines.codes
    out = np.full(len(places), OTHER)
    near = codes[np.minimum(places[:, None] + np.arange(*_SAID_AT), len(codes) - 1)]
    said = (among(near[:, :-1], _SAID) & among(near[:, 1:], "，：,:")).any(axis=1)
    some = np.flatnonzero(said | among(codes[places], _BACK))
    for i, at in zip(some.tolist(), places[some].tolist(), strict=True):
        found = match(text, at, at + _CHARS)
        if found:
            out[i] = BACK if found.lastgroup == "back" else SPEAKER
    return out


def _within(lines: Lines, rows: Rows) -> tuple[Ints, Ints]:
    """Where sentences begin within a line, and the page of each."""
    kind = lines.kind
    at = shape(lines).ends + 1
    for _ in range(2):
        at = np.where((kind[np.minimum(at, len(kind) - 1)] & CLOSE) > 0, at + 1, at)
    own = np.maximum(np.searchsorted(lines.start[rows.row], at, side="right") - 1, 0)
    inside = (at > lines.start[rows.row[own]]) & (at < lines.tail[rows.row[own]])
    return at[inside], rows.page[own[inside]]
