"""The fast way of encoding and script gives what ftfy and OpenCC give when they are called on every line."""

import random
from pathlib import Path

from pipeline.clean import clean
from pipeline.document import Page
from pipeline.rule import Selection
from pipeline.stages.encoding import STAGE
from tests.misreadings import Misreading
from tests.plainly import fast, pages, plain

SAMPLES = Path(__file__).parent.parent / "pipeline" / "samples"
# What ftfy knows.
KNOWN = (
    Misreading("UTF-8 as Latin-1", (("utf-8", "latin-1"),)),
    Misreading("UTF-8 as cp1252", (("utf-8", "sloppy-windows-1252"),)),
    Misreading("UTF-8 as cp1252, twice", (("utf-8", "sloppy-windows-1252"), ("utf-8", "sloppy-windows-1252"))),
)
FOREIGN = "CafÃ© crÃ¨me, dÃ©jÃ\xa0 vu; naïve, Füße — “quoted” × ² °C ½ © 2010, l’été."


def strict(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return ""


def test_the_fast_way_equals_the_libraries_called_plainly() -> None:
    chance = random.Random(2)
    lines = [line for path in sorted(SAMPLES.rglob("*.txt")) for line in strict(path).split("\n")]
    # Samples that are misread are left out: of lines misread in part ftfy leaves some, which come back with us.
    trail = clean([Page("p", "\n".join(lines))], [STAGE], {}, Selection(("ENC1", "ENC2")))
    lines = [old for old, new in zip(lines, trail.text(0).split("\n"), strict=True) if old == new]
    made = ["\n".join([*chance.sample(lines, 25), FOREIGN][:: chance.choice((1, -1))]) for _ in range(400)]
    group = pages(made, 400, KNOWN)
    changed = 0
    for page, got, want in zip(group, fast(group), plain(group), strict=True):
        assert got == want
        changed += got != page.text
    assert changed > 300
