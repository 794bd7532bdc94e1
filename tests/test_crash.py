"""Builds that are killed, surroundings that differ, bits that flip: how many of each, `ENDURANCE` says.

`make endurance` runs a hundred kills at points of writing, a hundred at random times, eight surroundings and five
hundred bits; the suite a few of each, by other seeds every time the number changes.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.engine.plan import build
from pipeline.errors import IntegrityError
from pipeline.publish.verify import check, verify
from tests.test_build import bytes_of, config, make_pages, toolkit

ROOT = Path(__file__).resolve().parent.parent
MUCH = bool(os.environ.get("ENDURANCE"))
AT_POINTS, AT_TIMES, SURROUNDINGS, BITS = (100, 100, 8, 500) if MUCH else (6, 2, 3, 25)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a release, and an input that has changed since."""
    home = tmp_path_factory.mktemp("begun")
    build(config(home, make_pages(home / "pages.jsonl", 30), part_mb=0.004), toolkit=toolkit)
    make_pages(home / "pages.jsonl", 33)
    return home


def ran(*args: object, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, args)], env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_build_killed_at_any_point_of_writing_leaves_no_torn_release_and_resumes(begun: Path, tmp_path: Path) -> None:
    done = ran(ROOT / "tests" / "crash.py", begun, tmp_path, AT_POINTS, AT_POINTS)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["points"] > 100
    assert told == {"points": told["points"], "killed": AT_POINTS, "torn": 0, "unlike": 0, "left": 0}


_BUILD = """
import sys
from pathlib import Path
from pipeline.engine.plan import build
from tests.test_build import config, toolkit
if __name__ == "__main__":
    home = Path(sys.argv[1])
    build(config(home, home / "pages.jsonl", workers=int(sys.argv[2]), part_mb=0.004), toolkit=toolkit)
"""


@pytest.fixture(scope="module")
def expected(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("expected") / "home"
    shutil.copytree(begun, home, symlinks=True)
    return bytes_of(build(config(home, home / "pages.jsonl", part_mb=0.004), toolkit=toolkit).path)


@pytest.mark.parametrize("seed", range(AT_TIMES))
def test_a_build_killed_at_any_time_leaves_no_torn_release_and_resumes(
    seed: int, begun: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(begun, home, symlinks=True)
    script = tmp_path / "script.py"
    script.write_text(_BUILD)
    process = subprocess.Popen(
        [sys.executable, str(script), str(home), "2"], env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    # From the first import to a little beyond the end of a build on a machine with nothing else to do.
    time.sleep(random.Random(seed).uniform(0.5, 4.0))
    process.send_signal(signal.SIGKILL)
    process.wait()
    for release in (home / "RELEASES" / "sample").iterdir():
        if not release.name.startswith("."):
            check(release, all=True)
    assert bytes_of(build(config(home, home / "pages.jsonl", part_mb=0.004), toolkit=toolkit).path) == expected


# Each in a home of its own: another path, other times of files.
VARIATIONS: list[tuple[int, dict[str, str], int]] = [
    (1, {}, 0o022),
    (2, {"TZ": "Asia/Shanghai", "LC_ALL": "C"}, 0o077),
    (3, {"PYTHONHASHSEED": "7", "LANG": "tr_TR.UTF-8"}, 0o002),
    (1, {"TZ": "America/St_Johns", "PYTHONHASHSEED": "0"}, 0o022),
    (2, {"LC_ALL": "zh_CN.GB18030", "PYTHONUTF8": "0"}, 0o027),
    (4, {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "99"}, 0o022),
    (1, {"TMPDIR": ".", "HOME": "/nonexistent"}, 0o177 & 0o077),
    (3, {"TZ": "UTC+12", "LC_ALL": "POSIX"}, 0o022),
]


@pytest.mark.parametrize("number", range(SURROUNDINGS))
def test_surroundings_leave_no_trace_in_a_release(
    number: int, begun: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    workers, env, mask = VARIATIONS[number]
    home = tmp_path / ("家" * number + "home")
    shutil.copytree(begun, home, symlinks=True)
    shutil.rmtree(home / "store")
    script = tmp_path / "script.py"
    script.write_text(_BUILD)
    old = os.umask(mask)
    try:
        done = ran(script, home, workers, **env)
    finally:
        os.umask(old)
    assert done.returncode == 0, done.stderr
    assert bytes_of(home / "RELEASES" / "sample" / "latest") == expected


def test_files_of_an_input_made_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    lines = make_pages(tmp_path / "all.jsonl", 24).read_text(encoding="utf-8").split("\n")
    made: list[dict[str, str]] = []
    for order in (range(4), reversed(range(4))):
        home = tmp_path / f"home{len(made)}"
        (home / "pages").mkdir(parents=True)
        for i in order:
            (home / "pages" / f"{i}.jsonl").write_text("\n".join(lines[6 * i : 6 * i + 6]), encoding="utf-8")
            os.utime(home / "pages" / f"{i}.jsonl", (i, 1000 * len(made)))
        made.append(bytes_of(build(config(home, home / "pages"), toolkit=toolkit).path))
    assert made[0] == made[1]


def test_every_bit_that_flips_is_found(begun: Path, tmp_path: Path) -> None:
    release = tmp_path / "release"
    shutil.copytree(begun / "RELEASES" / "sample" / "1.0.0", release)
    files = sorted(p for p in release.rglob("*") if p.is_file())
    rng = random.Random(BITS)
    missed = []
    for _ in range(BITS):
        path = rng.choice(files)
        held = path.read_bytes()
        place = rng.randrange(8 * len(held))
        data = bytearray(held)
        data[place // 8] ^= 1 << place % 8
        path.write_bytes(data)
        try:
            if next(verify(release), None) is None:
                missed.append((path, place))
        except IntegrityError:
            pass  # the manifest says so of itself
        path.write_bytes(held)
    assert missed == []
    assert list(verify(release)) == []
