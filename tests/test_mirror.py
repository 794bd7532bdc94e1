"""A store behind an address: each machine has a copy of what it used, and builds give the same bytes."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import mirror
from pipeline.engine.forecast import forecast
from pipeline.engine.places import join, store_at
from pipeline.engine.plan import build
from pipeline.engine.progress import Event
from pipeline.engine.store import RESULT, DamagedError, Store, owner
from pipeline.engine.uses import clean
from pipeline.errors import InputError, UsageError
from tests.test_build import bytes_of, config, make_pages, toolkit
from tests.test_cli import jingwen

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the copies of this machine lie."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    assert mirror.of_store() is None


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The bytes of a build whose store is a folder."""
    home = tmp_path_factory.mktemp("plain")
    return bytes_of(build(config(home, make_pages(home / "pages.jsonl")), toolkit=toolkit).path)


def kept(home: Path, address: str, **options: object) -> tuple[dict[str, str], dict[str, tuple[int, int]]]:
    """A build with its store at an address: its bytes, and for each pass how many parts it found done, of how many."""
    events: list[Event] = []
    made = build(config(home, make_pages(home / "pages.jsonl"), store=address, **options), events.append, toolkit)
    return bytes_of(made.path), {e.name: (e.kept, e.parts) for e in events if e.finished}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_store_at_an_address_gives_the_same_bytes_and_serves_another_machine(
    plain: dict[str, str], cache: Path, tmp_path: Path, workers: int
) -> None:
    address = f"file://{tmp_path / 'far'}"
    assert kept(tmp_path, address, workers=workers)[0] == plain
    assert not (tmp_path / "store").exists()
    names = os.listdir(tmp_path / "far")
    assert not [name for name in names if name.startswith(".")], "marks and what lies between steps are gone"
    shutil.rmtree(cache)  # as another machine, on which nothing was built
    (tmp_path / "other").mkdir()
    found, passes = kept(tmp_path / "other", address, workers=workers)
    assert found == plain
    assert all(passes[name][0] == passes[name][1] > 2 for name in ("clean", "shape", "publish"))


def test_objects_of_s3_hold_a_store_too(plain: dict[str, str], cache: Path, tmp_path: Path, bucket: str) -> None:
    assert kept(tmp_path, f"{bucket}/store")[0] == plain
    shutil.rmtree(cache)
    (tmp_path / "other").mkdir()
    found, passes = kept(tmp_path / "other", f"{bucket}/store")
    assert (found, passes["publish"][0]) == (plain, passes["publish"][1])
    made = config(tmp_path / "other", tmp_path / "other" / "pages.jsonl", store=f"{bucket}/store")
    assert forecast(made, toolkit).idle


def test_what_is_damaged_here_is_fetched_again_and_what_is_damaged_there_done_again(
    plain: dict[str, str], cache: Path, tmp_path: Path
) -> None:
    address = f"file://{tmp_path / 'far'}"
    kept(tmp_path, address)
    for far in (False, True):
        (tmp_path / f"other{far}").mkdir()
        top = tmp_path / "far" if far else cache
        for path in sorted(top.rglob("publish-*/edits-*.parquet"))[:1] + sorted(top.rglob("clean-*/pages.arrow"))[:1]:
            path.write_bytes(path.read_bytes()[:-20] + b"x" * 20)
        if far:
            shutil.rmtree(cache)
        found, _ = kept(tmp_path / f"other{far}", address)
        assert found == plain
    whole = [path.parent for path in (tmp_path / "far").rglob(RESULT)]
    for folder in whole:
        Store(folder.parent).checked(folder.name, next(n for n in os.listdir(folder) if n != RESULT))


def test_a_build_that_is_killed_leaves_nothing_half_there(plain: dict[str, str], cache: Path, tmp_path: Path) -> None:
    address = f"file://{tmp_path / 'far'}"
    make_pages(tmp_path / "pages.jsonl")
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal, sys\nfrom pathlib import Path\nfrom pipeline.engine.plan import build\n"
        "from tests.test_build import config, toolkit\n"
        "def told(event):\n    if event.name == 'shape' and event.done == 2:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "home = Path(sys.argv[1])\n"
        "build(config(home, home / 'pages.jsonl', store=sys.argv[2]), told, toolkit)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(script), str(tmp_path), address], env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    left = [name for name in os.listdir(tmp_path / "far") if name.startswith(".")]
    assert any(name.startswith(".build.") for name in left)
    assert kept(tmp_path, address)[0] == plain
    with store_at(address) as store:
        clean(store)
    assert not [name for name in os.listdir(tmp_path / "far") if name.startswith(".")]


