"""The benchmark of copies, small: our figures hold, and where they do not it says so."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import copies, laws
from benchmarks.families import Made, made


def test_our_figures_hold_in_the_small_benchmark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "record.json"
    assert copies.main(["--pages", "600", "--tools", "jingwen", "--record", str(record)]) == 0
    found = json.loads(record.read_text(encoding="utf-8"))["tools"]["jingwen"]["found"]
    assert set(found) == {"exact", "0.9-1.0", "0.8-0.9", "0.7-0.8", "0.5-0.7", "excerpt", "dropped_originals"}
    assert "| jingwen " in capsys.readouterr().out


def test_a_tool_that_finds_nothing_or_drops_everything_falls_short() -> None:
    pages = list(made(300, 3))
    definition = {"floors": {"exact": 1.0, "excerpt": 0.99}, "ceilings": {"dropped_originals": 0.0002}}
    assert copies.short(copies.figures(pages, set()), definition) == [
        "exact is 0.0000, below 1.0", "excerpt is 0.0000, below 0.99",
    ]  # fmt: skip
    assert copies.short(copies.figures(pages, set(range(300))), definition) == [
        "dropped_originals is 1.00000, above 0.0002"
    ]


def test_pages_are_made_alike_for_a_seed_and_say_the_truth() -> None:
    one, two = list(made(150, 5)), list(made(150, 5))
    assert one == two != list(made(150, 6))
    assert {page.kind for page in one} == {"original", "exact", "edited", "excerpt", "shares"}
    assert all(isinstance(page, Made) and page.base <= number for number, page in enumerate(one))
    assert all(page.text in one[page.base].text for page in one if page.kind in ("exact", "excerpt"))


def test_laws_are_told_by_band_and_the_hardest_negatives_by_cluster(tmp_path: Path) -> None:
    body = next(page.text for page in made(6, 9))
    texts = [body, body + "附则甲。", body.replace(body[:60], "乙" * 60), [p.text for p in made(40, 11)][-1]]
    rows = [{"id": str(i), "cluster": c, "text": t} for i, (c, t) in enumerate(zip("xxyz", texts, strict=True))]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "laws.parquet")
    assert laws.main([str(tmp_path / "laws.parquet"), "--record", str(tmp_path / "report.json")]) == 0
    told = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (told["laws"], told["hard negatives"]["pairs"]) == (4, 1)
    assert told["by similarity"]["0.45"]["hard negatives merged"] == 1
    assert told["by similarity"]["0.45"]["pairs"]["0.9-1 one law"] == {"pairs": 1, "merged": 1}
