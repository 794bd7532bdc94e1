"""Steps of the corpus as tasks: however the parts are grouped and cut into buckets, the same comes out."""

import random
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.corpus import fingerprints, ids, pairs
from pipeline.corpus.gathered import Gathering, Prints
from pipeline.corpus.keepers import Earlier, keepers
from pipeline.corpus.options import DuplicatesOptions
from pipeline.corpus.spread import Spread
from pipeline.document import Page
from pipeline.engine import corpus, files, local, sums
from pipeline.engine.plan import build
from pipeline.engine.store import Store
from pipeline.engine.texts import Texts
from pipeline.errors import InputError
from tests.test_build import bytes_of, config, make_pages, toolkit
from tests.test_corpus import edited, numbered, prose, text_by


@pytest.fixture(params=["as they come", "many groups and buckets"])
def _cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "as they come":
        monkeypatch.setattr(sums, "BUCKET_BYTES", 400)
        monkeypatch.setattr(sums, "FAN_IN", 2)


def _part(names: list[str], folder: Path) -> dict[str, int]:
    files.save(folder / files.IDS, ids.of(names))
    files.save(folder / files.PAGES, pa.table({"page_id": pa.array(names, pa.string())}))
    return {}


@pytest.mark.usefixtures("_cut")
def test_id_of_two_pages_is_refused_by_name(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    keys: list[str] = []

    def check(*parts: list[str]) -> None:
        for names in parts:
            keys.append(f"clean-{len(keys)}")
            store.once(keys[-1], partial(_part, names))
        with local.Local(1) as engine:
            sums.Sums(engine, store, tmp_path / f"steps{len(keys)}").check_ids(keys)

    check(["a", "b"], ["c"], [], ["é", "甲"], [f"n{i}" for i in range(50)])
    with pytest.raises(InputError, match='the id "b"'):
        check(["g", "b"], ["甲"])


@pytest.mark.usefixtures("_cut")
def test_a_release_does_not_hang_on_groups_and_buckets(tmp_path: Path, expected: dict[str, str]) -> None:
    made = config(tmp_path, make_pages(tmp_path / "pages.jsonl", 40), part_mb=0.004)
    assert bytes_of(build(made, toolkit=toolkit).path) == expected


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The bytes of a release of the same pages, as one group and one bucket."""
    home = tmp_path_factory.mktemp("expected")
    return bytes_of(build(config(home, make_pages(home / "pages.jsonl", 40), part_mb=0.004), toolkit=toolkit).path)


def test_tasks_get_so_many_files_or_so_many_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "FAN_IN", 3)
    monkeypatch.setattr(sums, "GROUP_BYTES", 10)
    paths = [tmp_path / str(n) for n in range(9)]
    for path, size in zip(paths, (1, 1, 1, 1, 9, 1, 20, 5, 5), strict=True):
        path.write_bytes(b"x" * size)
    assert [list(share) for share in sums.shares_of(paths)] == [[0, 1, 2], [3, 4], [5], [6], [7, 8]]
    # A small corpus is cut finer than a large one: what a task holds is a share of it, within bounds.
    monkeypatch.setattr(sums, "GROUP_BYTES", 1000)
    monkeypatch.setattr(sums, "LEAST_GROUP_BYTES", 9)
    assert [list(share) for share in sums.shares_of(paths)] == [[0, 1, 2], [3], [4], [5], [6], [7], [8]]


def test_buckets_are_as_many_as_the_bytes_ask_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "BUCKET_BYTES", 10)
    paths = [tmp_path / str(n) for n in range(2)]
    for size, buckets in ((0, 1), (5, 1), (6, 2), (10, 2), (11, 4), (21, 8)):
        for path in paths:
            path.write_bytes(b"x" * size)
        assert sums.buckets_of(paths) == buckets


def _pages(count: int, seed: int) -> list[Page]:
    """Pages with exact, near and contained copies, and a crowd too large to be compared in full."""
    rng = random.Random(seed)
    bodies = ["。".join(prose(30, 100 * i + k) for k in range(12 + i % 7)) for i in range(count)]
    for i in range(0, count, 4):
        part = "。".join(bodies[i - 1].split("。")[2:6])
        bodies[i] = rng.choice([bodies[i - 1], edited(bodies[i - 1], 0.02, i), part, bodies[i]])
    crowd = prose(200, seed)
    bodies += [edited(crowd, 0.03, i) for i in range(90)]
    rng.shuffle(bodies)
    return numbered(bodies)


class _Shared(list[pa.Table]):
    """Fingerprints in shares."""

    def groups(self) -> list[Prints]:
        return [_Shared(self[low : low + 3]) for low in range(0, len(self), 3)]


@pytest.mark.parametrize("bits", [0, 3])
@pytest.mark.parametrize("workers", [1, 2])
def test_copies_are_the_same_where_fingerprints_are_taken_in_before_and_where_the_search_is_spread_over_tasks(
    workers: int, bits: int, tmp_path: Path
) -> None:
    pages = _pages(240, 5)
    shares = [pages[i : i + 25] for i in range(0, len(pages), 25)]
    prints = _Shared([fingerprints.of([p.text for p in s], [p.id for p in s]) for s in shares])
    older = _pages(40, 5)[:30]
    print_of = fingerprints.of([p.text for p in older], [f"old{p.id}" for p in older])
    earlier = [Earlier("old 1.0.0", _Shared([print_of.append_column("cluster", print_of["page_id"])]))]
    expected = keepers(prints, text_by(pages), earlier=earlier)
    kinds = set(expected["kind"].to_pylist())
    assert kinds == {None, "exact", "near", "contained"}
    taken = Gathering(tmp_path, DuplicatesOptions().similarity)
    for share in (*prints[5:], *prints[:5]):
        taken.add([share])
    assert keepers(taken, text_by(pages), earlier=earlier, folder=tmp_path) == expected
    with local.Local(workers) as engine:
        found = keepers(
            prints, text_by(pages), earlier=earlier, folder=tmp_path, spread=Spread(engine.map, tmp_path, bits)
        )
    assert found == expected


def test_proofs_are_the_same_where_texts_are_read_by_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "PROVE_CHARS", 3000)
    pages = _pages(120, 9)
    prints = _Shared([fingerprints.of([p.text for p in pages], [p.id for p in pages])])
    for i in range(2):
        own = pages[i::2]
        files.save(tmp_path / f"{i}.arrow", pa.table({"page_id": [p.id for p in own], "text": [p.text for p in own]}))
    functions: list[str] = []
    checked: list[Path] = []

    def run(function: Any, tasks: Any) -> Any:
        functions.append(function.__name__)
        return engine.map(function, tasks)

    with local.Local(2) as engine:
        found = keepers(
            prints, Texts([tmp_path / f"{i}.arrow" for i in range(2)]), folder=tmp_path,
            spread=Spread(run, tmp_path, 0),
        )  # fmt: skip
        assert found == keepers(prints, text_by(pages))
        assert "_proved" in functions
        functions.clear()
        texts = Texts([tmp_path / f"{i}.arrow" for i in range(2)], checked.append, few=False)
        assert keepers(prints, texts, folder=tmp_path, run=run) == found
    assert set(functions) == {"_proved"}
    assert {path.name for path in checked} == {"0.arrow", "1.arrow"}


def test_a_build_spreads_the_search_where_fingerprints_are_many(
    tmp_path: Path, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "SPREAD_BYTES", 0)
    monkeypatch.setattr(corpus, "BUCKET_BYTES", 2000)
    made = config(tmp_path, make_pages(tmp_path / "pages.jsonl", 40), part_mb=0.004)
    assert bytes_of(build(made, toolkit=toolkit).path) == expected
