"""Quality against labels: main text by kind of page, and for each rule how much of what it deleted was no text.

Main text is scored over Han characters in order, by their longest common subsequence with the gold text, and averaged
over pages. A rule is right about a character that it deletes where the labels say that it is none of the page's own;
characters that became a field are not counted, as they are not lost.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pipeline.audit.labels import MAIN, UNKNOWN, Labelled, labelled
from pipeline.clean import Trail
from pipeline.document import Field, Page
from pipeline.edit import flatten
from pipeline.lines import BREAK, SPACE, codes_of, kinds
from pipeline.workbench import Bench

_HAN = re.compile("[^\u3400-\u9fff]+")
# Where a title may stand in the gold text.
_TITLE_SLACK = 40


class Score(NamedTuple):
    """How much of a page's text was kept (recall), and how much of what was kept is its text (precision)."""

    id: str
    kind: str
    precision: float
    recall: float
    f1: float


@dataclass(slots=True)
class Deleted:
    """What a rule deleted of labelled characters: pages and deletions, characters, and those that were text."""

    pages: int = 0
    edits: int = 0
    chars: int = 0
    text_chars: int = 0

    @property
    def precision(self) -> float:
        """The share of its characters that were no text; 1 where it deleted none."""
        return 1.0 - self.text_chars / self.chars if self.chars else 1.0


@dataclass(frozen=True, slots=True)
class Quality:
    """Scores of all pages of a file of labels, and what each rule deleted of them."""

    name: str
    pages: list[Score] = field(default_factory=list)
    rules: dict[str, Deleted] = field(default_factory=dict)

    def kinds(self) -> list[str]:
        """The kinds of pages, in order."""
        return sorted({score.kind for score in self.pages})

    def of(self, kind: str) -> list[Score]:
        """The scores of the pages of a kind."""
        return [score for score in self.pages if score.kind == kind]


def score(path: str | Path, bench: Bench) -> Quality:
    """The quality of what a bench does to the pages of a file of labels."""
    return scored(Path(path).stem, labelled(path), bench)


def scored(name: str, pages: Sequence[Labelled], bench: Bench) -> Quality:
    """The quality of what a bench does to labelled pages."""
    out = Quality(name)
    at = 0
    for trail in bench.trails(Page(page.id, page.text) for page in pages):
        fields: list[list[Field]] = [[] for _ in range(trail.lines.pages)]
        for f in trail.raw_fields():
            fields[f.page].append(f)
        for index, own in enumerate(fields):
            out.pages.append(_scored(trail, index, pages[at], own))
            _count(trail, index, pages[at], own, out.rules)
            at += 1
    return out


def _scored(trail: Trail, index: int, page: Labelled, fields: Sequence[Field]) -> Score:
    whole = trail.text(index)
    parts = [whole[a:b] for a, b in trail.documents(index)]
    for title in {f.value for f in fields if f.name == "title"}:
        # A title that the gold text begins with is a field: no loss.
        slack = len(title) + _TITLE_SLACK
        if title in page.gold[:slack] and not any(title in part[:slack] for part in parts[:1]):
            parts.insert(0, title)
    return Score(page.id, page.kind, *overlap(page.gold, "\n".join(parts)))


def overlap(gold: str, got: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the Han characters of a text, in order.

    >>> overlap("渡口的船，开了。", "首页 渡口的船")
    (0.6666666666666666, 0.6666666666666666, 0.6666666666666666)
    """
    gold, got = _HAN.sub("", gold), _HAN.sub("", got)
    if not gold or not got:
        return 0.0, 0.0, 0.0
    same = common(gold, got)
    precision, recall = same / len(got), same / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall) if same else 0.0


def common(a: str, b: str) -> int:
    """The length of the longest common subsequence of two texts.

    Bit-parallel (Hyyrö 2004): a row of the table is one integer of as many bits as `a` has characters.

    >>> common("甲乙丙丁", "乙甲丙戊丁")
    3
    """
    low = 0
    while low < min(len(a), len(b)) and a[low] == b[low]:
        low += 1
    high = 0
    while high < min(len(a), len(b)) - low and a[-1 - high] == b[-1 - high]:
        high += 1
    a, b = a[low : len(a) - high], b[low : len(b) - high]
    places: dict[str, int] = {}
    for i, char in enumerate(a):
        places[char] = places.get(char, 0) | 1 << i
    full = (1 << len(a)) - 1
    row = full
    for char in b:
        hit = row & places.get(char, 0)
        row = ((row + hit) | (row - hit)) & full
    return low + high + len(a) - row.bit_count()


def _count(trail: Trail, index: int, page: Labelled, fields: Sequence[Field], rules: dict[str, Deleted]) -> None:
    """Add what each rule deleted of a page to the sums; replacements and moves delete nothing."""
    layers = [edits for _, edits, _ in trail.layers_of(index)]
    kind = kinds()[codes_of(page.text)] & 7
    countable = (kind != SPACE) & (kind != BREAK) & (page.labels != UNKNOWN)
    for f in fields:
        countable[f.start : f.end] = False
    values = {f.value for f in fields}
    text = countable & (page.labels == MAIN)
    met: set[str] = set()
    for change in flatten(len(page.text), layers):
        edits = layers[change.layer]
        if change.replacement or edits.replacement[change.edit] or edits.link[change.edit] >= 0:
            continue
        if page.text[change.start : change.end].strip() in values:  # the title, a second time
            continue
        chars = int(countable[change.start : change.end].sum())
        if not chars:
            continue
        found = rules.setdefault(change.rule, Deleted())
        found.pages += change.rule not in met
        met.add(change.rule)
        found.edits += 1
        found.chars += chars
        found.text_chars += int(text[change.start : change.end].sum())
