"""Encoding and script: what comes back of mojibake and of bytes, what right text loses, and whether the fast way equals
the libraries called plainly.

python -m benchmarks.tasks.text PAGES.jsonl

The pages are right text; they are misread on purpose, by seed.
"""

import json
import random
import sys
import time
from collections.abc import Iterator, Sequence

from benchmarks.told import tell
from pipeline.clean import Trail, advance, batches, clean
from pipeline.document import Page
from pipeline.sources.decode import decode
from pipeline.stages import encoding, script
from pipeline.stages.script.converted import to_traditional
from tests.misreadings import COMMON, FURTHER, restored, sentences
from tests.plainly import fast, pages, plain

# At the most; fewer where there is less text.
SENTENCES, SNIPPETS, PAGES = 2_000, 2_000, 5_000
SIX = ("utf-8", "gbk", "gb18030", "big5", "utf-16", "utf-16-le")


def main() -> None:
    """Measure and tell."""
    with open(sys.argv[1], encoding="utf-8") as lines:
        articles = [json.loads(line)["text"] for line in lines]
    told: dict[str, object] = {"pages": len(articles)}
    for part in (mojibake, snippets, harm, equal):
        told |= {name: round(value, 5) for name, value in part(articles)}
    tell(told, figures={"encoding and script, MB a CPU second": speed(articles)})


def mojibake(articles: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Sentences misread in each way: the share that comes back of the characters that can."""
    right = list(dict.fromkeys(sentences(articles)))
    chosen = random.Random(5).sample(right, min(SENTENCES + 200, len(right)))
    trails = [clean(group, [encoding.STAGE], {}) for group in batches([Page("", s) for s in chosen])]
    settled = [page.text for trail in trails for i, page in enumerate(trail.pages) if trail.text(i) == page.text]
    for how in COMMON:
        yield f"restored: {how.name}", restored(settled[:SENTENCES], how).chars
    for how in FURTHER:
        yield f"restored, seldom seen: {how.name}", restored(settled[:SENTENCES], how).chars


def snippets(articles: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Snippets of 40 to 400 characters in six encodings: the share that is read as it was."""
    chance = random.Random(11)
    long = [a for a in articles if len(a) > 401]
    count = min(SNIPPETS, 20 * len(long))
    for name in SIX:
        good = 0
        for _ in range(count):
            article, size = chance.choice(long), chance.randint(40, 400)
            start = chance.randrange(len(article) - size)
            text = article[start : start + size]
            text = to_traditional().text(text) if name == "big5" else text
            text = text.encode(name, "ignore").decode(name)
            good += decode(text.encode(name)).text == text
        yield f"snippets: {name}", good / max(1, count)


def harm(articles: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Changes to right text: by the rules for misread text, and by script a million characters."""
    size = sum(map(len, articles))
    groups = list(batches([Page("", a) for a in articles]))
    rules = [rule for group in groups for rule in clean(group, [encoding.STAGE], {}).layers[0].edits.rule]
    yield "right text: changes as mojibake", sum(r.startswith(("ENC1", "ENC2", "ENC3", "ENC5", "ENC6")) for r in rules)
    edits = sum(len(clean(group, [script.STAGE], {}).layers[0].edits) for group in groups)
    yield "right text: changes of script a million characters", edits / size * 1e6


def speed(articles: Sequence[str]) -> float:
    """Megabytes of UTF-8 a CPU second of pages of which 2 % are misread and 4 % traditional; the median of three."""
    group = pages(articles, min(PAGES, len(articles)), COMMON)
    size = sum(len(page.text.encode("utf-8", "replace")) for page in group) / 1e6
    seconds = []
    for _ in range(3):
        begin = time.process_time()
        for batch in batches(group):
            advance(Trail.of(batch), (encoding.STAGE, script.STAGE), {})
        seconds.append(time.process_time() - begin)
    return size / sorted(seconds)[1]


def equal(articles: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Pages of which 2 % are misread and 4 % traditional: the share that comes out as by the libraries."""
    ways = [how for how in COMMON if all(read != "gbk" and first == "utf-8" for first, read in how.steps)]
    known = pages(articles, min(PAGES, len(articles)), ways)
    same = sum(a == b for a, b in zip(fast(known), plain(known), strict=True))
    yield "pages as by the libraries", same / len(known)


if __name__ == "__main__":
    main()
