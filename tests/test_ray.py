"""Builds on a Ray cluster of two nodes on loopback, started with the commands of the README."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from pipeline.engine.engines import Shared, installed
from pipeline.engine.plan import build
from pipeline.engine.ray import _Home, _settled
from pipeline.errors import UsageError
from tests.test_build import bytes_of, config, make_pages, toolkit
from tests.test_cli import jingwen, told
from tests.test_watch import poisoned

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'jingwen[ray]'")
if not sys.platform.startswith("linux"):
    pytest.skip("two nodes of one machine need two addresses of loopback, as Linux has them", allow_module_level=True)

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLUSTER = re.findall(r"^```sh cluster\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
# A net of loopback that no other run has, likely: 127.x.y.2 and so on.
NET = f"127.{1 + os.getpid() // 250 % 250}.{1 + os.getpid() % 250}"


@dataclass
class Cluster:
    """Nodes that were started; each is a group of processes."""

    address: str
    folder: Path
    nodes: list["subprocess.Popen[bytes]"]

    def start(self, line: str, *within: str) -> "subprocess.Popen[bytes]":
        """A node as the README starts it, at an address of its own, small and in the foreground."""
        number = len(self.nodes) + 2
        words = [w.replace("10.0.0.1:6379", self.address).replace("6379", self.address.rpartition(":")[2])
                 for w in line.split("  #", maxsplit=1)[0].split()[1:]]  # fmt: skip
        words += ["--node-ip-address", f"{NET}.{number}", "--num-cpus", "1", "--object-store-memory", "80000000"]
        words += ["--include-dashboard", "false", "--temp-dir", str(self.folder)] if "--head" in words else []
        command = [*within, sys.executable, "-m", "ray.scripts.scripts", *words, "--block"]
        apart = {**os.environ, "XDG_CACHE_HOME": str(self.folder / f"cache{number}")}
        with (self.folder / f"node{number}.log").open("wb") as log:
            node = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=apart)
        self.nodes.append(node)
        return node

    def alive(self, count: int) -> None:
        """Wait until so many nodes are there."""
        script = (
            "import sys, time, ray\n"
            "ray.init(address=sys.argv[1], log_to_driver=False, configure_logging=False)\n"
            "while sum(n['Alive'] for n in ray.nodes()) != int(sys.argv[2]): time.sleep(0.1)\n"
        )
        subprocess.run([sys.executable, "-c", script, self.address, str(count)], check=True, timeout=60)

    def kill(self, node: "subprocess.Popen[bytes]") -> None:
        """End a node as a power cut does."""
        os.killpg(node.pid, signal.SIGKILL)
        node.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((f"{NET}.2", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two nodes; workers must hold a token of this run."""
    folder = Path(tempfile.mkdtemp(prefix="jw"))  # sockets lie in it, whose paths must be short
    (folder / "token").write_text(secrets.token_hex(32))
    env = {
        "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(folder / "token"), "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_TMPDIR": str(folder), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        made = Cluster(f"{NET}.2:{_free_port()}", folder, [])
        try:
            head, node = [line for line in CLUSTER[0].split("\n") if line.startswith("ray start")]
            made.start(head)
            _until_answers(made.address)
            made.start(node)
            made.alive(2)
            yield made
        finally:
            for started in made.nodes:
                if started.poll() is None:
                    made.kill(started)
            shutil.rmtree(folder, ignore_errors=True)


def _until_answers(address: str) -> None:
    host, port = address.split(":")
    for _ in range(600):
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{address}: the head of the cluster did not start")


_SCRIPT = """
import os, signal, sys
from functools import partial
from pathlib import Path
from pipeline.engine.plan import build
from pipeline.engine.ray import _Home, _settled
from tests.test_build import config, toolkit
from tests.test_watch import poisoned

def told(event):
    if node and event.name == "clean" and event.done == 3:
        os.killpg(node, signal.SIGKILL)

if __name__ == "__main__":
    home, address, node = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    store = sys.argv[4] or str(home / "store")
    made = config(home, home / "pages.jsonl", part_mb=0.004, engine="ray", address=address, store=store)
    build(made, told, partial(poisoned, 2, Path(sys.argv[5])) if sys.argv[5:] else toolkit)
"""


def built(home: Path, address: str, node: int = 0, *deaths: Path, store: str = "") -> dict[str, str]:
    """A build on the cluster, in a process of its own: the bytes of its release."""
    script = home / "script.py"
    script.write_text(_SCRIPT)
    words = [sys.executable, str(script), str(home), address, str(node), store, *map(str, deaths)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return bytes_of(home / "RELEASES" / "sample" / "latest")


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The bytes of a build by one worker of this machine."""
    home = tmp_path_factory.mktemp("local")
    return bytes_of(build(config(home, make_pages(home / "pages.jsonl", 40), part_mb=0.004), toolkit=toolkit).path)


def test_two_nodes_write_the_bytes_that_one_worker_writes(
    cluster: Cluster, local: dict[str, str], tmp_path: Path
) -> None:
    make_pages(tmp_path / "pages.jsonl", 40)
    assert built(tmp_path, cluster.address) == local


def test_a_node_that_is_killed_in_mid_build_costs_no_byte(
    cluster: Cluster, local: dict[str, str], tmp_path: Path
) -> None:
    make_pages(tmp_path / "pages.jsonl", 40)
    node = cluster.start(next(line for line in CLUSTER[0].split("\n") if "--address" in line))
    cluster.alive(3)
    assert built(tmp_path, cluster.address, node.pid) == local
    assert node.wait() == -signal.SIGKILL


def test_nodes_that_share_only_an_address_write_the_same_bytes(
    cluster: Cluster, local: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pages(tmp_path / "pages.jsonl", 40)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    node = cluster.start(next(line for line in CLUSTER[0].split("\n") if "--address" in line))
    cluster.alive(3)
    assert built(tmp_path, cluster.address, node.pid, store=f"file://{tmp_path / 'far'}") == local
    assert node.wait() == -signal.SIGKILL
    copies = [cluster.folder / f"cache{number}" for number in (2, 3)]  # which of them gets tasks is up to Ray
    assert any(list(copy.rglob("result.json")) for copy in copies), "a node works in a copy of its own"
    assert not (tmp_path / "store").exists()


def test_a_page_that_ends_its_worker_is_set_aside_as_on_one_machine(cluster: Cluster, tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("one", "other")]
    for home in homes:
        home.mkdir()
        text = make_pages(home / "pages.jsonl", 24).read_text(encoding="utf-8").split("\n")
        text[14] = text[14].replace("--", "--毒", 1)
        (home / "pages.jsonl").write_text("\n".join(text), encoding="utf-8")
    made = config(homes[0], homes[0] / "pages.jsonl", part_mb=0.004, workers=2)
    expected = build(made, toolkit=partial(poisoned, 2, tmp_path / "deaths"))
    assert expected.dropped["", "worker lost"] == 1
    assert built(homes[1], cluster.address, 0, tmp_path / "deaths") == bytes_of(expected.path)
    assert len((tmp_path / "deaths").read_text().split()) == 4


def test_the_commands_of_the_readme_build_on_the_cluster(cluster: Cluster, tmp_path: Path) -> None:
    (line,) = [line for line in CLUSTER[0].split("\n") if line.startswith("jingwen")]
    words = line.split("  #")[0].replace("10.0.0.1:6379", cluster.address).split()[1:]
    for name in ("configs", "pipeline/samples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    done = jingwen(*words, at=tmp_path)
    assert done.status == 0, done.err
    assert done.out.startswith("RELEASES/sample/1.0.0: ")
    assert re.search(r"clean +(\d+)/\1 parts", done.err)
    mine = jingwen("build", "--config", "configs/corpus.toml", "--out", "OTHER", "--workers", 1, at=tmp_path)
    assert mine.status == 0, mine.err
    assert "kept from before" in mine.err, "the engine is in no key"
    assert bytes_of(tmp_path / "OTHER/sample/1.0.0") == bytes_of(tmp_path / "RELEASES/sample/1.0.0")


# --- what is said where it cannot work


def test_an_address_where_no_cluster_is_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("一页。", encoding="utf-8")
    begin = time.monotonic()
    done = jingwen(
        "build", "--input", "a.txt", "--name", "x", "--engine", "ray", "--address", f"{NET}.9:1", at=tmp_path
    )
    told(done, 4, f"{NET}.9:1", "no Ray cluster answers there", "ray start --head")
    assert time.monotonic() - begin < 15


@pytest.mark.parametrize("address", ["here", "ray://head:10001", ":6379", "head:port"])
def test_an_address_that_is_none_is_refused(address: str, tmp_path: Path) -> None:
    made = config(tmp_path, make_pages(tmp_path / "pages.jsonl", 10), engine="ray", address=address)
    with pytest.raises(UsageError, match="HOST:PORT"):
        build(made, toolkit=toolkit)


def test_an_engine_that_is_not_installed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("一页。", encoding="utf-8")
    (tmp_path / "ray.py").write_text("raise ImportError('no ray here')\n")
    paths = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = jingwen("build", "--input", "a.txt", "--name", "x", "--engine", "ray", at=tmp_path, **paths)
    told(done, 2, 'pip install "jingwen[ray]"')


def test_an_unknown_engine_and_an_address_without_one_are_refused(tmp_path: Path) -> None:
    words = ("build", "--input", "a.txt", "--name", "x")
    told(jingwen(*words, "--engine", "rya", at=tmp_path), 2, "Did you mean ray?")
    told(jingwen(*words, "--address", "head:6379", at=tmp_path), 2, 'only engine = "ray" takes')


def test_a_worker_that_lacks_store_input_or_code_says_so(tmp_path: Path) -> None:
    probe, given = tmp_path / "probe", tmp_path / "pages.jsonl"
    probe.touch()
    given.write_text("{}")
    good = Shared(tmp_path, None, probe, ((str(given), 2),), toolkit, installed(toolkit))
    here = str(Path.cwd())
    assert _settled(_Home(here, good)) is None
    lacking = {
        "does not see in it what this build writes": good._replace(probe=tmp_path / "elsewhere"),
        "does not find this file of the input": good._replace(inputs=((str(given), 3),)),
        "another jingwen or other libraries": good._replace(installed="0.0.1"),
    }
    for words, shared in lacking.items():
        error = _settled(_Home(here, shared))
        assert error is not None
        assert words in str(error)
        assert socket.gethostname() in str(error)


def test_storage_that_is_not_shared_ends_the_build_before_it_begins(cluster: Cluster, tmp_path: Path) -> None:
    make_pages(tmp_path / "pages.jsonl", 10)
    store = tmp_path / "store"
    store.mkdir()
    # A node that has another disk where the store should be.
    apart = ["unshare", "--map-root-user", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', str(store)]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk apart")
    node = cluster.start(next(line for line in CLUSTER[0].split("\n") if "--address" in line), *apart)
    try:
        cluster.alive(3)
        made = config(tmp_path, tmp_path / "pages.jsonl", engine="ray", address=cluster.address)
        script = tmp_path / "script.py"
        script.write_text(_SCRIPT)
        done = subprocess.run(
            [sys.executable, str(script), str(tmp_path), cluster.address, "0", ""],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        cluster.kill(node)
    assert "InputError" in done.stderr
    assert f"{made.build.store}: node {socket.gethostname()} does not see" in done.stderr
    assert not (tmp_path / "RELEASES").exists()
