"""A release as training code loads it, with no network: every config, streaming, resumed, over several workers."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.corpus.options import DuplicatesOptions
from pipeline.engine.plan import build
from pipeline.publish import manifest
from tests.test_build import config, make_pages, toolkit

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with splits, passages and several files a table."""
    home = tmp_path_factory.mktemp("training")
    settings = config(home, make_pages(home / "pages.jsonl", 60), part_mb=0.004)
    stages = {
        "segments": replace(settings.stages["segments"], passage_chars=120),
        "duplicates": DuplicatesOptions(validation_share=0.15, test_share=0.15),
    }
    return build(replace(settings, stages=stages), toolkit=toolkit).path


def ran(code: str, release: Path, cache: Path) -> Any:
    """What code prints as JSON, in a process of its own without a network."""
    ours = {
        "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(cache), "PYTHONPATH": str(ROOT),
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, str(release)],
        env={**os.environ, **ours},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


_EVERY = """
import json, sys
from datasets import get_dataset_config_names, load_dataset
folder, found = sys.argv[1], {}
for name in get_dataset_config_names(folder):
    plain, stream = load_dataset(folder, name), load_dataset(folder, name, streaming=True)
    found[name] = {s: [len(d), sum(1 for _ in stream[s]), d.column_names] for s, d in plain.items()}
texts = load_dataset(folder, split="train", columns=["doc_id", "text"])
found["columns"] = texts.column_names
default = load_dataset(folder, split="test")
found["default"] = default.info.config_name
print(json.dumps(found))
"""


def test_every_config_loads_plain_and_streaming_with_all_its_rows(release: Path, tmp_path: Path) -> None:
    found = ran(_EVERY, release, tmp_path)
    assert found.pop("columns") == ["doc_id", "text"]
    assert found.pop("default") == "documents"
    told = manifest.load(release)["tables"]
    assert {name: {s: d[0] for s, d in splits.items()} for name, splits in found.items()} == {
        name: table["splits"] for name, table in told.items()
    }
    assert set(told) >= {"documents", "segments", "passages", "edits", "fields", "dropped"}
    assert set(told["documents"]["splits"]) == {"train", "validation", "test"}
    for splits in found.values():
        assert all(plain == streamed for plain, streamed, _ in splits.values())


_RESUMED = """
import json, sys
from datasets import load_dataset
def stream():
    return load_dataset(sys.argv[1], "passages", split="train", streaming=True)
every = [(r["doc_id"], r["ordinal"]) for r in stream()]
begun, seen = stream(), []
for row in begun:
    seen.append((row["doc_id"], row["ordinal"]))
    if len(seen) == len(every) // 2:
        state = json.loads(json.dumps(begun.state_dict()))
        break
again = stream()
again.load_state_dict(state)
print(json.dumps([every, seen + [(r["doc_id"], r["ordinal"]) for r in again], begun.num_shards]))
"""


def test_a_stream_is_resumed_where_it_was_left(release: Path, tmp_path: Path) -> None:
    every, resumed, shards = ran(_RESUMED, release, tmp_path)
    assert resumed == every
    assert len(every) > 40
    assert shards > 3


_SHARED = """
import json, sys
from datasets import load_dataset
from datasets.distributed import split_dataset_by_node
rows = []
for rank in range(3):
    stream = load_dataset(sys.argv[1], split="train", streaming=True)
    rows.append([r["doc_id"] for r in split_dataset_by_node(stream, rank=rank, world_size=3)])
print(json.dumps(rows))
"""


def test_nodes_share_the_rows_without_loss(release: Path, tmp_path: Path) -> None:
    rows = ran(_SHARED, release, tmp_path)
    every = [d for path in (release / "documents").glob("train-*") for d in pq.read_table(path)["doc_id"].to_pylist()]
    assert sorted(d for part in rows for d in part) == sorted(every)


_LOADED = """
import json, sys
from datasets import load_dataset
from torch.utils.data import DataLoader
if __name__ == "__main__":
    stream = load_dataset(sys.argv[1], "passages", split="train", streaming=True)
    every = sorted((r["doc_id"], r["ordinal"]) for r in stream)
    torched = load_dataset(sys.argv[1], "passages", split="train", streaming=True).select_columns(["doc_id", "ordinal"])
    loader = DataLoader(torched, batch_size=4, num_workers=2)
    seen = sorted((d, int(o)) for b in loader for d, o in zip(b["doc_id"], b["ordinal"]))
    plain = load_dataset(sys.argv[1], split="train").select_columns(["doc_id", "text"])
    count = sum(len(b["text"]) for b in DataLoader(plain, batch_size=3, num_workers=2, shuffle=True))
    print(json.dumps([seen == every, len(every), count == len(plain)]))
"""


@pytest.mark.slow
def test_a_data_loader_of_torch_reads_every_row_once_over_its_workers(release: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch is not installed; it is too large to be asked for by tests")
    same, count, whole = ran(_LOADED, release, tmp_path)
    assert (same, whole) == (True, True)
    assert count > 40


def test_a_truncated_table_is_noticed_by_the_loader(release: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(release, copy)
    sorted((copy / "dropped").iterdir())[0].unlink()
    code = """
import json, sys
from datasets import load_dataset
try:
    load_dataset(sys.argv[1], "dropped", split="train")
    print(json.dumps("loaded"))
except Exception as error:
    print(json.dumps(type(error).__name__))
"""
    assert ran(code, copy, tmp_path / "cache") == "NonMatchingSplitsSizesError"


_CROISSANT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import logging
logging.disable(logging.CRITICAL)
import mlcroissant
made = mlcroissant.Dataset(jsonld=sys.argv[1] + "/croissant.json")
issues = made.metadata.issues
counts = {r.name: sum(1 for _ in made.records(r.name)) for r in made.metadata.record_sets}
first = next(iter(made.records("documents")))
print(json.dumps([sorted(issues.errors), sorted(issues.warnings), counts, first["documents/text"].decode()]))
"""


@pytest.mark.slow
def test_the_croissant_file_is_valid_and_leads_to_the_rows(release: Path, tmp_path: Path) -> None:
    errors, warnings, counts, text = ran(_CROISSANT, release, tmp_path)
    told = manifest.load(release)
    assert errors == []
    # A date would be that of the build, and make two builds of one input differ.
    assert all("datePublished" in w for w in warnings), warnings
    assert counts == {name: table["rows"] for name, table in told["tables"].items()}
    assert text
    whole = json.loads((release / "croissant.json").read_text(encoding="utf-8"))
    done = whole["rai:dataPreprocessingProtocol"]
    assert any("rule TPL101" in line for line in done)
    assert len(done) == 1 + len(told["counts"]["edits"])
    shas = {f["contentUrl"]: f["sha256"] for f in whole["distribution"] if f["@type"] == "cr:FileObject"}
    assert shas == {n: f["sha256"] for n, f in told["files"].items() if n.endswith(".parquet")}
