"""The sample pages against what a reader finds on them: titles and fields, with floors that only rise."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline import config
from pipeline.workbench import Bench

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden" / "samples"
SAMPLES = ROOT / "pipeline" / "samples"
FLOORS: dict[str, float] = json.loads((ROOT / "tests" / "quality.json").read_text(encoding="utf-8"))["samples"]
NAMES = (
    "title", "subtitle", "original_title", "source", "date", "authors", "editor", "section", "page_number", "views",
    "tags",
)  # fmt: skip

_WHOLE = ("title", "date", "authors", "source")


def articles() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Page, what is true of each article, and what was read of the document in its place."""
    bench = Bench.of(config.default(SAMPLES))
    for record in bench.records([SAMPLES]):
        truth = json.loads((GOLDEN / record["page"].replace(".txt", ".json")).read_text(encoding="utf-8"))
        found = [document["fields"] for document in record["documents"]]
        for i, article in enumerate(truth["articles"]):
            yield record["page"], {"title": article["title"], **article["fields"]}, found[i] if i < len(found) else {}


def differences() -> tuple[Counter[str], Counter[str], list[str]]:
    """For each field how many articles have it or had it read, how many of these agree, and the others in words."""
    said, right, wrong = Counter[str](), Counter[str](), []
    for page, want, have in articles():
        for name in NAMES:
            true, read = want.get(name) or None, have.get(name) or None
            # Of these four the truth says all; one that was read and is not there counts against us.
            if true is None and (read is None or name not in _WHOLE):
                continue
            said[name] += 1
            agreed = [str(v) for v in true] == read if isinstance(true, list) else str(true) == str(read)
            if name == "date" and true:  # where the truth has the day, the minute may be read as well
                agreed = str(read).startswith(true)
            right[name] += agreed
            if not agreed:
                wrong.append(f"{page}: {name}: read {read!r}, true {true!r}")
    return said, right, wrong


def test_titles_and_fields_of_the_samples_are_what_a_reader_finds() -> None:
    said, right, wrong = differences()
    shares = {name: right[name] / said[name] for name in said}
    assert shares.keys() == FLOORS.keys()
    for name, share in shares.items():
        assert share >= FLOORS[name], f"{name}: {share:.3f}, below its floor {FLOORS[name]}\n" + "\n".join(wrong)
