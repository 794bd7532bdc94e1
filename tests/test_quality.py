"""The figures on gold data are floors: they may rise freely; lowering one takes a line in CHANGELOG.md and a reason.

Gold and the yardstick lie beside the project, in ../shared; where they are not, these tests say so and skip.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
FLOORS: dict[str, dict[str, float]] = json.loads((ROOT / "tests" / "quality.json").read_text(encoding="utf-8"))
SETS = {  # gold to the kind of scoring and the beginning of the lines that it prints
    "pages_html": ("pages", "pages_html dump"),
    "pages_html as HTML": ("pages", "pages_html html"),
    "pages_cleaneval": ("pages", "pages_cleaneval"),
    "pages_small": ("pages", "pages_small"),
    "wraps_pdf": ("wraps", "wraps_pdf"),
    "sentences_ud": ("sentences", "sentences"),
    "script_gsd": ("script", "script_gsd"),
    "script_opencc": ("script", "script_opencc"),
    "encodings": ("encodings", "encodings"),
}

pytestmark = pytest.mark.skipif(
    not (SHARED / "gold").is_dir(), reason="no gold data beside the project (../shared/gold)"
)


def scored(kind: str, gold: str) -> dict[str, dict[str, float]]:
    """What the yardstick prints for a set: figures by line and name."""
    gold, _, form = gold.partition(" as ")
    command = [sys.executable, str(SHARED / "tools" / "score.py"), kind, str(SHARED / "gold" / f"{gold}.parquet")]
    command += ["--input", form.lower()] if form else []
    done = subprocess.run(
        [*command, "--command", f"{sys.executable} -m pipeline"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return figures(done.stdout)


def figures(printed: str) -> dict[str, dict[str, float]]:
    """Lines as `name: … F1 0.9 … restored 0.8, with their spaces 0.7` by name."""
    out = {}
    for line in printed.split("\n"):
        name, _, rest = line.partition(": ")
        found: dict[str, float] = {}
        for key, pattern in _FIGURES.items():
            match = re.search(pattern, rest)
            if match:
                found[key] = float(match[1])
        if found:
            out[name] = found
    return out


_FIGURES: Mapping[str, str] = {
    "F1": r"F1 ([\d.]+)",
    "restored": r"restored ([\d.]+)",
    "with their spaces": r"with their spaces ([\d.]+)",
    "exact": r"exact .* = ([\d.]+)",
    "right": r"right (\d+) of",
}


@pytest.mark.parametrize("gold", SETS)
def test_no_figure_falls_below_its_floor(gold: str) -> None:
    kind, begins = SETS[gold]
    got = scored(kind, gold)
    floors = {name: values for name, values in FLOORS.items() if name.startswith(begins)}
    assert floors
    assert got.keys() == floors.keys()
    for name, values in floors.items():
        for key, floor in values.items():
            assert got[name][key] >= floor, f"{name}: {key} is {got[name][key]}, below its floor {floor}"


def test_every_floor_belongs_to_a_set() -> None:
    # Floors of other tests: fields and titles, and text that no rule may take.
    own = [name for name in FLOORS if name not in ("samples", "titles", "harm")]
    assert all(any(name.startswith(begins) for _, begins in SETS.values()) for name in own)


def test_figures_are_read_from_the_lines_that_the_yardstick_prints() -> None:
    printed = (
        "pages_html dump forum: pages 11 P 0.7 R 0.8 F1 0.750 [0.6, 0.8] median 0.8 below 0.5: 2\nx: right 26 of 31\n"
    )
    assert figures(printed) == {"pages_html dump forum": {"F1": 0.75}, "x": {"right": 26.0}}


# Shares of copies removed, by the yardstick; families of which no page is kept are real copies within the prose.
COPIES = {"exact, same body": 0.998, "0.9-1": 0.999, "0.8-0.9": 0.99, "0.7-0.8": 0.98, "0.5-0.7": 0.95}


@pytest.mark.skipif(not (SHARED / "tools").is_dir(), reason="no yardstick beside the project (../shared/tools)")
def test_copies_are_removed_from_whole_pages_and_no_family_is_lost(tmp_path: Path) -> None:
    def run(*words: object) -> str:
        command = [sys.executable, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    run(SHARED / "tools" / "make_corpus.py", 4000, tmp_path / "made", "--seed", 7)
    (tmp_path / "a.toml").write_text(
        f'[corpus]\nname = "a"\n[source]\npath = "{tmp_path}/made/pages.jsonl"\n'
        f'[build]\nout = "{tmp_path}/out"\nstore = "{tmp_path}/store"\nworkers = 1\n', encoding="utf-8",
    )  # fmt: skip
    run("-m", "pipeline", "build", "--config", tmp_path / "a.toml")
    command = (
        SHARED / "tools" / "score.py",
        "copies",
        tmp_path / "made" / "truth.jsonl",
        tmp_path / "out" / "a" / "latest",
    )
    printed = run(*command)
    counts: Counter[tuple[str, int]] = Counter()
    for band, *found in re.findall(r"^copies (.+): removed (\d+) of (\d+) =", printed, re.MULTILINE):
        name = "0.5-0.7" if band in ("0.5-0.6", "0.6-0.7") else band
        counts.update({(name, i): int(number) for i, number in enumerate(found)})
    shares = {name: counts[name, 0] / counts[name, 1] for name, _ in counts}
    assert shares.keys() == COPIES.keys()
    assert {name: share for name, share in shares.items() if share < COPIES[name]} == {}, printed
    lost = re.search(r"no page kept (\d+) of (\d+)", printed)
    assert lost, printed
    assert int(lost[1]) <= int(lost[2]) / 2000, printed


# What a reader finds on the five real pages: documents, and the paragraphs and headings of each.
REAL = {
    "000_d0fb239f8833363c.txt": [17],
    "001_36da76db958077f6.txt": [27],
    "002_df5436b6ade8e73c.txt": [16],
    "003_faf2fa279c11dbf0.txt": [31],
    "004_92647ce1caa64bb6.txt": [18, 3, 2, 4, 2],
}


# And the fields that stand on them: how many values of each a document has.
REAL_FIELDS: dict[str, list[dict[str, int]]] = {
    "000_d0fb239f8833363c.txt": [{"title": 1, "subtitle": 1, "captions": 3}],
    "001_36da76db958077f6.txt": [
        {"title": 1, "original_title": 1, "source": 1, "editor": 1, "authors": 3, "reporters": 1,
         "correspondents": 2, "tags": 3}
    ],
    "002_df5436b6ade8e73c.txt": [{"title": 1, "source": 1, "date": 1, "section": 1, "views": 1}],
    "003_faf2fa279c11dbf0.txt": [
        {"title": 1, "subtitle": 1, "source": 1, "date": 1, "page_number": 1, "authors": 5, "correspondents": 5,
         "captions": 7}
    ],
    "004_92647ce1caa64bb6.txt": [
        {"title": 1, "subtitle": 1, "authors": 3, "reporters": 1, "correspondents": 2},
        {"title": 1, "authors": 1, "photographers": 1, "captions": 2},
        *[{"title": 1, "authors": 1}] * 3,
    ],
}  # fmt: skip


@pytest.mark.skipif(not (SHARED / "raw").is_dir(), reason="no real pages beside the project (../shared/raw)")
def test_real_pages_come_out_in_as_many_documents_and_paragraphs_as_a_reader_finds() -> None:
    command = [sys.executable, "-m", "pipeline", "clean", "--json", str(SHARED / "raw")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    rows = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert {r["page"]: [len(d["text"].split("\n")) for d in r["documents"]] for r in rows} == REAL
    assert all(d["fields"]["title"] for r in rows for d in r["documents"])
    counts = {r["page"]: [counted(d["fields"]) for d in r["documents"]] for r in rows}
    assert counts == REAL_FIELDS


def counted(fields: dict[str, object]) -> dict[str, int]:
    """How many values a document has of each field; what is there in any case does not count."""
    own = {k: v for k, v in fields.items() if v and k not in ("script", "published_at")}
    return {k: len(v) if isinstance(v, list) else 1 for k, v in own.items()}
