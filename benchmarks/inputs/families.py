"""Families of pages with known truth: originals, exact and edited copies, excerpts, pages that share paragraphs.

Text of our own making: Han characters drawn with the falling frequencies of real text, in clauses, sentences and
paragraphs. The same seed gives the same pages.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipeline.corpus.shingles import gram_sets, jaccard

# Shares of the pages that are made; the rest are originals.
EXACT, EDITED, EXCERPT, SHARES = 0.2, 0.2, 0.05, 0.05
_CHARS = 3500
# The second of two alternatives in a clause of an edited copy: about one clause in so many is rewritten.
_RATES = (0.02, 0.05, 0.1, 0.2)


class Made(NamedTuple):
    """A page: its text, the number of the page it was made from (its own for an original), and how like that it is.

    `kind`: original, exact, edited, excerpt, shares. `jaccard` is the exact index of the character 5-grams.
    """

    text: str
    base: int
    kind: str
    jaccard: float


class _Writer:
    def __init__(self, seed: int) -> None:
        self._r = np.random.default_rng(seed)
        weight = 1 / (np.arange(_CHARS) + 20)
        self._weight = weight / weight.sum()
        self._han = np.array([chr(0x4E00 + i) for i in self._r.permutation(_CHARS)])

    def clause(self) -> str:
        return "".join(self._r.choice(self._han, int(self._r.integers(5, 16)), p=self._weight))

    def paragraph(self) -> list[str]:
        count = int(self._r.integers(4, 14))
        ends = self._r.choice(["，", "，", "。"], count)
        return [self.clause() + end for end in [*ends[:-1], "。"]]

    def edited(self, paragraphs: list[list[str]]) -> list[list[str]]:
        rate = float(self._r.choice(_RATES))
        return [[self.clause() + c[-1] if self._r.random() < rate else c for c in p] for p in paragraphs]


def made(pages: int, seed: int) -> Iterator[Made]:
    """That many pages, copies behind their sources."""
    r, writer = np.random.default_rng(seed + 1), _Writer(seed)
    sources: list[tuple[int, list[list[str]]]] = []
    for number in range(pages):
        roll = r.random()
        at, paragraphs = sources[int(r.integers(len(sources)))] if sources else (0, [])
        if not sources or roll >= EXACT + EDITED + EXCERPT:
            own = [writer.paragraph() for _ in range(int(np.clip(r.lognormal(2.4, 0.5), 3, 60)))]
            kind = "shares" if sources and roll < EXACT + EDITED + EXCERPT + SHARES else "original"
            if kind == "shares":
                own[1:1] = paragraphs[: max(1, min(len(paragraphs), len(own)) // 4)]
            sources.append((number, own))
            yield Made(_text(own), number, kind, 1.0)
        elif roll < EXACT:
            yield Made(_text(paragraphs), at, "exact", 1.0)
        elif roll < EXACT + EDITED:
            yield _compared(writer.edited(paragraphs), at, paragraphs, "edited")
        else:
            first = int(r.integers(len(paragraphs)))
            excerpt = paragraphs[first : first + max(1, len(paragraphs) // 4)]
            # A shorter one is below the least that is compared (`min_chars`).
            yield _compared(excerpt if len(_text(excerpt)) >= 80 else paragraphs[:2], at, paragraphs, "excerpt")


def _compared(own: list[list[str]], base: int, source: list[list[str]], kind: str) -> Made:
    text = _text(own)
    return Made(text, base, kind, jaccard(*gram_sets([text, _text(source)])))


def _text(paragraphs: list[list[str]]) -> str:
    return "\n".join("".join(clauses) for clauses in paragraphs)
