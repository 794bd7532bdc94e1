"""The pool, the store, stages over a batch in which a rule fails, and the steps of the corpus."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline.clean import Trail
from pipeline.document import Page
from pipeline.edit import Edit, Edits
from pipeline.engine import files, local, texts
from pipeline.engine.batches import Work, advanced
from pipeline.engine.progress import Event, Meter
from pipeline.engine.store import DamagedError, Store, checksum_of, copied, owner
from pipeline.errors import UsageError, WorkerLost
from pipeline.lines import Lines
from pipeline.rule import Context, Found, Rule, Selection, Stage, rule


def squared(number: int) -> int:
    return number * number


def squared_late(number: int) -> int:
    time.sleep(0.05 if number == 0 else 0)
    return number * number


def killed_until(task: tuple[str, int]) -> int:
    """Ends its worker as often as the task says, counting in a file."""
    count = Path(task[0])
    count.write_text(count.read_text() + "x" if count.exists() else "x")
    if len(count.read_text()) <= task[1]:
        os.kill(os.getpid(), signal.SIGKILL)
    return len(count.read_text())


def refused(number: int) -> int:
    if number == 2:
        raise UsageError("two is not taken here.")
    return number


def lasting(place: str) -> None:
    (Path(place) / str(os.getpid())).touch()
    time.sleep(60)


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_task_order(workers: int) -> None:
    seen: dict[int, int] = {}
    assert local.map(squared_late, range(5), workers=workers, progress=seen.__setitem__) == [0, 1, 4, 9, 16]
    assert seen == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16}


def _process(_: int) -> int:
    return os.getpid()


def test_small_tasks_begin_no_workers_but_use_those_there_are() -> None:
    with local.Local(2) as engine:
        assert set(engine.map(_process, range(3), small=True)) == {os.getpid()}
        assert engine.map(_process, [0]) == [os.getpid()]
        assert os.getpid() not in engine.map(_process, [0], small=False)
        assert os.getpid() not in engine.map(_process, range(3), small=True)


def test_task_whose_worker_dies_runs_again_and_the_others_are_not_lost(tmp_path: Path) -> None:
    tasks = [(str(tmp_path / str(i)), 2 if i == 1 else 0) for i in range(4)]
    results = local.map(killed_until, tasks, workers=2)
    assert results[1] == 3
    assert all(r >= 1 for r in results)


def test_task_that_kills_every_worker_is_given_up_and_named(tmp_path: Path) -> None:
    tasks = [(str(tmp_path / "good"), 0), (str(tmp_path / "bad"), 99)]
    with pytest.raises(WorkerLost, match=r"3 times on the same task.*bad"):
        local.map(killed_until, tasks, workers=2)
    assert (tmp_path / "bad").read_text() == "xxx"
    assert (tmp_path / "good").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_error_of_a_task_reaches_the_caller_as_it_is(workers: int) -> None:
    with pytest.raises(UsageError, match="two is not taken"):
        local.map(refused, range(4), workers=workers)


_LASTING = """
import sys
from pipeline.engine import files, local, texts
from tests.test_engine import lasting
if __name__ == "__main__":
    local.map(lasting, [sys.argv[1]] * 2, workers=2)
