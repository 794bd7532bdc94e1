"""A corpus of our own with known truth: 55 % originals, 25 % exact copies, 5 % in another dress, 10 % edited, 5 % that
share paragraphs with another page.

The truth has the form of `../shared/tools/make_corpus.py`, which is used instead where it stands beside the checkout:
its pages are made of real prose, which is no part of the project.
"""

from collections.abc import Iterator
from typing import Any

from benchmarks.inputs import dress
from benchmarks.inputs.prose import Writer

Row = dict[str, Any]
_RATES = (0.02, 0.05, 0.1, 0.2)


class _Maker:
    def __init__(self, seed: int) -> None:
        self.writer = Writer(seed)
        self.r = self.writer.r
        self.made: list[tuple[str, str, list[str], str]] = []

    def rows(self, pages: int) -> Iterator[tuple[Row, Row]]:
        for number in range(pages):
            key, roll = f"p{number:08d}", self.r.random()
            truth: Row = {"id": key, "base": key, "kind": "original", "rate": 0.0, "jaccard": 1.0}
            if roll < 0.6 or not self.made:
                text, body = self._original(key, truth, shares=roll >= 0.55 and bool(self.made))
            else:
                text, body = self._copy(truth, roll)
            url = f"https://www.site{self.r.randrange(100)}.example/{number}.html"
            yield {"id": key, "url": url, "text": text}, {**truth, "paragraphs": body}

    def _original(self, key: str, truth: Row, *, shares: bool) -> tuple[str, list[str]]:
        title, body = self.writer.title(), self.writer.body()
        if shares:
            _, _, theirs, _ = self.r.choice(self.made)
            body[1:1] = theirs[: max(1, min(len(theirs), len(body)) // 4)]
            truth |= {"kind": "shares", "jaccard": _jaccard(theirs, body)}
        text = self._page(title, body)
        self.made.append((key, title, body, text))
        return text, body

    def _copy(self, truth: Row, roll: float) -> tuple[str, list[str]]:
        base, title, body, text = self.r.choice(self.made)
        truth["base"] = base
        if roll < 0.85:
            truth["kind"] = "exact"
        elif roll < 0.9:
            truth["kind"], text = "same body", self._page(title, body)
        else:
            rate = self.r.choice(_RATES)
            own = self.writer.edited(body, rate)
            truth |= {"kind": "edited", "rate": rate, "jaccard": _jaccard(body, own)}
            text, body = self._page(title, own), own
        return text, body

    def _page(self, title: str, body: list[str]) -> str:
        titles = [self.writer.title() for _ in range(self.r.randint(2, 9))]
        return dress.page(self.r, title, body, titles)


def corpus(pages: int, seed: int) -> Iterator[tuple[Row, Row]]:
    """So many pages, each with its truth."""
    return _Maker(seed).rows(pages)


def html_pages(pages: int, seed: int) -> Iterator[tuple[Row, Row]]:
    """Originals as HTML, with their text."""
    writer = Writer(seed)
    for number in range(pages):
        title, body = writer.title(), writer.body()
        titles = [writer.title() for _ in range(writer.r.randint(3, 10))]
        key, url = f"h{number:06d}", f"https://www.site{number % 50}.example/{number}.html"
        text = "\n".join(body)
        page = dress.html(writer.r, title, body, titles)
        yield {"id": key, "url": url, "html": page}, {"id": key, "kind": "article", "gold": text}


def _jaccard(one: list[str], other: list[str]) -> float:
    a, b = (_grams("\n".join(paragraphs)) for paragraphs in (one, other))
    return round(len(a & b) / max(1, len(a | b)), 4)


def _grams(text: str) -> set[str]:
    return {text[i : i + 5] for i in range(len(text) - 4)}
