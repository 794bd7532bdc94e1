"""The options of the stage duplicates: what counts as a copy, and what follows from it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class DuplicatesOptions:
    """What counts as a copy, and what is done with repeated paragraphs and splits."""

    # Jaccard index of the character 5-grams. What is meant by a copy is the same text in another edition: two pages of
    # one length meet 0.45 with 62 % of their grams in common, 2J / (1 + J). Among 60,000 pages made for the purpose,
    # copies with a quarter of their clauses rewritten lay above 0.5, of which cleaning costs up to 0.05, and pages that
    # share 20 to 50 % of their paragraphs below 0.42. Laws know no such gap: versions of one law lie anywhere between
    # 0.1 and 1, and laws of two cities reach 0.95. For them, raise it to 0.9 (benchmarks/TABLE.md). Bands and rows of
    # the search follow from it: `jingwen explain DUP201`.
    similarity: float = 0.45
    # The share of the 5-grams of an excerpt that the longer page must have: what a reader could lose is at most the
    # tenth that the longer page has in other words.
    containment: float = 0.9
    # Of a text of 60 characters one changed word takes a fifth of the grams: below, only exact copies are looked for.
    min_chars: int = 60
    # "count": paragraphs that stand on other pages too are counted in `repeated_chars`; "drop": they go from all pages
    # but the first. Laws and notices quote each other for good reason, so nothing goes unless it is asked for.
    paragraphs: Literal["count", "drop"] = "count"
    # Releases whose documents must not come again, as ["RELEASES/news/1.0.0"]; their fingerprints are enough.
    against: tuple[str, ...] = ()
    # Of equals the earliest is kept. "given": a page's date counts where it came with the page; "read": where there is
    # none, the date read from it. A reprint prints a date of its own, and a release should not keep another copy for a
    # date that a rule reads: where printed dates say nothing, 644 of 60,000 pages were kept for their original.
    dates: Literal["given", "read"] = "given"
    # One in a hundred each is 1,000 documents of 100,000, which is enough to tell a change of one point.
    validation_share: float = 0.01
    test_share: float = 0.01

    def __post_init__(self) -> None:
        if not 0.4 <= self.similarity <= 1:
            raise ValueError(
                f"similarity is {self.similarity}; expected 0.4 to 1: pages that only share some paragraphs reach 0.4."
            )
        if not 0.5 <= self.containment <= 1:
            raise ValueError(
                f"containment is {self.containment}; expected 0.5 to 1: below a half, most of the page is its own."
            )
        if not 0 <= self.validation_share + self.test_share < 1:
            raise ValueError(
                f"validation_share and test_share are {self.validation_share + self.test_share} together; expected "
                "less than 1, so that there is something to train on."
            )
