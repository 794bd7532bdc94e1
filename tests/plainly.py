"""The libraries called plainly, line by line, on everything: what the fast way of encoding and script must equal."""

import random
from collections.abc import Iterator, Sequence
from unittest.mock import patch

import opencc

from pipeline.clean import Trail, advance, batches
from pipeline.document import Page
from pipeline.lines import Lines
from pipeline.rule import Selection
from pipeline.stages import encoding, script
from pipeline.stages.encoding.options import EncodingOptions
from pipeline.stages.encoding.settled import settled
from pipeline.stages.encoding.utf8_as_latin import repaired
from pipeline.stages.script import converted
from pipeline.stages.script.conversion import Conversion
from pipeline.stages.script.dictionaries import dictionary
from pipeline.stages.script.page_script import judged
from tests.misreadings import Misreading, broken

# Of all rules those that a library stands behind.
LIBRARIES = Selection(select=("ENC201", "SCR101"))
STAGES = (encoding.STAGE, script.STAGE)


def pages(texts: Sequence[str], count: int, ways: Sequence[Misreading], seed: int = 7) -> list[Page]:
    """Pages of these texts over and over: 2 % are misread, 4 % are in traditional script."""
    chance = random.Random(seed)
    made = []
    for i in range(count):
        text, lot = texts[i % len(texts)], chance.random()
        if lot < 0.02:
            how = ways[i % len(ways)]
            text = converted.to_traditional().text(text) if how.traditional else text
            first = how.steps[0][0]
            lines = (line.encode(first, "ignore").decode(first) for line in text.split("\n"))
            text = "\n".join(broken(line, how).shown for line in lines)
        elif lot < 0.06:
            text = converted.to_traditional().text(text)
        made.append(Page(f"p{i}", text))
    return made


def fast(group: Sequence[Page]) -> Iterator[str]:
    """Pages after those rules, with OpenCC's dictionaries as they are."""
    own = Conversion(dictionary("TSCharacters"), dictionary("TSPhrases"))
    with patch.object(converted, "to_simplified", lambda: own):
        for batch in batches(group):
            trail = advance(Trail.of(batch), STAGES, {}, LIBRARIES)
            yield from (trail.text(i) for i in range(len(batch)))


def plain(group: Sequence[Page]) -> Iterator[str]:
    """The same by ftfy on every line, and OpenCC on every line that is to be read as traditional."""
    convert = opencc.OpenCC("t2s").convert
    most = EncodingOptions().max_marks
    for page in group:
        mended = [(line, repaired(line)) for line in page.text.split("\n")]
        lines = [old if old == new else settled(new, most) for old, new in mended]
        text = "\n".join(lines)
        rows = judged(Lines.of([text])).traditional_rows.tolist()
        yield "\n".join(convert(line) if row else line for line, row in zip(text.split("\n"), rows, strict=True))