"""


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(tmp_path: Path, by: signal.Signals) -> None:
    script, pids = tmp_path / "lasting.py", tmp_path / "pids"
    script.write_text(_LASTING)
    pids.mkdir()
    root = str(Path(__file__).parent.parent)
    parent = subprocess.Popen(
        [sys.executable, str(script), str(pids)], env={**os.environ, "PYTHONPATH": root}, stderr=subprocess.DEVNULL
    )
    _until(lambda: len(list(pids.iterdir())) == 2)
    workers = [int(p.name) for p in pids.iterdir()]
    parent.send_signal(by)
    parent.wait(10)
    _until(lambda: not any(_alive(pid) for pid in workers))


def _until(condition: object, seconds: float = 15) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_unfinished_work_is_not_seen_and_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")

    def broken(folder: Path) -> dict[str, int]:
        (folder / "half.arrow").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        store.once("clean-1", broken)
    assert store.result("clean-1") is None
    assert list(store.root.iterdir()) == []


def test_finished_work_is_not_done_again(tmp_path: Path) -> None:
    store, made = Store(tmp_path), []

    def make(folder: Path) -> dict[str, int]:
        made.append(folder)
        return {"pages": len(made)}

    assert store.once("clean-1", make) == store.once("clean-1", make) == {"pages": 1}
    assert len(made) == 1


def test_a_copy_is_whole_and_has_the_checksum_of_what_was_copied(tmp_path: Path) -> None:
    block = memoryview(bytearray(1000))
    for size in (0, 1, 1000, 123_457):
        (tmp_path / "old").write_bytes(os.urandom(size))
        assert copied(tmp_path / "old", tmp_path / "new", block) == checksum_of(tmp_path / "old")
        assert (tmp_path / "new").read_bytes() == (tmp_path / "old").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of a file's size is set as on Linux")
def test_a_disk_that_takes_less_than_it_was_given_is_told(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(os.urandom(10_000))
    work = (
        "import resource, signal, sys; from pathlib import Path; from pipeline.engine.store import copied\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "copied(Path(sys.argv[1]), Path(sys.argv[2]), memoryview(bytearray(4096)))"
    )
    words = [sys.executable, "-c", work, str(tmp_path / "old"), str(tmp_path / "new")]
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode
    assert b"File too large" in done.stderr


def test_work_of_a_kind_is_told_newest_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.newest("templates") == []
    for at, key in enumerate(("templates-b", "clean-c", "templates-a", "templates-c")):
        store.once(key, lambda _: {})
        os.utime(store.path(key), ns=(at, at))
    assert store.newest("templates") == ["templates-c", "templates-a", "templates-b"]


def test_two_builds_may_finish_the_same_work(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.commit("k") as one, store.commit("k") as other:
        assert one != other
        (one / "result.json").write_text("{}")
        (other / "result.json").write_text("{}")
    assert [p.name for p in tmp_path.iterdir()] == ["k"]


def test_leftovers_of_dead_builds_are_collected_and_those_of_living_ones_are_not(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    machine = owner().rpartition("-")[0]
    for name in (f".k.{machine}-{ended.pid}.aa", f".k.{owner()}.bb", ".k.0badc0de-1.cc", "k"):
        (tmp_path / name).mkdir()
    (tmp_path / f".latest.{machine}-{ended.pid}.dd").symlink_to("k")
    assert Store(tmp_path).collect() == 2
    assert {p.name for p in tmp_path.iterdir()} == {f".k.{owner()}.bb", ".k.0badc0de-1.cc", "k"}


def test_meter_tells_parts_pages_and_what_was_kept() -> None:
    events: list[Event] = []
    meter = Meter(events.append, 2, 7, "clean", 2)
    meter.kept(10)
    meter.done(5, 1_000)
    assert [(e.done, e.pages, e.kept) for e in events] == [(0, 0, 0), (1, 10, 1), (2, 15, 1)]
    assert events[-1].finished
    assert events[-1].line().startswith("pass 2 of 7  clean      2/2 parts  15 pages")


@rule("TST901")
def failing(lines: Lines, context: Context) -> Found:
    """Raises on pages that hold 炸."""
    if "炸" in lines.text:
        raise ZeroDivisionError("炸 was read")
    return Found()


@rule("TST902")
def overreaching(lines: Lines, context: Context) -> Found:
    """An edit over the end of the page, where a page holds 越."""
    at = lines.text.find("越")
    return Found(edits=Edits.of([Edit(at, len(lines.text) + 5, rule="TST902")])) if at >= 0 else Found()


@rule("TST101")
def tilde(lines: Lines, context: Context) -> Found:
    """Every ~ goes."""
    at = np.flatnonzero(lines.codes == ord("~"))
    return Found(edits=Edits.of(Edit(int(i), int(i) + 1, rule="TST101") for i in at))


FIRST, SECOND = Stage("marks", (tilde,)), Stage("hazards", (failing, overreaching))


def _advanced(texts: list[str]) -> list[Trail]:
    pages = [Page(f"p{i}", text) for i, text in enumerate(texts)]
    work = Work((FIRST, SECOND), {}, Selection(), {})
    return advanced(lambda low, high: Trail.of(pages[low:high]), len(pages), work)


def test_batch_without_fault_is_one_trail() -> None:
    (trail,) = _advanced(["甲~", "乙"])
    assert [trail.text(p) for p in range(2)] == ["甲", "乙"]


def test_failing_rule_sets_one_page_aside_and_the_others_go_on() -> None:
    trails = _advanced(["甲~", "~炸~", "乙~", "越~"])
    assert [t.text(0) for t in trails] == ["甲", "", "乙", ""]
    assert [t.restored(0) for t in trails] == ["甲~", "~炸~", "乙~", "越~"]
    assert trails[1].aside[0] == (
        "TST901", "rule failed: page p1, TST901 of stage hazards: ZeroDivisionError: 炸 was read", None, None,
    )  # fmt: skip
    assert trails[3].aside[0].rule == "TST902"
    assert "page p3" in trails[3].aside[0].reason


def test_error_for_the_user_is_no_fault_of_the_page() -> None:
    def find(lines: Lines, context: Context) -> Found:
        raise UsageError("the options contradict each other.")

    work = Work((Stage("s", (Rule("TST903", find),)),), {}, Selection(), {})
    with pytest.raises(UsageError):
        advanced(lambda low, high: Trail.of([Page("p", "甲")]), 1, work)


def test_page_with_a_lone_surrogate_is_set_aside_and_restored() -> None:
    (trail,) = _advanced(["甲", "乙\ud800~丙"])
    assert trail.text(0) == "甲"
    assert trail.aside[1].reason.startswith("lone surrogate")
    assert trail.restored(1) == "乙\ud800~丙"


def test_texts_are_found_by_id_over_all_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [pa.table({"page_id": ["a", "b"], "text": ["甲", "乙"]}), pa.table({"page_id": ["c"], "text": ["丙"]})]
    paths = [tmp_path / f"{i}.arrow" for i in range(2)]
    for path, part in zip(paths, parts, strict=True):
        files.save(path, part)
    for alike in (False, True):  # hashes of ids as they are, and where all ids have one
        if alike:
            monkeypatch.setattr(texts, "hash", lambda _: 7, raising=False)
        found = texts.Texts(paths)
        assert [found(["c", "a"]), found(["b", "c"]), found([])] == [["丙", "甲"], ["乙", "丙"], []]
        with pytest.raises(KeyError):
            found(["z"])
    paths[1].write_bytes(paths[1].read_bytes()[:-200])
    with pytest.raises(DamagedError):
        texts.Texts(paths)(["a"])


def test_workers_begin_early_only_where_they_are_sure_to_be_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.engine import forks

    begun: list[str] = []
    monkeypatch.setattr("multiprocessing.forkserver.ensure_running", lambda: begun.append("server"))
    (tmp_path / "pages").mkdir()
    (tmp_path / "few.jsonl").touch()
    there = str(tmp_path / "store")

    def begins(path: str, **build: object) -> bool:
        begun.clear()
        forks.begin_early({"path": str(tmp_path / path)}, {"store": there, **build})
        return bool(begun)

    assert begins("pages", workers=2)
    assert not begins("pages", workers=1)
    assert not begins("few.jsonl", workers=2)
    assert not begins("pages", workers=2, store="s3://bucket/store")
    assert not begins("pages", workers=2, engine="ray")
    assert not begins("pages", workers="two")
    (tmp_path / "store").mkdir()
    assert not begins("pages", workers=2)


def test_server_of_a_command_is_warm_and_other_processes_are_left_alone() -> None:
    script = "from pipeline.engine import forks; forks.prepare(); "
    told = "from multiprocessing import forkserver; print(forkserver._forkserver._preload_modules[-1])"
    lean = "from pipeline.lean import run_lean; run_lean(); "
    warm = "import pipeline.engine.warm, gc; print(gc.get_freeze_count() > 10_000)"
    for before, expected in (("", "pipeline.stages.segments"), (lean, "pipeline.engine.warm")):
        found = subprocess.run([sys.executable, "-c", before + script + told], capture_output=True, check=True)
        assert found.stdout.decode().strip() == expected
    assert subprocess.run([sys.executable, "-c", warm], capture_output=True, check=True).stdout.strip() == b"True"


def test_scratch_of_a_store_lasts_as_long_as_its_block(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.scratch("copies") as folder:
        (folder / "x").touch()
        assert store.collect() == 0
    assert not list(tmp_path.iterdir())