def test_work_that_a_release_elsewhere_needs_is_not_thrown_away(cache: Path, tmp_path: Path) -> None:
    address = f"file://{tmp_path / 'far'}"
    kept(tmp_path, address)
    (record,) = (tmp_path / "far" / "uses").iterdir()
    told = json.loads(record.read_text())
    record.write_text(json.dumps({**told, "machine": "another"}))
    shutil.rmtree(cache)
    shutil.rmtree(tmp_path / "RELEASES")
    with store_at(address) as store:
        done = clean(store)
        assert (done.count, done.kept) == (0, len(set(told["keys"])))
    record.write_text(json.dumps(told))
    shutil.rmtree(cache)
    said = jingwen("clean-store", "--store", address, at=tmp_path)
    assert said.out.startswith(f"{address}: {len(set(told['keys'])):,} pieces of work thrown away")
    assert not [path for path in (tmp_path / "far").rglob("*") if path.is_file()]


def test_a_store_is_cleaned_of_its_own_work_and_nothing_else(tmp_path: Path) -> None:
    key = f"clean-{'0' * 32}"
    for name in (key, f".{key}.elsewhere-1.0a1b2c3d", "my-notes"):
        (tmp_path / "store" / name).mkdir(parents=True)
    (tmp_path / "store" / "read-me.txt").touch()
    with store_at(str(tmp_path / "store")) as store:
        assert (clean(store).count, clean(store).count) == (1, 0)
    assert sorted(os.listdir(tmp_path / "store")) == ["my-notes", "read-me.txt"]


def test_a_build_that_goes_on_elsewhere_is_seen(tmp_path: Path) -> None:
    address = f"file://{tmp_path / 'far'}"
    with store_at(address) as store:
        path = store.root / f".build.elsewhere-1.{owner()[:8]}"
        path.touch()
        mirror.sent(path)
        path.unlink()
        with pytest.raises(UsageError, match="a build goes on"):
            clean(store)


def test_files_lie_elsewhere_on_a_worker(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"file://{tmp_path / 'far'}"
    with store_at(address) as store:
        store.once("clean-0", lambda folder: {"size": (folder / "a").write_bytes(b"abc")})
        found = mirror.of_store()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "worker"))
        join(found)
        join(found)  # nothing happened: the process uses it
    assert found is not None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "worker"))
    script = (
        "import sys\nfrom pathlib import Path\nfrom pipeline import mirror\nfrom pipeline.engine.places import join\n"
        "from pipeline.engine.store import Store\n"
        "join(mirror.Mirror(Path(sys.argv[1]), sys.argv[2]))\n"
        "store = Store(Path(sys.argv[1]))\n"
        "path = store.checked('clean-0', 'a')\n"
        "assert path.read_bytes() == b'abc' and path == mirror.here(Path(sys.argv[1]) / 'clean-0' / 'a'), path\n"
        "store.once('clean-1', lambda folder: {'size': (folder / 'b').write_bytes(b'xyz')})\n"
        "print(path)\n"
    )
    words = [sys.executable, "-c", script, str(found.folder), address]
    done = subprocess.run(
        words, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path / "worker"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    with store_at(address) as store:
        assert store.result("clean-1") == {"size": 3}
        assert store.checked("clean-1", "b").read_bytes() == b"xyz"
        (tmp_path / "far" / "clean-0" / "a").unlink()
        store.path("clean-0").joinpath("a").unlink()
        with pytest.raises(DamagedError):
            store.checked("clean-0", "a")


def test_storage_that_does_not_answer_is_told(tmp_path: Path) -> None:
    made = config(tmp_path, make_pages(tmp_path / "pages.jsonl"), store="nowhere://x")
    with pytest.raises(UsageError, match="no storage that fsspec knows"):
        build(made, toolkit=toolkit)


def test_a_bucket_that_is_not_there_is_told(tmp_path: Path, bucket: str) -> None:
    made = config(tmp_path, make_pages(tmp_path / "pages.jsonl"), store=f"{bucket}-other/store")
    with pytest.raises(InputError, match="bucket"):
        build(made, toolkit=toolkit)
    assert not (tmp_path / "RELEASES").exists()


def test_without_an_address_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert (mirror.own(path), mirror.here(path), mirror.here(path, again=True)) == (path, path, path)
    assert mirror.names(tmp_path / "none") == []
    join(None)
    assert mirror.of_store() is None
