"""A build of two workers by an engine: on this machine, or on a Ray cluster of one node that is begun for it.

python -m benchmarks.tasks.engine local|ray PAGES.jsonl
"""

import re
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.told import tell

_COUNTS = re.compile(r"([\d,]+) documents from ([\d,]+) pages")
_JOIN = "import sys, ray; ray.init(address=sys.argv[1], log_to_driver=False); ray.shutdown()"
_PORT = 26_379


def main() -> None:
    """Build, and tell."""
    engine, pages = sys.argv[1:]
    address, cluster = f"127.0.0.1:{_PORT}", Path(sys.executable).with_name("ray")
    options = ["--engine", "ray", "--address", address] if engine == "ray" else ["--workers", "2"]
    join = 0.0
    try:
        if engine == "ray":
            head = [str(cluster), "start", "--head", f"--port={_PORT}", "--num-cpus=2", "--disable-usage-stats"]
            subprocess.run([*head, "--include-dashboard=false"], check=True, stdout=sys.stderr)
            join, _ = _timed([sys.executable, "-c", _JOIN, address])
        build = [sys.executable, "-m", "pipeline", "build", "--input", pages, "--name", "made", *options]
        seconds, out = _timed(build)
    finally:
        if engine == "ray":
            subprocess.run([str(cluster), "stop", "--force"], check=False, stdout=sys.stderr)
    found = _COUNTS.search(out)
    assert found, out
    documents, of = (int(number.replace(",", "")) for number in found.groups())
    figures = {"build_wall_s": seconds, "join_wall_s": join, "build_beyond_join_s": seconds - join}
    tell({"documents": documents, "pages": of}, figures=figures)


def _timed(command: list[str]) -> tuple[float, str]:
    begin = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - begin, done.stdout


if __name__ == "__main__":
    main()
