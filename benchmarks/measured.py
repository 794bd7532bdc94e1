"""One command measured by the operating system's own account, with all processes that it begins.

    python -m benchmarks.measured < {"argv": […], "cwd": …, "env": {…}, "cores": 0, "timeout_s": 900}

It is a small process of its own: what a child may inherit of its parent's peak memory stays small, and children whose
parent ended (workers of a pool, daemons) are handed to it, where Linux can do that, so that their seconds count too.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile

# What is kept of what a command prints: its last lines say what it counted.
_KEPT_BYTES = 65_536
# Workers whose parent has ended see that and end too; what is still there after so long is killed.
_GRACE_S = 5.0
_SET_CHILD_SUBREAPER = 36
# Linux tells peak memory in KiB, macOS in bytes.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """A run: exit status (None where its time was up), seconds, and peak memory of its largest process in 10⁶ bytes.

    `first_s`: until it first printed something on stdout, 0 where it never did.
    """

    status: int | None
    wall_s: float
    first_s: float
    cpu_s: float
    peak_mb: float
    out: str
    err: str


def measured(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str], cores: int = 0, timeout_s: float = 900
) -> Measured:
    """Run a command in a process of our own that measures it."""
    spec = {"argv": list(argv), "cwd": str(cwd), "env": dict(env), "cores": cores, "timeout_s": timeout_s}
    done = subprocess.run(
        [sys.executable, str(Path(__file__))], input=json.dumps(spec), capture_output=True, text=True, check=True
    )
    return Measured(**json.loads(done.stdout))


def run(argv: Sequence[str], cwd: str, env: Mapping[str, str], cores: int, timeout_s: float) -> Measured:
    """Run a command here; this process must have no other children."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if cores and hasattr(os, "sched_setaffinity"):  # inherited by the command; of this process nothing is measured
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    with TemporaryFile() as errors:
        begin = time.perf_counter()
        try:
            process = subprocess.Popen(
                argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            return Measured(127, 0.0, 0.0, 0.0, 0.0, "", f"{argv[0]}: {error.strerror}")
        output = _Output(process, begin)
        expired = threading.Event()
        clock = threading.Timer(timeout_s, _expire, (process.pid, expired))
        clock.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # Ctrl-C, which the command does not hear: its session is its own
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            wall = time.perf_counter() - begin
            clock.cancel()
        seconds, peak = _orphans()
        output.join(_GRACE_S)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - _KEPT_BYTES))
        err = errors.read().decode("utf-8", "replace")
    return Measured(
        None if expired.is_set() else process.returncode, wall, output.first_s,
        usage.ru_utime + usage.ru_stime + seconds, max(usage.ru_maxrss, peak) * _RSS_UNIT / 1e6, output.text(), err,
    )  # fmt: skip


class _Output(threading.Thread):
    """What a process prints: when it began to, and the end of it."""

    def __init__(self, process: "subprocess.Popen[bytes]", begin: float) -> None:
        super().__init__(daemon=True)
        assert process.stdout
        self._stream, self._begin, self._kept = process.stdout, begin, b""
        self.first_s = 0.0
        self.start()

    def run(self) -> None:
        """Read until it is closed."""
        while data := os.read(self._stream.fileno(), _KEPT_BYTES):
            self.first_s = self.first_s or time.perf_counter() - self._begin
            self._kept = (self._kept + data)[-_KEPT_BYTES:]

    def text(self) -> str:
        """The end of it, from the beginning of a line."""
        return self._kept.decode("utf-8", "replace")


def _expire(pid: int, expired: threading.Event) -> None:
    expired.set()
    os.killpg(pid, signal.SIGKILL)


def _orphans() -> tuple[float, int]:
    """CPU seconds and peak memory of what a command left behind; whatever does not end by itself is killed."""
    seconds, peak, end = 0.0, 0, time.perf_counter() + _GRACE_S
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return seconds, peak
        if pid:
            seconds, peak = seconds + usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss)
            continue
        if time.perf_counter() > end:
            for child in _children():
                os.kill(child, signal.SIGKILL)
        time.sleep(0.01)


def _children() -> list[int]:
    """The children of this process, some of which have left the group of their parent."""
    try:
        return [int(p) for p in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


if __name__ == "__main__":
    json.dump(asdict(run(**json.load(sys.stdin))), sys.stdout)
