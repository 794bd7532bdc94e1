"""Every command and every line of code in the README runs as it stands there."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.audit import draws, verdicts
from pipeline.audit.archive import Archive
from tests.archives import conversion, members, response, zstd

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh(?: status=(\d+))?\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PYTHON = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
TORCH = re.findall(r"^```python torch\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [
    (line.split("  #")[0].strip(), int(status or 0)) for status, block in SHELL for line in block.split("\n") if line
]


def ran(line: str | list[str], folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """A command as a user gives it, `jingwen` being the one under test."""
    words = line.split() if isinstance(line, str) else line
    if words[0] == "jingwen":
        words = [sys.executable, "-m", "pipeline", *words[1:]]
    paths = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **paths, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def _inputs(folder: Path, bucket: str) -> None:
    """The inputs that the README names, one of each format, made of sample pages."""
    import datasets
    import s3fs

    site = folder / "pipeline" / "samples" / "www.qingyuonline.example"
    texts = {path.stem: path.read_bytes().decode("utf-8", "replace") for path in sorted(site.glob("*.txt"))}
    rows = [{"id": name, "text": text, "title": name} for name, text in texts.items()]
    html = ["".join(f"<p>{line}</p>" for line in text.split("\n")) for text in texts.values()]
    shutil.copytree(site, folder / "pages")
    (folder / "pages" / "a.html").write_text(html[0], encoding="utf-8")
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "pages.jsonl.zst").write_bytes(zstd(lines.encode()))
    with (folder / "pages.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    pq.write_table(pa.Table.from_pylist(rows), folder / "pages.parquet")
    (folder / "crawl.warc.gz").write_bytes(members(response(i, page.encode()) for i, page in enumerate(html)))
    (folder / "crawl.warc.wet.gz").write_bytes(members(conversion(i, text) for i, text in enumerate(texts.values())))
    datasets.Dataset.from_list(rows).save_to_disk(folder / "dataset")
    s3fs.S3FileSystem().put(str(folder / "pages"), f"{bucket}/pages", recursive=True)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, bucket: str) -> Path:
    """A folder as a checkout is, with the sample release built."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "configs", folder / "configs")
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "labels.jsonl", folder / "tests")
    (folder / "pipeline").mkdir()
    shutil.copytree(ROOT / "pipeline" / "samples", folder / "pipeline" / "samples")
    _inputs(folder, bucket)
    built = ran("jingwen build --config configs/corpus.toml", folder)
    assert built.returncode == 0, built.stderr
    judged(folder / "RELEASES" / "sample" / "1.0.0")
    shutil.copytree(ROOT / "tests" / "rules", folder / "tests" / "rules")
    return folder


def judged(release: Path) -> None:
    """Judgements beside the release, as `jingwen serve` would have kept them: a breadcrumb that was none."""
    archive = Archive(release)
    (edit,) = draws.drawn(archive, 1, 1, "NAV102")["NAV102"]
    row = {
        **dict(zip(("rule", "page_id", "layer", "ordinal"), edit, strict=False)),
        "stage": "navigation",
        "drawn": True,
    }
    said = {"verdict": "wrong", "note": "", "judge": "me", "at": "2026-01-01T00:00:00Z"}
    verdicts.append(verdicts.file_of(release), verdicts.header_of(archive.manifest), [{**row, **said}])


def served(line: str, folder: Path) -> None:
    """A server says where it is, answers there, and ends when it is interrupted."""
    words = [sys.executable, "-m", "pipeline", *line.split()[1:], "--port", "0"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with subprocess.Popen(words, cwd=folder, env=env, stdout=subprocess.PIPE, text=True, encoding="utf-8") as running:
        assert running.stdout
        address = running.stdout.readline().split()[0]
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert b"sample" in answer.read()
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0


@pytest.mark.parametrize(("line", "status"), COMMANDS, ids=[line for line, _ in COMMANDS])
def test_a_command_of_the_readme_runs(line: str, status: int, checkout: Path) -> None:
    if line.startswith("jingwen serve"):
        served(line, checkout)
        return
    done = ran(line, checkout)
    assert done.returncode == status, done.stderr
    assert done.stdout


def test_the_readme_shows_every_command() -> None:
    usage = ran("jingwen --help", ROOT).stdout
    every = set(re.findall(r"^    ([\w-]+)\s+\w", usage, re.MULTILINE))
    assert every == {line.split()[1] for line, _ in COMMANDS}


@pytest.mark.slow
@pytest.mark.parametrize("code", PYTHON)
def test_the_code_of_the_readme_runs_offline(code: str, checkout: Path, tmp_path: Path) -> None:
    done = ran(
        [sys.executable, "-c", code], checkout, HF_HOME=str(tmp_path), HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1"
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split("\n")) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("code", TORCH)
def test_the_code_of_the_readme_with_torch_runs_offline(code: str, checkout: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch is not installed; it is too large to be asked for by tests")
    script = tmp_path / "train.py"
    script.write_text(code, encoding="utf-8")
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    done = ran([sys.executable, str(script)], checkout, HF_HOME=str(tmp_path), **offline)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_every_make_target_of_the_readme_is_there() -> None:
    listed = ran(["make", "-f", str(ROOT / "Makefile"), "help"], ROOT).stdout
    for target in re.findall(r"^make ([a-z-]+)", README, re.MULTILINE):
        assert f"make {target} " in listed, target


def test_every_file_that_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^):]+)\)", README):
        assert (ROOT / target).exists(), target
