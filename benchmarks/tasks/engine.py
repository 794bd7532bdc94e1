"""A build of two workers by an engine: on this machine, or on a Ray cluster of one node that is begun for it.

python -m benchmarks.tasks.engine local|ray PAGES.jsonl
"""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.told import tell

_COUNTS = re.compile(r"([\d,]+) documents from ([\d,]+) pages")
# What a program does that joins the cluster, has two workers begin, and nothing for them to do.
_JOIN = """
import sys, ray
ray.init(address=sys.argv[1], log_to_driver=False)
idle = ray.remote(lambda: None)
ray.get([idle.remote(), idle.remote()])
ray.shutdown()
"""
_BUILD, _JOINED, _BEYOND = "seconds of the build", "seconds to join the cluster", "seconds of the build beyond joining"
_PATIENCE_S = 60.0


def main() -> None:
    """Build, and tell."""
    engine, pages = sys.argv[1:]
    build = [sys.executable, "-m", "pipeline", "build", "--input", pages, "--name", "made"]
    if engine == "local":
        join = 0.0
        seconds, out = _timed([*build, "--workers", "2"])
    else:
        with _cluster() as address:
            join, _ = _timed([sys.executable, "-c", _JOIN, address])
            seconds, out = _timed([*build, "--engine", "ray", "--address", address])
    found = _COUNTS.search(out)
    assert found, out
    documents, of = (int(number.replace(",", "")) for number in found.groups())
    figures = {_BUILD: seconds, _JOINED: join, _BEYOND: seconds - join}
    tell({"documents": documents, "pages": of}, figures=figures)


@contextmanager
def _cluster() -> Iterator[str]:
    """A node of two processors on a port of its own; other clusters of the machine are left alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    start = [str(Path(sys.executable).with_name("ray")), "start", "--head", "--block", "--num-cpus=2"]
    start += [f"--port={address.split(':')[1]}", "--node-ip-address=127.0.0.1", "--include-dashboard=false"]
    node = subprocess.Popen([*start, "--disable-usage-stats"], stdout=sys.stderr)
    try:
        end = time.monotonic() + _PATIENCE_S
        while subprocess.run([sys.executable, "-c", _JOIN, address], capture_output=True, check=False).returncode:
            if time.monotonic() > end or node.poll() is not None:
                raise TimeoutError("The Ray node did not begin.")
        yield address
    finally:
        node.terminate()
        node.wait()


def _timed(command: list[str]) -> tuple[float, str]:
    begin = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - begin, done.stdout


if __name__ == "__main__":
    main()
