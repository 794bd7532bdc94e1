"""Pages that end the worker which has them under work: found, set aside with the reason, and nothing else lost."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.corpus import fingerprints
from pipeline.engine import watch
from pipeline.engine.plan import Account, build
from pipeline.engine.toolkit import Toolkit
from pipeline.engine.watch import MAX_PAGES, Trouble, Watch
from pipeline.errors import WorkerLost
from pipeline.lines import Lines
from pipeline.publish.read import page as read_page
from pipeline.publish.verify import verify
from pipeline.rule import Context, Found, Stage, rule
from tests.test_build import STAGES, bytes_of, config, make_pages, toolkit

POISON = "毒"


@cache
def poisoned(at: int, deaths: Path | None = None) -> Toolkit:
    """The toolkit of the tests of the build, with a stage more, at a place: 0 in clean, 2 in shape, 7 in publish.

    Its rule ends the process on pages that hold 毒, and writes how many pages it had before it; without a file to write
    that to it finds nothing.
    """

    @rule("TST801")
    def deadly(lines: Lines, context: Context) -> Found:
        """Ends its process."""
        if deaths and POISON in lines.text:
            with deaths.open("a") as file:
                file.write(f"{lines.pages}\n")
            os._exit(9)
        return Found()

    return toolkit()._replace(stages=(*STAGES[:at], Stage("poison", (deadly,)), *STAGES[at:]))


def _hungry(lines: Lines, ids: Sequence[str], dates: Sequence[str | None]) -> pa.Table:
    if POISON in lines.text:
        raise MemoryError
    return fingerprints.of_lines(lines, ids, dates)


def hungry() -> Toolkit:
    """The same; fingerprints of a page that holds 毒 do not fit into memory."""
    return toolkit()._replace(fingerprints=_hungry)


def _pages(home: Path, *poison: int) -> Path:
    lines = make_pages(home / "pages.jsonl", 24).read_text(encoding="utf-8").split("\n")
    for i in poison:
        lines[i] = lines[i].replace("--", f"--{POISON}", 1)
    (home / "pages.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return home / "pages.jsonl"


def _built(home: Path, toolkit: Callable[[], Toolkit], *poison: int, workers: int = 2) -> Account:
    home.mkdir()
    return build(config(home, _pages(home, *poison), workers=workers, part_mb=0.004), toolkit=toolkit)


def _without(release: Path, table: str, page_ids: list[str]) -> pa.Table:
    whole = pq.read_table(release / table)
    return whole.filter(pc.invert(pc.is_in(whole["page_id"], pa.array(page_ids))))


@pytest.mark.parametrize(("at", "poison"), [(0, [1, 14]), (7, [14])])
def test_a_page_that_ends_its_worker_twice_is_set_aside_and_all_others_are_kept(
    at: int, poison: list[int], tmp_path: Path
) -> None:
    deaths = tmp_path / "deaths"
    harmless = _built(tmp_path / "harmless", partial(poisoned, at), *poison, workers=1)
    made = _built(tmp_path / "poisoned", partial(poisoned, at, deaths), *poison)
    tries = deaths.read_text().split()
    assert (len(tries), tries.count("1")) == (2 * len(poison), len(poison)), "each twice, the second time by itself"
    assert made.pages == harmless.pages == 24
    assert made.dropped["", "worker lost"] == len(poison)
    for table in ("documents", "edits", "fields"):
        ours, theirs = (_without(a.path, table, ["p001", "p014"]) for a in (made, harmless))
        assert ours == theirs
    dropped = read_page(made.path, "p014").dropped
    assert dropped is not None
    assert dropped["reason"].startswith("worker lost: page p014 ended two workers, the second time by itself")
    assert POISON in (read_page(made.path, "p014").raw or "")
    assert list(verify(made.path, all=True)) == []
    assert not [p for p in (tmp_path / "poisoned" / "store").iterdir() if p.name.startswith(".")]


def test_a_page_that_ends_its_worker_leaves_the_same_bytes_every_time(tmp_path: Path) -> None:
    made = [_built(tmp_path / str(n), partial(poisoned, 2, tmp_path / "deaths"), 4, workers=n) for n in (2, 3)]
    assert made[0].dropped["", "worker lost"] == 1
    assert bytes_of(made[0].path) == bytes_of(made[1].path)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_page_that_does_not_fit_into_memory_is_set_aside(workers: int, tmp_path: Path) -> None:
    made = _built(tmp_path / "home", hungry, 4, workers=workers)
    assert made.dropped["", "worker lost"] == 1
    assert (read_page(made.path, "p004").dropped or {})["reason"].startswith("worker lost: page p004")
    assert made.pages == 24


def test_a_page_that_ended_a_build_is_set_aside_by_the_next(tmp_path: Path) -> None:
    """A few small parts are done by the process that builds; what ended it is left to workers."""
    home, tools = tmp_path / "home", partial(poisoned, 0, tmp_path / "deaths")
    home.mkdir()
    made = config(home, _pages(home, 4), workers=2, part_mb=10)
    first = multiprocessing.get_context("spawn").Process(target=build, args=(made,), kwargs={"toolkit": tools})
    first.start()
    first.join()
    assert first.exitcode == 9
    assert build(made, toolkit=tools).dropped["", "worker lost"] == 1
    assert len((tmp_path / "deaths").read_text().split()) == 3


def test_where_every_page_ends_its_worker_the_build_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MAX_PAGES", 1)
    with pytest.raises(WorkerLost, match="same task: clean of part"):
        _built(tmp_path / "home", partial(poisoned, 0, tmp_path / "deaths"), *range(24))


def test_trouble_is_learnt_from_the_mark_alone(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def died(content: str, trouble: Trouble) -> tuple[Trouble, bool]:
        mark.write_text(content)
        return trouble.after(mark)

    nothing = Trouble()
    assert nothing.after(None) == nothing.after(mark) == died("", nothing) == died("3 -2 ", nothing) == (nothing, False)
    (one, found) = died("3 -1   ", nothing)
    assert (one, found) == (Trouble((3,)), False)
    assert died("3 5", one) == (Trouble((3,), ((3, 5),)), True)
    full = Trouble((3,), tuple((3, p) for p in range(MAX_PAGES)))
    assert died("3 99", full) == (full, False)


def test_a_mark_says_where_a_run_is_and_goes_with_it(tmp_path: Path) -> None:
    mark, seen = tmp_path / "marks" / "key", []
    with Watch(mark, Trouble((1,))) as watch:
        for _ in watch.batches("ab"):
            seen.append(mark.read_text().split())
            for _ in watch.each([0, 1]):
                seen.append(mark.read_text().split())
        seen.append(mark.read_text().split())
    assert seen == [["0", "-1"]] * 3 + [["1", "-1"], ["1", "0"], ["1", "1"], ["2", "-2"]]
    assert not mark.exists()
