"""Prose without end, from our own sample pages: their clauses put together anew, so that hardly a sentence repeats."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent.parent / "tests" / "golden" / "samples"
_CLAUSE = re.compile(r"[^。！？，；：]+[。！？，；：]")
_UNFIT = re.compile(r"[“”‘’「」《》（）()\n]|^第.{1,3}条|^[\d一二三四五六七八九十]+[、.]")
# Lengths in characters of the bodies of pages: the median, and the spread of the logarithm.
_MEDIAN_CHARS, _SPREAD, _MOST_CHARS = 1_100, 0.55, 9_000


@cache
def paragraphs() -> tuple[str, ...]:
    """The paragraphs of the articles on the sample pages, as people wrote them."""
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SAMPLES.rglob("*.json"))]
    return tuple(dict.fromkeys(p for truth in truths for article in truth["articles"] for p in article["paragraphs"]))


@cache
def clauses() -> tuple[str, ...]:
    """Their clauses, each once, without the sign at the end; none with marks in pairs, none that begins an item."""
    found = (clause[:-1] for p in paragraphs() for clause in _CLAUSE.findall(p))
    return tuple(dict.fromkeys(c for c in found if 4 <= len(c) <= 24 and not _UNFIT.search(c)))


class Writer:
    """Draws sentences, paragraphs and titles from a seed."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
        self._titles = [c for c in clauses() if 8 <= len(c) <= 18 and not re.search("[了的着]$", c)]

    def sentence(self) -> str:
        """Two to five clauses."""
        parts = self.r.choices(clauses(), k=self.r.randint(2, 5))
        return "，".join(parts) + self.r.choices("。！？", (20, 1, 1))[0]

    def paragraph(self) -> str:
        """One to six sentences."""
        return "".join(self.sentence() for _ in range(self.r.randint(1, 6)))

    def title(self) -> str:
        """A clause as a headline."""
        return self.r.choice(self._titles)

    def body(self) -> list[str]:
        """The paragraphs of an article."""
        limit = min(_MOST_CHARS, self.r.lognormvariate(0, _SPREAD) * _MEDIAN_CHARS)
        out: list[str] = []
        while sum(map(len, out)) < limit:
            out.append(self.paragraph())
        return out

    def edited(self, body: Sequence[str], rate: float) -> list[str]:
        """The body with about that share of its clauses written anew."""
        out = []
        for p in body:
            parts = _CLAUSE.findall(p)
            out.append("".join(self._anew(c) if self.r.random() < rate else c for c in parts))
        return out

    def _anew(self, clause: str) -> str:
        return self.r.choice(clauses()) + clause[-1]


def articles(count: int, seed: int) -> Iterator[list[str]]:
    """So many bodies."""
    writer = Writer(seed)
    for _ in range(count):
        yield writer.body()
