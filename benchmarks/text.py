"""Encoding and script on gold text: what comes back of mojibake and of bytes, what right text loses, how fast.

    python benchmarks/text.py ../shared/gold

Prints a line for every measure with its floor, and ends with 1 where one is missed. Takes some two minutes.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent.parent))

from pipeline.clean import Trail, advance, batches, clean
from pipeline.document import Page
from pipeline.sources.decode import decode
from pipeline.stages import encoding, script
from pipeline.stages.script.converted import to_traditional
from tests.misreadings import COMMON, FURTHER, restored, sentences
from tests.plainly import fast, pages, plain

STAGES = (encoding.STAGE, script.STAGE)
SENTENCES, SNIPPETS, PAGES = 2_000, 2_000, 5_000
SIX = ("utf-8", "gbk", "gb18030", "big5", "utf-16", "utf-16-le")


class Measure(NamedTuple):
    """A figure, and what it must reach at the least, or at the most where `is_cost`."""

    name: str
    value: float
    floor: float
    is_cost: bool = False

    @property
    def holds(self) -> bool:
        """Whether the figure is good enough."""
        return self.value <= self.floor if self.is_cost else self.value >= self.floor


def prose(gold: Path) -> list[str]:
    """The articles of the set prose."""
    return ["\n".join(row) for row in pq.read_table(gold / "prose.parquet").column("paragraphs").to_pylist()]


def mojibake(articles: list[str]) -> Iterator[Measure]:
    """Sentences misread in each way: the share that comes back of the characters that can."""
    right = list(sentences(articles))
    chosen = random.Random(5).sample(right, SENTENCES + 200)
    trails = [clean(group, [encoding.STAGE], {}) for group in batches([Page("", s) for s in chosen])]
    settled = [page.text for trail in trails for i, page in enumerate(trail.pages) if trail.text(i) == page.text]
    for how in COMMON:
        yield Measure(f"restored: {how.name}", restored(settled[:SENTENCES], how).chars, 0.99)
    for how in FURTHER:
        yield Measure(f"restored, seldom seen: {how.name}", restored(settled[:SENTENCES], how).chars, 0.97)


def snippets(articles: list[str]) -> Iterator[Measure]:
    """Snippets of 40 to 400 characters in six encodings: the share that is read as it was."""
    chance = random.Random(11)
    long = [a for a in articles if len(a) > 400]
    for name in SIX:
        good = 0
        for _ in range(SNIPPETS):
            article, size = chance.choice(long), chance.randint(40, 400)
            start = chance.randrange(len(article) - size)
            text = article[start : start + size]
            text = to_traditional().text(text) if name == "big5" else text
            text = text.encode(name, "ignore").decode(name)
            good += decode(text.encode(name)).text == text
        yield Measure(f"snippets: {name}", good / SNIPPETS, 0.99)


def harm(articles: list[str]) -> Iterator[Measure]:
    """Changes to right text: by the rules for misread text, and by script a million characters."""
    size = sum(map(len, articles))
    groups = list(batches([Page("", a) for a in articles]))
    rules = [rule for group in groups for rule in clean(group, [encoding.STAGE], {}).layers[0].edits.rule]
    misread = sum(rule.startswith(("ENC1", "ENC2", "ENC3", "ENC5", "ENC6")) for rule in rules)
    yield Measure("right text: changes as mojibake", misread, 0, True)
    edits = sum(len(clean(group, [script.STAGE], {}).layers[0].edits) for group in groups)
    yield Measure("right text: changes of script a million characters", edits / size * 1e6, 1, True)


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of some work, the median of three runs."""
    times = []
    for _ in range(3):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return sorted(times)[1]


def speed(articles: list[str]) -> Iterator[Measure]:
    """Megabytes of UTF-8 a CPU second, 2 % of the pages misread and 4 % traditional; and the proof by the libraries."""
    group = pages(articles, PAGES, COMMON)
    size = sum(len(page.text.encode("utf-8", "replace")) for page in group) / 1e6
    ways = [how for how in COMMON if all(read != "gbk" and first == "utf-8" for first, read in how.steps)]
    known = pages(articles, PAGES, ways)
    equal = sum(a == b for a, b in zip(fast(known), plain(known), strict=True))
    yield Measure(f"pages as by the libraries, of {PAGES}", equal, PAGES)
    took = seconds(lambda: [advance(Trail.of(batch), STAGES, {}) for batch in batches(group)])
    yield Measure("encoding and script, MB a CPU second", size / took, 30)


def main() -> int:
    """Measure and print."""
    articles = prose(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/gold"))
    missed = 0
    for part in (mojibake, snippets, harm, speed):
        for m in part(articles):
            missed += not m.holds
            bound = f"{'at most' if m.is_cost else 'at least'} {m.floor:g}"
            sys.stdout.write(f"{m.name:<75} {m.value:>10.4f}  {bound}{'' if m.holds else '  MISSED'}\n")
            sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
